"""The reminder of consumption whose time limit ends next month (feature 15): a mail to each company on the 20th."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.calendar import next_period
from domain.eligibility import INVOICEABLE_MONTHS, earliest_day, months_after

REMINDER_DAY = 20
"""Of the month before: ten days at least are left for all of it."""


def days_ending_in(month: str) -> tuple[date, date]:
    """The days, first and one past the last, of the consumption that can last be invoiced on a day of this month."""
    first, following = (date.fromisoformat(f"{each}-01") for each in (month, next_period(month)))
    return earliest_day(first), earliest_day(following)


@dataclass(frozen=True, slots=True)
class LimitNotice:
    """One company's reminder. `amount_fen` is what can still be invoiced of the consumption of these days."""

    enterprise_id: int
    month: str
    to: str
    locale: str
    amount_fen: int
    oldest: date
    newest: date
    """The days of the oldest and the newest consumption in it."""

    @property
    def id(self) -> str:
        """Our message id: one a company and month."""
        return f"limit.{self.month}.{self.enterprise_id}"

    @property
    def first_end(self) -> date:
        """The last day for the oldest of it."""
        return months_after(self.oldest, INVOICEABLE_MONTHS)

    @property
    def last_end(self) -> date:
        """The last day for any of it."""
        return months_after(self.newest, INVOICEABLE_MONTHS)


@dataclass(frozen=True, slots=True)
class LimitNotices:
    """A batch, and the company to go on after; None when there is no other."""

    notices: Sequence[LimitNotice]
    after: int | None


class LimitBooks(Protocol):
    """The rows behind reminders. Each method is safe to repeat."""

    def to_remind(self, month: str, after: int) -> LimitNotices:
        """Companies after this one with consumption that ends in the month, whom nobody reminded of it yet."""

    def record(self, notice: LimitNotice, now: datetime) -> None:
        """The mail server took the reminder."""
