"""What waits for the customer: half returns, refused invoices, rejected applications, consumption about to expire."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.calendar import china_date, end_of, next_period, period_of
from domain.eligibility import TICKABLE, earliest_day, last_day
from domain.ledger import Bucket
from domain.review_phrases import Phrase
from infra.queries.balance_tree import BalancePath, sums
from infra.queries.material import waiting_material
from infra.queries.open_months import is_open
from infra.queries.review_phrases import chosen_phrases
from infra.queries.scope import Scope, utc, utc_or_none
from infra.queries.sign_offs import waiting_sign_offs
from infra.tables import ApplicationRow, BackInvoicingRow, ConsumptionRecordRow, InvoiceRow

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
    phrase: Phrase | None = None
    """The ready phrase before the reason."""


def waiting_for(session: Session, scope: Scope, now: datetime, person_id: int = 0) -> tuple[Waiting, ...]:
    """By due moment, those without one last; at most ten of each kind.

    Kinds: return-original (send the sheets back), return-request (say why), rejected, refused-by-bureau, expiring, back-granted,
    back-refused, sign-off (of this person), declined, material (send it), material-lapsed.
    """
    found = [*_returns(session, scope), *_ended(session, scope, now), *_expiring(session, scope, china_date(now))]
    found += _decided(session, scope, now)
    found += [
        Waiting(
            "material-lapsed" if each.lapsed else "material",
            each.number,
            each.amount_fen,
            None if each.lapsed else each.due_at - timedelta(seconds=1),
            f"/applications/{each.number}#material",
        )
        for each in waiting_material(session, scope, now - RECENT, MOST)
    ]
    found += [
        Waiting("sign-off", each.number, each.amount_fen, each.due_at, f"/applications/{each.number}", each.applicant)
        for each in waiting_sign_offs(session, person_id)
    ]
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
    statement = select(row.number, row.state, row.amount_fen, row.reason, row.reason_phrase, row.submitted_at).where(
        row.state.in_(("declined", "rejected", "partly-issued", "not-issued"))
    )
    rows = session.execute(scope.narrow(statement, row).order_by(row.submitted_at.desc()).limit(MOST)).all()
    phrases = chosen_phrases(session, (found.reason_phrase for found in rows))
    return [
        Waiting(
            found.state if found.state in ("declined", "rejected") else "refused-by-bureau",
            found.number,
            found.amount_fen,
            None,
            f"/applications/{found.number}",
            found.reason,
            phrases.get(found.reason_phrase),
        )
        for found in rows
        if now - utc(found.submitted_at) <= RECENT
    ]


def _expiring(session: Session, scope: Scope, today: date) -> list[Waiting]:
    """The next months of which something can be invoiced for at most another 30 days: what of them is not invoiced, and when it begins.

    Two looks at an index and sums of running totals, however many records there are.
    """
    first = earliest_day(today)
    found: list[Waiting] = []
    day = first
    for _ in range(2):
        nearest = _nearest(session, scope, day, first + timedelta(days=30))
        if nearest is None:
            break
        if all(nearest.period != known.subject for known in found):
            path = f"/consumption?show=can&period={nearest.period}"
            amount = _not_invoiced(session, scope, today, nearest.period)
            found.append(Waiting("expiring", nearest.period, amount, end_of(last_day(nearest.day)), path))
        day = date.fromisoformat(f"{next_period(period_of(nearest.day))}-01")
    return [each for each in found if each.amount_fen > 0]


def _nearest(session: Session, scope: Scope, first: date, before: date) -> Any:
    """Day and month of the oldest record from a day on that can be invoiced."""
    row: Any = ConsumptionRecordRow
    parts = [
        scope.narrow(select(row.day, row.period), row)
        .where(row.standing == standing, row.day >= first, row.day < before, is_open())
        .order_by(row.day, row.id)
        .limit(1)
        for standing in TICKABLE
    ]
    nearest = (session.execute(part).first() for part in parts)
    return min((each for each in nearest if each is not None), key=lambda each: each.day, default=None)


def _not_invoiced(session: Session, scope: Scope, today: date, period: str) -> int:
    months = sums(session, scope, today, BalancePath(period=period), ())
    return months.get((Bucket.AVAILABLE.value,), 0) + months.get((Bucket.ARREARS.value,), 0)


def _decided(session: Session, scope: Scope, now: datetime) -> list[Waiting]:
    """Back-invoicing: what was granted and can be applied for, until its day; what was refused in the last two weeks, and why."""
    row: Any = BackInvoicingRow
    granted = (row.state == "granted") & (row.extended_to >= china_date(now))
    refused = (row.state == "refused") & (row.decided_at > now - RECENT)
    columns = select(row.number, row.state, row.amount_fen, row.extended_to, row.decision_reason).where(granted | refused)
    rows = session.execute(scope.narrow(columns, row).order_by(row.decided_at.desc()).limit(MOST))
    return [
        Waiting(
            f"back-{found.state}",
            found.number,
            found.amount_fen,
            end_of(found.extended_to) if found.extended_to else None,
            f"/back-invoicing/{found.number}",
            found.decision_reason,
        )
        for found in rows
    ]
