"""The correction window and working days. The dates of the holidays here are those of the 2026 notice."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import CHINA, CorrectionWindow, WorkingDays

NATIONAL_DAY = WorkingDays(
    first=date(2026, 9, 1),
    last=date(2027, 1, 31),
    days_off=frozenset({date(2026, 9, 25), *(date(2026, 10, day) for day in (1, 2, 5, 6, 7)), date(2027, 1, 1)}),
    make_up_days=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
    estimated_years=frozenset({2027}),
)


@pytest.mark.parametrize(("days_later", "is_open"), [(-1, False), (0, True), (30, True), (31, False)])
def test_an_invoice_may_be_returned_until_the_thirtieth_day(days_later: int, is_open: bool) -> None:
    issued_on = date(2026, 3, 1)
    assert CorrectionWindow(issued_on, days=30).is_open(issued_on + timedelta(days=days_later)) is is_open


def test_the_window_closes_at_midnight_in_china() -> None:
    window = CorrectionWindow(date(2026, 12, 2), days=30)
    assert window.last_day == date(2027, 1, 1)
    assert window.closes_at == datetime(2027, 1, 2, tzinfo=CHINA) == datetime(2027, 1, 1, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 4), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
        (date(2026, 10, 11), False),
    ],
)
def test_holidays_are_off_and_make_up_days_are_worked(day: date, worked: bool) -> None:
    assert NATIONAL_DAY.is_working_day(day) is worked


@pytest.mark.parametrize(
    ("day", "count", "answer"),
    [
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 10, 9), 1, date(2026, 10, 10)),
        (date(2026, 10, 9), 2, date(2026, 10, 12)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_working_days_are_counted_after_the_day(day: date, count: int, answer: date) -> None:
    assert NATIONAL_DAY.add_working_days(day, count) == answer


@given(st.dates(date(2026, 9, 1), date(2026, 12, 1)), st.integers(1, 15))
def test_counting_a_working_day_at_a_time_comes_to_the_same(day: date, count: int) -> None:
    step = day
    for _ in range(count):
        step = NATIONAL_DAY.add_working_days(step, 1)
    assert step == NATIONAL_DAY.add_working_days(day, count)


def test_a_promise_is_the_next_working_day_at_18_in_china() -> None:
    received_at = datetime(2026, 9, 30, 15, 59, tzinfo=UTC)  # 23:59 on the last day before the holiday
    promise = NATIONAL_DAY.promise(received_at)
    assert promise.due_at == datetime(2026, 10, 8, 18, tzinfo=CHINA)
    assert promise.due_on == date(2026, 10, 8)
    assert not promise.estimated


def test_the_day_of_receipt_is_the_day_in_china() -> None:
    assert NATIONAL_DAY.promise(datetime(2026, 10, 11, 16, tzinfo=UTC)).due_on == date(2026, 10, 13)


@pytest.mark.parametrize(("day", "estimated"), [(30, False), (31, True)])
def test_a_promise_that_reaches_an_unpublished_year_is_marked(day: int, estimated: bool) -> None:
    assert NATIONAL_DAY.promise(datetime(2026, 12, day, 2, tzinfo=UTC)).estimated is estimated


def test_days_outside_the_table_are_not_guessed() -> None:
    with pytest.raises(ValueError, match="the calendar runs"):
        NATIONAL_DAY.add_working_days(date(2027, 1, 29), 1)
    with pytest.raises(ValueError, match="from 1"):
        NATIONAL_DAY.add_working_days(date(2026, 10, 9), 0)
