"""The audit trail: which deeds it holds, and how its chains are verified against what was anchored elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class AuditAction(StrEnum):
    """Every deed that is noted. `web/sentences/audit.py` has the words."""

    REVEAL = "reveal"
    ACT_FOR = "act-for"
    ACT_FOR_END = "act-for-end"
    ACTED_FOR = "acted-for"
    REGISTER = "register"
    MEMBER_INVITED = "member-invited"
    MEMBER_PERMISSIONS = "member-permissions"
    MEMBER_ENDED = "member-ended"
    MEMBER_RESUMED = "member-resumed"
    HAND_OVER = "hand-over"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 (a deed's name)
    PASSWORD_RESET = "password-reset"  # noqa: S105 (a deed's name)
    CONTACT_CONFIRMED = "contact-confirmed"
    EXPORT_DATA = "export-data"
    DELETE_ACCOUNT = "delete-account"
    STAFF_ADDED = "staff-added"
    STAFF_ROLE = "staff-role"
    STAFF_ENDED = "staff-ended"
    SECOND_FACTOR_SET_UP = "second-factor-set-up"
    SECOND_FACTOR_RESET = "second-factor-reset"
    IDENTITY_PICTURE = "identity-picture"
    AUTHENTICATION_APPROVED = "authentication-approved"
    AUTHENTICATION_REFUSED = "authentication-refused"
    AUTHENTICATION_WITHDRAWN = "authentication-withdrawn"
    AUTHENTICATION_LAPSED = "authentication-lapsed"
    DECIDE_TITLE = "decide-title"
    CLEAR_TITLE = "clear-title"
    TICKET_ASSIGN = "ticket-assign"
    TICKET_ANSWER = "ticket-answer"
    TICKET_ASK = "ticket-ask"
    TICKET_NOTE = "ticket-note"
    TICKET_CLOSE = "ticket-close"
    TICKET_CLOSED_QUIET = "ticket-closed-quiet"
    ANNOUNCE = "announce"
    EDIT_ANNOUNCEMENT = "edit-announcement"
    END_ANNOUNCEMENT = "end-announcement"
    SET_STATUS = "set-status"
    LINK_BILLING = "link-billing"
    ACCOUNT_ADDED = "account-added"
    RATE_SET = "rate-set"
    RATE_REMOVED = "rate-removed"
    SERVICE_CLASS_SET = "service-class-set"
    ASSISTED_SET = "assisted-set"
    TEMPLATE_SET = "template-set"
    AGREEMENT_KEPT = "agreement-kept"
    AGREEMENT_ENDED = "agreement-ended"
    ARREARS_NOTED = "arrears-noted"
    TOP_UPS_IMPORTED = "top-ups-imported"
    CALENDAR_CHANGED = "calendar-changed"
    BACK_INVOICING_GRANTED = "back-invoicing-granted"
    BACK_INVOICING_REFUSED = "back-invoicing-refused"
    CONSOLIDATION_ON = "consolidation-on"
    CONSOLIDATION_OFF = "consolidation-off"
    SIGN_OFF_RULE = "sign-off-rule"
    OA_SECRET_MADE = "oa-secret-made"  # noqa: S105 (a deed's name)
    STATEMENT_CONFIRMED = "statement-confirmed"
    STATEMENT_CHARGED = "statement-charged"
    BILLING_MODE = "billing-mode"
    STATEMENTS_MADE = "statements-made"
    FILE_IMPORTED = "file-imported"
    IMPORT_CANCELLED = "import-cancelled"
    ORDERS_SENT = "orders-sent"
    IMPORT_KEY_MADE = "import-key-made"
    IMPORT_KEY_ENDED = "import-key-ended"
    EVIDENCE_ADDED = "evidence-added"
    EVIDENCE_TAKEN_BACK = "evidence-taken-back"
    REVIEW_POLICY_SET = "review-policy-set"
    PEAK_PLAN_SET = "peak-plan-set"
    REVIEW_PHRASE_SET = "review-phrase-set"
    REVIEW_PHRASE_RETIRED = "review-phrase-retired"
    REVIEW_PHRASE_OFFERED = "review-phrase-offered"
    REVIEW_PHRASE_MOVED = "review-phrase-moved"
    ABSENCE_SET = "absence-set"
    ABSENCE_ENDED = "absence-ended"


FIRST_HASH = "0" * 64
"""What stands before the first entry of a chain."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """An entry of a tenant's chain that stood at its end: so many entries, the last with this hash."""

    tenant: int
    position: int
    hash: str


Marks = Mapping[int, ChainHead]
"""The heads of an anchor, by tenant."""


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """How far a verification has come: up to `position` in the chain of `tenant`; `hash` is that entry's.

    `broken` are positions in this chain that do not fit, the first ones of many. `faulty` counts the chains done that are not whole.
    """

    tenant: int = 0
    position: int = 0
    hash: str = FIRST_HASH
    broken: tuple[int, ...] = ()
    entries: int = 0
    faulty: int = 0
    done: bool = False
    started_at: datetime | None = None
    """When the verification began: the moment that its results carry."""


class AuditBooks(Protocol):
    def verify(self, progress: AuditProgress, marks: Marks, now: datetime) -> AuditProgress:
        """Look at the next entries, and keep the result of each chain whose end is reached, as found at `now`."""

    def heads(self, marks: Marks) -> Sequence[ChainHead]:
        """What may be anchored: the last verified entry of whole chains; of others what the older anchor says, else it is forgotten."""


class AuditAnchors(Protocol):
    """The heads of the chains, kept where whoever changes the database cannot change them."""

    def newest(self, today: date) -> Marks:
        """Those anchored last, none before the first time. Raises OutsideUnavailable."""

    def keep(self, day: date, heads: Sequence[ChainHead]) -> None:
        """Keep a day's; the first of a day stays. Raises OutsideUnavailable."""
