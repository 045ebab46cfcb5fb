"""When many apply at once, as the supervisor plans for it: month and quarter ends by a rule, and ranges of one's own (feature 25)."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from domain.calendar import WorkingDays, typed_day
from domain.errors import Problem, Refusal

MOST_DAYS = 10
"""Working days on one side of a month's end."""
MOST_RANGES = 20
LONGEST_RANGE = 62
NOTE_LENGTH = 60
REACH = timedelta(days=62)
"""So far from a day the calendar is asked, to find the working days around its month's ends, holidays included."""
FIGURES = ("month_last", "month_first", "quarter_last", "quarter_first")


class PeakKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Peak:
    """Days of a peak, both included."""

    first: date
    last: date
    kind: PeakKind
    note: str = ""


@dataclass(frozen=True, slots=True)
class OwnRange:
    first: date
    last: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class PeakPlan:
    """So many working days before the end of a month or quarter, and after it. 0 on both sides: that end is no peak."""

    month_last: int = 3
    month_first: int = 2
    quarter_last: int = 5
    quarter_first: int = 3
    own: tuple[OwnRange, ...] = field(default_factory=tuple)

    def peaks(self, first: date, last: date, days: WorkingDays) -> tuple[Peak, ...]:
        """What touches the days from `first` to `last`, by its first day. `days` has to reach `REACH` further on both sides."""
        found = [Peak(each.first, each.last, PeakKind.OWN, each.note) for each in self.own]
        end = _month_end(first - timedelta(days=31))
        while end <= last + timedelta(days=31):
            peak = self._around(end, days)
            if peak is not None:
                found.append(peak)
            end = _month_end(end + timedelta(days=1))
        return tuple(sorted((each for each in found if each.first <= last and each.last >= first), key=lambda each: each.first))

    def peak_on(self, day: date, days: WorkingDays) -> Peak | None:
        """The peak that a day lies in; of several the one that lasts longest."""
        return max(self.peaks(day, day, days), key=lambda each: each.last, default=None)

    def _around(self, end: date, days: WorkingDays) -> Peak | None:
        quarter = end.month % 3 == 0
        before, after = (self.quarter_last, self.quarter_first) if quarter else (self.month_last, self.month_first)
        if not before and not after:
            return None
        first, last = end + timedelta(days=1), end
        while before:
            first -= timedelta(days=1)
            before -= days.is_working_day(first)
        while after:
            last += timedelta(days=1)
            after -= days.is_working_day(last)
        return Peak(first, last, PeakKind.QUARTER if quarter else PeakKind.MONTH)

    @property
    def text(self) -> str:
        """As it is kept: JSON with every figure."""
        return json.dumps(asdict(self), default=str, sort_keys=True, ensure_ascii=False)


def read_plan(text: str) -> PeakPlan:
    kept = json.loads(text)
    own = tuple(OwnRange(date.fromisoformat(one["first"]), date.fromisoformat(one["last"]), one["note"]) for one in kept["own"])
    return PeakPlan(**{name: kept[name] for name in FIGURES}, own=own)


def typed_plan(plan: PeakPlan) -> dict[str, str]:
    """A plan as the form shows it."""
    lines = "\n".join(f"{each.first} {each.last} {each.note}".strip() for each in plan.own)
    return {name: str(getattr(plan, name)) for name in FIGURES} | {"own": lines}


def plan_of_form(typed: Mapping[str, str]) -> PeakPlan:
    """The plan that was typed. Raises Refusal with a problem for each field.

    Codes: field-needed, whole-number (least, most), peak-line (line), peak-order (line), peak-long (line, max), peak-note (line, max),
    peak-many (max).
    """
    problems: list[Problem] = []
    figures = {name: _whole(typed.get(name, "").strip(), name, problems) for name in FIGURES}
    own = _ranges(typed.get("own", ""), problems)
    if problems:
        raise Refusal(*problems)
    return PeakPlan(**figures, own=own)


def _whole(text: str, name: str, problems: list[Problem]) -> int:
    if not text:
        problems.append(Problem(name, "field-needed"))
    elif not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > MOST_DAYS:
        problems.append(Problem(name, "whole-number", {"least": "0", "most": str(MOST_DAYS)}))
    else:
        return int(text)
    return 0


def _ranges(text: str, problems: list[Problem]) -> tuple[OwnRange, ...]:
    found: list[OwnRange] = []
    lines = [(number, line.split(maxsplit=2)) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > MOST_RANGES:
        problems.append(Problem("own", "peak-many", {"max": str(MOST_RANGES)}))
        return ()
    for number, words in lines:
        days = [typed_day(word) for word in words[:2]]
        note = words[2].strip() if len(words) > 2 else ""
        first, last = days if len(days) == 2 else (None, None)
        line = str(number)
        if first is None or last is None:
            problems.append(Problem("own", "peak-line", {"line": line}))
        elif last < first:
            problems.append(Problem("own", "peak-order", {"line": line}))
        elif (last - first).days >= LONGEST_RANGE:
            problems.append(Problem("own", "peak-long", {"line": line, "max": str(LONGEST_RANGE)}))
        elif len(note) > NOTE_LENGTH:
            problems.append(Problem("own", "peak-note", {"line": line, "max": str(NOTE_LENGTH)}))
        else:
            found.append(OwnRange(first, last, note))
    return tuple(found)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
