"""Somebody of the enterprise approves or declines an application before it reaches us: said on its page, decided by its life."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.errors import Problem
from domain.free_text import free_text_problems
from domain.messages import SignOffDecision, Verdict
from infra.people import Person
from infra.queries.applications import ApplicationDetail, application_detail, application_is_seen
from infra.queries.sign_offs import scope_on
from web.applications import shown
from web.dependencies import CurrentOwner, Held, Now, Read, Temporal
from web.errors import NotFound, NotPossibleNow
from web.lives import send_and_return
from workflows.application import ApplicationWorkflow
from workflows.names import application_workflow_id

router = APIRouter(prefix="/applications")

LONGEST_REASON = 500


@router.post("/{number}/sign-off")
async def sign_off(
    request: Request,
    number: str,
    person: CurrentOwner,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[UUID, Form()],
    version: Annotated[int, Form()],
    verdict: Annotated[str, Form(max_length=10)] = "",
    reason: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Send the decision; the life says whether it counts. A refusal needs its reason: the applicant has to know what to mend."""
    found, own = await reads(_detail, person, number)
    if found is None or found.sign_off is None:
        raise NotFound
    reason = reason.strip()
    problems = []
    if verdict not in tuple(Verdict):
        problems.append(Problem("verdict", "choose-one"))
    needed = "sign-off-reason" if verdict == Verdict.REJECT else ""
    problems += free_text_problems("reason", reason, LONGEST_REASON, blank=needed)
    if problems:
        facts = shown(held, request, person, found, now, own=own)
        facts["keys"]["sign_off"] = str(key)
        return held.pages.page(
            request,
            "applications/page.html",
            422,
            active="applications",
            message=None,
            again=False,
            problems=problems,
            **{**facts, "reason": reason, "renew_s": 0},
        )
    back = f"/applications/{number}"
    message = SignOffDecision(str(key), person.id, Verdict(verdict), version, reason)
    life = application_workflow_id(number)
    try:
        answer: RedirectResponse = await send_and_return(
            request, held, temporal, life, ApplicationWorkflow.sign_off.__name__, message, back=back
        )
    except NotPossibleNow as late:
        raise NotPossibleNow(back, "application", found.summary.state) from late
    return answer


def _detail(session: Session, person: Person, number: str) -> tuple[ApplicationDetail | None, bool]:
    detail = application_detail(session, scope_on(session, person, number), number)
    return detail, application_is_seen(session, person.scope, number)
