"""What operators look at: what is stuck, how many lives are where, the last reconciliation, parcels under way."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from domain.lifecycle import UNDECIDED, ApplicationState, DeliveryState, InvoiceState, ReturnState
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow, EnterpriseRow, InvoiceRow, ParcelEventRow, ParcelRow, ReconciliationRow

PATIENCE = timedelta(minutes=10)
"""How long a step may take before it is shown as stuck; all of them take seconds when everything runs."""

SILENT = timedelta(days=3)
"""A parcel without news for so long is looked at."""

MOST = 50


@dataclass(frozen=True, slots=True)
class Stuck:
    """Something that does not go on by itself, or takes longer than it should. Amount in fen.

    `kind` names the entry of the runbook: parked, red-parked, issuing, reversing, documents, red-documents, mail,
    parcel, review.
    """

    kind: str
    life: str
    number: str
    application_number: str
    customer: str
    amount_fen: int
    since: datetime
    detail: str = ""

    @property
    def can_look_again(self) -> bool:
        return self.kind in {"parked", "red-parked"}


def stuck(session: Session, now: datetime) -> tuple[Stuck, ...]:
    """Everything stuck, at most `MOST` of each kind, the largest amounts first."""
    found = [*_stuck_invoices(session, now), *_overdue_reviews(session, now)]
    return tuple(sorted(found, key=lambda one: (-one.amount_fen, one.since, one.life)))


def _conditions(long_ago: datetime) -> dict[str, tuple[Any, Any]]:
    """For each kind: which invoices, and the column since when."""
    row: Any = InvoiceRow
    valid = (InvoiceState.ISSUED, InvoiceState.RETURNED, InvoiceState.CLOSED)
    reversing = and_(row.state == InvoiceState.ISSUED, row.return_state == ReturnState.REVERSING)
    undelivered = and_(row.state.in_(valid), row.pdf_sha256 != "", row.delivery == DeliveryState.PENDING, row.issued_at < long_ago)
    return {
        "parked": (row.state == InvoiceState.PARKED, func.coalesce(row.asked_at, row.created_at)),
        "red-parked": (and_(reversing, row.parked_reason != ""), func.coalesce(row.red_asked_at, row.return_requested_at)),
        "issuing": (and_(row.state == InvoiceState.ISSUING, row.created_at < long_ago), row.created_at),
        "reversing": (
            and_(
                reversing,
                row.parked_reason == "",
                row.return_requested_at < long_ago,
                or_(row.original_received_at.is_(None), row.original_received_at < long_ago),
            ),
            func.coalesce(row.red_asked_at, row.return_requested_at),
        ),
        "documents": (and_(row.state.in_(valid), row.pdf_sha256 == "", row.issued_at < long_ago), row.issued_at),
        "red-documents": (
            and_(row.red_number.is_not(None), row.red_pdf_sha256 == "", row.red_issued_at < long_ago),
            row.red_issued_at,
        ),
        "mail": (and_(undelivered, row.medium == "electronic"), row.issued_at),
        "parcel": (and_(undelivered, row.medium == "paper"), row.issued_at),
    }


def _stuck_invoices(session: Session, now: datetime) -> list[Stuck]:
    row: Any = InvoiceRow
    found: list[Stuck] = []
    for kind, (condition, since) in _conditions(now - PATIENCE).items():
        statement = (
            select(
                row.id,
                row.number,
                row.application_number,
                row.total_fen,
                row.parked_reason,
                row.unknown_since,
                col(EnterpriseRow.name).label("customer"),
                since.label("since"),
            )
            .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
            .where(condition)
            .order_by(row.total_fen.desc(), row.id)
            .limit(MOST)
        )
        for one in session.execute(statement):
            life, number = f"invoice:{one.id}", one.number or one.id
            found.append(Stuck(kind, life, number, one.application_number, one.customer, one.total_fen, utc(one.since), one.parked_reason))
    return found


def _overdue_reviews(session: Session, now: datetime) -> list[Stuck]:
    row: Any = ApplicationRow
    statement = (
        select(row.number, row.amount_fen, row.promised_at, col(EnterpriseRow.name).label("customer"))
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .where(row.state == ApplicationState.REVIEWING, row.promised_at < now)
        .order_by(row.amount_fen.desc(), row.number)
        .limit(MOST)
    )
    return [
        Stuck("review", f"application:{one.number}", one.number, one.number, one.customer, one.amount_fen, utc(one.promised_at))
        for one in session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class LifeCounts:
    """Lives by state, from our own rows. Those that only wait for their window's end are named apart."""

    applications: Mapping[str, int]
    invoices: Mapping[str, int]
    in_window: int
    issued_today: int

    @property
    def under_way(self) -> int:
        """Lives that are on their way, without those that only wait for the end of their correction window."""
        moving = (*UNDECIDED, ApplicationState.ISSUING)
        return sum(self.applications.get(state, 0) for state in moving) + sum(
            self.invoices.get(state, 0) for state in (InvoiceState.ISSUING, InvoiceState.PARKED)
        )


def life_counts(session: Session, today: date) -> LifeCounts:
    """How many lives are in which state, and how many invoices were issued on the day."""
    application: Any = ApplicationRow
    invoice: Any = InvoiceRow
    applications = session.execute(select(application.state, func.count()).group_by(application.state)).all()
    invoices = session.execute(select(invoice.state, func.count()).group_by(invoice.state)).all()
    resting = and_(
        invoice.state == InvoiceState.ISSUED, invoice.return_state == ReturnState.NONE, invoice.delivery != DeliveryState.PENDING
    )
    in_window = session.execute(select(func.count()).where(resting)).scalar_one()
    issued_today = session.execute(select(func.count()).where(invoice.issued_on == today)).scalar_one()
    return LifeCounts(dict(applications), dict(invoices), in_window, issued_today)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the tax bureau's book and ours differ. `what`: not-ours, not-theirs or amount."""

    request_id: str
    what: str
    ours: str
    theirs: str

    @property
    def invoice_id(self) -> str:
        return self.request_id.removesuffix(":red")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    day: date
    compared: int
    differences: tuple[Difference, ...]


def last_reconciliation(session: Session) -> Reconciliation | None:
    """The newest comparison of the books, or None before the first."""
    row: Any = ReconciliationRow
    found = session.execute(select(row.day, row.compared, row.differences).order_by(row.day.desc()).limit(1)).first()
    if found is None:
        return None
    listed = [Difference(one["request_id"], one["what"], one["ours"], one["theirs"]) for one in json.loads(found.differences)]
    return Reconciliation(found.day, found.compared, tuple(listed))


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel that is under way or lost, with the courier's last news."""

    waybill: str
    invoice_id: str
    state: str
    title_name: str
    created_at: datetime
    place: str
    news_at: datetime | None

    def is_silent(self, now: datetime) -> bool:
        """Whether nothing was heard of it for too long."""
        return self.state not in {"lost", "returned"} and now - (self.news_at or self.created_at) > SILENT


def parcels(session: Session) -> tuple[Parcel, ...]:
    """Parcels that have not arrived: lost ones first, then the oldest."""
    row: Any = ParcelRow
    event: Any = ParcelEventRow
    last_at = select(func.max(event.at)).where(event.waybill == row.waybill).correlate(row.__table__).scalar_subquery()
    place = (
        select(event.place)
        .where(event.waybill == row.waybill)
        .order_by(event.at.desc())
        .limit(1)
        .correlate(row.__table__)
        .scalar_subquery()
    )
    statement = (
        select(
            row.waybill,
            row.invoice_id,
            row.state,
            row.created_at,
            col(ApplicationRow.title_name),
            last_at.label("news_at"),
            place.label("place"),
        )
        .join(InvoiceRow, col(InvoiceRow.id) == row.invoice_id)
        .join(ApplicationRow, col(ApplicationRow.number) == col(InvoiceRow.application_number))
        .where(row.state.not_in((DeliveryState.RECEIVED, "delivered")))
        .order_by((row.state == DeliveryState.LOST).desc(), row.created_at, row.order_key)
        .limit(MOST)
    )
    return tuple(
        Parcel(
            waybill=one.waybill or "",
            invoice_id=one.invoice_id,
            state=one.state,
            title_name=one.title_name,
            created_at=utc(one.created_at),
            place=one.place or "",
            news_at=utc_or_none(one.news_at),
        )
        for one in session.execute(statement)
    )
