"""What activities need of our own rows. Each method is one short transaction, and safe to repeat.

Amounts are fen. `now` is the moment of the step; business dates are derived from it in China time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.authentication import AuthenticationState, IdentityCheck, Submission
from domain.invoices import InvoiceFace
from domain.lifecycle import ApplicationState, ReturnState
from domain.material import MaterialNews, MaterialNotice
from domain.messages import (
    ApplicationRequest,
    Expedite,
    Findings,
    InvoiceOrder,
    Issued,
    Note,
    OriginalReceived,
    ParcelUpdate,
    Policy,
    Reservation,
    ReturnRequest,
    ReviewDecision,
    SignOffDecision,
    SignOffOutcome,
)
from domain.ports import BureauRecord, IssueRequest, OfficeAddress, OfficeQuestion, ParcelOrder, StoredDocument, Waybill
from domain.review_messages import HandOver, MaterialAnswer, MaterialOutcome, MaterialRequest, ReviewClaim, ReviewOutcome
from domain.sign_off import SignOffNews, SignOffNotice
from domain.statements import CustomersMonth


class ApplicationBooks(Protocol):
    """The rows of an application's life."""

    def reserve(self, request: ApplicationRequest, now: datetime, run: str = "") -> Reservation:
        """Take the records, or refuse with every reason; the number is the key, so a repeat gives the first answer.

        `run` names the run of the life that asks: its own repeat is never refused, however far its later steps have come.
        """

    def check(self, number: str, policy: Policy, now: datetime) -> Findings:
        """Run the automatic review and keep its checks with evidence and points; a repeat gives what was kept."""

    def note(self, note: Note, now: datetime) -> None:
        """Keep the outcome of a message that changed nothing else."""

    def expedite(self, number: str, message: Expedite, policy: Policy, now: datetime) -> datetime:
        """Bring the promise forward and answer the message; gives the new promised moment."""

    def mark_overdue(self, number: str, promised_at: datetime, now: datetime) -> datetime | None:
        """`promised_at` passed without a decision: reviewers and supervisors see it. Gives the later moment when the calendar moved it."""

    def approve(self, number: str, decision: ReviewDecision | None, policy: Policy, now: datetime) -> tuple[InvoiceOrder, ...]:
        """Freeze the split: invoice rows with their lines, one order each. Without a decision the policy approved."""

    def end(self, number: str, state: ApplicationState, note: Note | None, now: datetime) -> None:
        """Bring the application to a final state and answer the message that did it. What no invoice took is released."""


class ReviewBooks(Protocol):
    """The rows of a review by people. Every message is answered with a note, once per key, but the approval that ends the review."""

    def decide(self, number: str, decision: ReviewDecision, now: datetime) -> ReviewOutcome:
        """Take or refuse a decision at the level that decides next. The last approval is answered by `ApplicationBooks.approve`."""

    def claim(self, number: str, claim: ReviewClaim, now: datetime) -> ReviewOutcome:
        """A reviewer takes the application for a while, or lets go of it."""

    def hand_over(self, number: str, message: HandOver, now: datetime) -> ReviewOutcome:
        """Give the application to another reviewer."""

    def ask(self, number: str, request: MaterialRequest, working_days: int, now: datetime) -> MaterialOutcome:
        """Ask the customer for material, to be there within so many working days."""

    def answer(self, number: str, message: MaterialAnswer, working_days: int, hour: int, now: datetime) -> MaterialOutcome:
        """The material is there, or not wanted any more: the review goes on, with a promise of so many working days at that hour."""

    def promise(self, number: str) -> datetime | None:
        """The promised moment as it is now."""

    def pass_on(self, today: date, now: datetime) -> int:
        """What people who are away had taken before goes to who stands in for them, a batch of it; 0 says that none is left."""


class MaterialBooks(Protocol):
    """Who is told of a round of material."""

    def owed(self, number: str, news: MaterialNews, due_at: datetime) -> Sequence[MaterialNotice]:
        """What of this news was not told yet, of the round that is due then; nothing of a round for which it does not hold any more."""

    def record_notice(self, notice: MaterialNotice, now: datetime) -> None: ...


class SignOffBooks(Protocol):
    """The rows of an enterprise's own approval. What was reserved for it began it."""

    def settle(self, number: str, decision: SignOffDecision, policy: Policy, now: datetime) -> SignOffOutcome:
        """Take or refuse a decision and answer it. The last approval begins our review; a refusal ends and releases. Once per key."""

    def question(self, number: str) -> tuple[OfficeAddress, OfficeQuestion] | None:
        """Where and what the OA is asked; None when it has no address any more, or nothing waits for it."""

    def record_asked(self, number: str, now: datetime) -> None:
        """The OA has the question."""

    def record_trouble(self, number: str, code: str, now: datetime) -> None:
        """The OA could not be asked; people see it."""

    def owed(self, number: str, news: SignOffNews) -> Sequence[SignOffNotice]:
        """The mails that are still to be sent of this news."""

    def record_notice(self, notice: SignOffNotice, now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """An attempt's right to talk to the bureau about one request.

    `asked_at` is None while nothing was ever sent; `unknown_since` is when the bureau first denied knowing it.
    With a `refusal_code` an earlier attempt has recorded the bureau's refusal: it is final, the amount is released.
    """

    request: IssueRequest
    asked_at: datetime | None
    unknown_since: datetime | None
    refusal_code: str = ""


class Overtaken(Exception):
    """A newer attempt has claimed the request: this one must not talk to the bureau any more."""


class IssuingBooks(Protocol):
    """The rows of issuing, blue and red. A fence orders attempts: a lower one may not act after a higher."""

    def claim(self, invoice_id: str, fence: int, *, red: bool) -> Claim:
        """Claim for this attempt. Raises Overtaken."""

    def mark_asked(self, invoice_id: str, fence: int, now: datetime, *, red: bool) -> None:
        """Written before the request is sent, so that a later attempt knows to look first. Raises Overtaken."""

    def mark_unknown(self, invoice_id: str, fence: int, now: datetime, *, red: bool) -> None:
        """The bureau does not know a request that may have been sent. Raises Overtaken."""

    def record_issued(self, invoice_id: str, record: BureauRecord, policy: Policy, now: datetime) -> Issued:
        """Keep number and date, open the correction window, and move the amount from reserved to invoiced, once."""

    def record_refused(self, invoice_id: str, code: str, fence: int, now: datetime) -> None:
        """The bureau refused: the amount is released. Raises Overtaken."""

    def park(self, invoice_id: str, reason: str, fence: int, now: datetime, *, red: bool) -> None:
        """The bureau's book does not say what we asked: an operator has to look. Raises Overtaken."""

    def record_red_issued(self, invoice_id: str, record: BureauRecord, now: datetime) -> Issued:
        """Keep the red-letter invoice and release the amount, once."""

    def record_red_refused(self, invoice_id: str, code: str, fence: int, now: datetime) -> None:
        """The bureau refused the red-letter: the invoice stays valid and the return is undone. Raises Overtaken."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom an invoice goes to, and what the mail says about it."""

    email: str
    phone: str
    locale: str
    title: str
    entity: str
    number: str
    total_fen: int
    issued_on: date
    window_last_day: date
    invoice_id: str
    application_number: str
    pdf_sha256: str
    xml_sha256: str
    original_number: str = ""


class DeliveryBooks(Protocol):
    """The rows of documents, notices and parcels."""

    def face(self, invoice_id: str, *, red: bool) -> InvoiceFace:
        """What is printed on the invoice, or on its red-letter one."""

    def record_documents(self, invoice_id: str, pdf: StoredDocument, xml: StoredDocument, now: datetime, *, red: bool) -> None: ...

    def recipient(self, invoice_id: str, *, red: bool) -> Recipient: ...

    def record_notice(self, notice_id: str, invoice_id: str, channel: str, sent_to: str, now: datetime) -> None:
        """A mail or SMS was taken by its server."""

    def was_sent(self, notice_id: str) -> bool: ...

    def parcel_order(self, invoice_id: str, shipment: int, policy: Policy, now: datetime) -> ParcelOrder:
        """What the courier is asked to carry; the parcel's row is there from now on."""

    def record_parcel(self, invoice_id: str, waybill: Waybill, now: datetime) -> None: ...

    def record_parcel_update(self, invoice_id: str, update: ParcelUpdate, now: datetime) -> None:
        """The courier's news, once per event; an old one never takes the parcel back."""


class ReturnBooks(Protocol):
    """The rows of a return."""

    def record_request(self, invoice_id: str, request: ReturnRequest, state: ReturnState, now: datetime) -> None: ...

    def record_original(self, invoice_id: str, original: OriginalReceived, state: ReturnState, now: datetime) -> None: ...

    def record_reissue(self, invoice_id: str, application_number: str, now: datetime, *, started: bool) -> None:
        """Link the corrected application, or note that it was not started because its number was used."""

    def close_window(self, invoice_id: str, now: datetime) -> None:
        """The correction window is over; a half return lapses with it."""


class StatementBooks(Protocol):
    """The rows behind the monthly statements."""

    def open_periods(self, today: date, limit: int, only: CustomersMonth | None = None) -> int:
        """Make and open up to `limit` customers' months whose statement day has come (or `only` one); says how many there were."""

    def expire(self, today: date, limit: int) -> int:
        """Take what is past its time limit out of what is available, of up to `limit` customers; says how many records."""


class ReconciliationBooks(Protocol):
    def compare(self, day: date, theirs: Sequence[BureauRecord], since: datetime) -> int:
        """Compare the bureau's book since a moment with ours, in both directions; keep the differences and say how many there are."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom the result of an authentication is told to, and what the mail says about it."""

    email: str
    phone: str
    locale: str
    number: str
    name: str
    kind: str
    state: AuthenticationState
    reason: str


class AuthenticationBooks(Protocol):
    """The rows of a real-name authentication. What was typed is in its row before the life begins."""

    def check(self, number: str, now: datetime) -> Findings:
        """Run the automatic checks on what was typed, and keep them with their evidence."""

    def picture(self, number: str) -> tuple[str, Submission]:
        """The picture's sha256, or an empty string, and what it is compared with."""

    def record_picture(self, number: str, checks: Sequence[IdentityCheck], now: datetime) -> Findings:
        """Keep what the picture says beside the other checks."""

    def await_person(self, number: str, policy: Policy, now: datetime) -> datetime:
        """It waits for a person from now on; gives the promised moment."""

    def mark_overdue(self, number: str, now: datetime) -> None:
        """The promised moment passed without a decision."""

    def end(self, number: str, state: AuthenticationState, note: Note | None, now: datetime) -> None:
        """Bring it to a final state and answer the message that did it. An approval makes the customer verified."""

    def addressee(self, number: str) -> Addressee: ...

    def record_notice(self, notice_id: str, number: str, channel: str, sent_to: str, now: datetime) -> None:
        """A mail or SMS was taken by its server."""

    def was_sent(self, notice_id: str) -> bool: ...
