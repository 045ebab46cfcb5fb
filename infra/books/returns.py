"""The books of a return (`domain.books.ReturnBooks`) on the database."""

from datetime import datetime

from sqlmodel import Session, select

from domain.lifecycle import DeliveryState, InvoiceState, ReturnState
from domain.messages import Note, OriginalReceived, ReturnRequest
from infra.books.life import Fact, answer, invoice_life, tell
from infra.database import Database
from infra.tables import InvoiceRow, ParcelRow


class SqlReturns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def record_request(self, invoice_id: str, request: ReturnRequest, state: ReturnState, now: datetime) -> None:
        with self._database.write() as session:
            invoice = _locked(session, invoice_id)
            life = invoice_life(invoice_id)
            if answer(session, Note(life, request.key, "return", request.by, taken=True, reason=request.reason), now):
                invoice.return_state = state
                invoice.return_requested_at = now
                invoice.return_reason = request.reason
                session.add(invoice)
                facts: dict[str, Fact] = {"state": state}
                if request.reissue is not None:  # so that its number can be found while the return waits for the original
                    facts["reissue"] = request.reissue.number
                tell(session, life, f"return.{request.key}", "return-requested", now, by=request.by, facts=facts)

    def record_original(self, invoice_id: str, original: OriginalReceived, state: ReturnState, now: datetime) -> None:
        with self._database.write() as session:
            invoice = _locked(session, invoice_id)
            life = invoice_life(invoice_id)
            if answer(session, Note(life, original.key, "original", original.by, taken=True), now):
                invoice.return_state = state
                invoice.original_received_at = now
                _end_of_parcels(session, invoice)
                session.add(invoice)
                facts: dict[str, Fact] = {"waybill": original.waybill, "state": state}
                tell(session, life, f"original.{original.key}", "original-received", now, by=original.by, facts=facts)

    def record_reissue(self, invoice_id: str, application_number: str, now: datetime, *, started: bool) -> None:
        with self._database.write() as session:
            # Who has a number that was not ours to use is nobody's business: it is not shown then.
            facts: dict[str, Fact] = {"application": application_number} if started else {}
            kind = "reissue-started" if started else "reissue-not-started"
            tell(session, invoice_life(invoice_id), kind, kind, now, facts=facts)

    def close_window(self, invoice_id: str, now: datetime) -> None:
        with self._database.write() as session:
            invoice = _locked(session, invoice_id)
            if invoice.state != InvoiceState.ISSUED:
                return
            invoice.state = InvoiceState.CLOSED
            invoice.return_state = ReturnState.NONE
            invoice.ended_at = now
            session.add(invoice)
            tell(session, invoice_life(invoice_id), "window-closed", "window-closed", now)


def _end_of_parcels(session: Session, invoice: InvoiceRow) -> None:
    """What came back must have arrived: a parcel whose last news is missing is received."""
    parcels = session.exec(select(ParcelRow).where(ParcelRow.invoice_id == invoice.id).with_for_update()).all()
    for parcel in parcels:
        if parcel.state not in (DeliveryState.RECEIVED, DeliveryState.LOST):
            parcel.state = DeliveryState.RECEIVED
            session.add(parcel)
            invoice.delivery = DeliveryState.RECEIVED


def _locked(session: Session, invoice_id: str) -> InvoiceRow:
    return session.get_one(InvoiceRow, invoice_id, with_for_update=True)
