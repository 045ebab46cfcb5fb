"""What activities need from outside. Adapters in `infra/` implement these; tests may put fakes at them.

Every effect is look, ask, record: `look` answers by our own request id what is already there, `ask` causes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.invoices import InvoiceFace, InvoiceKind, InvoiceLine, Medium, Party
from domain.messages import Verdict


class OutsideUnavailable(Exception):
    """No clear answer: refused connection, time-out, 5xx, garbage. Look first, then ask again."""


class OutsideRefused(Exception):
    """The other side understood and said no; repeating changes nothing. `code` is the other side's."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class OutsideDisagrees(Exception):
    """A clear answer that is not about what we asked: another request, amount, buyer or number. A person must look.

    Asking again could issue twice, so the step is parked, not repeated (`reliability.md` S8.GA).
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class AlreadyAsked(Exception):
    """The other side knows this request id already: look it up instead."""


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """What we ask the tax bureau to issue. `request_id` is our invoice id, the idempotency key."""

    request_id: str
    kind: InvoiceKind
    medium: Medium
    seller: Party
    buyer: Party
    lines: tuple[InvoiceLine, ...]
    province: str
    """Two digits of the seller's province, part of the number (`domain.md` 1.2)."""
    remark: str = ""
    original_number: str = ""
    """Set on a red-letter request: the blue invoice's 20 digits. All amounts are negative then."""
    reason: str = ""
    """Red-letter reason code: 01 wrongly issued, 02 returned, 03 service ended, 04 discount."""

    @property
    def total_fen(self) -> int:
        return sum(line.total_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class BureauRecord:
    """An entry in the tax bureau's own book."""

    request_id: str
    number: str
    issued_at: datetime
    total_fen: int
    tax_fen: int
    buyer_tax_id: str
    seller_tax_id: str
    original_number: str = ""
    red_sheet_number: str = ""


class TaxBureau(Protocol):
    """The tax bureau's platform; it alone gives numbers. Blue and red requests share one space of ids."""

    def look(self, request_id: str) -> BureauRecord | None:
        """What was issued under this id, or None when the bureau does not know it. Raises OutsideUnavailable."""

    def ask(self, request: IssueRequest) -> BureauRecord:
        """Issue. Raises OutsideRefused, AlreadyAsked, or OutsideUnavailable when the outcome is not known."""

    def book(self, since: datetime) -> Iterable[BureauRecord]:
        """Everything issued for us since then, for reconciliation."""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    recipient: str
    phone: str
    address: str
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class ParcelOrder:
    """`order_key` is our own key for the parcel: the courier finds it again by that."""

    order_key: str
    to: PostalAddress
    contents: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class Waybill:
    order_key: str
    number: str
    created_at: datetime


class Courier(Protocol):
    """The courier alone gives waybills."""

    def look(self, order_key: str) -> Waybill | None: ...

    def ask(self, order: ParcelOrder) -> Waybill: ...


@dataclass(frozen=True, slots=True)
class OfficeAddress:
    """Where a customer's office system (OA) is asked, and the secret that signs what is said in both directions."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class OfficeQuestion:
    """What the OA is asked to approve. `request_id` is ours and names one version of the application."""

    request_id: str
    number: str
    version: int
    amount_fen: int
    kind: InvoiceKind
    medium: Medium
    title: str
    applicant: str
    account: str
    due_at: datetime
    page_url: str
    callback_url: str


@dataclass(frozen=True, slots=True)
class OfficeAnswer:
    """Where the OA's case is; without a verdict it is open. `event_id` names the verdict, in every way in which it comes."""

    request_id: str
    version: int
    verdict: Verdict | None = None
    event_id: str = ""
    reason: str = ""
    reference: str = ""


class OfficeSystem(Protocol):
    """A customer's own OA. Its address is the customer's word, so it is nobody to be trusted."""

    def look(self, address: OfficeAddress, request_id: str) -> OfficeAnswer | None:
        """What became of it, or None when the OA does not know it. Raises OutsideUnavailable, OutsideRefused, OutsideDisagrees."""

    def ask(self, address: OfficeAddress, question: OfficeQuestion) -> OfficeAnswer:
        """Ask; the same request id again is the same question. Raises OutsideUnavailable, OutsideRefused, OutsideDisagrees."""


@dataclass(frozen=True, slots=True)
class Attachment:
    file_name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class MailMessage:
    """`message_id` is ours and derived, so that a repeat after a doubt can be seen to be the same mail."""

    message_id: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    def send(self, message: MailMessage) -> None:
        """Hand the mail to the server; returning means it took it. Raises OutsideUnavailable or OutsideRefused."""


class Sms(Protocol):
    def send(self, key: str, phone: str, text: str) -> None:
        """Send once per key: the provider ignores a key it has seen."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """Where a document lies: `sha256` in hex names it for ever."""

    sha256: str
    key: str
    size: int
    version_id: str
    media_type: str
    locked_until: datetime


class Documents(Protocol):
    """Content-addressed storage with object lock. Storing the same bytes again writes nothing."""

    def store(self, content: bytes, media_type: str) -> StoredDocument: ...

    def read(self, sha256: str, media_type: str) -> bytes:
        """The bytes, checked against their hash. Raises OutsideUnavailable when they differ or are missing."""


class AttachmentStore(Protocol):
    """Files that people sent in, by the hash of their bytes. No lock: personal data must be removable (PIPL)."""

    def put(self, content: bytes, media_type: str) -> str:
        """Store and give the sha256 in hex; the same bytes again write nothing. Raises OutsideUnavailable."""

    def read(self, sha256: str) -> bytes:
        """The bytes, checked against their hash. Raises OutsideUnavailable when they differ or are missing."""

    def remove(self, sha256: str) -> None:
        """Remove for good; what is not there is removed already. Raises OutsideUnavailable."""

    def listed(self, after: str, most: int) -> Sequence[tuple[str, datetime]]:
        """The next hashes in their order, with when each was put last. Raises OutsideUnavailable."""

    def put_at(self, sha256: str) -> datetime | None:
        """When it was put last; None when it is not there. Raises OutsideUnavailable."""


class NotInInbox(Exception):
    """There is no such object."""


class InboxFileTooLarge(Exception):
    """The object is larger than it may be."""


class Inbox(Protocol):
    """The place where billing systems put their files. It is only read."""

    def read(self, key: str, most: int) -> bytes:
        """The object's bytes, at most so many. Raises NotInInbox, InboxFileTooLarge, OutsideUnavailable."""


class Scanner(Protocol):
    """Looks for viruses."""

    def scan(self, content: bytes) -> str:
        """The name of what was found; empty when there is nothing. Raises OutsideUnavailable for any other answer and for none."""


@dataclass(frozen=True, slots=True)
class RenderedInvoice:
    """The two files, and the text in the QR code of the first."""

    pdf: bytes
    xml: bytes
    qr_text: str


class Renderer(Protocol):
    def render(self, face: InvoiceFace) -> RenderedInvoice:
        """The document's two forms; the same face gives the same bytes for ever."""

    def disagreements(self, face: InvoiceFace, rendered: RenderedInvoice) -> list[str]:
        """Fields whose value read back from the documents is not the face's (I17); empty when all agree."""
