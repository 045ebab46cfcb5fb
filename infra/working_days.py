"""Working days of China as a table, from the State Council's notices as two libraries carry them.

`chinesecalendar` has the published years with their make-up days and refuses the others; for those, `holidays`
projects the statutory days without make-up days, and the year is marked as estimated (`domain.md` 1.14).
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version

import chinese_calendar
import holidays

from domain.calendar import WorkingDays

CALENDAR_VERSION = f"chinesecalendar {version('chinesecalendar')}, holidays {version('holidays')}"
"""Recorded beside each promise, so that it can be told later by which calendar it was made."""


def working_days(
    first: date, last: date, overrides: Mapping[date, bool] | None = None, noticed: Collection[int] | None = None
) -> WorkingDays:
    """The working days from `first` to `last`, both included.

    `overrides` says of single days whether they are worked and wins over the libraries: the notice of next year
    is out each November, a library's release later. `noticed` are the years whose notice was loaded whole: they count
    as published. When it is not said, each year with an override does. Deadlines ask `infra.queries.calendar`, not this.
    """
    overrides = overrides or {}
    if noticed is None:
        noticed = {day.year for day in overrides}
    days_off: set[date] = set()
    make_up_days: set[date] = set()
    estimated_years: set[int] = set()
    day = first
    while day <= last:
        worked, published = _is_worked(day)
        worked = overrides.get(day, worked)
        if not published and day.year not in noticed:
            estimated_years.add(day.year)
        if worked and day.weekday() >= 5:
            make_up_days.add(day)
        elif not worked and day.weekday() < 5:
            days_off.add(day)
        day += timedelta(days=1)
    return WorkingDays(first, last, frozenset(days_off), frozenset(make_up_days), frozenset(estimated_years))


def _is_worked(day: date) -> tuple[bool, bool]:
    """Whether a day is worked, and whether that is published."""
    try:
        return chinese_calendar.is_workday(day), True
    except NotImplementedError:
        return _projected(day.year).is_working_day(day), False


@cache
def _projected(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)
