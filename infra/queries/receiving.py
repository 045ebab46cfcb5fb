"""What the receiving desk looks up: whose original is this, and is somebody waiting for it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain.lifecycle import DeliveryState, InvoiceState, ReturnState
from infra.queries.scope import utc_or_none
from infra.tables import ApplicationRow, EnterpriseRow, EntityRow, InvoiceRow, ParcelRow

MOST = 50


@dataclass(frozen=True, slots=True)
class Original:
    """An invoice as the receiving desk sees it. Amount in fen; `why_not` is the code of the reason why nothing can be received."""

    id: str
    number: str
    application_number: str
    customer: str
    title_name: str
    entity: str
    kind: str
    medium: str
    state: str
    delivery: str
    return_state: str
    total_fen: int
    issued_at: datetime | None
    window_closes_at: datetime | None
    return_requested_at: datetime | None
    original_received_at: datetime | None
    return_reason: str

    @property
    def is_on_its_way(self) -> bool:
        """By the courier's news the customer does not have it yet: perhaps another original is meant."""
        return self.delivery in (DeliveryState.PENDING, DeliveryState.IN_TRANSIT)

    def why_not(self, now: datetime) -> str:
        """Why its original cannot be received now, in the invoice's own codes; empty when it can."""
        if self.state == InvoiceState.REFUSED:
            return "not-issued"
        if self.state == InvoiceState.RETURNED:
            return "already-returned"
        if self.window_closes_at is None:
            return "not-issued-yet"
        if self.medium == "electronic":
            return "nothing-to-send-back"
        if self.state == InvoiceState.CLOSED or now >= self.window_closes_at:
            return "window-closed"
        if self.return_state == ReturnState.REVERSING:
            return "return-under-way"
        return "already-received" if self.original_received_at is not None else ""


def _statement() -> Any:
    row: Any = InvoiceRow
    return (
        select(
            row.id,
            row.number,
            row.application_number,
            col(EnterpriseRow.name).label("customer"),
            col(ApplicationRow.title_name),
            col(EntityRow.name).label("entity"),
            row.kind,
            row.medium,
            row.state,
            row.delivery,
            row.return_state,
            row.total_fen,
            row.issued_at,
            row.window_closes_at,
            row.return_requested_at,
            row.original_received_at,
            row.return_reason,
        )
        .join(ApplicationRow, col(ApplicationRow.number) == row.application_number)
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .join(EntityRow, col(EntityRow.code) == row.entity)
    )


def _original(row: Any) -> Original:
    return Original(
        id=row.id,
        number=row.number or "",
        application_number=row.application_number,
        customer=row.customer,
        title_name=row.title_name,
        entity=row.entity,
        kind=row.kind,
        medium=row.medium,
        state=row.state,
        delivery=row.delivery,
        return_state=row.return_state,
        total_fen=row.total_fen,
        issued_at=utc_or_none(row.issued_at),
        window_closes_at=utc_or_none(row.window_closes_at),
        return_requested_at=utc_or_none(row.return_requested_at),
        original_received_at=utc_or_none(row.original_received_at),
        return_reason=row.return_reason,
    )


def original(session: Session, invoice_id: str) -> Original | None:
    """One invoice by its own id."""
    table: Any = InvoiceRow
    row = session.execute(_statement().where(table.id == invoice_id)).first()
    return _original(row) if row else None


def find_originals(session: Session, text: str) -> tuple[Original, ...]:
    """The invoices meant by what was typed or scanned.

    An invoice number (blue or red, with any blanks or hyphens), a waybill of ours, an invoice id, or an application
    number, which means all its invoices.
    """
    wanted = "".join(text.split()).upper()
    if not wanted:
        return ()
    digits = re.sub(r"\D", "", wanted)
    table: Any = InvoiceRow
    parcel: Any = ParcelRow
    by_waybill = select(parcel.invoice_id).where(parcel.waybill == wanted)
    meant = [table.id == wanted, table.application_number == wanted, table.id.in_(by_waybill)]
    if digits and not re.search(r"[A-Z]", wanted):
        meant += [table.number == digits, table.red_number == digits]
    rows = session.execute(_statement().where(or_(*meant)).order_by(table.id).limit(MOST)).all()
    return tuple(_original(row) for row in rows)


def waiting_originals(session: Session) -> tuple[Original, ...]:
    """Paper invoices of which one half of a return is here: the online request, or the original. The most urgent first."""
    table: Any = InvoiceRow
    halves = (ReturnState.REQUESTED, ReturnState.ORIGINAL_HERE)
    rows = session.execute(
        _statement()
        .where(table.medium == "paper", table.state == InvoiceState.ISSUED, table.return_state.in_(halves))
        .order_by(table.window_closes_at, table.id)
        .limit(MOST)
    ).all()
    return tuple(_original(row) for row in rows)
