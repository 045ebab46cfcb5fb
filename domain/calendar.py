"""China time, the dates of the trade, and working days as a value that is handed in."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had no daylight saving since 1991; every business date is a date there."""

_DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)


def typed_day(text: str) -> date | None:
    """A day of the years 2000 to 2099 as `2026-10-31`, and nothing else that Python would take, such as weeks."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def china_date(moment: datetime) -> date:
    """The date in China at an aware moment."""
    return moment.astimezone(CHINA).date()


def start_of(day: date) -> datetime:
    """00:00 in China on that day, as a UTC moment."""
    return datetime.combine(day, time.min, tzinfo=CHINA).astimezone(UTC)


def end_of(day: date) -> datetime:
    """24:00 in China on that day, as a UTC moment."""
    return start_of(day + timedelta(days=1))


def period_of(day: date) -> str:
    """The billing month of a day, `2026-10`."""
    return f"{day.year:04d}-{day.month:02d}"


def next_period(period: str) -> str:
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def opens_on(period: str, statement_day: int = 3) -> date:
    """The day a month's consumption can first be invoiced: the statement day of the next month (feature 7)."""
    year, month = next_period(period).split("-")
    return date(int(year), int(month), statement_day)


@dataclass(frozen=True, slots=True)
class CorrectionWindow:
    """The days in which an invoice may be returned and reissued; how many is policy (feature 32)."""

    issued_on: date
    days: int

    @property
    def last_day(self) -> date:
        return self.issued_on + timedelta(days=self.days)

    @property
    def closes_at(self) -> datetime:
        """Midnight in China, at the end of the last day."""
        return datetime.combine(self.last_day + timedelta(days=1), time.min, tzinfo=CHINA)

    def is_open(self, today: date) -> bool:
        return self.issued_on <= today <= self.last_day


@dataclass(frozen=True, slots=True)
class Promise:
    """When something will be done: the moment, and whether it rests on a year whose holidays are not published."""

    due_at: datetime
    estimated: bool

    @property
    def due_on(self) -> date:
        return china_date(self.due_at)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The working days from `first` to `last`, as a value: a workflow asks it and replays the same.

    `days_off` are weekdays that are off, `make_up_days` are weekend days that are worked (调休). A year in
    `estimated_years` has no State Council notice yet, so its make-up days are missing (`domain.md` 1.14).
    Questions about days outside the span raise ValueError: a wrong deadline is worse than none.
    """

    first: date
    last: date
    days_off: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()
    estimated_years: frozenset[int] = frozenset()

    def is_working_day(self, day: date) -> bool:
        if not self.first <= day <= self.last:
            raise ValueError(f"the calendar runs from {self.first} to {self.last}, not to {day}")
        return day in self.make_up_days or (day.weekday() < 5 and day not in self.days_off)

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`; `day` itself never counts, whether worked or not."""
        if count < 1:
            raise ValueError("count the working days from 1")
        while count:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day

    def is_estimated(self, first: date, last: date) -> bool:
        """Whether any day of the span lies in a year that is not published."""
        return any(year in self.estimated_years for year in range(first.year, last.year + 1))

    def promise(self, received_at: datetime, working_days: int = 1, hour: int = 18) -> Promise:
        """T+1: done by 18:00 in China on the next working day after the day of receipt (feature 21)."""
        received_on = china_date(received_at)
        due_on = self.add_working_days(received_on, working_days)
        due_at = datetime.combine(due_on, time(hour), tzinfo=CHINA).astimezone(UTC)
        return Promise(due_at, self.is_estimated(received_on, due_on))
