"""Months and quarters as they stand in an address: `2026-11`, `2026-Q4`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from web import formats
from web.words import Words

OFFERED_MONTHS = 6
OFFERED_QUARTERS = 3


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included."""

    name: str
    first: date
    last: date

    def word(self, language: Words) -> str:
        if "Q" not in self.name:
            return formats.month(self.name, language.locale)
        year, _, quarter = self.name.partition("-Q")
        return f"{year}年第 {quarter} 季度" if language.locale == "zh" else f"Quarter {quarter}, {year}"


def month_with(day: date) -> Period:
    first = day.replace(day=1)
    return Period(f"{day:%Y-%m}", first, _next_month(first) - timedelta(days=1))


def quarter_with(day: date) -> Period:
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    last = _next_month(_next_month(_next_month(first))) - timedelta(days=1)
    return Period(f"{day.year}-Q{(day.month + 2) // 3}", first, last)


def period_of_address(text: str, today: date) -> Period:
    """The period of the address; the month of today for anything else, and for what has not begun."""
    found = re.fullmatch(r"(20\d\d)-(?:(0[1-9]|1[0-2])|Q([1-4]))", text, re.ASCII)
    if found is None:
        return month_with(today)
    year, month, quarter = found.groups()
    first = date(int(year), int(month) if month else 3 * int(quarter) - 2, 1)
    if first > today:
        return month_with(today)
    return month_with(first) if month else quarter_with(first)


def periods_offered(today: date, chosen: Period) -> Sequence[Period]:
    """The last months and quarters, and the one that is chosen."""
    months, quarters, day = [], [], today
    for _ in range(OFFERED_MONTHS):
        months.append(month_with(day))
        day = months[-1].first - timedelta(days=1)
    day = today
    for _ in range(OFFERED_QUARTERS):
        quarters.append(quarter_with(day))
        day = quarters[-1].first - timedelta(days=1)
    offered = [*months, *quarters]
    return offered if chosen in offered else [*offered, chosen]


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
