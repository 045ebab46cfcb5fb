"""Who may do what: the one place that answers. Pages and handlers ask; nothing else compares roles."""

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    CUSTOMER_MASTER = "customer-master"
    CUSTOMER_MEMBER = "customer-member"
    REVIEWER = "reviewer"
    """Decides applications of its level, a number from 1 that stands with the person."""
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    CUSTOMER_SERVICE = "customer-service"
    AUDITOR = "auditor"


STAFF = frozenset({Role.REVIEWER, Role.SUPERVISOR, Role.OPERATOR, Role.CUSTOMER_SERVICE, Role.AUDITOR})
"""People of ours: they belong to no customer, and sign in with a second factor."""


class Right(StrEnum):
    """Something a page or handler lets a person do."""

    SEE_OWN = "see-own"
    """See and download one's own enterprise's or account's applications and invoices."""
    APPLY = "apply"
    """Choose consumption, apply, cancel, return: one's own enterprise or account only."""
    SEE_WHOLE_ENTERPRISE = "see-whole-enterprise"
    KEEP_TITLES = "keep-titles"
    MANAGE_PEOPLE = "manage-people"
    """Invite members of one's own enterprise, give and take their permissions, end their access."""
    AUTHENTICATE = "authenticate"
    """Submit the enterprise's real-name authentication."""
    ASK_SUPPORT = "ask-support"
    REVIEW = "review"
    SUPERVISE = "supervise"
    SEE_ALL_CUSTOMERS = "see-all-customers"
    RECEIVE_ORIGINALS = "receive-originals"
    IMPORT = "import"
    OPERATE = "operate"
    KEEP_IMPORT_KEYS = "keep-import-keys"
    """Make and end the keys by which billing systems send orders."""
    ANNOUNCE = "announce"
    """Announcements and the service status."""
    CHECK_IDENTITY = "check-identity"
    """Decide real-name authentications, and titles that a machine cannot decide."""
    CLEAR_TITLES = "clear-titles"
    ANSWER_TICKETS = "answer-tickets"
    ACT_FOR_CUSTOMERS = "act-for-customers"
    """Act on a customer's behalf, with a reason that is recorded."""
    REVEAL = "reveal"
    """See a masked value whole, which is recorded."""
    SEE_AUDIT = "see-audit"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CUSTOMER_MASTER: frozenset(
        {
            Right.SEE_OWN,
            Right.APPLY,
            Right.SEE_WHOLE_ENTERPRISE,
            Right.KEEP_TITLES,
            Right.MANAGE_PEOPLE,
            Right.AUTHENTICATE,
            Right.ASK_SUPPORT,
        }
    ),
    Role.CUSTOMER_MEMBER: frozenset({Right.SEE_OWN, Right.APPLY, Right.KEEP_TITLES, Right.ASK_SUPPORT}),
    Role.REVIEWER: frozenset({Right.REVIEW, Right.SEE_ALL_CUSTOMERS, Right.REVEAL}),
    Role.SUPERVISOR: frozenset({Right.REVIEW, Right.SUPERVISE, Right.SEE_ALL_CUSTOMERS, Right.REVEAL, Right.SEE_AUDIT}),
    Role.OPERATOR: frozenset(
        {
            Right.SEE_ALL_CUSTOMERS,
            Right.RECEIVE_ORIGINALS,
            Right.IMPORT,
            Right.OPERATE,
            Right.KEEP_IMPORT_KEYS,
            Right.ANNOUNCE,
        }
    ),
    Role.CUSTOMER_SERVICE: frozenset(
        {
            Right.SEE_ALL_CUSTOMERS,
            Right.CHECK_IDENTITY,
            Right.CLEAR_TITLES,
            Right.ANSWER_TICKETS,
            Right.ACT_FOR_CUSTOMERS,
            Right.REVEAL,
        }
    ),
    Role.AUDITOR: frozenset({Right.SEE_ALL_CUSTOMERS, Right.SEE_AUDIT}),
}

IMPORT_KEY = frozenset({Right.IMPORT})
"""What a billing system's key may do: send orders, and ask what became of those that it sent. Nothing else, and no page."""

ACTING = frozenset({Right.SEE_OWN, Right.SEE_WHOLE_ENTERPRISE, Right.APPLY, Right.KEEP_TITLES, Right.REVEAL})
"""What staff may while they act for a customer: see what it sees, with its personal values masked, cancel, return, keep titles.

Their own rights rest meanwhile, but for showing a masked value of this customer's.

Which forms they may send stands in `web/acting.py`: none that agrees to terms and none that adds an address.
"""

ACTING_FOR = timedelta(minutes=30)
"""Acting for a customer ends by itself after this long."""

WITHDRAWABLE = (Right.APPLY, Right.KEEP_TITLES)
"""What an enterprise's master may take from a member and give back."""


def rights_of(role: Role, withdrawn: Collection[str] = ()) -> frozenset[Right]:
    """The rights of a person of this role, without those its enterprise has withdrawn. An unknown role has none."""
    return frozenset(right for right in RIGHTS.get(role, frozenset()) if right not in withdrawn)
