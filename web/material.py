"""A customer sends what our review asked for: files for each thing of the list, words, and the answer that its life takes."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem
from domain.material import answer_problems
from domain.review_messages import MaterialAnswer
from infra.people import Person
from infra.queries.applications import ApplicationDetail, application_detail
from infra.queries.material import MaterialRound
from web.applications import shown
from web.dependencies import CurrentCustomer, Held, Now, Read, Services, Temporal
from web.desk import send_and_see
from web.errors import NotFound, NotPossibleNow
from web.evidence_files import Outcome, keep_part
from web.limits import AttachmentRoute
from workflows.application import ApplicationWorkflow
from workflows.names import application_workflow_id

router = APIRouter(prefix="/applications", route_class=AttachmentRoute)

KEPT_TEXT = 20_000
"""Characters of an answer that are kept as they were typed."""


@router.post("/{number}/material")
async def answer(
    request: Request,
    number: str,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[UUID, Form()],
    version: Annotated[int, Form()],
    text: Annotated[str, Form(max_length=KEPT_TEXT)] = "",
    action: Annotated[str, Form(max_length=10)] = "send",
) -> Response:
    """Keep the files; `action` send: send the answer, too, which names what is missing. Whatever is refused keeps text and files."""
    found = await reads(application_detail, person.scope, number)
    if found is None:
        raise NotFound
    text = text.strip()
    if found.asked is None:
        return _page(request, held, person, found, now, (over_problem(found.rounds),), 409, text)
    kept = await _keep(request, held, person, number, found.asked.wanted, now)
    found = await reads(application_detail, person.scope, number)
    if found is None or found.asked is None:  # it ended while the files came
        return _page(request, held, person, found, now, (over_problem(found.rounds if found else ()),), 409, text)
    if kept.problems or action != "send":
        return _page(request, held, person, found, now, kept.problems, kept.status, text, key)
    problems = answer_problems(found.asked.wanted, found.asked.kinds, text)
    if problems:
        return _page(request, held, person, found, now, problems, 422, text, key)
    back = f"/applications/{number}"
    message = MaterialAnswer(str(key), person.id, version, text)
    life = application_workflow_id(number)
    try:
        note = await send_and_see(request, held, temporal, life, ApplicationWorkflow.answer.__name__, message, back=back)
    except NotPossibleNow as late:
        raise NotPossibleNow(back, "application", found.summary.state) from late
    if note is not None and not note.taken:
        found = await reads(application_detail, person.scope, number)
        return _page(request, held, person, found, now, (over_problem(found.rounds if found else ()),), 409, text)
    return RedirectResponse(f"{back}?m={key}", 303)


async def _keep(request: Request, held: Services, person: Person, number: str, wanted: tuple[str, ...], now: datetime) -> Outcome:
    form = await request.form()
    parts = [await keep_part(request, held, person, number, f"file_{code}", str(form.get(f"kind_{code}", "")), now) for code in wanted]
    return Outcome(tuple(problem for part in parts for problem in part.problems), max((part.status for part in parts), default=200))


def over_problem(rounds: tuple[MaterialRound, ...]) -> Problem:
    """Why an answer comes too late, or why it was not taken."""
    return Problem("text", f"material-{rounds[-1].state}" if rounds else "material-not-asked")


def _page(
    request: Request,
    held: Services,
    person: Person,
    found: ApplicationDetail | None,
    now: datetime,
    problems: tuple[Problem, ...],
    status: int,
    text: str,
    key: UUID | None = None,
) -> Response:
    """The application's page with what was written; `key` stays the same until the life has answered it."""
    if found is None:
        raise NotFound
    facts: dict[str, Any] = shown(held, request, person, found, now)
    if key is not None:
        facts["keys"]["material"] = str(key)
    return held.pages.page(
        request,
        "applications/page.html",
        status,
        active="applications",
        message=None,
        again=False,
        problems=list(problems),
        **{**facts, "material_text": text, "renew_s": 0 if problems else facts["renew_s"]},
    )
