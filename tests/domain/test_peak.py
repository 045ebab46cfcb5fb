"""When a peak is on: working days around month and quarter ends, ranges of one's own, and what was typed wrong."""

from datetime import date, timedelta

import pytest

from domain.calendar import WorkingDays
from domain.errors import Refusal
from domain.peak import REACH, OwnRange, Peak, PeakKind, PeakPlan, plan_of_form, read_plan, typed_plan
from infra.working_days import working_days

YEAR = working_days(date(2026, 1, 1) - REACH, date(2027, 1, 31) + REACH)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 25), None),
        (date(2026, 11, 26), PeakKind.MONTH),
        (date(2026, 11, 29), PeakKind.MONTH),  # a Sunday in between
        (date(2026, 12, 2), PeakKind.MONTH),
        (date(2026, 12, 3), None),
        (date(2026, 12, 24), None),
        (date(2026, 12, 25), PeakKind.QUARTER),
        (date(2027, 1, 6), PeakKind.QUARTER),
        (date(2027, 1, 7), None),
        (date(2026, 9, 22), None),
        (date(2026, 9, 23), PeakKind.QUARTER),  # the 25th to the 27th are off
        (date(2026, 10, 10), PeakKind.QUARTER),  # after the long holiday: the 8th, 9th and the make-up Saturday
        (date(2026, 10, 11), None),
    ],
)
def test_a_peak_lies_around_the_ends_in_working_days(day: date, kind: PeakKind | None) -> None:
    peak = PeakPlan().peak_on(day, YEAR)
    assert (peak.kind if peak else None) == kind


def test_an_end_without_days_is_no_peak_and_own_ranges_count_beside_the_rule() -> None:
    plan = PeakPlan(0, 0, 0, 0, (OwnRange(date(2026, 11, 10), date(2026, 11, 12), "Double 11"),))
    assert plan.peak_on(date(2026, 11, 30), YEAR) is None
    assert plan.peaks(date(2026, 1, 1), date(2026, 12, 31), YEAR) == (
        Peak(date(2026, 11, 10), date(2026, 11, 12), PeakKind.OWN, "Double 11"),
    )
    one_sided = PeakPlan(0, 1, 0, 0)
    assert one_sided.peak_on(date(2026, 11, 30), YEAR) is None
    assert one_sided.peak_on(date(2026, 12, 1), YEAR) is not None


def test_every_peak_of_a_span_is_found_by_its_days() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    peaks = PeakPlan().peaks(first, last, YEAR)
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        assert (PeakPlan().peak_on(day, YEAR) is not None) == any(each.first <= day <= each.last for each in peaks)
    assert len(peaks) == 13, "of each month of the year, and the end of the year before"


def test_a_calendar_that_is_too_short_is_an_error_and_no_wrong_peak() -> None:
    with pytest.raises(ValueError, match="the calendar runs"):
        PeakPlan().peak_on(date(2026, 11, 27), WorkingDays(date(2026, 11, 1), date(2026, 11, 29)))


def test_a_plan_is_kept_and_typed_without_loss() -> None:
    plan = PeakPlan(
        1, 0, 10, 4, (OwnRange(date(2026, 12, 25), date(2027, 1, 5), "年底 结账"), OwnRange(date(2027, 6, 1), date(2027, 6, 1)))
    )
    assert read_plan(plan.text) == plan
    assert plan_of_form(typed_plan(plan)) == plan


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"month_last": ""}, ("month_last", "field-needed", {})),
        ({"month_first": "11"}, ("month_first", "whole-number", {"least": "0", "most": "10"})),
        ({"quarter_last": "-1"}, ("quarter_last", "whole-number", {"least": "0", "most": "10"})),
        ({"quarter_first": "²"}, ("quarter_first", "whole-number", {"least": "0", "most": "10"})),
        ({"own": "\n2026-12-25"}, ("own", "peak-line", {"line": "2"})),
        ({"own": "2026-12-25 tomorrow"}, ("own", "peak-line", {"line": "1"})),
        ({"own": "2026-12-25 2026-12-24"}, ("own", "peak-order", {"line": "1"})),
        ({"own": "2026-01-01 2026-12-31"}, ("own", "peak-long", {"line": "1", "max": "62"})),
        ({"own": f"2026-12-25 2026-12-26 {'x' * 61}"}, ("own", "peak-note", {"line": "1", "max": "60"})),
        ({"own": "2026-12-25 2026-12-26\n" * 21}, ("own", "peak-many", {"max": "20"})),
    ],
)
def test_what_is_typed_wrong_is_named(typed: dict[str, str], problem: tuple[str, str, dict[str, str]]) -> None:
    with pytest.raises(Refusal) as refused:
        plan_of_form(typed_plan(PeakPlan()) | typed)
    [found] = refused.value.problems
    assert (found.field, found.code, dict(found.params)) == problem
