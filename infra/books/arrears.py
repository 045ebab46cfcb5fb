"""Arrears hold back the oldest consumption that could be invoiced (feature 10)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, true, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.calendar import china_date, next_period
from domain.choosing import Free, take_in_order
from domain.ledger import Bucket, Posting, move
from infra.audit import note_deed
from infra.books.binding import chunks
from infra.books.customers import hold_customers
from infra.books.ledger import PLACE, place_of, post
from infra.database import Database
from infra.queries.open_months import is_open, is_out
from infra.queries.time_limits import within_limit
from infra.tables import AccountRow, ArrearsRow, StatementRow
from infra.tables import ConsumptionRecordRow as Record

_READ = 500
"""Records read at a time, oldest first: most arrears end within the first hundreds."""

_FREE = col(Record.invoiceable_fen) - col(Record.reserved_fen) - col(Record.invoiced_fen)


class UnknownAccount(Exception):
    """No such account."""


def note_arrears(database: Database, account_id: int, amount_fen: int, as_of: date, now: datetime, by: int | None = None) -> bool:
    """Note what an account owes on a day (0: nothing any more) and hold consumption for it. False when that was known.

    Of each account the newest day counts, of one day the last word. Raises UnknownAccount; ValueError for an amount below 0.
    """
    if amount_fen < 0:
        raise ValueError("nobody owes less than nothing")
    with database.write() as session:
        account = session.get(AccountRow, account_id)
        if account is None:
            raise UnknownAccount(str(account_id))
        hold_customers(session, (account.enterprise_id,))
        row: Any = ArrearsRow
        of_day = select_columns(row.amount_fen).where(row.account_id == account_id, row.as_of == as_of).order_by(row.id.desc()).limit(1)
        if session.execute(of_day).scalar() == amount_fen:
            return False
        noted = ArrearsRow(
            enterprise_id=account.enterprise_id, account_id=account_id, as_of=as_of, amount_fen=amount_fen, noted_at=now, noted_by=by
        )
        session.add(noted)
        session.flush()
        hold_for_arrears(session, account.enterprise_id, f"arrears:{noted.id}", now)
        if by is not None:
            facts = {"account": account.sub_account_id, "amount_fen": amount_fen, "as_of": as_of.isoformat()}
            subject = f"enterprise:{account.enterprise_id}"
            note_deed(session, by, AuditAction.ARREARS_NOTED, subject, now, tenant=account.enterprise_id, facts=facts)
        return True


def arrears_of(session: Session, enterprise_id: int) -> dict[int, int]:
    """What accounts of the enterprise owe now, fen above 0 by account."""
    row: Any = ArrearsRow
    statement = select_columns(row.account_id, row.amount_fen).where(row.enterprise_id == enterprise_id).order_by(row.as_of, row.id)
    newest = {found.account_id: found.amount_fen for found in session.execute(statement)}
    return {account_id: amount for account_id, amount in sorted(newest.items()) if amount}


def hold_for_arrears(session: Session, enterprise_id: int, cause: str, now: datetime, today: date | None = None) -> None:
    """Hold exactly what the enterprise owes, after `cause` changed what is free or owed.

    The caller holds the customer (`hold_customers`): what is read here as free must be so when the transaction ends. `today` is
    the date in China, by default that of `now`.
    """
    held = held_of(session, enterprise_id)
    wanted = to_hold(session, enterprise_id, today or china_date(now))
    if held or wanted:
        _change(session, held, wanted, f"hold:{cause}", now)


def held_of(session: Session, enterprise_id: int) -> dict[int, int]:
    """Fen that are held by record."""
    is_held = (col(Record.enterprise_id) == enterprise_id) & (col(Record.held_fen) != 0)
    return {row.id: row.held_fen for row in session.execute(select_columns(col(Record.id), col(Record.held_fen)).where(is_held))}


def to_hold(session: Session, enterprise_id: int, today: date) -> dict[int, int]:
    """Fen by record that cover what the enterprise owes, of what can be invoiced that day.

    An account's own consumption is held first, oldest first; what it does not cover, the rest of the enterprise does.
    """
    wanted: dict[int, int] = {}
    missing = 0
    for account_id, amount in arrears_of(session, enterprise_id).items():
        own = take_in_order(amount, _free(session, enterprise_id, today, col(Record.account_id) == account_id))
        wanted |= own
        missing += amount - sum(own.values())
    others = take_in_order(missing, _free(session, enterprise_id, today, col(Record.enterprise_id) == enterprise_id), wanted)
    for record_id, amount in others.items():
        wanted[record_id] = wanted.get(record_id, 0) + amount
    return wanted


def hold_for_all(session: Session, enterprise_ids: Iterable[int], cause: str, now: datetime, today: date | None = None) -> None:
    """`hold_for_arrears` for each of these customers that owes anything, or has owed."""
    owing = col(ArrearsRow.enterprise_id)
    for chunk in chunks(sorted(set(enterprise_ids))):
        for enterprise_id in session.execute(select_columns(owing).where(owing.in_(chunk)).distinct().order_by(owing)).scalars():
            hold_for_arrears(session, enterprise_id, f"{cause}:{enterprise_id}", now, today)


def let_go(session: Session, records: Iterable[Record], cause: str, now: datetime) -> None:
    """Hold nothing of these records, until `hold_for_arrears` is called again."""
    held = {record.id: record.held_fen for record in records if record.id is not None and record.held_fen}
    _change(session, held, {}, f"let-go:{cause}", now)


def _free(session: Session, enterprise_id: int, today: date, whose: Any) -> Iterator[Free]:
    """Records that can be invoiced that day, oldest first, with the negatives bound to them taken off."""
    made: Any = StatementRow
    newest = session.execute(select_columns(func.max(made.period)).where(made.enterprise_id == enterprise_id, is_out())).scalar()
    if newest is None:
        return
    # So that the records of months that are not open, which are the newest, are not read to see that they are not.
    not_later: Any = col(Record.day) < date.fromisoformat(f"{next_period(newest)}-01")
    beyond: Any = true()
    while True:
        statement = select_columns(col(Record.id), col(Record.day), _FREE.label("free"))
        statement = statement.where(whose, col(Record.standing).in_(("free", "held")), within_limit(today), is_open(), not_later, beyond)
        rows = session.execute(statement.order_by(col(Record.day), col(Record.id)).limit(_READ)).all()
        bound = _bound(session, [row.id for row in rows])
        yield from (Free(row.id, row.free + bound.get(row.id, 0)) for row in rows)
        if len(rows) < _READ:
            return
        last = rows[-1]
        beyond = (col(Record.day) > last.day) | ((col(Record.day) == last.day) & (col(Record.id) > last.id))


def _bound(session: Session, originals: Sequence[int]) -> dict[int, int]:
    """What the negatives bound to each original still take from it, fen below 0."""
    statement = select_columns(col(Record.original_id), func.sum(_FREE)).where(col(Record.original_id).in_(originals))
    return {original: int(amount) for original, amount in session.execute(statement.group_by(col(Record.original_id)))}


def _change(session: Session, held: Mapping[int, int], wanted: Mapping[int, int], cause: str, now: datetime) -> None:
    """Post what is held more and less, and note it in the records."""
    differing = sorted(key for key in held.keys() | wanted.keys() if held.get(key, 0) != wanted.get(key, 0))
    postings: list[Posting] = []
    for chunk in chunks(differing):
        for row in session.execute(select_columns(*PLACE).where(col(Record.id).in_(chunk)).order_by(col(Record.id)).with_for_update()):
            more = wanted.get(row.id, 0) - held.get(row.id, 0)
            postings += move(place_of(row), more, source=Bucket.AVAILABLE, target=Bucket.ARREARS)
            session.execute(update(Record).where(col(Record.id) == row.id).values(held_fen=wanted.get(row.id, 0)))
    if postings:
        post(session, cause, postings, now)
