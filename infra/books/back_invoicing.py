"""What a grant of back-invoicing does: records that expired can be invoiced again until its date (feature 15)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, or_, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from domain.back_invoicing import State, granted_until
from domain.calendar import china_date
from domain.eligibility import earliest_day, earliest_day_by_approval
from domain.ledger import Bucket, Posting, move
from infra.books.arrears import hold_for_arrears
from infra.books.binding import chunks
from infra.books.customers import hold_customers
from infra.books.ledger import PLACE, place_of, post
from infra.database import Database
from infra.queries.open_months import is_open
from infra.queries.scope import utc
from infra.tables import BackInvoicingRecordRow, BackInvoicingRow
from infra.tables import ConsumptionRecordRow as Record

_AT_ONCE = 2_000
"""Records in one transaction."""


def carry_out(database: Database, number: str, now: datetime) -> int:
    """Make all records of a grant invoiceable, some at a time, and say how many. A repeat goes on where it was left."""
    done = 0
    last: int | None = 0
    while last is not None:
        with database.write() as session:
            request = session.get_one(BackInvoicingRow, number, with_for_update=True)
            if request.state != State.GRANTED or request.done_at is not None:
                return done
            count, last = _extend_some(session, request, last, now)
            done += count
            if last is None:
                request.done_at = now
                session.add(request)
    return done


def finish_grants(database: Database, now: datetime) -> None:
    """Carry out what was granted and not done to the end, because a process went away in between."""
    row: Any = BackInvoicingRow
    with database.read() as session:
        left = session.execute(select_columns(row.number).where(row.state == State.GRANTED, row.done_at.is_(None)).order_by(row.number))
        numbers = list(left.scalars())
    for number in numbers:
        carry_out(database, number, now)


def _extend_some(session: Session, request: BackInvoicingRow, after: int, now: datetime) -> tuple[int, int | None]:
    """The next records by id: how many, and the last of them, None at the end."""
    assert request.decided_at is not None  # noqa: S101 (granted)
    assert request.extended_to is not None  # noqa: S101
    decided_on = china_date(utc(request.decided_at))
    hold_customers(session, (request.enterprise_id,))
    found = _columns().where(_asked_for(request), _grantable(decided_on), col(Record.id) > after)
    rows = session.execute(found.order_by(col(Record.id)).limit(_AT_ONCE).with_for_update()).all()
    if not rows:
        return 0, None
    ids = [row.id for row in rows]
    bound = [
        row
        for chunk in chunks(ids)
        for row in session.execute(_columns().where(col(Record.original_id).in_(chunk)).order_by(col(Record.id)).with_for_update())
    ]
    cause = f"back-invoice:{request.number}:{ids[0]}"
    post(session, cause, list(_postings([*rows, *bound])), now)
    by_day: dict[date, list[int]] = defaultdict(list)
    for row in rows:
        by_day[row.day].append(row.id)
    for day, of_day in sorted(by_day.items()):
        values = {"expired": False, "extended_to": granted_until(day, request.extended_to)}
        for chunk in chunks(of_day):
            session.execute(update(Record).where(col(Record.id).in_(chunk)).values(**values))
    for chunk in chunks([row.id for row in bound]):
        session.execute(update(Record).where(col(Record.id).in_(chunk)).values(expired=False))
    hold_for_arrears(session, request.enterprise_id, cause, now)
    return len(ids), ids[-1] if len(ids) == _AT_ONCE else None


def _columns() -> Any:
    free = col(Record.invoiceable_fen) - col(Record.reserved_fen) - col(Record.invoiced_fen)
    return select_columns(*PLACE, free.label("free"), col(Record.expired), col(Record.day))


def _asked_for(request: BackInvoicingRow) -> Any:
    """SQL: the records of the customer (or its account) that the request is about."""
    here = col(Record.enterprise_id) == request.enterprise_id
    if request.account_id is not None:
        here &= col(Record.account_id) == request.account_id
    if request.period:
        return here & (col(Record.period) == request.period)
    named = select_columns(col(BackInvoicingRecordRow.record_id)).where(col(BackInvoicingRecordRow.number) == request.number)
    return here & col(Record.id).in_(named.scalar_subquery())


def _grantable(day: date) -> Any:
    """SQL: past its six months on a day and within its year, with or without the night's run in between."""
    old = col(Record.standing) == "expired"
    not_yet = col(Record.standing).in_(("free", "held")) & (col(Record.day) < earliest_day(day)) & is_open()
    granted = or_(col(Record.extended_to).is_(None), col(Record.extended_to) < day)
    return (old | not_yet) & granted & (col(Record.day) >= earliest_day_by_approval(day))


def _postings(rows: Iterable[Row[Any]]) -> Iterable[Posting]:
    for row in rows:
        if row.expired and row.free:
            yield from move(place_of(row), row.free, source=Bucket.EXPIRED, target=Bucket.AVAILABLE)
