"""Promises of review: why one stands where it does, what an expedite costs others, and which promises will hold (features 21, 44)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from domain.calendar import CHINA, WorkingDays, china_date
from domain.messages import Policy

OPENS_HOUR, CLOSES_HOUR = 9, 18
"""Of a working day, for counting the working hours that are left."""


class Begins(StrEnum):
    """What a promise is counted from."""

    SUBMITTED = "submitted"
    SIGNED_OFF = "signed-off"
    """Its own enterprise approved it."""
    MATERIAL = "material"
    """Material that was asked for came, or was waived."""


BEGINNINGS: dict[str, Begins] = {
    "signed-off": Begins.SIGNED_OFF,
    "material-answered": Begins.MATERIAL,
    "material-waived": Begins.MATERIAL,
}
"""Kinds of events with which a promise begins anew."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Those that an expedited application goes before: how many, and how many of them are promised for today or are late."""

    count: int = 0
    due_today: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """How many decisions people made in so many working hours."""

    decided: int
    hours: Fraction

    @property
    def per_hour(self) -> Fraction:
        return self.decided / self.hours if self.hours else Fraction(0)

    def reaches(self, hours: Fraction) -> int:
        """How many are decided in so many working hours at this pace."""
        return int(self.per_hour * hours)


def working_hours(days: WorkingDays, start: datetime, end: datetime) -> Fraction:
    """The hours from 9:00 to 18:00 of working days between two moments; 0 when the end is not later."""
    total, day = timedelta(0), china_date(start)
    while day <= china_date(end):
        if days.is_working_day(day):
            opens = datetime(day.year, day.month, day.day, OPENS_HOUR, tzinfo=CHINA)
            closes = datetime(day.year, day.month, day.day, CLOSES_HOUR, tzinfo=CHINA)
            total += max(min(end, closes) - max(start, opens), timedelta(0))
        day += timedelta(days=1)
    return Fraction(total // timedelta(microseconds=1), timedelta(hours=1) // timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class ReviewDay:
    """One day of the review. `waiting` at its end, `oldest_days` how long the oldest of them waits, `middle_days` the one in the middle."""

    day: date
    arrived: int = 0
    by_people: int = 0
    by_policy: int = 0
    waiting: int = 0
    oldest_days: int = 0
    middle_days: int = 0
    first_kept: int = 0
    """Promises to expedited and special applications that fell due on this day, and were kept or broken; then those of the others."""
    first_broken: int = 0
    rest_kept: int = 0
    rest_broken: int = 0

    @property
    def kept(self) -> int:
        return self.first_kept + self.rest_kept

    @property
    def broken(self) -> int:
        return self.first_broken + self.rest_broken


@dataclass(frozen=True, slots=True)
class MovedPromise:
    """An application whose promise moved earlier, and whose life is not told yet. `key` names the move."""

    number: str
    key: str


class PromiseBooks(Protocol):
    def move(self, policy: Policy, now: datetime) -> int:
        """Bring every promise in line with today's calendar; says how many moved."""

    def moved(self, after: str) -> Sequence[MovedPromise]:
        """A batch of those whose lives are not told yet, by number, after this one."""

    def told(self, moves: Sequence[MovedPromise]) -> None:
        """Their lives have the message, or are over."""
