"""Opening months: what was consumed becomes invoiceable when its statement is out (feature 7)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from domain.consumption import bind, last_open_period
from domain.ledger import OPENED, Bucket, Posting, move
from domain.statements import CustomersMonth
from infra.books.binding import chunks, is_held, meet
from infra.books.ledger import PLACE, place_of, post
from infra.books.statements import hold_customers, months_to_open, open_months
from infra.database import Database
from infra.tables import ConsumptionRecordRow as Record

_TRIES = 3
"""Somebody else may have opened what was found; then what is left is looked for once more."""


def open_periods(database: Database, today: date, limit: int, only: CustomersMonth | None = None) -> int:
    """Make and open up to `limit` customers' months whose statement day has come, the customers of a month in one transaction.

    When none is left, held negatives look for their originals again. Says how many customers' months or negatives changed: call it
    until it says 0. With `only`, one customer's month and nothing else. A repeat makes and opens nothing twice.
    """
    now = datetime.now(UTC)
    last = last_open_period(today)
    for _ in range(_TRIES):
        with database.read() as session:
            months = months_to_open(session, last, limit, only)
        changed = 0
        for period, of_period in groupby(months, key=lambda month: month.period):
            with database.write() as session:
                changed += open_months(session, period, [month.enterprise_id for month in of_period], now)
        if changed:
            return changed
        if not months:
            break
    return 0 if only is not None else _bind_all_held(database)


def _bind_all_held(database: Database) -> int:
    waiting = is_held() & ~col(Record.opened) & (col(Record.invoiceable_fen) < 0)  # the last two are those of an index
    with database.read() as session:
        holders = session.execute(select_columns(col(Record.enterprise_id)).where(waiting).distinct().order_by(col(Record.enterprise_id)))
        enterprise_ids = list(holders.scalars())
    bound = 0
    for chunk in chunks(enterprise_ids):
        with database.write() as session:
            bound += _bind_held(session, chunk)
    return bound


def _columns() -> Any:
    return select_columns(*PLACE, col(Record.invoiceable_fen))


def _bind_held(session: Session, enterprise_ids: Sequence[int]) -> int:
    """Held negatives that can be carried by now, for example because a return released their original. How many were bound."""
    hold_customers(session, enterprise_ids)
    stored = meet(session, (), enterprise_ids)
    bound = bind(stored.held, stored.originals)
    if not bound:
        return 0
    for negative_id, original_id in bound.items():
        statement = update(Record).where(col(Record.id) == negative_id)
        home = stored.homes[original_id]
        session.execute(statement.values(original_id=original_id, opened=home in OPENED, expired=home is Bucket.EXPIRED))
    postings: list[Posting] = []
    for home in OPENED:
        here = sorted(negative_id for negative_id, original_id in bound.items() if stored.homes[original_id] is home)
        rows = [row for chunk in chunks(here) for row in session.execute(_columns().where(col(Record.id).in_(chunk)))]
        postings += _postings(rows, home)
    post(session, f"bind:{min(bound)}", postings, datetime.now(UTC))
    return len(bound)


def _postings(rows: Iterable[Row[Any]], target: Bucket = Bucket.AVAILABLE) -> list[Posting]:
    postings: list[Posting] = []
    for row in rows:
        if row.invoiceable_fen:
            postings += move(place_of(row), row.invoiceable_fen, source=Bucket.NOT_OPEN, target=target)
    return postings
