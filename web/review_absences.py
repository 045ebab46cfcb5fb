"""Reviewers who are away: everybody says it of themselves, supervisors of all; and who stands in for whom."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.absences import AbsenceForm
from domain.access import Right
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.review_levels import level_of
from infra.people import Person
from infra.queries.review_absences import Absence, Colleague, absences, colleagues
from infra.review_absences import UnknownAbsence, end_absence, set_absence
from web.cursors import RecordId, whole_number
from web.dependencies import CurrentReviewer, Held, Now, Reads, Services, Write
from web.errors import NotFound
from web.risk import level_names

router = APIRouter(prefix="/review/absences")

DONE = ("set", "ended")


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed."""

    person: str = ""
    first_day: str = ""
    last_day: str = ""
    substitute: str = ""
    note: str = ""
    chained: bool = False


@router.get("")
async def show_absences(
    request: Request, reviewer: CurrentReviewer, held: Held, now: Now, done: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    today = china_date(now).isoformat()
    return await _page(request, held, reviewer, now, Entries(str(reviewer.id), today, today), done=done if done in DONE else "")


@router.post("")
async def set_one(
    request: Request,
    reviewer: CurrentReviewer,
    held: Held,
    writes: Write,
    now: Now,
    person: Annotated[str, Form(max_length=20)] = "",
    first_day: Annotated[str, Form(max_length=40)] = "",
    last_day: Annotated[str, Form(max_length=40)] = "",
    substitute: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str, Form(max_length=5000)] = "",
    chained: Annotated[bool, Form()] = False,
) -> Response:
    """Oneself; for a supervisor anybody who reviews."""
    whose = (whole_number(person) or 0) if reviewer.may(Right.SUPERVISE) and person else reviewer.id
    entries = Entries(str(whose), first_day.strip(), last_day.strip(), substitute, note, chained)
    instead = whole_number(substitute) if substitute else None
    form = AbsenceForm(whose, entries.first_day, entries.last_day, instead, note, chained)
    try:
        await writes(set_absence, form, reviewer.id, now)
    except Refusal as refusal:
        return await _page(request, held, reviewer, now, entries, refusal.problems)
    return RedirectResponse("/review/absences?done=set", 303)


@router.post("/{absence}/end")
async def end_one(reviewer: CurrentReviewer, writes: Write, now: Now, absence: RecordId) -> Response:
    """Somebody is back, or does not go."""
    try:
        await writes(end_absence, absence, reviewer.id, now, supervises=reviewer.may(Right.SUPERVISE))
    except UnknownAbsence as error:
        raise NotFound from error
    return RedirectResponse("/review/absences?done=ended", 303)


async def _page(
    request: Request,
    held: Services,
    reviewer: Person,
    now: Now,
    entries: Entries,
    problems: tuple[Problem, ...] = (),
    done: str = "",
) -> Response:
    def read(session: Session) -> tuple[tuple[Absence, ...], tuple[Colleague, ...]]:
        return absences(session, now), colleagues(session)

    found, people = await Reads(held)(read)
    language = held.pages.words(request)
    names = level_names(language)
    least = level_of(reviewer.role, reviewer.level)
    supervises = reviewer.may(Right.SUPERVISE)
    words = [(each.id, f"{each.name} · {names[each.level]}") for each in people]
    able = {each.id for each in people if each.level >= least}
    return held.pages.page(
        request,
        "review/absences.html",
        422 if problems else 200,
        active="review-absences",
        absences=found,
        today=china_date(now),
        people=words,
        substitutes=words if supervises else [(id_, word) for id_, word in words if id_ != reviewer.id and id_ in able],
        supervises=supervises,
        entries=entries,
        problems=list(problems),
        ask_chained=any(problem.code.startswith("substitute-away") for problem in problems),
        done=done,
    )
