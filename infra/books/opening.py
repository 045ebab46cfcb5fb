"""Opening months: what was consumed becomes invoiceable when its statement is out (feature 7)."""

from datetime import UTC, date, datetime

from sqlalchemy import select as select_columns
from sqlmodel import col

from domain.consumption import last_open_period
from domain.statements import CustomersMonth
from infra.books.binding import chunks, is_held
from infra.books.statements import months_to_open, open_months
from infra.books.waiting_negatives import bind_waiting
from infra.database import Database
from infra.tables import ConsumptionRecordRow as Record

_TRIES = 3
"""Somebody else may have opened what was found; then what is left is looked for once more."""


def open_periods(database: Database, today: date, limit: int, only: CustomersMonth | None = None) -> int:
    """Make and open up to `limit` customers' months whose statement day has come, many customers of a month in one transaction.

    When none is left, held negatives look for their originals again. Says how many customers' months or negatives changed: call it
    until it says 0. With `only`, one customer's month and nothing else. A repeat makes and opens nothing twice.
    """
    now = datetime.now(UTC)
    last = last_open_period(today)
    for _ in range(_TRIES):
        with database.read() as session:
            months = months_to_open(session, last, limit, only)
        changed = 0
        for together in months:
            with database.write() as session:
                changed += open_months(session, together[0].period, [month.enterprise_id for month in together], now)
        if changed:
            return changed
        if not months:
            break
    return 0 if only is not None else _bind_all_held(database, now)


def _bind_all_held(database: Database, now: datetime) -> int:
    waiting = is_held() & col(Record.original_id).is_(None) & (col(Record.invoiceable_fen) < 0)  # the last two are those of an index
    with database.read() as session:
        holders = session.execute(select_columns(col(Record.enterprise_id)).where(waiting).distinct().order_by(col(Record.enterprise_id)))
        enterprise_ids = list(holders.scalars())
    bound = 0
    for chunk in chunks(enterprise_ids):
        with database.write() as session:
            bound += bind_waiting(session, chunk, now)
    return bound
