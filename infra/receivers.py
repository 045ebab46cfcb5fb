"""What a customer writes to its list of receivers: e-mail and postal addresses."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlmodel import Session, col

from domain.addresses import postal_problems
from domain.emails import email_problem
from domain.errors import Problem, Refusal
from domain.names import name_problems
from domain.phones import is_phone
from domain.titles import text_problems
from infra.database import Database
from infra.tables import ApplicationRow, EnterpriseRow, ReceiverRow


class UnknownReceiver(Exception):
    """Not there, removed, or another enterprise's."""


@dataclass(frozen=True, slots=True)
class NewReceiver:
    """What was typed. `kind` is email or postal."""

    kind: str
    email: str = ""
    recipient: str = ""
    phone: str = ""
    address: str = ""
    postcode: str = ""

    def tidy(self) -> "NewReceiver":
        """Blanks around each field out, and only the fields of its kind."""
        if self.kind == "email":
            return NewReceiver(self.kind, self.email.strip())
        return NewReceiver(self.kind, "", *(value.strip() for value in (self.recipient, self.phone, self.address, self.postcode)))


def receiver_problems(new: NewReceiver) -> tuple[Problem, ...]:
    """Everything wrong with it. Codes: of email_problem, name_problems, text_problems and postal_problems, phone-needed, phone-form."""
    if new.kind == "email":
        wrong = email_problem("email", new.email)
        return (wrong,) if wrong else ()
    written = text_problems("address", new.address, 300, least=5)
    problems = [*name_problems("recipient", new.recipient, 100, least=1), *written]
    if not new.phone:
        problems.append(Problem("phone", "phone-needed"))
    elif not is_phone(new.phone, mainland=True):
        problems.append(Problem("phone", "phone-form"))
    problems += [each for each in postal_problems(new.address, new.postcode) if each.field != "address" or not written]
    return tuple(problems)


def add_receiver(database: Database, enterprise_id: int, new: NewReceiver, now: datetime, *, again: bool = False) -> int:
    """Add a receiver and give its id. The first of its kind becomes the default. One that was removed is put back.

    Raises Refusal with every problem. With `again` one that is there already is the answer, not a problem.
    """
    new = _checked(new)
    with database.write() as session:
        _lock(session, enterprise_id)
        known = _known(session, enterprise_id, new)
        if known is not None and known.removed_at is None:
            if not again:
                raise Refusal(_twice(new))
            return _id(known)
        return _id(_put(session, enterprise_id, new, known, now))


def correct_receiver(database: Database, enterprise_id: int, receiver_id: int, new: NewReceiver, now: datetime) -> int:
    """Change a receiver; gives the id it has now. Where applications go to the old one, that stays for them, off the list.

    Raises UnknownReceiver, and Refusal as `add_receiver` does.
    """
    new = _checked(new)
    with database.write() as session:
        _lock(session, enterprise_id)
        row = receiver_of(session, enterprise_id, receiver_id)
        if row.kind != new.kind:
            raise Refusal(Problem("kind", "receiver-kind"))
        known = _known(session, enterprise_id, new)
        if known is row:
            return receiver_id
        if known is not None and known.removed_at is None:
            raise Refusal(_twice(new))
        was_default = row.is_default
        if known is not None or _is_used(session, receiver_id):
            row.removed_at, row.is_default = now, False
            session.add(row)
            row = _put(session, enterprise_id, new, known, now)
        else:
            _fill(row, new)
            session.add(row)
        session.flush()
        if was_default:
            _make_default(session, row)
        _mend_default(session, enterprise_id, new.kind)
        return _id(row)


def choose_default_receiver(database: Database, enterprise_id: int, receiver_id: int) -> None:
    """Make this the receiver of its kind that forms offer first. Raises UnknownReceiver."""
    with database.write() as session:
        _make_default(session, receiver_of(session, enterprise_id, receiver_id))


def remove_receiver(database: Database, enterprise_id: int, receiver_id: int, now: datetime) -> None:
    """Take a receiver off the list; what was applied for with it still goes there. Again changes nothing. Raises UnknownReceiver."""
    with database.write() as session:
        _lock(session, enterprise_id)
        row = receiver_of(session, enterprise_id, receiver_id, removed=True)
        if row.removed_at is None:
            row.removed_at, row.is_default = now, False
            session.add(row)
            _mend_default(session, enterprise_id, row.kind)


def restore_receiver(database: Database, enterprise_id: int, receiver_id: int) -> None:
    """Put a removed receiver back. Raises UnknownReceiver."""
    with database.write() as session:
        _lock(session, enterprise_id)
        row = receiver_of(session, enterprise_id, receiver_id, removed=True)
        row.removed_at = None
        session.add(row)
        _mend_default(session, enterprise_id, row.kind)


def receiver_of(session: Session, enterprise_id: int, receiver_id: int, *, removed: bool = False) -> ReceiverRow:
    """The enterprise's receiver, locked until the transaction ends. Raises UnknownReceiver."""
    row = session.get(ReceiverRow, receiver_id, with_for_update=True)
    if row is None or row.enterprise_id != enterprise_id or (row.removed_at is not None and not removed):
        raise UnknownReceiver(str(receiver_id))
    return row


def _checked(new: NewReceiver) -> NewReceiver:
    tidy = new.tidy()
    if problems := receiver_problems(tidy):
        raise Refusal(*problems)
    return tidy


def _lock(session: Session, enterprise_id: int) -> None:
    """Of two who write to one list at once the second sees what the first wrote. Raises UnknownReceiver."""
    if session.get(EnterpriseRow, enterprise_id, with_for_update={"key_share": True}) is None:
        raise UnknownReceiver(str(enterprise_id))


def _known(session: Session, enterprise_id: int, new: NewReceiver) -> ReceiverRow | None:
    """The same receiver, one on the list before a removed one."""
    table: Any = ReceiverRow
    same: ColumnElement[bool] = and_(*(getattr(table, field.name) == getattr(new, field.name) for field in fields(new)))
    found = select(ReceiverRow).where(table.enterprise_id == enterprise_id, same).order_by(table.removed_at.is_not(None), table.id).limit(1)
    return session.execute(found).scalars().first()


def _twice(new: NewReceiver) -> Problem:
    return Problem("email" if new.kind == "email" else "address", "receiver-twice")


def _put(session: Session, enterprise_id: int, new: NewReceiver, known: ReceiverRow | None, now: datetime) -> ReceiverRow:
    """On the list: the removed one again, or a new row."""
    row = known or ReceiverRow(enterprise_id=enterprise_id, kind=new.kind, created_at=now)
    _fill(row, new)
    row.removed_at = None
    session.add(row)
    session.flush()
    _mend_default(session, enterprise_id, new.kind)
    return row


def _fill(row: ReceiverRow, new: NewReceiver) -> None:
    for field in fields(new):
        setattr(row, field.name, getattr(new, field.name))


def _is_used(session: Session, receiver_id: int) -> bool:
    found = select(col(ApplicationRow.number)).where(col(ApplicationRow.receiver_id) == receiver_id).limit(1)
    return session.execute(found).first() is not None


def _make_default(session: Session, row: ReceiverRow) -> None:
    table: Any = ReceiverRow
    mine = (table.enterprise_id == row.enterprise_id) & (table.kind == row.kind)
    session.execute(update(ReceiverRow).where(mine).values(is_default=table.id == row.id))


def _mend_default(session: Session, enterprise_id: int, kind: str) -> None:
    """While there is any of a kind, one is the default: when none is, the oldest becomes it."""
    session.flush()
    table: Any = ReceiverRow
    live = (table.enterprise_id == enterprise_id) & (table.kind == kind) & table.removed_at.is_(None)
    if session.execute(select(table.id).where(live, table.is_default)).first() is None:
        oldest = session.execute(select(ReceiverRow).where(live).order_by(table.id).limit(1)).scalars().first()
        if oldest is not None:
            _make_default(session, oldest)


def _id(row: ReceiverRow) -> int:
    assert row.id is not None  # noqa: S101 (the database gave it at the flush)
    return row.id
