"""Where a title stands, which step may follow, and what a machine may decide about it (feature 3)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.authentication import is_personal_title
from domain.errors import Problem
from domain.invoices import Party
from domain.tax_ids import TaxIdKind, check_tax_id, tidy_tax_id
from domain.titles import first_difference, same_name

ANNOUNCED_DAYS = 30
"""How many days ahead a new tax id can be announced."""


class TitleState(StrEnum):
    PENDING = "pending"
    """Differs from what was verified: a person looks at it."""
    APPROVED = "approved"
    REFUSED = "refused"
    """With the error named; can be corrected and submitted anew."""
    CLEARED = "cleared"
    """Was approved; customer service took that back on request, so that it can be corrected."""


_NEXT: dict[TitleState, frozenset[TitleState]] = {
    TitleState.PENDING: frozenset({TitleState.APPROVED, TitleState.REFUSED, TitleState.PENDING}),
    TitleState.APPROVED: frozenset({TitleState.CLEARED}),
    TitleState.REFUSED: frozenset({TitleState.PENDING, TitleState.APPROVED}),
    TitleState.CLEARED: frozenset({TitleState.PENDING, TitleState.APPROVED}),
}
"""Pending follows pending when a customer corrects what nobody has looked at yet."""


def may_follow(state: TitleState, following: TitleState) -> bool:
    """Whether a title in one state can come into the other."""
    return following in _NEXT[state]


def can_be_corrected(state: TitleState) -> bool:
    """An approved title is not changed by the customer; customer service clears it first."""
    return TitleState.PENDING in _NEXT[state]


class TitleRefusal(StrEnum):
    """Why a person refuses a title; `other` is written out."""

    NAME = "name-not-proved"
    TAX_ID = "tax-id-not-proved"
    OTHER_COMPANY = "other-company"
    CONTACT = "contact-details"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Verified:
    """What real-name authentication gave of a customer. `kind` as EnterpriseRow.kind; `tax_id` of a person is its identity number."""

    name: str
    tax_id: str
    kind: str = "enterprise"
    done: bool = True

    @property
    def is_personal(self) -> bool:
        return self.kind == "personal"


def differences(party: Party, verified: Verified) -> tuple[Problem, ...]:
    """Where a title claims something else than was verified. Empty means that the rule approves it at once.

    An empty tax id claims nothing: such a title takes ordinary invoices only. Codes: title-name-differs (difference),
    title-tax-id-differs (verified), title-tax-id-unusual (position), title-personal, title-not-verified.
    """
    if verified.is_personal:
        return _personal_differences(party, verified)
    found: list[Problem] = []
    if party.name and not same_name(party.name, verified.name):
        found.append(Problem("name", "title-name-differs", {"difference": first_difference(party.name, verified.name)}))
    tax_id = check_tax_id(party.tax_id, verified=verified.tax_id)
    if tax_id.ok and tax_id.text and tax_id.text != tidy_tax_id(verified.tax_id):
        found.append(Problem("tax_id", "title-tax-id-differs"))
    elif tax_id.warning is not None:
        found.append(Problem("tax_id", "title-tax-id-unusual", tax_id.warning.params))
    if not verified.done and not found:
        found.append(Problem("name", "title-not-verified"))
    return tuple(found)


def _personal_differences(party: Party, verified: Verified) -> tuple[Problem, ...]:
    """A personal account gets invoices for its person, and none for an enterprise (since 2023-02-01)."""
    if not is_personal_title(Party(party.name), verified.name):
        return (Problem("name", "title-personal"),)
    if not is_personal_title(party, verified.name):
        return (Problem("tax_id", "title-personal"),)
    tax_id = tidy_tax_id(party.tax_id)
    if tax_id and tax_id != tidy_tax_id(verified.tax_id):
        return (Problem("tax_id", "title-tax-id-differs"),)
    return () if verified.done else (Problem("name", "title-not-verified"),)


def may_be_checked(problems: tuple[Problem, ...]) -> bool:
    """Whether a person may find a differing title right all the same: never an enterprise's for a personal account."""
    return all(problem.code != "title-personal" for problem in problems)


def tax_id_on(tax_id: str, following: str, starts_on: date | None, day: date) -> str:
    """The tax id of a China day, with a new one announced from `starts_on` on."""
    return following if following and starts_on is not None and day >= starts_on else tax_id


def announcement_problems(tax_id: str, now_valid: str, starts_on: date | None, today: date) -> tuple[Problem, ...]:
    """What is wrong with a new tax id announced. Fields: next_tax_id, next_tax_id_from.

    Codes: field-needed, those of check_tax_id, tax-id-same, tax-id-kind (a company's is the 18-character code),
    announced-day (first, last).
    """
    problems: list[Problem] = []
    finding = check_tax_id(tax_id, field="next_tax_id")
    if not finding.text:
        problems.append(Problem("next_tax_id", "field-needed"))
    elif finding.problem is not None:
        problems.append(finding.problem)
    elif finding.text == tidy_tax_id(now_valid):
        problems.append(Problem("next_tax_id", "tax-id-same"))
    elif finding.kind is not TaxIdKind.USCC:
        problems.append(Problem("next_tax_id", "tax-id-kind"))
    first, last = announced_days(today)
    if starts_on is None or not first <= starts_on <= last:
        problems.append(Problem("next_tax_id_from", "announced-day", {"first": first.isoformat(), "last": last.isoformat()}))
    return tuple(problems)


def announced_days(today: date) -> tuple[date, date]:
    """The first and the last China day from which a new tax id may be announced."""
    return today + timedelta(days=1), today + timedelta(days=ANNOUNCED_DAYS)
