"""Working hours between two moments, and what a pace reaches."""

from datetime import date, datetime
from fractions import Fraction

import pytest

from domain.calendar import CHINA
from domain.promises import Pace, working_hours
from infra.working_days import working_days

DAYS = working_days(date(2026, 11, 1), date(2026, 12, 31))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (at(20, 14, 30), at(20, 18), 3.5),
        (at(20, 14), at(23, 10), 5.0),  # Friday to Monday
        (at(21, 10), at(22, 20), 0.0),  # a weekend
        (at(20, 6), at(20, 22), 9.0),
        (at(20, 18), at(20, 9), 0.0),
    ],
)
def test_only_the_hours_of_working_days_count(start: datetime, end: datetime, hours: float) -> None:
    assert working_hours(DAYS, start, end) == hours


def test_a_pace_reaches_what_it_says() -> None:
    assert Pace(90, Fraction(45)).reaches(Fraction(3)) == 6
    assert Pace(0, Fraction(45)).reaches(Fraction(3)) == Pace(5, Fraction(0)).reaches(Fraction(3)) == 0
