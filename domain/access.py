"""Who may do what: the one place that answers. Pages and handlers ask; nothing else compares roles."""

from enum import StrEnum


class Role(StrEnum):
    CUSTOMER_MASTER = "customer-master"
    CUSTOMER_MEMBER = "customer-member"
    REVIEWER = "reviewer"
    OPERATOR = "operator"


class Right(StrEnum):
    """Something a page or handler lets a person do."""

    APPLY = "apply"
    """Choose consumption, apply, cancel, return, download: one's own enterprise or account only."""
    SEE_WHOLE_ENTERPRISE = "see-whole-enterprise"
    KEEP_TITLES = "keep-titles"
    REVIEW = "review"
    SEE_ALL_CUSTOMERS = "see-all-customers"
    RECEIVE_ORIGINALS = "receive-originals"
    IMPORT = "import"
    OPERATE = "operate"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CUSTOMER_MASTER: frozenset({Right.APPLY, Right.SEE_WHOLE_ENTERPRISE, Right.KEEP_TITLES}),
    Role.CUSTOMER_MEMBER: frozenset({Right.APPLY, Right.KEEP_TITLES}),
    Role.REVIEWER: frozenset({Right.REVIEW, Right.SEE_ALL_CUSTOMERS}),
    Role.OPERATOR: frozenset({Right.SEE_ALL_CUSTOMERS, Right.RECEIVE_ORIGINALS, Right.IMPORT, Right.OPERATE}),
}


def may(role: Role, right: Right) -> bool:
    """Whether people of this role have the right. An unknown role has none."""
    return right in RIGHTS.get(role, frozenset())
