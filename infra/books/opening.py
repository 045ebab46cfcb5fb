"""Opening months: what was consumed becomes invoiceable when its statement is out (feature 7)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Row, update
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.consumption import bind, last_open_period
from domain.ledger import Bucket, Posting, move
from infra.books.binding import chunks, is_held, meet
from infra.books.ledger import post
from infra.database import Database
from infra.tables import ConsumptionRecordRow as Record


def open_periods(database: Database, today: date, limit: int) -> int:
    """Open up to `limit` customers' months whose statement day has come, each in a transaction of its own.

    Then held negatives look for their originals again. Says how many customers' months changed: call it until it says
    0. A repeat opens nothing twice, because a record that is open is not found again.
    """
    period = last_open_period(today)
    with database.read() as session:
        pairs = session.execute(
            select_columns(col(Record.period), col(Record.enterprise_id))
            .where(_waits_for_its_month(period))
            .distinct()
            .order_by(col(Record.period), col(Record.enterprise_id))
            .limit(limit)
        ).all()
        holders = session.execute(
            select_columns(col(Record.enterprise_id)).where(is_held()).distinct().order_by(col(Record.enterprise_id))
        ).scalars()
        enterprise_ids = list(holders)
    changed = 0
    for pair in pairs:
        with database.write() as session:
            changed += _open(session, pair.period, pair.enterprise_id)
    for chunk in chunks(enterprise_ids):
        with database.write() as session:
            changed += _bind_held(session, chunk)
    return changed


def _waits_for_its_month(last_period: str) -> Any:
    """SQL: not open although its month's statement is out. A bound negative goes with its original, a held one waits."""
    return (
        ~col(Record.opened)
        & (col(Record.seller) == "")
        & (col(Record.period) <= last_period)
        & (col(Record.invoiceable_fen) >= 0)
        & col(Record.original_id).is_(None)
    )


def _columns() -> Any:
    return select_columns(*(col(c) for c in (Record.id, Record.enterprise_id, Record.entity, Record.rate_bp, Record.invoiceable_fen)))


def _open(session: Session, period: str, enterprise_id: int) -> int:
    """Open one customer's month, with the negatives bound to it: 1, or 0 when somebody else just did."""
    here = (col(Record.period) == period) & (col(Record.enterprise_id) == enterprise_id)
    original = aliased(Record)
    bound_here = (
        select_columns(col(original.id))
        .where(col(original.id) == col(Record.original_id), col(original.period) == period, col(original.enterprise_id) == enterprise_id)
        .exists()
    )
    waiting = (_waits_for_its_month(period) & here) | (~col(Record.opened) & (col(Record.enterprise_id) == enterprise_id) & bound_here)
    rows = session.execute(_columns().where(waiting).order_by(col(Record.id)).with_for_update()).all()
    if not rows:
        return 0
    _set_opened(session, (row.id for row in rows))
    cause = f"open:{period}:{enterprise_id}"
    postings, now = _postings(rows), datetime.now(UTC)
    # A month opens again when lines of it were imported before its statement day and bound or opened after: the
    # lowest record makes the cause one of its own, and a record opens only once.
    if not post(session, cause, postings, now):
        post(session, f"{cause}:{rows[0].id}", postings, now)
    return 1


def _bind_held(session: Session, enterprise_ids: Sequence[int]) -> int:
    """Held negatives that can be carried by now, for example because a return released their original. How many were bound."""
    stored = meet(session, (), enterprise_ids)
    bound = bind(stored.held, stored.originals)
    if not bound:
        return 0
    for negative_id, original_id in bound.items():
        statement = update(Record).where(col(Record.id) == negative_id)
        session.execute(statement.values(original_id=original_id, opened=original_id in stored.opened))
    opened = [negative_id for negative_id, original_id in bound.items() if original_id in stored.opened]
    rows = [row for chunk in chunks(sorted(opened)) for row in session.execute(_columns().where(col(Record.id).in_(chunk)))]
    post(session, f"bind:{min(bound)}", _postings(rows), datetime.now(UTC))
    return len(bound)


def _set_opened(session: Session, ids: Iterable[int]) -> None:
    for chunk in chunks(ids):
        session.execute(update(Record).where(col(Record.id).in_(chunk)).values(opened=True))


def _postings(rows: Iterable[Row[Any]]) -> list[Posting]:
    postings: list[Posting] = []
    for row in rows:
        if row.invoiceable_fen:
            postings += move(
                row.enterprise_id,
                row.entity,
                row.rate_bp,
                row.id,
                row.invoiceable_fen,
                source=Bucket.NOT_OPEN,
                target=Bucket.AVAILABLE,
            )
    return postings
