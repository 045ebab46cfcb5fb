"""Messages to lives: send one, wait a moment for what became of it, and say so on the page that follows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from infra.queries.lives import NoteSeen, note_of
from web import sentences
from web.dependencies import Reads, Services
from web.errors import NotPossibleNow, TemporalDown, form_fields, is_unavailable
from workflows.names import LIVES

RPC_TIMEOUT = timedelta(seconds=5)
WAIT_S = 1.0
LOOK_EVERY_S = 0.05
LOOKS = 60
"""So often, a second apart, a page looks by itself for an outcome; a key that nobody sent never gets one."""


@dataclass(frozen=True, slots=True)
class ShownNote:
    """The line at the top of a page after a message: taken, refused and why, or still waiting."""

    text: str
    taken: bool
    waiting: bool
    again: str = ""
    """The page's address for the next look at it, while the outcome is still to come and was not looked for too often."""


async def begin(request: Request, temporal: Client, workflow: Any, arguments: Sequence[Any], workflow_id: str, summary: str) -> None:
    """Begin a run that may be begun again once it has ended; one that is under way goes on.

    Raises TemporalDown with the request's own form, for the repeat.
    """
    try:
        await temporal.start_workflow(
            workflow,
            args=arguments,
            id=workflow_id,
            task_queue=LIVES,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=summary,
            rpc_timeout=RPC_TIMEOUT,
        )
    except (RPCError, RuntimeError) as error:
        if not is_unavailable(error):
            raise
        raise TemporalDown(request.url.path, await form_fields(request)) from error


async def send(temporal: Client, life: str, signal: str, message: Any, *, action: str, form: list[tuple[str, str]], back: str) -> None:
    """Signal the life `application:...` or `invoice:...`.

    Raises NotPossibleNow when it has ended (the page behind `back` has the true state), TemporalDown when nobody
    answered; `action` and `form` are then offered for the repeat, which the message's key makes harmless.
    """
    try:
        await temporal.get_workflow_handle(life).signal(signal, message, rpc_timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            raise NotPossibleNow(back) from error
        if is_unavailable(error):
            raise TemporalDown(action, form) from error
        raise


async def life_of(temporal: Client, life: str) -> WorkflowExecutionDescription | None:
    """What Temporal knows of a life, running or ended; None when there never was one. Raises TemporalDown."""
    try:
        return await temporal.get_workflow_handle(life).describe(rpc_timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        if isinstance(error, RPCError) and error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT}:
            return None
        if is_unavailable(error):
            raise TemporalDown from error
        raise


async def outcome(held: Services, life: str, key: str) -> NoteSeen | None:
    """What the life made of the message, looked for during at most one second; None when it is still to come."""
    reads = Reads(held)
    loop = asyncio.get_running_loop()
    end = loop.time() + WAIT_S
    found = await reads(note_of, life, key)
    while found is None and loop.time() < end:
        await asyncio.sleep(LOOK_EVERY_S)  # the row is written by a worker, in another process
        found = await reads(note_of, life, key)
    return found


async def send_and_return(
    request: Request, held: Services, temporal: Client, life: str, signal: str, message: Any, *, back: str
) -> RedirectResponse:
    """Send a message that has a `key`, wait for its outcome, and lead back to the page, which shows it (`?m=`)."""
    form = await form_fields(request)
    await send(temporal, life, signal, message, action=request.url.path, form=form, back=back)
    await outcome(held, life, message.key)
    return RedirectResponse(f"{back}?m={message.key}", 303)


def shown_note(held: Services, request: Request, session: Session, life: str) -> ShownNote | None:
    """The note for `?m=` of this request, read in the page's own transaction; None without one."""
    key = request.query_params.get("m", "")[:80]
    if not key:
        return None
    language = held.pages.words(request)
    note = note_of(session, life, key)
    if note is None:
        said = language.gettext("Sent. The outcome appears here in a moment.")
        return ShownNote(said, taken=False, waiting=True, again=_next_look(request))
    return ShownNote(sentences.note(language, note.kind, note.taken, note.code), taken=note.taken, waiting=False)


def _next_look(request: Request) -> str:
    looked = request.query_params.get("looked", "")[:3]
    looks = int(looked) if looked.isdecimal() else 0
    return "" if looks >= LOOKS else f"?{request.url.include_query_params(looked=looks + 1).query}"


def workflow_url(held: Services, life: str) -> str:
    """The life's page in the Temporal UI, for staff."""
    settings = held.settings
    return f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{quote(life, safe='')}"
