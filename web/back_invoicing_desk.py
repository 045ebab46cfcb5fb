"""The supervisors' desk of back-invoicing: requests by waiting time, and the decision on each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.back_invoicing import GRANTED_DAYS, State, Verdict
from domain.calendar import china_date, typed_day
from domain.errors import Problem, Refusal
from infra.back_invoicing import Decision, UnknownRequest, decide
from infra.people import Person
from infra.queries.back_invoicing import request_detail, requests_page
from web.cursors import RecordId, moment_place
from web.dependencies import CurrentSupervisor, Held, Now, Read, Reads, Services, Show, Write
from web.errors import NotFound

router = APIRouter(prefix="/desk/back-invoicing")


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed."""

    until: str
    reason: str = ""


@router.get("")
async def desk(
    request: Request,
    supervisor: CurrentSupervisor,
    reads: Read,
    show: Show,
    state: Annotated[str, Query(max_length=20)] = State.ASKED,
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Requests that wait, the oldest first; decided ones by their state, the newest first."""
    chosen = state if state in tuple(State) else State.ASKED
    page = await reads(requests_page, supervisor.scope, chosen, moment_place(after))
    here = {"state": chosen}
    older = {**here, "after": f"{page.older[0].isoformat()}_{page.older[1]}"} if page.older else {}
    return show.page(
        request,
        "back_invoicing/desk.html",
        active="back-invoicing",
        page=page,
        chosen=chosen,
        states=list(State),
        newer="/desk/back-invoicing?" + urlencode(here) if after else "",
        older="/desk/back-invoicing?" + urlencode(older) if older else "",
        done=request.query_params.get("done", ""),
    )


@router.get("/{number}")
async def show_case(request: Request, number: str, supervisor: CurrentSupervisor, held: Held, now: Now) -> Response:
    until = china_date(now) + timedelta(days=GRANTED_DAYS)
    return await _page(request, number, supervisor, held, now, Entries(until.isoformat()))


@router.post("/{number}/decision")
async def decide_one(
    request: Request,
    number: str,
    supervisor: CurrentSupervisor,
    held: Held,
    writes: Write,
    now: Now,
    verdict: Annotated[Verdict, Form()],
    version: Annotated[RecordId, Form()],
    until: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Grant until a day, or refuse with the reason that the customer reads."""
    entries = Entries(until.strip(), reason)
    day = typed_day(entries.until)
    if day is None and verdict is Verdict.GRANT:
        return await _page(request, number, supervisor, held, now, entries, (Problem("until", "day-form"),))
    day = day or china_date(now)
    try:
        await writes(decide, number, Decision(verdict, day, reason, version), supervisor.id, now)
    except UnknownRequest as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _page(request, number, supervisor, held, now, entries, refusal.problems)
    return RedirectResponse(f"/desk/back-invoicing?done={number}", 303)


async def _page(
    request: Request,
    number: str,
    supervisor: Person,
    held: Services,
    now: datetime,
    entries: Entries,
    problems: Sequence[Problem] = (),
) -> Response:
    found = await Reads(held)(request_detail, supervisor.scope, number, china_date(now))
    if found is None:
        raise NotFound
    decided = any(problem.code == "back-decided" for problem in problems)
    return held.pages.page(
        request,
        "back_invoicing/case.html",
        status_code=(409 if decided else 422) if problems else 200,
        active="back-invoicing",
        found=found,
        each=found.seen,
        entries=entries,
        problems=list(problems),
    )
