"""Taking an application for oneself, releasing it, and handing it to a colleague: sent to its life, as every other message."""

import uuid
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem
from domain.free_text import free_text_problems
from domain.review_messages import HandOver, ReviewClaim
from infra.queries.review_levels import Turn
from infra.queries.review_queue import SHOWS
from web.dependencies import CurrentReviewer, Held, Now, Read, Temporal
from web.desk import send_and_see, with_answer
from web.errors import NotFound
from web.review import REASON_LENGTH, show_case
from web.review_turn import Handing, read_turn
from workflows.application import ApplicationWorkflow
from workflows.names import application_workflow_id

router = APIRouter(prefix="/review")

Shown = Annotated[str, Form(alias="show", max_length=20)]


@dataclass(frozen=True, slots=True)
class _Back:
    """The case's page under the filter that was on."""

    number: str
    chosen: str

    @property
    def path(self) -> str:
        return f"/review/{self.number}?{urlencode({'show': self.chosen if self.chosen in SHOWS else 'all'})}"


@router.post("/{number}/claim", status_code=303)
async def claim(
    request: Request,
    number: str,
    held: Held,
    reviewer: CurrentReviewer,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[uuid.UUID, Form()],
    release: Annotated[bool, Form()] = False,
    filter_: Shown = "all",
) -> Response:
    """Take it, or let go of it; the page says what became of that."""
    if await reads(read_turn, number, reviewer, now) is None:
        raise NotFound
    life, back = application_workflow_id(number), _Back(number, filter_).path
    message = ReviewClaim(str(key), reviewer.id, release)
    await send_and_see(request, held, temporal, life, ApplicationWorkflow.claim.__name__, message, back=back)
    return RedirectResponse(with_answer(back, life, str(key)), 303)


@router.post("/{number}/hand-over", status_code=303)
async def hand_over(
    request: Request,
    number: str,
    held: Held,
    reviewer: CurrentReviewer,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[uuid.UUID, Form()],
    to: Annotated[str, Form(max_length=20)] = "",
    why: Annotated[str, Form(max_length=5000)] = "",
    filter_: Shown = "all",
) -> Response:
    """Give it to a colleague who can decide it, with the reason that they read."""
    turn = await reads(read_turn, number, reviewer, now)
    if turn is None:
        raise NotFound
    hand, problems = Handing(to, why.strip()), []
    person = chosen_colleague(turn, to)
    if person == 0:
        problems.append(Problem("to", "hand-over-person"))
    problems += free_text_problems("why", hand.why, REASON_LENGTH, blank="hand-over-reason")
    if problems:
        return await show_case(request, held, reads, reviewer, number, now, filter_, status=422, hand=hand, hand_problems=problems)
    life, back = application_workflow_id(number), _Back(number, filter_).path
    message = HandOver(str(key), reviewer.id, person, hand.why)
    await send_and_see(request, held, temporal, life, ApplicationWorkflow.hand_over.__name__, message, back=back)
    return RedirectResponse(with_answer(back, life, str(key)), 303)


def chosen_colleague(turn: Turn, typed: str) -> int:
    """One of those who could decide it, 0 for anybody else: the life looks again, so a name that came meanwhile is refused there."""
    return next((each.id for each in turn.colleagues if str(each.id) == typed), 0)
