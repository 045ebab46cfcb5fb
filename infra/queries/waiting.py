"""What waits for the customer: half returns, refused invoices, rejected applications, consumption about to expire."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import china_date, end_of
from domain.eligibility import last_day
from infra.queries.consumption import earliest_day
from infra.queries.scope import Scope, utc, utc_or_none
from infra.tables import ApplicationRow, ConsumptionRecordRow, InvoiceRow

RECENT = timedelta(days=14)
MOST = 10


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing to do. `kind` chooses its words; `path` is where it is done; fen, moment aware."""

    kind: str
    subject: str
    amount_fen: int
    due_at: datetime | None
    path: str
    reason: str = ""


def waiting_for(session: Session, scope: Scope, now: datetime) -> tuple[Waiting, ...]:
    """By due moment, those without one last; at most ten of each kind.

    Kinds: return-original (send the sheets back), return-request (say why), rejected, refused-by-bureau, expiring.
    """
    found = [*_returns(session, scope), *_ended(session, scope, now), *_expiring(session, scope, china_date(now))]
    return tuple(sorted(found, key=lambda each: (each.due_at is None, each.due_at or now)))


def _returns(session: Session, scope: Scope) -> list[Waiting]:
    row: Any = InvoiceRow
    statement = select(row.id, row.number, row.total_fen, row.return_state, row.window_closes_at.label("closes_at")).where(
        row.state == "issued", row.return_state.in_(("requested", "original-here"))
    )
    kinds = {"requested": "return-original", "original-here": "return-request"}
    return [
        Waiting(kinds[found.return_state], found.number or "", found.total_fen, utc_or_none(found.closes_at), f"/invoices/{found.id}")
        for found in session.execute(scope.narrow(statement, row).limit(MOST))
    ]


def _ended(session: Session, scope: Scope, now: datetime) -> list[Waiting]:
    row: Any = ApplicationRow
    statement = select(row.number, row.state, row.amount_fen, row.reason, row.submitted_at).where(
        row.state.in_(("rejected", "partly-issued", "not-issued"))
    )
    rows = session.execute(scope.narrow(statement, row).order_by(row.submitted_at.desc()).limit(MOST))
    return [
        Waiting(
            "rejected" if found.state == "rejected" else "refused-by-bureau",
            found.number,
            found.amount_fen,
            None,
            f"/applications/{found.number}",
            found.reason,
        )
        for found in rows
        if now - utc(found.submitted_at) <= RECENT
    ]


def _expiring(session: Session, scope: Scope, today: date) -> list[Waiting]:
    """Months of which something can be invoiced for at most another 30 days."""
    row: Any = ConsumptionRecordRow
    free = row.invoiceable_fen - row.reserved_fen - row.invoiced_fen
    first = earliest_day(today)
    statement = select(row.period, func.sum(free).label("amount"), func.min(row.day).label("day")).where(
        col(ConsumptionRecordRow.opened), row.seller == "", row.day >= first, row.day < first + timedelta(days=30), free != 0
    )
    rows = session.execute(scope.narrow(statement, row).group_by(row.period).order_by(row.period))
    return [
        Waiting("expiring", found.period, int(found.amount), end_of(last_day(found.day)), f"/consumption?show=can&period={found.period}")
        for found in rows
        if found.amount > 0
    ]
