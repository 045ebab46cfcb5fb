"""What crosses a Temporal boundary: inputs, signals, results.

Messages only grow, by fields with defaults: histories recorded last year must replay. They carry ids and amounts,
never names, tax ids, addresses or telephone numbers: those are read from our own rows by the activity that needs them.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.choosing import RecordQuery
from domain.errors import Problem
from domain.invoices import InvoiceKind, Medium
from domain.lifecycle import ApplicationState, InvoiceState
from domain.review_messages import MaterialAsked, ReviewSoFar
from domain.split_choice import SplitChoice


@dataclass(frozen=True, slots=True)
class Policy:
    """The periods, limits and fees a life began with, and keeps. Days are calendar days unless named otherwise."""

    correction_days: int = 30
    review_working_days: int = 1
    review_lapse_days: int = 30
    """A review nobody decides ends after this many days; the amount is released."""
    material_working_days: int = 5
    """By then the customer has sent what the review asks for; otherwise the application ends and the amount is released."""
    promise_hour: int = 18
    mailing_working_days: int = 3
    carriage_fen: int = 3000
    free_carriage_from_fen: int = 1_000_000
    alarm_days: int = 90
    automatic_approval_up_to_fen: int = 0
    """Clean applications up to this amount need no person, where it is more than the review policy's own; 0: the review policy's counts."""
    single_invoice_limit_fen: int = 1_000_000_000
    """Above this net amount an invoice is split further, by line then by quantity."""
    personal_minimum_fen: int = 1_00
    """Individuals are invoiced from this amount on."""
    automatic_authentication: bool = False
    """Whether a real-name authentication without any doubt needs no person."""


@dataclass(frozen=True, slots=True)
class SignOffAsked:
    """An application waits for its own enterprise first, until it is due. `by_oa`: its office system is asked."""

    due_at: datetime
    remind_at: datetime
    by_oa: bool = False
    cuts: bool = False
    """Whether a long history goes on in a new run; False in lives from before they did so."""


@dataclass(frozen=True, slots=True)
class SignOffSoFar:
    """What an application that waits for its enterprise in a new run was at. `seen`: keys of the messages that were answered."""

    asked: SignOffAsked
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationRequest:
    """A customer asks for invoices. `number` was drawn with the form and is the idempotency key for ever."""

    number: str
    enterprise_id: int
    account_id: int
    applicant_id: int
    record_ids: tuple[int, ...]
    """What was ticked one by one."""
    title_id: int
    kind: InvoiceKind
    medium: Medium
    receiver_id: int
    """The e-mail or postal address, from the enterprise's own list."""
    expedite: bool = False
    replaces: str = ""
    """The invoice this one is issued instead of, after its red-letter."""
    queries: tuple[RecordQuery, ...] = ()
    """What was ticked as a whole: statements, or all under some filters. It is looked up when it is reserved."""
    expected_fen: int = 0
    """The amount that the customer saw and agreed to; another one is refused. 0 from before this was asked."""
    limit_fen: int = 0
    """By amount: exactly this much of what was ticked, oldest first; 0 for all of it (feature 8)."""
    terms_version: str = ""
    agreed_at: datetime | None = None
    privacy_version: str = ""
    policy: Policy = field(default_factory=Policy)
    split: SplitChoice = field(default_factory=SplitChoice)
    """How the invoices are split beyond entity and rate (12, 18)."""
    expected_plan: str = ""
    """`domain.splitting.plan_digest` of the invoices that the customer saw; others are refused. Empty from before, and from programs."""
    agreement_id: int = 0
    """The agreement whose template the invoices follow (feature 19); 0 for none."""
    so_far: ReviewSoFar | None = None
    """Where its review was, when it goes on in a new run; None for a new application."""
    signing: SignOffSoFar | None = None
    """The same of the wait for its own enterprise, which comes before."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What came of reserving: either problems and nothing reserved, or the amount, and the promise or whom it waits for first."""

    amount_fen: int = 0
    promised_at: datetime | None = None
    problems: tuple[Problem, ...] = ()
    sign_off: SignOffAsked | None = None

    @property
    def refused(self) -> bool:
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class Findings:
    """The automatic review's outcome: codes of the checks that raised something; none means clean."""

    raised: tuple[str, ...] = ()
    passes: bool | None = None
    """Whether the review policy lets it through without a person. None in histories from before the books decided that."""
    levels: int | None = None
    """How many levels of people approve it. None in histories from before there were any: one decision was enough."""
    asked: MaterialAsked | None = None
    """An alarm asked the customer for material at once."""


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Cancellation:
    """The customer ends the application. `key` makes a repeat harmless and is how the page finds the answer."""

    key: str
    by: int


@dataclass(frozen=True, slots=True)
class Expedite:
    key: str
    by: int


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """A reviewer's decision on the version that was on the screen."""

    key: str
    by: int
    verdict: Verdict
    version: int
    reason: str = ""
    phrase: str = ""
    """Code of the ready phrase that was chosen; it is read in the reader's language."""


@dataclass(frozen=True, slots=True)
class SignOffDecision:
    """Somebody of the enterprise, or its OA, settles the version that they were asked about. `by` is 0 for the OA.

    `reference` is the OA's own number of the case.
    """

    key: str
    by: int
    verdict: Verdict
    version: int
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SignOffOutcome:
    """What became of a decision: whether it was taken, and where the sign-off is. `promised_at` is ours, once it is approved."""

    taken: bool
    approved: bool = False
    declined: bool = False
    next_level: int = 0
    """The level that is asked now, 0 for none."""
    promised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """The outcome of one message: taken, or refused with the code of the reason. One row each, found by its key."""

    life: str
    key: str
    kind: str
    by: int
    taken: bool
    code: str = ""
    reason: str = ""
    phrase: str = ""
    """Code of the ready phrase of a decision."""


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """One invoice to be issued, as the split froze it. The rest stands in our own rows under `invoice_id`."""

    invoice_id: str
    application_number: str
    enterprise_id: int
    entity: str
    kind: InvoiceKind
    medium: Medium
    total_fen: int
    expedited: bool = False
    replaces: str = ""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Issued:
    """What the tax bureau gave: the number and the moment. `issued_on` is the invoice date in China."""

    number: str
    issued_at: datetime
    issued_on: date


@dataclass(frozen=True, slots=True)
class InvoiceSettled:
    """An invoice tells its application how issuing ended: issued, or refused by the bureau."""

    invoice_id: str
    state: InvoiceState
    code: str = ""


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """The customer's half of a return. With `reissue`, the corrected application starts once the amount is back."""

    key: str
    by: int
    reason: str
    reissue: ApplicationRequest | None = None


@dataclass(frozen=True, slots=True)
class OriginalReceived:
    """The other half, for paper: the complete, undamaged sheets are back, as the receiving desk saw them."""

    key: str
    by: int
    waybill: str = ""


@dataclass(frozen=True, slots=True)
class ParcelUpdate:
    """The courier's news of a parcel. `key` is the courier's event id; `shipment` says which parcel of the invoice, from 1."""

    key: str
    waybill: str
    state: str
    at: datetime
    place: str = ""
    shipment: int = 0


@dataclass(frozen=True, slots=True)
class LookAgain:
    """An operator has cleared up a parked invoice: ask the bureau's book again."""

    key: str
    by: int


@dataclass(frozen=True, slots=True)
class ApplicationOutcome:
    number: str
    state: ApplicationState


@dataclass(frozen=True, slots=True)
class InvoiceOutcome:
    invoice_id: str
    state: InvoiceState
