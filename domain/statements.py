"""Monthly statements: when they are made, when they are out, and by when they are confirmed (feature 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.calendar import next_period, period_of, typed_day

CONFIRM_DAY = 5
"""Of the next month: whoever has said nothing by the end of it has confirmed."""
CHARGE_DAY = 10
"""Of the next month: by then post-paid customers are charged."""


class StatementState(StrEnum):
    OPEN = "open"
    """For confirmation."""
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


def confirm_by(period: str, made: date | None = None) -> date:
    """The last day to confirm or dispute a month's statement: of one that was made later than that, the next 5th."""
    day = _day_after(period, CONFIRM_DAY)
    if made is None or made <= day:
        return day
    return made.replace(day=CONFIRM_DAY) if made.day <= CONFIRM_DAY else _day_after(period_of(made), CONFIRM_DAY)


def charged_by(period: str) -> date:
    """The day by which a post-paid month is charged."""
    return _day_after(period, CHARGE_DAY)


def last_of(period: str) -> date:
    """The last day of a month."""
    return _day_after(period, 1) - timedelta(days=1)


def _day_after(period: str, day: int) -> date:
    year, month = next_period(period).split("-")
    return date(int(year), int(month), day)


def is_month(text: str) -> bool:
    """Whether a text is a month of the years 2000 to 2099, `2026-10`."""
    return typed_day(f"{text}-01") is not None


@dataclass(frozen=True, slots=True)
class CustomersMonth:
    """One customer's month: what an operator has made by hand."""

    enterprise_id: int
    period: str


@dataclass(frozen=True, slots=True)
class StatementNotice:
    """The reminder of a customer's statements of a month that nobody has confirmed yet. Sums in fen."""

    id: str
    """Our message id: `statement.<month>.<enterprise>`."""
    enterprise_id: int
    period: str
    to: str
    locale: str
    statements: int
    consumed_fen: int
    last_day: date


class ConfirmationBooks(Protocol):
    """The rows behind confirming statements. Each method is safe to repeat."""

    def to_remind(self, period: str) -> Sequence[StatementNotice]:
        """Some customers with unconfirmed statements of a month whom nobody reminded yet; none at the end."""

    def record(self, notice: StatementNotice, now: datetime) -> None:
        """The mail server took the reminder, or there is nobody to send it to."""

    def confirm_silent(self, period: str, now: datetime, limit: int) -> int:
        """Confirm up to `limit` statements of the month and before that are open still; 0 says that none is left."""
