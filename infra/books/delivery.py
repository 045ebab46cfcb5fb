"""The books of delivery (`domain.books.DeliveryBooks`) on the database: faces, documents, notices, parcels."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from domain.books import Recipient
from domain.calendar import china_date
from domain.invoices import InvoiceFace, InvoiceKind, Medium
from domain.lifecycle import DeliveryState
from domain.messages import ParcelUpdate, Policy
from domain.ports import ParcelOrder, PostalAddress, StoredDocument, Waybill
from infra.books.issuing import buyer_of, lines_of, red_lines, seller_of
from infra.books.life import Fact, invoice_life, tell
from infra.books.plans import remark_of
from infra.database import Database, insert_once
from infra.tables import (
    ApplicationRow,
    DocumentRow,
    EntityRow,
    InvoiceRow,
    NoticeRow,
    ParcelEventRow,
    ParcelRow,
    ReceiverRow,
    UserRow,
)

_ORDER = ("ordered", "collected", DeliveryState.IN_TRANSIT, "delivering", DeliveryState.RECEIVED, DeliveryState.LOST)
"""A parcel only moves forward; late news of an earlier step is kept but does not take it back."""


class SqlDelivery:
    """`callback_url` is where the courier reports; `sample` marks demo documents as 样张.

    `default_locale` is the language of letters to people who have not chosen one.
    """

    def __init__(self, database: Database, callback_url: str, *, sample: bool, default_locale: str = "zh") -> None:
        self._database = database
        self._default_locale = default_locale
        self._callback_url = callback_url
        self._sample = sample

    def face(self, invoice_id: str, *, red: bool) -> InvoiceFace:
        with self._database.read() as session:
            invoice = session.get_one(InvoiceRow, invoice_id)
            application = session.get_one(ApplicationRow, invoice.application_number)
            entity = session.get_one(EntityRow, invoice.entity)
            number, issued_at = (invoice.red_number, invoice.red_issued_at) if red else (invoice.number, invoice.issued_at)
            if number is None or issued_at is None:
                raise ValueError(f"{invoice_id} has no {'red-letter' if red else ''} number yet")
            lines = lines_of(session, invoice_id)
            return InvoiceFace(
                number=number,
                kind=InvoiceKind(invoice.kind),
                medium=Medium(invoice.medium),
                issued_at=issued_at,
                seller=seller_of(entity),
                buyer=buyer_of(application),
                lines=red_lines(lines) if red else lines,
                drawer=entity.drawer,
                remark="" if red else remark_of(invoice),
                original_number=(invoice.number or "") if red else "",
                red_sheet_number=invoice.red_sheet_number if red else "",
                sample=self._sample,
            )

    def record_documents(self, invoice_id: str, pdf: StoredDocument, xml: StoredDocument, now: datetime, *, red: bool) -> None:
        with self._database.write() as session:
            invoice = session.get_one(InvoiceRow, invoice_id, with_for_update=True)
            for stored in (pdf, xml):
                values = {
                    "sha256": stored.sha256,
                    "invoice_id": invoice_id,
                    "media_type": stored.media_type,
                    "key": stored.key,
                    "size": stored.size,
                    "version_id": stored.version_id,
                    "stored_at": now,
                    "locked_until": stored.locked_until,
                }
                insert_once(session, DocumentRow, values)
            if red:
                invoice.red_pdf_sha256, invoice.red_xml_sha256 = pdf.sha256, xml.sha256
            else:
                invoice.pdf_sha256, invoice.xml_sha256 = pdf.sha256, xml.sha256
            session.add(invoice)
            tell(session, invoice_life(invoice_id), "red-documented" if red else "documented", "documented", now)

    def recipient(self, invoice_id: str, *, red: bool) -> Recipient:
        with self._database.read() as session:
            invoice = session.get_one(InvoiceRow, invoice_id)
            application = session.get_one(ApplicationRow, invoice.application_number)
            receiver = session.get_one(ReceiverRow, application.receiver_id)
            applicant = session.get_one(UserRow, application.applicant_id)
            entity = session.get_one(EntityRow, invoice.entity)
            issued_at = invoice.red_issued_at if red else invoice.issued_at
            if issued_at is None or invoice.window_closes_at is None:
                raise ValueError(f"{invoice_id} is not issued")
            return Recipient(
                email=receiver.email or _default_email(session, invoice.enterprise_id),
                phone=receiver.phone or applicant.phone,
                locale=applicant.locale or self._default_locale,
                title=application.title_name,
                entity=entity.name,
                number=(invoice.red_number if red else invoice.number) or "",
                total_fen=-invoice.total_fen if red else invoice.total_fen,
                issued_on=china_date(issued_at),
                window_last_day=china_date(invoice.window_closes_at - timedelta(seconds=1)),
                invoice_id=invoice.id,
                application_number=invoice.application_number,
                pdf_sha256=invoice.red_pdf_sha256 if red else invoice.pdf_sha256,
                xml_sha256=invoice.red_xml_sha256 if red else invoice.xml_sha256,
                original_number=(invoice.number or "") if red else "",
            )

    def record_notice(self, notice_id: str, invoice_id: str, channel: str, sent_to: str, now: datetime) -> None:
        with self._database.write() as session:
            values = {"id": notice_id, "life": invoice_life(invoice_id), "channel": channel, "sent_to": sent_to, "sent_at": now}
            if not insert_once(session, NoticeRow, values):
                return
            invoice = session.get_one(InvoiceRow, invoice_id, with_for_update=True)
            if channel == "mail" and invoice.medium == Medium.ELECTRONIC and invoice.delivery == DeliveryState.PENDING:
                invoice.delivery = DeliveryState.SENT
                session.add(invoice)
            tell(session, invoice_life(invoice_id), notice_id, "mailed" if channel == "mail" else "texted", now)

    def was_sent(self, notice_id: str) -> bool:
        with self._database.read() as session:
            return session.get(NoticeRow, notice_id) is not None

    def parcel_order(self, invoice_id: str, shipment: int, policy: Policy, now: datetime) -> ParcelOrder:
        with self._database.write() as session:
            invoice = session.get_one(InvoiceRow, invoice_id, with_for_update=True)
            application = session.get_one(ApplicationRow, invoice.application_number)
            receiver = session.get_one(ReceiverRow, application.receiver_id)
            order_key = f"{invoice_id}:parcel:{shipment}"
            # The first shipment is the customer's to pay below the policy's amount; one sent anew for a loss is ours.
            free = shipment > 1 or invoice.total_fen >= policy.free_carriage_from_fen
            values = {
                "order_key": order_key,
                "invoice_id": invoice_id,
                "state": "ordered",
                "carriage_fen": 0 if free else policy.carriage_fen,
                "created_at": now,
            }
            # Only a new parcel takes the delivery back to its beginning: a repeat may come after the waybill is there.
            if insert_once(session, ParcelRow, values) and shipment > 1:
                invoice.delivery = DeliveryState.PENDING
                session.add(invoice)
            address = PostalAddress(receiver.recipient, receiver.phone, receiver.address, receiver.postcode)
            return ParcelOrder(order_key, address, f"发票 {invoice.number}", self._callback_url)

    def record_parcel(self, invoice_id: str, waybill: Waybill, now: datetime) -> None:
        with self._database.write() as session:
            parcel = session.get_one(ParcelRow, waybill.order_key, with_for_update=True)
            if parcel.waybill is not None:
                return
            parcel.waybill = waybill.number
            session.add(parcel)
            invoice = session.get_one(InvoiceRow, invoice_id, with_for_update=True)
            if invoice.delivery == DeliveryState.PENDING:
                invoice.delivery = DeliveryState.IN_TRANSIT
                session.add(invoice)
            facts: dict[str, Fact] = {"waybill": waybill.number}
            tell(session, invoice_life(invoice_id), waybill.order_key, "parcel-ordered", now, facts=facts)

    def record_parcel_update(self, invoice_id: str, update: ParcelUpdate, now: datetime) -> None:
        with self._database.write() as session:
            values = {"event_id": update.key, "waybill": update.waybill, "state": update.state, "place": update.place, "at": update.at}
            if not insert_once(session, ParcelEventRow, values):
                return
            parcel = session.exec(select(ParcelRow).where(ParcelRow.waybill == update.waybill).with_for_update()).one_or_none()
            if parcel is None or _rank(update.state) <= _rank(parcel.state):
                return
            parcel.state = update.state
            session.add(parcel)
            facts: dict[str, Fact] = {"waybill": update.waybill, "place": update.place, "state": update.state}
            kind = update.state if update.state in (DeliveryState.RECEIVED, DeliveryState.LOST) else "parcel-moved"
            tell(session, invoice_life(invoice_id), update.key, str(kind), now, facts=facts)
            newest = session.exec(
                select(ParcelRow.waybill).where(ParcelRow.invoice_id == invoice_id).order_by(col(ParcelRow.created_at).desc()).limit(1)
            ).one()
            if newest == update.waybill and update.state in tuple(DeliveryState):
                invoice = session.get_one(InvoiceRow, invoice_id, with_for_update=True)
                invoice.delivery = update.state
                session.add(invoice)


def _rank(state: str) -> int:
    return _ORDER.index(state) if state in _ORDER else -1


def _default_email(session: Session, enterprise_id: int) -> str:
    """Where word of a paper invoice goes: the enterprise's default e-mail, if it has one."""
    statement = (
        select(ReceiverRow.email)
        .where(ReceiverRow.enterprise_id == enterprise_id, ReceiverRow.kind == "email", col(ReceiverRow.removed_at).is_(None))
        .order_by(col(ReceiverRow.is_default).desc(), col(ReceiverRow.id))
        .limit(1)
    )
    return session.exec(statement).one_or_none() or ""
