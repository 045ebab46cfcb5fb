"""An enterprise's own approval before an application reaches us: who is asked, when it is settled (feature 23).

In code it is a sign-off, because `approve` is our own review's word. Nobody signs off an application of their own, and
nobody signs it off twice. Silence is never an approval: what nobody settles by its due moment lapses.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Problem

MOST_LEVELS = 2
MOST_PEOPLE = 10
"""People of one level."""
DAYS = (1, 2, 3, 5, 7, 14)
"""How long an application may wait for its sign-off."""
_REMINDER = timedelta(days=1)


class SignOffMode(StrEnum):
    OFF = "off"
    PEOPLE = "people"
    OA = "oa"
    """The enterprise's own office system is asked."""


class SignOffState(StrEnum):
    """Where the sign-off of one application is."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class SignOffNews(StrEnum):
    """What people are told of by mail."""

    ASKED = "asked"
    REMINDER = "reminder"
    DECLINED = "declined"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Level:
    """From this amount on one of these people must sign off."""

    from_fen: int
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SignOffRule:
    """What an enterprise asks for. `oa_url` is where its OA is asked, from `oa_from_fen` on."""

    mode: SignOffMode = SignOffMode.OFF
    levels: tuple[Level, ...] = ()
    days: int = 3
    oa_url: str = ""
    oa_from_fen: int = 0


@dataclass(frozen=True, slots=True)
class SignOffNotice:
    """A mail about a sign-off. `id` is our message id, derived, so that a repeat is the same mail; `waits` says who is asked."""

    id: str
    number: str
    news: SignOffNews
    to: str
    locale: str
    customer: str
    applicant: str
    title: str
    amount_fen: int
    due_at: datetime
    reason: str
    by_oa: bool


def seats_of(rule: SignOffRule, amount_fen: int, applicant_id: int, able: Collection[int]) -> tuple[tuple[int, ...], ...]:
    """For each level that the amount needs, who can sign it off: those named who are still there, and not the applicant.

    Whoever is needed for a later level has no seat at an earlier one, so that none is left to nobody.
    """
    needed = [level for level in rule.levels if amount_fen >= level.from_fen]
    seats = [[person for person in level.people if person in able and person != applicant_id] for level in needed]
    return tuple(
        tuple(person for person in seat if can_be_settled([set(later) - {person} for later in seats[position:]]))
        for position, seat in enumerate(seats, start=1)
    )


def can_be_settled(seats: Sequence[Collection[int]]) -> bool:
    """Whether a different person can sign off each level."""
    if not seats:
        return True
    first, *rest = seats
    return any(can_be_settled([set(seat) - {person} for seat in rest]) for person in first)


def reminded_at(asked_at: datetime, due_at: datetime) -> datetime:
    """A day before it is due; of a single day, half-way."""
    return max(due_at - _REMINDER, asked_at + (due_at - asked_at) / 2)


def rule_problems(rule: SignOffRule, staff: Collection[int]) -> tuple[Problem, ...]:
    """What is wrong with a rule, but for the OA's address. `staff`: the enterprise's people who can be named.

    Codes: choose-one, sign-off-nobody, sign-off-many (max), sign-off-unknown, sign-off-order, sign-off-same.
    """
    problems = [] if rule.days in DAYS else [Problem("days", "choose-one")]
    if rule.mode is SignOffMode.OA:
        return tuple(problems)
    if rule.mode is SignOffMode.PEOPLE and not rule.levels:
        problems.append(Problem("people_1", "sign-off-nobody"))
    for position, level in enumerate(rule.levels, start=1):
        field = f"people_{position}"
        if not level.people:
            problems.append(Problem(field, "sign-off-nobody"))
        elif len(level.people) > MOST_PEOPLE:
            problems.append(Problem(field, "sign-off-many", {"max": str(MOST_PEOPLE)}))
        elif not set(level.people) <= set(staff):
            problems.append(Problem(field, "sign-off-unknown"))
    if not problems and len(rule.levels) == MOST_LEVELS:
        if rule.levels[1].from_fen < rule.levels[0].from_fen:
            problems.append(Problem("from_2", "sign-off-order"))
        if not can_be_settled([level.people for level in rule.levels]):
            problems.append(Problem("people_2", "sign-off-same"))
    return tuple(problems)
