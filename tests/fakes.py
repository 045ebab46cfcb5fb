"""In-memory adapters at the ports, for tests of what stands behind them. The real ones have tests of their own."""

import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from domain.audit import ChainHead, Marks
from domain.books import Recipient
from domain.calendar import china_date
from domain.invoices import InvoiceFace
from domain.licences import LicenceReading
from domain.messages import Verdict
from domain.ports import (
    AlreadyAsked,
    Attachment,
    BureauRecord,
    InboxFileTooLarge,
    IssueRequest,
    MailMessage,
    NotInInbox,
    OfficeAddress,
    OfficeAnswer,
    OfficeQuestion,
    OutsideRefused,
    OutsideUnavailable,
    ParcelOrder,
    RenderedInvoice,
    StoredDocument,
    Waybill,
)
from infra.post import Letter


def record_for(request: IssueRequest, number: str, issued_at: datetime) -> BureauRecord:
    """The bureau's entry for exactly what was asked."""
    return BureauRecord(
        request_id=request.request_id,
        number=number,
        issued_at=issued_at,
        total_fen=request.total_fen,
        tax_fen=sum(line.tax_fen for line in request.lines),
        buyer_tax_id=request.buyer.tax_id,
        seller_tax_id=request.seller.tax_id,
        original_number=request.original_number,
        red_sheet_number="33010626112100000001" if request.original_number else "",
    )


@dataclass
class FakeBureau:
    """Issues at once. `refuse` names request ids to refuse, `lose_answers` issues and then gives no answer so many times,
    `down` is how many calls find nobody, and `forget` switches the check for known ids off."""

    refuse: dict[str, str] = field(default_factory=dict)
    lose_answers: int = 0
    down: int = 0
    forget: bool = False
    wrong_total: int = 0
    """How many entries are written with a total that is one fen off."""
    entries: list[BureauRecord] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def look(self, request_id: str) -> BureauRecord | None:
        with self._lock:
            self._answer()
            return next((entry for entry in self.entries if entry.request_id == request_id), None)

    def ask(self, request: IssueRequest) -> BureauRecord:
        with self._lock:
            self._answer()
            self.asked.append(request.request_id)
            if request.request_id in self.refuse:
                raise OutsideRefused(self.refuse[request.request_id])
            if not self.forget and any(entry.request_id == request.request_id for entry in self.entries):
                raise AlreadyAsked(request.request_id)
            now = self.clock()
            number = f"{china_date(now):%y}{request.province}2{len(self.entries) + 1:015d}"
            record = record_for(request, number, now)
            if self.wrong_total:
                self.wrong_total -= 1
                record = replace(record, total_fen=record.total_fen + 1)
            self.entries.append(record)
            if self.lose_answers:
                self.lose_answers -= 1
                raise OutsideUnavailable("the answer was lost")
            return record

    def book(self, since: datetime) -> Iterable[BureauRecord]:
        return [entry for entry in self.entries if entry.issued_at >= since]

    def _answer(self) -> None:
        if self.down:
            self.down -= 1
            raise OutsideUnavailable("nobody there")


@dataclass
class FakeOffice:
    """A customer's OA. `down` is how many calls find nobody; `decided` has its verdicts by request id."""

    down: int = 0
    refuses: bool = False
    asked: dict[str, OfficeQuestion] = field(default_factory=dict)
    decided: dict[str, OfficeAnswer] = field(default_factory=dict)
    calls: int = 0

    def look(self, address: OfficeAddress, request_id: str) -> OfficeAnswer | None:
        self._answer()
        return self._case(request_id) if request_id in self.asked else None

    def ask(self, address: OfficeAddress, question: OfficeQuestion) -> OfficeAnswer:
        self._answer()
        if self.refuses:
            raise OutsideRefused("no-such-process")
        self.asked[question.request_id] = question
        return self._case(question.request_id)

    def decide(self, request_id: str, verdict: Verdict, reason: str = "") -> OfficeAnswer:
        """The OA has decided; nothing is called back."""
        version = self.asked[request_id].version
        self.decided[request_id] = OfficeAnswer(request_id, version, verdict, f"oa:{request_id}", reason, "BPM-1")
        return self.decided[request_id]

    def _answer(self) -> None:
        self.calls += 1
        if self.down:
            self.down -= 1
            raise OutsideUnavailable("nobody there")

    def _case(self, request_id: str) -> OfficeAnswer:
        return self.decided.get(request_id) or OfficeAnswer(request_id, self.asked[request_id].version)


@dataclass
class FakeCourier:
    """Draws a waybill for each order key, the same one for the same key."""

    waybills: dict[str, Waybill] = field(default_factory=dict)
    orders: list[ParcelOrder] = field(default_factory=list)

    def look(self, order_key: str) -> Waybill | None:
        return self.waybills.get(order_key)

    def ask(self, order: ParcelOrder) -> Waybill:
        self.orders.append(order)
        waybill = Waybill(order.order_key, f"SL261121{len(self.waybills) + 1:07d}", datetime.now(UTC))
        return self.waybills.setdefault(order.order_key, waybill)


@dataclass
class FakeMailer:
    sent: list[MailMessage] = field(default_factory=list)
    refuse: str = ""
    down: bool = False

    def send(self, message: MailMessage) -> None:
        if self.down:
            raise OutsideUnavailable("the mail server is away")
        if self.refuse:
            raise OutsideRefused(self.refuse)
        self.sent.append(message)


@dataclass
class FakeSms:
    sent: dict[str, str] = field(default_factory=dict)

    def send(self, key: str, phone: str, text: str) -> None:
        self.sent.setdefault(key, f"{phone}: {text}")


@dataclass
class FakeDocuments:
    files: dict[str, bytes] = field(default_factory=dict)

    def store(self, content: bytes, media_type: str) -> StoredDocument:
        sha256 = hashlib.sha256(content).hexdigest()
        self.files.setdefault(sha256, content)
        locked_until = datetime.now(UTC) + timedelta(days=1)
        return StoredDocument(sha256, f"documents/{sha256[:2]}/{sha256}", len(content), "1", media_type, locked_until)

    def read(self, sha256: str, media_type: str) -> bytes:
        if sha256 not in self.files:
            raise OutsideUnavailable(sha256)
        return self.files[sha256]


@dataclass
class FakeInbox:
    """Files by key; `down` makes nobody answer."""

    files: dict[str, bytes] = field(default_factory=dict)
    down: bool = False

    def read(self, key: str, most: int) -> bytes:
        if self.down:
            raise OutsideUnavailable("nobody there")
        if key not in self.files:
            raise NotInInbox(key)
        if len(self.files[key]) > most:
            raise InboxFileTooLarge(key)
        return self.files[key]


@dataclass
class FakeAttachments:
    """`down` is how many calls find nobody."""

    files: dict[str, bytes] = field(default_factory=dict)
    down: int = 0
    moments: dict[str, datetime] = field(default_factory=dict)

    def put(self, content: bytes, media_type: str) -> str:
        self._answer()
        sha256 = hashlib.sha256(content).hexdigest()
        self.files[sha256] = content
        self.moments[sha256] = datetime.now(UTC)
        return sha256

    def listed(self, after: str, most: int) -> list[tuple[str, datetime]]:
        self._answer()
        return [(sha256, self.moments[sha256]) for sha256 in sorted(self.files) if sha256 > after][:most]

    def put_at(self, sha256: str) -> datetime | None:
        self._answer()
        return self.moments[sha256] if sha256 in self.files else None

    def read(self, sha256: str) -> bytes:
        self._answer()
        if sha256 not in self.files:
            raise OutsideUnavailable(sha256)
        return self.files[sha256]

    def remove(self, sha256: str) -> None:
        self._answer()
        self.files.pop(sha256, None)

    def _answer(self) -> None:
        if self.down:
            self.down -= 1
            raise OutsideUnavailable("nobody there")


@dataclass
class FakeAnchors:
    days: dict[date, tuple[ChainHead, ...]] = field(default_factory=dict)

    def newest(self, today: date) -> Marks:
        day = max((day for day in self.days if day <= today), default=None)
        return {head.tenant: head for head in self.days[day]} if day else {}

    def keep(self, day: date, heads: Sequence[ChainHead]) -> None:
        self.days.setdefault(day, tuple(heads))


@dataclass
class FakeReader:
    """Reads the same from every licence; `broken` is how many readings break the process they run in."""

    reading: LicenceReading = field(default_factory=LicenceReading)
    broken: int = 0

    def __call__(self, _content: bytes) -> LicenceReading:
        if self.broken:
            self.broken -= 1
            raise MemoryError
        return self.reading


@dataclass
class FakeRenderer:
    """Writes the face's number and total; `disagree` makes the check of the documents fail so many times."""

    disagree: int = 0

    def render(self, face: InvoiceFace) -> RenderedInvoice:
        text = f"{face.number} {face.total_fen}"
        return RenderedInvoice(f"pdf {text}".encode(), f"xml {text}".encode(), text)

    def disagreements(self, face: InvoiceFace, rendered: RenderedInvoice) -> list[str]:
        if self.disagree:
            self.disagree -= 1
            return ["number"]
        return []


class FakeLetters:
    def issued(self, recipient: Recipient, message_id: str, attachments: tuple[Attachment, ...]) -> MailMessage:
        return MailMessage(message_id, recipient.email, f"issued {recipient.number}", "text", "<p>text</p>", attachments)

    def returned(self, recipient: Recipient, message_id: str, attachments: tuple[Attachment, ...]) -> MailMessage:
        return MailMessage(message_id, recipient.email, f"returned {recipient.number}", "text", "<p>text</p>", attachments)

    def returned_sms(self, recipient: Recipient) -> str:
        return f"returned {recipient.original_number}"


@dataclass
class FakePost:
    """Implements `infra.post.Post`: keeps what was sent, or fails while `down`."""

    sent: list[tuple[str, Letter]] = field(default_factory=list)
    """Address and letter, oldest first."""
    down: bool = False

    def send(self, key: str, address: str, letter: Letter) -> None:
        if self.down:
            raise OutsideUnavailable("no answer")
        self.sent.append((address, letter))

    def code_to(self, address: str) -> str:
        """The six digits of the newest letter to this address."""
        newest = [letter for to, letter in self.sent if to == address][-1]
        found = re.search(r"\b\d{6}\b", newest.text)
        assert found is not None, newest.text
        return found[0]
