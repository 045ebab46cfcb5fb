"""Customer service's desk for titles: what differs from the verification is decided here, and approved ones are opened on request."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.access import Right
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.title_notices import decision_key
from domain.title_states import TitleRefusal
from infra.people import Person
from infra.queries.title_desk import found_titles, title_case, waiting_titles
from infra.title_decisions import TitleDecision, Verdict, clear_title, decide_title
from infra.titles import UnknownTitle
from web.cursors import RecordId
from web.dependencies import CurrentTitleChecker, CurrentTitleClearer, Held, Now, Read, Reads, Services, Temporal, Write
from web.errors import NotFound
from web.notices import tell_customer

router = APIRouter(prefix="/titles/desk")


@dataclass(frozen=True, slots=True)
class DeskEntries:
    """What was typed on the case's page."""

    reason: str = ""
    note: str = ""
    clearing: str = ""


@router.get("")
async def show_desk(
    request: Request, _person: CurrentTitleChecker, held: Held, reads: Read, now: Now, text: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """What waits; with a text, any customer's titles."""
    text, today = text.strip(), china_date(now)
    lines = await (reads(found_titles, text, today) if text else reads(waiting_titles, today))
    return held.pages.page(
        request,
        "library/desk.html",
        active="title-desk",
        lines=lines,
        text=text,
        done=request.query_params.get("done", "") if request.query_params.get("done", "") in {"approve", "refuse", "clear"} else "",
    )


async def _case_page(
    request: Request,
    held: Services,
    person: Person,
    title_id: int,
    entries: DeskEntries,
    problems: tuple[Problem, ...] = (),
) -> Response:
    case = await Reads(held)(title_case, title_id, china_date(held.pages.clock()))
    if case is None:
        raise NotFound
    return held.pages.page(
        request,
        "library/desk_title.html",
        status_code=422 if problems else 200,
        active="title-desk",
        case=case,
        entries=entries,
        reasons=tuple(TitleRefusal),
        problems=list(problems),
        may_decide=person.may(Right.CHECK_IDENTITY),
        may_clear=person.may(Right.CLEAR_TITLES),
    )


@router.get("/{title_id}")
async def show_case(request: Request, title_id: RecordId, person: CurrentTitleChecker, held: Held) -> Response:
    return await _case_page(request, held, person, title_id, DeskEntries())


@router.post("/{title_id}/decision")
async def decide(
    request: Request,
    title_id: RecordId,
    person: CurrentTitleChecker,
    held: Held,
    writes: Write,
    temporal: Temporal,
    now: Now,
    verdict: Annotated[Verdict, Form()],
    seen: Annotated[str, Form(max_length=64)] = "",
    announced: Annotated[bool, Form()] = False,
    reason: Annotated[str, Form(max_length=40)] = "",
    note: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    """Approve, or refuse with the error named. Of two decisions on one version the first counts; the other is told so."""
    try:
        await writes(decide_title, title_id, TitleDecision(verdict, seen, reason, note, announced), person.id, now)
    except UnknownTitle as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _case_page(request, held, person, title_id, DeskEntries(reason, note), refusal.problems)
    await tell_customer(temporal, decision_key(title_id, now))
    return RedirectResponse(f"/titles/desk?done={verdict}", 303)


@router.post("/{title_id}/clear")
async def clear(
    request: Request,
    title_id: RecordId,
    person: CurrentTitleClearer,
    held: Held,
    writes: Write,
    temporal: Temporal,
    now: Now,
    seen: Annotated[str, Form(max_length=64)] = "",
    clearing: Annotated[str, Form(max_length=600)] = "",
) -> Response:
    """Open an approved title for correction, because its customer asked for it."""
    try:
        await writes(clear_title, title_id, seen, clearing, person.id, now)
    except UnknownTitle as error:
        raise NotFound from error
    except Refusal as refusal:
        problems = tuple(Problem("clearing", each.code, each.params) if each.field == "reason" else each for each in refusal.problems)
        return await _case_page(request, held, person, title_id, DeskEntries(clearing=clearing), problems)
    await tell_customer(temporal, decision_key(title_id, now))
    return RedirectResponse("/titles/desk?done=clear", 303)
