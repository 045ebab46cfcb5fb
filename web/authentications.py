"""The customer's real-name authentication: where it stands, its form, and taking it back."""

import uuid
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from domain.access import Right
from domain.authentication import (
    NUMBER_KIND,
    AuthenticationKind,
    AuthenticationRequest,
    AuthenticationState,
    Submission,
    submission_problems,
)
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.licences import LicenceReading
from domain.messages import Cancellation
from domain.numbers import is_drawn_number
from domain.terms import Document, edition_on
from infra.authentications import Submitting, submit_authentication
from infra.members import masters_of
from infra.people import Person
from infra.queries.authentications import (
    Authentication,
    authentication_owner,
    authentications_of,
    is_under_way,
    own_authentication,
    submitter_of,
)
from web.application_start import policy_of
from web.authentication_form import Entries, anew, draw_number, read_into, with_picture
from web.dependencies import CurrentAuthenticator, CurrentOwner, Held, Now, Read, Reads, Services, Temporal
from web.errors import NotFound, TemporalDown, is_unavailable
from web.limits import AttachmentRoute
from web.lives import RPC_TIMEOUT, ShownNote, send_and_return, shown_note
from workflows.authentication import AuthenticationWorkflow, authentication_attributes
from workflows.names import LIVES, authentication_workflow_id

router = APIRouter(prefix="/authentication", route_class=AttachmentRoute)


def _enterprise(person: Person) -> int:
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    return person.enterprise_id


async def _page(
    request: Request,
    held: Services,
    person: Person,
    now: datetime,
    *,
    entries: Entries | None = None,
    problems: tuple[Problem, ...] = (),
    reading: LicenceReading | None = None,
    status: int = 200,
) -> Response:
    """The page; with `entries` the form stands open with them."""

    def read(session: Session) -> tuple[tuple[Authentication, ...], ShownNote | None, list[str]]:
        found = authentications_of(session, _enterprise(person))
        note = shown_note(held, request, session, authentication_workflow_id(found[0].number)) if found else None
        return found, note, [] if person.may(Right.AUTHENTICATE) else masters_of(session, _enterprise(person))

    known, message, masters = await Reads(held)(read)
    newest = known[0] if known else None
    current = newest if newest is not None and newest.is_open else None
    wanted = entries is not None or (current is None and (not person.verified or "update" in request.query_params))
    return held.pages.page(
        request,
        "authentications/page.html",
        status_code=status,
        active="authentication",
        known=known,
        newest=newest,
        current=current,
        may_submit=person.may(Right.AUTHENTICATE),
        masters=masters,
        entries=(entries or _first_entries(newest, now)) if wanted else None,
        kinds=tuple(AuthenticationKind),
        problems=list(problems),
        reading=reading,
        sent="sent" in request.query_params,
        key=uuid.uuid4(),
        message=message,
    )


def _first_entries(newest: Authentication | None, now: datetime) -> Entries:
    """An empty form, or after a refusal what was sent before. A person's masked number is typed anew."""
    if newest is None or newest.state != AuthenticationState.REFUSED:
        return Entries(draw_number(now), Submission())
    personal = newest.kind == AuthenticationKind.PERSONAL
    number = "" if personal else newest.licence_number
    return Entries(
        draw_number(now), Submission(newest.kind, newest.name, number, newest.legal_person, newest.contact, newest.phone, newest.email)
    )


@router.get("")
async def show_authentication(request: Request, person: CurrentOwner, held: Held, now: Now) -> Response:
    """Where it stands, and the form when one can be sent."""
    return await _page(request, held, person, now)


@router.post("")
async def submit(
    request: Request,
    person: CurrentAuthenticator,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    number: Annotated[str, Form(max_length=30)] = "",
    kind: Annotated[str, Form(max_length=20)] = "",
    name: Annotated[str, Form(max_length=300)] = "",
    licence_number: Annotated[str, Form(max_length=60)] = "",
    legal_person: Annotated[str, Form(max_length=200)] = "",
    contact: Annotated[str, Form(max_length=200)] = "",
    phone: Annotated[str, Form(max_length=60)] = "",
    email: Annotated[str, Form(max_length=300)] = "",
    agree: Annotated[bool, Form()] = False,
    picture: Annotated[int, Form(ge=0)] = 0,
    action: Annotated[str, Form(max_length=10)] = "submit",
) -> Response:
    """Read the picture into the form, or keep the form and start its life.

    A repeat with the same number finds the first one while that is under way; with other entries, or after its end, a new form
    keeps them and says so.
    """
    entries = Entries(number.strip(), Submission(kind, name, licence_number, legal_person, contact, phone, email), agree, picture)
    owner = await reads(authentication_owner, entries.number)
    if owner is not None:
        if owner != person.enterprise_id:
            raise NotFound
        if action != "read" and await reads(is_under_way, entries.number, entries.submission):
            await _start_kept(held, temporal, person, entries.number)
            return RedirectResponse("/authentication?sent=1", 303)
        used = (Problem("number", "identity-form-used"),)
        return await _page(request, held, person, now, entries=await anew(request, held, person, entries, now), problems=used, status=422)
    if not is_drawn_number(NUMBER_KIND, entries.number):
        return await _page(
            request, held, person, now, entries=_first_entries(None, now), problems=(Problem("number", "number-form"),), status=422
        )
    entries, file, problems, status = await with_picture(request, held, person, entries, now)
    if problems:
        return await _page(request, held, person, now, entries=entries, problems=problems, status=status)
    if action == "read":
        if file is None:
            return await _page(request, held, person, now, entries=entries, problems=(Problem("file", "file-needed"),), status=422)
        entries, reading, problems = await read_into(held, person, entries, file, now)
        status = 429 if problems else 200
        return await _page(request, held, person, now, entries=entries, reading=reading, problems=problems, status=status)
    problems = _form_problems(entries)
    if not problems:
        asked = Submitting(
            entries.number,
            _enterprise(person),
            person.id,
            entries.submission,
            entries.picture_id,
            edition_on(Document.PRIVACY, china_date(now)).version,
        )
        try:
            await held.in_thread(submit_authentication, held.database, asked, now)
        except Refusal as refusal:
            problems = refusal.problems
    if problems:
        return await _page(request, held, person, now, entries=entries, problems=problems, status=422)
    await _start_kept(held, temporal, person, entries.number)
    return RedirectResponse("/authentication?sent=1", 303)


def _form_problems(entries: Entries) -> tuple[Problem, ...]:
    problems = list(submission_problems(entries.submission.tidied()))
    if not entries.picture_id:
        problems.insert(0, Problem("file", "file-needed"))
    if not entries.agree:
        problems.append(Problem("agree", "identity-agree"))
    return tuple(problems)


@router.post("/{number}/start")
async def start_again(number: str, person: CurrentAuthenticator, held: Held, reads: Read, temporal: Temporal) -> RedirectResponse:
    """Start the life of a form that was kept while Temporal did not answer."""
    if await reads(own_authentication, _enterprise(person), number) is None:
        raise NotFound
    await _start_kept(held, temporal, person, number)
    return RedirectResponse("/authentication?sent=1", 303)


@router.post("/{number}/withdraw")
async def withdraw(
    request: Request,
    number: str,
    person: CurrentAuthenticator,
    held: Held,
    reads: Read,
    temporal: Temporal,
    key: Annotated[uuid.UUID, Form()],
) -> RedirectResponse:
    """Ask to take it back; the life says whether that still counts."""
    if await reads(own_authentication, _enterprise(person), number) is None:
        raise NotFound
    message = Cancellation(str(key), person.id)
    return await send_and_return(request, held, temporal, authentication_workflow_id(number), "withdraw", message, back="/authentication")


async def _start_kept(held: Services, temporal: Client, person: Person, number: str) -> None:
    """Start the life of a kept form, once for ever. Raises TemporalDown: the form is kept, and its page offers to start it again."""
    found = await Reads(held)(own_authentication, _enterprise(person), number)
    if found is None or found.state != AuthenticationState.SUBMITTED:
        return
    submitted_by = await Reads(held)(submitter_of, number)
    request = AuthenticationRequest(number, _enterprise(person), submitted_by, AuthenticationKind(found.kind), policy_of(held.settings))
    try:
        await start(temporal, request)
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError) as error:
        if is_unavailable(error):
            raise TemporalDown(f"/authentication/{number}/start", [("csrf", person.csrf_token)], kept=True) from error
        raise


async def start(temporal: Client, asked: AuthenticationRequest) -> None:
    """Start the life. Raises WorkflowAlreadyStartedError for an ended one."""
    await temporal.start_workflow(
        AuthenticationWorkflow.run,
        asked,
        id=authentication_workflow_id(asked.number),
        task_queue=LIVES,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=authentication_attributes(asked),
        static_summary=f"{asked.kind} authentication",
        rpc_timeout=RPC_TIMEOUT,
    )
