"""The supervisors' view of the review: who has what since when; from here several are released or handed over at once."""

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.amounts import yuan
from domain.calendar import china_date
from domain.cells import safe_cell
from domain.errors import Problem
from domain.free_text import free_text_problems
from domain.review_messages import HandOver, ReviewClaim
from infra.people import Person
from infra.queries.review_absences import Absence, Colleague, absences, away_on, colleagues
from infra.queries.review_team import PAGE, STAGES, Move, TeamCounts, TeamPage, TeamRow, moves, team, team_counts, team_export
from web import formats, sentences
from web.csv_files import csv_file
from web.cursors import moment_place, whole_number
from web.dependencies import CurrentSupervisor, Held, Now, Read, Reads, Services, Temporal
from web.desk import send_and_see
from web.errors import NotPossibleNow
from web.review import REASON_LENGTH
from web.risk import level_names
from web.words import Words
from workflows.application import ApplicationWorkflow
from workflows.names import application_workflow_id

router = APIRouter(prefix="/review")

ACTIONS = ("release", "hand-over")


@dataclass(frozen=True, slots=True)
class Filter:
    """What the address asks for: a stage, and one of our people by id (0 for everybody)."""

    stage: str = "all"
    person: int = 0

    @property
    def fields(self) -> dict[str, str]:
        return {"stage": self.stage, **({"person": str(self.person)} if self.person else {})}


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed for those that were ticked."""

    numbers: tuple[str, ...] = ()
    action: str = ""
    to: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    page: TeamPage
    counts: TeamCounts
    people: tuple[Colleague, ...]
    away: tuple[Absence, ...]
    moves: tuple[Move, ...]


def _filter(stage: str, person: str) -> Filter:
    return Filter(stage if stage in STAGES else "all", whole_number(person, 2**31) or 0)


@router.get("/team")
async def show_team(
    request: Request,
    _supervisor: CurrentSupervisor,
    held: Held,
    now: Now,
    stage: Annotated[str, Query(max_length=20)] = "all",
    person: Annotated[str, Query(max_length=12)] = "",
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Who is blocking, and since when: the oldest first."""
    return await _page(request, held, now, _filter(stage, person), after)


@router.get("/team.csv")
async def export(
    request: Request,
    _supervisor: CurrentSupervisor,
    held: Held,
    now: Now,
    stage: Annotated[str, Query(max_length=20)] = "all",
    person: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    """Every row under the filters."""
    chosen, language = _filter(stage, person), held.pages.words(request)
    heads = ("Application number", "Customer", "Amount (CNY)", "Stage", "Level", "With whom", "Since when", "Submitted", "Promised")
    return csv_file("review-team", [language.gettext(head) for head in heads], _lines(held, chosen, now, language))


@router.post("/team")
async def move(
    request: Request,
    supervisor: CurrentSupervisor,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    number: Annotated[list[str] | None, Form()] = None,
    action: Annotated[str, Form(max_length=20)] = "",
    to: Annotated[str, Form(max_length=20)] = "",
    why: Annotated[str, Form(max_length=5000)] = "",
    key: Annotated[uuid.UUID | None, Form()] = None,
    stage: Annotated[str, Form(max_length=20)] = "all",
    person: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """First what it would do to each that is ticked; with the preview's `key`, done."""
    chosen = _filter(stage, person)
    entries = Entries(tuple(dict.fromkeys(each[:30] for each in number or ()))[:PAGE], action, to, why.strip())
    receiver = whole_number(to) if action == "hand-over" else None
    problems = _problems(entries, receiver)
    if problems or key is None:
        return await _page(request, held, now, chosen, "", entries, problems)
    planned = await reads(moves, entries.numbers, receiver, now)
    possible = [each.row.number for each in planned if not each.why]
    taken = await _send(request, held, temporal, supervisor, possible, receiver, entries.why, key)
    return RedirectResponse(f"/review/team?{urlencode({**chosen.fields, 'done': taken, 'of': len(entries.numbers)})}", 303)


async def _send(
    request: Request,
    held: Services,
    temporal: Temporal,
    supervisor: Person,
    numbers: Sequence[str],
    to: int | None,
    why: str,
    key: uuid.UUID,
) -> int:
    """Tell each life; how many took it. A repeat of the form sends the same messages."""

    async def tell(number: str) -> bool:
        own = str(uuid.uuid5(key, number))
        message = ReviewClaim(own, supervisor.id, release=True) if to is None else HandOver(own, supervisor.id, to, why)
        signal = ApplicationWorkflow.claim if to is None else ApplicationWorkflow.hand_over
        try:
            note = await send_and_see(
                request, held, temporal, application_workflow_id(number), signal.__name__, message, back="/review/team"
            )
        except NotPossibleNow:
            return False
        return note is not None and note.taken

    return sum(await asyncio.gather(*(tell(number) for number in numbers)))


def _problems(entries: Entries, receiver: int | None) -> list[Problem]:
    problems = []
    if not entries.numbers:
        problems.append(Problem("number", "moves-nothing"))
    if entries.action not in ACTIONS:
        problems.append(Problem("action", "moves-action"))
    elif entries.action == "hand-over":
        if not receiver:
            problems.append(Problem("to", "hand-over-person"))
        problems += free_text_problems("why", entries.why, REASON_LENGTH, blank="hand-over-reason")
    return problems


async def _page(
    request: Request,
    held: Services,
    now: datetime,
    chosen: Filter,
    after: str,
    entries: Entries | None = None,
    problems: Sequence[Problem] = (),
) -> Response:
    typed = entries or Entries()
    planning = entries is not None and not problems
    receiver = whole_number(typed.to) if typed.action == "hand-over" else None

    def read(session: Session) -> _Found:
        away = away_on(session, china_date(now))
        return _Found(
            team(session, chosen.stage, chosen.person, now, moment_place(after)),
            team_counts(session, now),
            tuple(each for each in colleagues(session) if each.id not in away),
            tuple(each for each in absences(session, now) if each.is_on(china_date(now))),
            moves(session, typed.numbers, receiver, now) if planning else (),
        )

    found = await Reads(held)(read)
    language = held.pages.words(request)
    names = level_names(language)
    people = [(each.id, f"{each.name} · {names[each.level]}") for each in found.people]
    following = found.page.next
    older = urlencode({**chosen.fields, "after": f"{following[0].isoformat()}_{following[1]}"}) if following else ""
    done, of = (whole_number(request.query_params.get(name, ""), PAGE) for name in ("done", "of"))
    return held.pages.page(
        request,
        "review/team.html",
        422 if problems else 200,
        active="review-team",
        page=found.page,
        counts=found.counts,
        stages=STAGES,
        chosen=chosen,
        people=people,
        receiver=dict(people).get(receiver or 0, ""),
        away=found.away,
        entries=typed,
        planned=found.moves,
        planning=planning,
        problems=list(problems),
        key=uuid.uuid4(),
        why_not={each.row.number: sentences.reason(language, f"turn:{each.why}") for each in found.moves if each.why},
        done=(done, of) if done is not None and of else None,
        older=f"/review/team?{older}" if older else "",
        newer=f"/review/team?{urlencode(chosen.fields)}" if after else "",
        export=f"/review/team.csv?{urlencode(chosen.fields)}",
        address={stage: "/review/team?" + urlencode({"stage": stage}) for stage in STAGES},
    )


def _lines(held: Services, chosen: Filter, now: datetime, language: Words) -> Iterator[list[str]]:
    with held.database.read() as session:
        for each in team_export(session, chosen.stage, chosen.person, now):
            yield [
                each.number,
                safe_cell(each.customer),
                yuan(each.amount_fen),
                sentences.label(language, f"stage:{each.stage}"),
                f"{each.step}/{each.levels}",
                safe_cell(_who(language, each)),
                formats.table_moment(each.since),
                formats.table_moment(each.submitted_at),
                formats.table_moment(each.due_at) if each.due_at else "",
            ]


def _who(language: Words, row: TeamRow) -> str:
    return "OA" if row.by_oa else ("、" if language.locale == "zh" else ", ").join(row.who)
