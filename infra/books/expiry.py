"""The time limit: what was not invoiced within six months leaves what is available (feature 15)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from domain.ledger import Bucket, Posting, move
from infra.books.arrears import hold_for_arrears
from infra.books.back_invoicing import finish_grants
from infra.books.binding import chunks
from infra.books.customers import hold_customers
from infra.books.ledger import PLACE, place_of, post
from infra.database import Database
from infra.queries.open_months import is_open
from infra.queries.time_limits import past_limit
from infra.tables import ConsumptionRecordRow as Record

_AT_ONCE = 2_000
"""Records in one transaction."""


def expire(database: Database, today: date, limit: int) -> int:
    """Move what is past its time limit today out of what is available, of up to `limit` customers, in transactions of their own.

    Says how many records expired: call it until it says 0. A repeat moves nothing twice, because an expired record is not found again.
    Grants of back-invoicing that were not carried out to the end are, first.
    """
    finish_grants(database, datetime.now(UTC))
    with database.read() as session:
        statement = select_columns(col(Record.enterprise_id)).where(_due(today)).distinct().order_by(col(Record.enterprise_id)).limit(limit)
        enterprise_ids = list(session.execute(statement).scalars())
    expired = 0
    for enterprise_id in enterprise_ids:
        with database.write() as session:
            expired += _expire(session, enterprise_id, today)
    return expired


def _due(today: date) -> Any:
    return col(Record.standing).in_(("free", "held")) & past_limit(today) & is_open()


def _columns() -> Any:
    free = col(Record.invoiceable_fen) - col(Record.reserved_fen) - col(Record.invoiced_fen)
    return select_columns(*PLACE, free.label("free"), col(Record.held_fen).label("held_fen"))


def _expire(session: Session, enterprise_id: int, today: date) -> int:
    hold_customers(session, (enterprise_id,))
    due = (col(Record.enterprise_id) == enterprise_id) & _due(today)
    rows = session.execute(_columns().where(due).order_by(col(Record.id)).limit(_AT_ONCE).with_for_update()).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    bound = [
        row
        for chunk in chunks(ids)
        for row in session.execute(_columns().where(col(Record.original_id).in_(chunk)).order_by(col(Record.id)).with_for_update())
    ]
    now = datetime.now(UTC)
    # The lowest record makes the cause one of its own: a record expires once.
    cause = f"expire:{today}:{ids[0]}"
    post(session, cause, list(_postings([*rows, *bound])), now)
    for chunk in chunks([*ids, *(row.id for row in bound)]):
        session.execute(update(Record).where(col(Record.id).in_(chunk)).values(expired=True, held_fen=0))
    hold_for_arrears(session, enterprise_id, cause, now, today)
    return len(ids)


def _postings(rows: Iterable[Row[Any]]) -> Iterable[Posting]:
    for row in rows:
        yield from move(place_of(row), row.free - row.held_fen, source=Bucket.AVAILABLE, target=Bucket.EXPIRED)
        if row.held_fen:
            yield from move(place_of(row), row.held_fen, source=Bucket.ARREARS, target=Bucket.EXPIRED)
