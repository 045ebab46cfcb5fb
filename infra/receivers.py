"""Writing to the list of receivers: e-mail and postal addresses."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from domain.errors import Problem, Refusal
from domain.titles import text_problems
from infra.database import Database
from infra.tables import ReceiverRow

_EMAIL = re.compile(r"[^@\s,;<>\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,20}[0-9]")


class UnknownReceiver(Exception):
    """Not there, or another enterprise's."""


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
        values = (self.email, self.recipient, self.phone, self.address, self.postcode)
        return NewReceiver(self.kind, *(value.strip() for value in values))


def receiver_problems(new: NewReceiver) -> tuple[Problem, ...]:
    """Everything wrong with it. Codes: email-form, phone-needed, phone-form, postcode-form, and those of text_problems."""
    if new.kind == "email":
        fine = len(new.email) <= 200 and new.email.isascii() and _EMAIL.fullmatch(new.email)
        return () if fine else (Problem("email", "email-form" if new.email else "field-needed"),)
    problems = [*text_problems("recipient", new.recipient, 100, least=1), *text_problems("address", new.address, 300, least=5)]
    if not new.phone:
        problems.append(Problem("phone", "phone-needed"))
    elif not _PHONE.fullmatch(new.phone):
        problems.append(Problem("phone", "phone-form"))
    if new.postcode and not re.fullmatch("[0-9]{6}", new.postcode):
        problems.append(Problem("postcode", "postcode-form"))
    return tuple(problems)


def add_receiver(database: Database, enterprise_id: int, new: NewReceiver, now: datetime, *, again: bool = False) -> int:
    """Add a receiver and give its id. The first of its kind becomes the default.

    Raises Refusal with every problem. With `again` one that is there already is the answer, not a problem.
    """
    new = new.tidy()
    problems = receiver_problems(new)
    if problems:
        raise Refusal(*problems)
    table: Any = ReceiverRow
    with database.write() as session:
        mine = (table.enterprise_id == enterprise_id) & (table.kind == new.kind)
        same = (
            (table.email == new.email)
            & (table.recipient == new.recipient)
            & (table.phone == new.phone)
            & (table.address == new.address)
            & (table.postcode == new.postcode)
        )
        known = session.execute(select(table.id).where(mine, same)).scalars().first()
        if known is not None:
            if again:
                return int(known)
            raise Refusal(Problem("email" if new.kind == "email" else "address", "receiver-twice"))
        count = session.execute(select(func.count()).select_from(ReceiverRow).where(mine)).scalar_one()
        row = ReceiverRow(
            enterprise_id=enterprise_id,
            kind=new.kind,
            email=new.email,
            recipient=new.recipient,
            phone=new.phone,
            address=new.address,
            postcode=new.postcode,
            is_default=count == 0,
            created_at=now,
        )
        session.add(row)
        session.flush()
        assert row.id is not None  # noqa: S101 (the database gave it at the flush)
        return row.id


def choose_default_receiver(database: Database, enterprise_id: int, receiver_id: int) -> None:
    """Make this the receiver of its kind that forms offer first. Raises UnknownReceiver."""
    with database.write() as session:
        row = session.get(ReceiverRow, receiver_id)
        if row is None or row.enterprise_id != enterprise_id:
            raise UnknownReceiver(str(receiver_id))
        _make_default(session, row)


def _make_default(session: Session, row: ReceiverRow) -> None:
    table: Any = ReceiverRow
    mine = (table.enterprise_id == row.enterprise_id) & (table.kind == row.kind)
    session.execute(update(ReceiverRow).where(mine).values(is_default=table.id == row.id))
