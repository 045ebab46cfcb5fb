"""A short cut of the peak campaign: a day of sixty, some lives, and what its plot and its clock say."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, date, datetime, time, timedelta

import pytest

from domain.calendar import CHINA
from tests.campaigns.peak import Day, Fate, Outcome, figures, run, worked_hours
from tests.campaigns.peak_lives import run_lives
from tests.campaigns.peak_load import BY_HOUR, PEAK_DAY, Shift, reviewers_for
from tests.campaigns.peak_plot import Hours, plot

DAY = datetime(2026, 8, 31, tzinfo=CHINA)


@pytest.mark.timeout(240)
def test_expedited_and_special_are_kept_in_a_peak_and_the_books_are_right() -> None:
    outcome = run("the next day as well", [Day(PEAK_DAY, 60, 1), Day(PEAK_DAY + timedelta(days=1), 6, 1)], seed=2)
    assert outcome.violations == {}
    assert len(outcome.fates) == 66
    assert (outcome.kept("expedited"), outcome.kept("special")) == (100, 100)
    assert outcome.due("expedited")
    assert outcome.due("special")
    assert ElementTree.fromstring(plot([outcome, outcome])).tag.endswith("svg")


@pytest.mark.serial
@pytest.mark.timeout(240)
async def test_the_timers_of_lives_agree_with_their_rows() -> None:
    """So few are decided that promises are broken: those lives have to say so, and no other."""
    outcome = await run_lives([(14, 6), (2, 2)], seed=1)
    assert (outcome.lives, outcome.wrong, outcome.violations) == (16, [], {})
    assert outcome.kept["ordinary"] < outcome.due["ordinary"]
    assert outcome.percent("special") == 100


def test_a_broken_promise_of_an_expedited_one_is_a_figure_that_falls_short() -> None:
    fate = Fate("expedited", False, DAY.replace(hour=9), DAY.replace(hour=18), DAY.replace(hour=18, minute=1))
    kept = Fate("special", False, DAY.replace(hour=9), DAY.replace(hour=18), DAY.replace(hour=18))
    outcome = Outcome("", [Day(PEAK_DAY, 2, 1)], [fate, kept], {}, Hours())
    short = [figure.name for figure in figures([outcome], None) if not figure.is_met]
    assert short == ["peak-expedited-kept"]


@pytest.mark.parametrize(
    ("hours", "worked"), [((8, 10), 1.0), ((9, 18), 9.0), ((17, 33), 1.0), ((17, 34), 2.0), ((-20, 10), 1.0), ((19, 30), 0.0)]
)
def test_hours_of_work_are_between_nine_and_six_on_weekdays(hours: tuple[int, int], worked: float) -> None:
    first, last = (DAY.astimezone(UTC) + timedelta(hours=hour) for hour in hours)
    assert worked_hours(first, last) == worked


def test_a_reviewer_has_an_hour_off() -> None:
    shift = Shift(date(2026, 8, 31), time(12))
    works = [hour for hour in range(24) if shift.works_at(DAY.replace(hour=hour))]
    assert works == [9, 10, 11, 13, 14, 15, 16, 17]


def test_the_peak_is_as_it_is_written() -> None:
    assert sum(BY_HOUR) == 100
    assert reviewers_for(2_400, 0.7) == 14
