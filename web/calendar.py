"""The operators' calendar: a year's working days, single days set by hand, and a whole notice with a dry run."""

import calendar as months
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.calendar import china_date, typed_day
from domain.errors import Problem, Refusal
from domain.notices import NoticedDay, read_notice
from infra.calendar import FIRST_DAY, LAST_DAY, load_notice, set_day
from infra.queries.calendar import CalendarYear, DaySet, calendar_year
from web.cursors import whole_number
from web.dependencies import CurrentOperator, Held, Now, Read, Reads, Services, Temporal, Write
from web.limits import LongFormRoute
from web.notices import tell_lives_of_promises

router = APIRouter(prefix="/calendar", route_class=LongFormRoute)

WORKED: Mapping[str, bool | None] = {"off": False, "worked": True, "published": None}
"""What a day can be set to: off, worked, or as published."""


@dataclass(frozen=True, slots=True)
class ShownDay:
    """A cell of the calendar; `set_day` when operators set it."""

    day: date
    worked: bool
    make_up: bool
    set_day: DaySet | None


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed: one day, or a notice. `seen` is the change that the page showed last."""

    seen: int = 0
    day: str = ""
    worked: str = "off"
    note: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a notice would do: each day, whether it is worked now, and how many differ."""

    days: tuple[tuple[NoticedDay, bool], ...]

    @property
    def changes(self) -> int:
        return sum(each.worked is not now for each, now in self.days)


@router.get("")
async def show_year(
    request: Request, _operator: CurrentOperator, held: Held, now: Now, year: Annotated[str, Query(max_length=8)] = ""
) -> Response:
    return await _page(request, held, _year(year, china_date(now)), Entries())


@router.post("/days")
async def set_one(
    request: Request,
    operator: CurrentOperator,
    held: Held,
    writes: Write,
    temporal: Temporal,
    now: Now,
    seen: Annotated[str, Form(max_length=12)] = "",
    day: Annotated[str, Form(max_length=40)] = "",
    worked: Annotated[str, Form(max_length=12)] = "",
    note: Annotated[str, Form(max_length=100_000)] = "",
) -> Response:
    """Set one day, or leave it to the published calendar again."""
    entries = Entries(whole_number(seen) or 0, day.strip(), worked, note)
    problems = []
    meant = typed_day(entries.day)
    if meant is None:
        meant = china_date(now)
        problems.append(Problem("day", "day-form"))
    if worked not in WORKED:
        problems.append(Problem("worked", "choose-one"))
    if not problems:
        try:
            await writes(set_day, meant, WORKED[worked], note, entries.seen, operator.id, now)
        except Refusal as refusal:
            problems += refusal.problems
    if problems:
        return await _page(request, held, _year(str(meant.year), china_date(now)), entries, problems)
    await tell_lives_of_promises(temporal)
    return RedirectResponse(f"/calendar?year={meant.year}&done=day", 303)


@router.post("/notice")
async def load(
    request: Request,
    operator: CurrentOperator,
    held: Held,
    reads: Read,
    writes: Write,
    temporal: Temporal,
    now: Now,
    year: Annotated[str, Form(max_length=8)] = "",
    seen: Annotated[str, Form(max_length=12)] = "",
    text: Annotated[str, Form(max_length=100_000)] = "",
    action: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Show what a notice would change, or (`action` load) take it over."""
    chosen = _year(year, china_date(now))
    entries = Entries(whole_number(seen) or 0, text=text)
    read = read_notice(text, chosen)
    if read.problems:
        return await _page(request, held, chosen, entries, read.problems)
    if action != "load":
        known = await reads(calendar_year, chosen)
        spans = known.calendar.days(date(chosen - 1, 1, 1), date(chosen, 12, 31))
        run = DryRun(tuple((each, spans.is_working_day(each.day)) for each in read.days))
        return await _page(request, held, chosen, entries, dry_run=run)
    note = held.pages.words(request).gettext("Notice of the State Council")
    try:
        await writes(load_notice, read.days, f"{note} {chosen}", entries.seen, operator.id, now)
    except Refusal as refusal:
        return await _page(request, held, chosen, entries, refusal.problems)
    await tell_lives_of_promises(temporal)
    return RedirectResponse(f"/calendar?year={chosen}&done=notice", 303)


async def _page(
    request: Request, held: Services, year: int, entries: Entries, problems: Sequence[Problem] = (), dry_run: DryRun | None = None
) -> Response:
    found = await Reads(held)(calendar_year, year)
    changed = any(problem.code == "calendar-changed" for problem in problems)
    done = request.query_params.get("done", "")
    return held.pages.page(
        request,
        "calendar/year.html",
        status_code=(409 if changed else 422) if problems else 200,
        active="calendar",
        found=found,
        months=_months(found),
        # What was refused because of another's change is sent again over what the page shows now.
        entries=replace(entries, seen=found.calendar.changes),
        problems=list(problems),
        dry_run=dry_run,
        done=done if done in {"day", "notice"} else "",
        years=(FIRST_DAY.year, LAST_DAY.year),
    )


def _months(found: CalendarYear) -> list[tuple[str, list[list[ShownDay | None]]]]:
    """Each month (`2027-02`) as weeks from Monday on; None outside of it."""
    year, days = found.year, found.days

    def shown(day: date) -> ShownDay | None:
        worked = days.is_working_day(day)
        return ShownDay(day, worked, worked and day.weekday() >= 5, found.set_days.get(day))

    weeks = months.Calendar().monthdatescalendar
    return [
        (f"{year}-{month:02d}", [[shown(day) if day.month == month else None for day in week] for week in weeks(year, month)])
        for month in range(1, 13)
    ]


def _year(text: str, today: date) -> int:
    """The year of the address; today's for anything else."""
    year = whole_number(text, LAST_DAY.year)
    return year if year is not None and year >= FIRST_DAY.year else today.year
