"""Numbers under which billing files name a customer (FOCUS BillingAccountId) and its accounts (SubAccountId)."""

import re

from domain.errors import Problem

PLACEHOLDER = "new-"
"""How the number of a customer begins that registered and is not linked yet: no billing file names it so."""
NUMBER_LONGEST = 64
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/@-]*")


def placeholder(token: str) -> str:
    """What stands in the place of a number that is not known yet. `token` makes it unique."""
    return PLACEHOLDER + token


def is_linked(number: str) -> bool:
    """Whether this is a number of billing files rather than a placeholder."""
    return not number.startswith(PLACEHOLDER)


def number_problem(field: str, number: str) -> Problem | None:
    """What keeps a number from being a billing file's. Codes: field-needed, billing-number-form (max), billing-number-reserved."""
    if not number:
        return Problem(field, "field-needed")
    if len(number) > NUMBER_LONGEST or not _NUMBER.fullmatch(number):
        return Problem(field, "billing-number-form", {"max": str(NUMBER_LONGEST)})
    return None if is_linked(number) else Problem(field, "billing-number-reserved")
