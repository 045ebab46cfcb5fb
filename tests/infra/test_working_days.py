"""The table of working days, across the end of the published years."""

from datetime import UTC, date, datetime

import pytest

from infra.working_days import working_days

TABLE = working_days(date(2026, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 14), True),  # Saturday made up before the Spring Festival
        (date(2026, 2, 17), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 21), False),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
        (date(2027, 2, 8), False),
        (date(2027, 3, 3), True),
    ],
)
def test_holidays_and_make_up_days_are_known(day: date, worked: bool) -> None:
    assert TABLE.is_working_day(day) is worked


def test_a_year_without_a_notice_is_estimated() -> None:
    assert TABLE.estimated_years == {2027}


def test_a_promise_of_late_december_reaches_into_the_estimated_year() -> None:
    promise = TABLE.promise(datetime(2026, 12, 31, 6, tzinfo=UTC))
    assert (promise.due_on, promise.estimated) == (date(2027, 1, 4), True)
    promise = TABLE.promise(datetime(2026, 11, 20, 6, tzinfo=UTC))
    assert (promise.due_on, promise.estimated) == (date(2026, 11, 23), False)


def test_a_notice_that_operators_load_wins_and_makes_the_year_published() -> None:
    table = working_days(date(2026, 12, 1), date(2027, 1, 31), {date(2027, 1, 3): True, date(2027, 1, 4): False})
    assert table.is_working_day(date(2027, 1, 3))
    assert not table.is_working_day(date(2027, 1, 4))
    assert table.estimated_years == frozenset()
