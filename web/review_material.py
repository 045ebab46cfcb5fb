"""A reviewer asks a customer for material, or does without it: said on the desk, decided by the life."""

import uuid
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from temporalio.client import Client

from domain.free_text import free_text_problems
from domain.material import TEXT_LENGTH, request_problems
from domain.review_messages import MaterialAnswer, MaterialRequest
from domain.review_phrases import PhraseFor, unfit_phrase
from infra.queries.applications import owner_of
from infra.queries.review_phrases import chosen_phrase
from infra.queries.review_queue import SHOWS
from web.dependencies import CurrentReviewer, Held, Now, Read, Services, Temporal
from web.desk import send_and_see, with_answer
from web.errors import NotFound
from web.material_part import TypedMaterial
from web.review import show_case as case_page
from workflows.application import ApplicationWorkflow
from workflows.names import application_workflow_id

router = APIRouter(prefix="/review")


@router.post("/{number}/material")
async def ask(
    request: Request,
    number: str,
    held: Held,
    reviewer: CurrentReviewer,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[uuid.UUID, Form()],
    version: Annotated[int, Form(ge=1)],
    wanted: Annotated[list[str] | None, Form(max_length=20)] = None,
    note: Annotated[str, Form(max_length=20_000)] = "",
    note_phrase: Annotated[str, Form(max_length=40)] = "",
    filter_: Annotated[str, Form(alias="show", max_length=20)] = "all",
) -> Response:
    """Ask for what is ticked; the life says whether it counts, and the page shows until when the customer has time."""
    typed = TypedMaterial(tuple(wanted or ()), note.strip(), phrase=note_phrase, is_open=True)
    ready = await reads(chosen_phrase, note_phrase)
    problems = [*request_problems(typed.wanted, typed.note or note_phrase), *unfit_phrase(ready, note_phrase, PhraseFor.ASK, "note_phrase")]
    if problems:
        return await case_page(request, held, reads, reviewer, number, now, filter_, status=422, problems=problems, typed_material=typed)
    message = MaterialRequest(str(key), reviewer.id, version, typed.wanted, typed.note, typed.phrase)
    return await _send(request, held, reads, temporal, number, ApplicationWorkflow.ask.__name__, message, filter_)


@router.post("/{number}/material/waive")
async def waive(
    request: Request,
    number: str,
    held: Held,
    reviewer: CurrentReviewer,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[uuid.UUID, Form()],
    version: Annotated[int, Form(ge=1)],
    waiver: Annotated[str, Form(max_length=20_000)] = "",
    filter_: Annotated[str, Form(alias="show", max_length=20)] = "all",
) -> Response:
    """Do without what was asked for, with the reason."""
    typed = TypedMaterial(waiver=waiver.strip())
    problems = list(free_text_problems("waiver", typed.waiver, TEXT_LENGTH, blank="waive-reason", long="material-long"))
    if problems:
        return await case_page(request, held, reads, reviewer, number, now, filter_, status=422, problems=problems, typed_material=typed)
    message = MaterialAnswer(str(key), reviewer.id, version, typed.waiver, waived=True)
    return await _send(request, held, reads, temporal, number, ApplicationWorkflow.answer.__name__, message, filter_)


async def _send(
    request: Request,
    held: Services,
    reads: Read,
    temporal: Client,
    number: str,
    signal: str,
    message: MaterialRequest | MaterialAnswer,
    filter_: str,
) -> RedirectResponse:
    """Back to the case, which says what became of it.

    Raises NotFound for a number that is nobody's, NotPossibleNow and TemporalDown as `web.lives.send` does.
    """
    if await reads(owner_of, number) is None:
        raise NotFound
    life = application_workflow_id(number)
    back = f"/review/{number}?{urlencode({'show': filter_ if filter_ in SHOWS else 'all'})}"
    await send_and_see(request, held, temporal, life, signal, message, back=back)
    return RedirectResponse(with_answer(back, life, message.key), 303)
