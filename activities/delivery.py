"""Delivery: mail and SMS, and parcels with the courier. Each by our own key, looked up or recorded before a repeat."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from activities.documents import PDF, XML
from domain.books import DeliveryBooks, Recipient
from domain.messages import ParcelUpdate, Policy
from domain.ports import Attachment, Courier, Documents, Mailer, MailMessage, OutsideRefused, OutsideUnavailable, Sms


class Letters(Protocol):
    """The words of mails and SMS, in the customer's language."""

    def issued(self, recipient: Recipient, message_id: str, attachments: tuple[Attachment, ...]) -> MailMessage: ...

    def returned(self, recipient: Recipient, message_id: str, attachments: tuple[Attachment, ...]) -> MailMessage: ...

    def returned_sms(self, recipient: Recipient) -> str: ...


@dataclass(frozen=True, slots=True)
class MailStep:
    """Mail the documents of an invoice, or with `red` those of its red-letter one and an SMS that the return succeeded."""

    invoice_id: str
    red: bool = False


@dataclass(frozen=True, slots=True)
class ParcelStep:
    """The n-th shipment of a paper invoice, from 1."""

    invoice_id: str
    shipment: int
    policy: Policy


@dataclass(frozen=True, slots=True)
class ParcelUpdateStep:
    invoice_id: str
    update: ParcelUpdate


@dataclass
class DeliveryActivities:
    mailer: Mailer
    sms: Sms
    courier: Courier
    documents: Documents
    letters: Letters
    books: DeliveryBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def send_invoice(self, step: MailStep) -> None:
        """Mail the stored files, never a new rendering. The message id is derived: a doubt repeats the same mail."""
        recipient = self.books.recipient(step.invoice_id, red=step.red)
        suffix = "red" if step.red else "issued"
        try:
            if recipient.email:
                self._mail(step, recipient, f"{suffix}.{step.invoice_id}")
            if step.red and recipient.phone:
                self._text(step, recipient, f"sms.{suffix}.{step.invoice_id}")
        except OutsideUnavailable as failure:
            raise ApplicationError(f"Mail or SMS did not go out yet: {failure}", type="delivery-unavailable") from failure
        except OutsideRefused as refusal:
            raise ApplicationError(f"The receiver was refused: {refusal.code}", type="receiver-refused", non_retryable=True) from refusal

    def _mail(self, step: MailStep, recipient: Recipient, message_id: str) -> None:
        if self.books.was_sent(message_id):
            return
        attachments = (
            Attachment(f"dzfp_{recipient.number}.pdf", PDF, self.documents.read(recipient.pdf_sha256, PDF)),
            Attachment(f"dzfp_{recipient.number}.xml", XML, self.documents.read(recipient.xml_sha256, XML)),
        )
        write = self.letters.returned if step.red else self.letters.issued
        self.mailer.send(write(recipient, message_id, attachments))
        self.books.record_notice(message_id, step.invoice_id, "mail", recipient.email, self.clock())

    def _text(self, step: MailStep, recipient: Recipient, key: str) -> None:
        if not self.books.was_sent(key):
            self.sms.send(key, recipient.phone, self.letters.returned_sms(recipient))
            self.books.record_notice(key, step.invoice_id, "sms", recipient.phone, self.clock())

    @activity.defn
    def send_parcel(self, step: ParcelStep) -> str:
        """Hand a paper invoice to the courier: look by our own order key, ask, record. Gives the waybill."""
        order = self.books.parcel_order(step.invoice_id, step.shipment, step.policy, self.clock())
        try:
            waybill = self.courier.look(order.order_key) or self.courier.ask(order)
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The courier does not answer: {failure}", type="courier-unavailable") from failure
        except OutsideRefused as refusal:
            raise ApplicationError(f"The courier refused the parcel: {refusal.code}", type="courier-refused") from refusal
        self.books.record_parcel(step.invoice_id, waybill, self.clock())
        return waybill.number

    @activity.defn
    def record_parcel_update(self, step: ParcelUpdateStep) -> None:
        """Keep the courier's news, once per event."""
        self.books.record_parcel_update(step.invoice_id, step.update, self.clock())
