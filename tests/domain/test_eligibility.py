"""Whether a record can be invoiced, and the one reason why not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.eligibility import RecordFacts, last_day, why_not

TODAY = date(2026, 11, 21)
GOOD = RecordFacts(7, date(2026, 10, 15), "2026-10", 10_600, 0, 0, opened=True)


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 5, 15), date(2026, 11, 15)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2027, 8, 30), date(2028, 2, 29)),
        (date(2026, 8, 28), date(2027, 2, 28)),
        (date(2028, 2, 29), date(2028, 8, 29)),
        (date(2026, 3, 31), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2027, 6, 30)),
        (date(2026, 7, 31), date(2027, 1, 31)),
        (date(2026, 6, 30), date(2026, 12, 30)),
    ],
)
def test_the_last_day_is_six_months_later_or_the_end_of_a_shorter_month(day: date, last: date) -> None:
    assert last_day(day) == last


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_a_later_day_never_ends_earlier(day: date) -> None:
    assert last_day(day) <= last_day(day + timedelta(days=1))
    assert timedelta(days=181) <= last_day(day) - day <= timedelta(days=184)


@pytest.mark.parametrize(
    ("changes", "code", "params"),
    [
        ({"seller": "某某软件"}, "invoiced-by-seller", {"seller": "某某软件"}),
        ({"original_id": 3, "invoiceable_fen": -5}, "comes-with-its-original", {"original": "3"}),
        ({"opened": False, "invoiceable_fen": -5}, "waits-for-its-original", {}),
        ({"opened": False}, "month-not-charged", {"period": "2026-10", "due": "2026-11-10"}),
        ({"opened": False, "period": "2026-11"}, "month-not-open", {"period": "2026-11", "opens_on": "2026-12-03"}),
        ({"opened": False, "period": "2026-12"}, "month-not-open", {"period": "2026-12", "opens_on": "2027-01-03"}),
        ({"reserved_fen": 10_600, "taken_by": "KP-1"}, "already-reserved", {"application": "KP-1"}),
        ({"invoiced_fen": 10_600, "taken_by": "KP-1"}, "already-invoiced", {"application": "KP-1"}),
        ({"reserved_fen": 600, "invoiced_fen": 10_000, "taken_by": "KP-1"}, "already-reserved", {"application": "KP-1"}),
        ({"invoiceable_fen": 0}, "nothing-to-invoice", {}),
        ({"invoiceable_fen": -5}, "waits-for-its-original", {}),
        ({"day": date(2026, 5, 20)}, "past-time-limit", {"last_day": "2026-11-20", "period": "2026-05"}),
    ],
)
def test_each_reason_is_named_with_what_its_sentence_needs(changes: dict[str, object], code: str, params: dict[str, str]) -> None:
    problem = why_not(replace(GOOD, **changes), TODAY)  # type: ignore[arg-type]
    assert problem is not None
    assert (problem.field, problem.code, dict(problem.params)) == ("record-7", code, params)


@pytest.mark.parametrize(
    "changes",
    [{}, {"reserved_fen": 600}, {"invoiced_fen": 10_599}, {"day": date(2026, 5, 21)}, {"day": TODAY}, {"invoiceable_fen": 1}],
    ids=["plain", "partly-reserved", "one-fen-left", "on-the-last-day", "today", "one-fen"],
)
def test_a_record_with_something_left_in_time_can_be_ticked(changes: dict[str, object]) -> None:
    assert why_not(replace(GOOD, **changes), TODAY) is None  # type: ignore[arg-type]


def test_what_is_taken_says_so_even_when_its_time_is_over() -> None:
    """The way to an answer leads over the application that has it."""
    late = replace(GOOD, day=date(2025, 1, 1), invoiced_fen=10_600, taken_by="KP-1")
    problem = why_not(late, TODAY)
    assert problem is not None
    assert problem.code == "already-invoiced"
