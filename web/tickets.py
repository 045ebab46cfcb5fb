"""Support tickets for customers: the list, opening one from wherever it is offered, the conversation, its files."""

import secrets
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from temporalio.client import Client

from domain.access import Right
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.numbers import RANDOM_BYTES, drawn_number
from domain.support import KIND, Deed, TicketState, Topic
from infra.people import Person
from infra.queries.calendar import calendar
from infra.queries.tickets import AboutSeen, TicketDetail, TicketFilter, TicketScope, about_is_seen, about_seen, ticket_detail, tickets_page
from infra.quiet_tickets import closes_after
from infra.tickets import NewMessage, NewTicket, UnknownTicket, close_ticket, open_ticket, ticket_is_there, write_message
from web.cursors import RecordId, moment_place
from web.dependencies import CurrentAsker, Held, Now, Read, Reads, Services, Temporal, Write
from web.errors import NotFound
from web.limits import AttachmentRoute
from web.notices import tell_other_side
from web.support_hours import support_shown
from web.ticket_files import forget, sent_file, stored_files

router = APIRouter(prefix="/support", route_class=AttachmentRoute)

KEY = Annotated[str, Form(max_length=64, pattern="^[0-9A-Za-z-]{8,64}$")]
"""The key drawn with a message's form."""


def scope_of(person: Person) -> TicketScope:
    """Whose tickets this person may see."""
    return TicketScope(
        person.id,
        person.enterprise_id,
        person.account_id,
        whole_enterprise=person.may(Right.SEE_WHOLE_ENTERPRISE),
        staff=person.may(Right.ANSWER_TICKETS),
    )


def message_key() -> str:
    return secrets.token_hex(16)


@router.get("")
async def list_tickets(
    request: Request,
    person: CurrentAsker,
    held: Held,
    reads: Read,
    now: Now,
    state: Annotated[str, Query(max_length=20)] = "",
    topic: Annotated[str, Query(max_length=40)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The customer's tickets, the last changed first."""
    chosen = TicketFilter(state, topic, text.strip(), after=moment_place(after))
    page = await reads(tickets_page, scope_of(person), chosen)
    days = await reads(calendar)
    filters = {name: value for name, value in (("state", state), ("topic", topic), ("text", text.strip())) if value}
    return held.pages.page(
        request,
        "tickets/list.html",
        active="support",
        page=page,
        filters={"state": state, "topic": topic, "text": text.strip()},
        filtered=bool(filters),
        states=list(TicketState),
        topics=list(Topic),
        newer=f"/support?{urlencode(filters)}" if after else "",
        older=f"/support?{urlencode({**filters, 'after': place_of(page.older)})}" if page.older else "",
        support=support_shown(held.settings, days, now),
    )


def place_of(older: tuple[datetime, str]) -> str:
    return f"{older[0].isoformat()}_{older[1]}"


@router.get("/new")
async def show_form(
    request: Request,
    person: CurrentAsker,
    held: Held,
    reads: Read,
    now: Now,
    topic: Annotated[str, Query(max_length=40)] = "",
    about: Annotated[str, Query(max_length=120)] = "",
    text: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """The form, with what it is about and what a page already says of it. What is not one's own is as if it were not there."""
    if about and not await reads(about_is_seen, scope_of(person), about):
        raise NotFound
    new = NewTicket(drawn_number(KIND, secrets.token_bytes(RANDOM_BYTES), china_date(now)), topic, about, "", text.strip())
    return await _form(request, person, held, reads, now, new)


async def _form(
    request: Request,
    person: Person,
    held: Services,
    reads: Reads,
    now: datetime,
    new: NewTicket,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    def read(session: Session) -> AboutSeen | None:
        seen = bool(new.about) and about_is_seen(session, scope_of(person), new.about)
        return about_seen(session, person.enterprise_id or 0, new.about) if seen else None

    about = await reads(read)
    days = await reads(calendar)
    return held.pages.page(
        request,
        "tickets/form.html",
        status_code=status,
        active="support",
        new=new,
        about=about,
        topics=list(Topic),
        problems=list(problems),
        support=support_shown(held.settings, days, now),
        limit_mb=held.settings.attachment_mb,
    )


@router.post("")
async def open_one(
    request: Request,
    person: CurrentAsker,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    number: Annotated[str, Form(max_length=40)] = "",
    topic: Annotated[str, Form(max_length=40)] = "",
    about: Annotated[str, Form(max_length=120)] = "",
    subject: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Open the ticket. The same form again leads to the ticket it made the first time."""
    new = NewTicket(number.strip(), topic, about, subject, _unix(text))
    scope = scope_of(person)
    try:
        if await reads(ticket_is_there, scope, new.number):
            return RedirectResponse(f"/support/{new.number}?again=1", 303)
    except UnknownTicket as error:
        raise NotFound from error
    files, wrong, status = await stored_files(request, held)
    try:
        if wrong:
            raise Refusal(*wrong)
        await writes(open_ticket, scope, new, files, now)
    except Refusal as refusal:
        await forget(held, files)
        return await _form(request, person, held, reads, now, new, refusal.problems, status)
    except UnknownTicket as error:
        await forget(held, files)
        raise NotFound from error
    return RedirectResponse(f"/support/{new.number}?opened=1", 303)


def _unix(text: str) -> str:
    """Browsers send line breaks as CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in a message's form."""

    key: str
    text: str = ""
    deed: str = Deed.WRITE


async def ticket_page(
    request: Request,
    person: Person,
    held: Services,
    reads: Reads,
    now: datetime,
    number: str,
    draft: Draft,
    problems: tuple[Problem, ...] = (),
    status: int = 200,
) -> Response:
    """The page of one ticket, the customer's or the desk's. Raises NotFound."""
    scope = scope_of(person)
    found = await reads(ticket_detail, scope, number)
    if found is None:
        raise NotFound
    days = await reads(calendar)
    return held.pages.page(
        request,
        "tickets/desk_page.html" if scope.staff else "tickets/page.html",
        status_code=status,
        active="ticket-desk" if scope.staff else "support",
        found=found,
        each=found.summary,
        draft=draft,
        problems=list(problems),
        opened="opened" in request.query_params,
        again="again" in request.query_params,
        sent="sent" in request.query_params,
        support=support_shown(held.settings, days, now),
        limit_mb=held.settings.attachment_mb,
        open_until=closes_after(days, found.summary.state, _last_word(found), held.settings.ticket_quiet_days),
    )


def _last_word(found: TicketDetail) -> datetime:
    """When somebody wrote last, notes among staff aside."""
    return max((message.written_at for message in found.messages if not message.internal), default=found.summary.changed_at)


@router.get("/{number}")
async def show_ticket(request: Request, number: str, person: CurrentAsker, held: Held, reads: Read, now: Now) -> Response:
    return await ticket_page(request, person, held, reads, now, number, Draft(message_key()))


@router.post("/{number}/messages")
async def write(
    request: Request,
    number: str,
    person: CurrentAsker,
    held: Held,
    reads: Read,
    writes: Write,
    temporal: Temporal,
    now: Now,
    key: KEY,
    version: Annotated[RecordId, Form()],
    text: Annotated[str, Form()] = "",
) -> Response:
    """The customer writes; a closed ticket is open again by it."""
    message = NewMessage(key, _unix(text), Deed.WRITE, version)
    return await add_message(request, number, person, held, reads, writes, temporal, now, message, back="/support")


async def add_message(
    request: Request,
    number: str,
    person: Person,
    held: Services,
    reads: Reads,
    writes: Write,
    temporal: Client,
    now: datetime,
    message: NewMessage,
    *,
    back: str,
) -> Response:
    """Keep the message with its files and tell the other side; refused, the page keeps what was typed."""
    scope = scope_of(person)
    if await reads(ticket_detail, scope, number) is None:
        raise NotFound
    files, wrong, status = await stored_files(request, held)
    try:
        if wrong:
            raise Refusal(*wrong)
        if not await writes(write_message, scope, number, message, files, now):
            await forget(held, files)
    except Refusal as refusal:
        await forget(held, files)
        changed = any(problem.field == "ticket" for problem in refusal.problems)
        draft = Draft(message.key, message.text, message.deed)
        return await ticket_page(
            request, person, held, reads, now, number, draft, refusal.problems, 409 if changed and status == 422 else status
        )
    except UnknownTicket as error:
        await forget(held, files)
        raise NotFound from error
    if message.deed is not Deed.NOTE:
        await tell_other_side(temporal, message.key)
    return RedirectResponse(f"{back}/{number}?sent=1", 303)


@router.post("/{number}/close")
async def close(
    request: Request,
    number: str,
    person: CurrentAsker,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    version: Annotated[RecordId, Form()],
) -> Response:
    """The customer says that nothing is open any more."""
    deed = writes(close_ticket, replace(scope_of(person), staff=False), number, version, now)
    return await after_deed(deed, request, person, held, reads, now, number, back="/support")


async def after_deed(
    deed: Awaitable[None], request: Request, person: Person, held: Services, reads: Reads, now: datetime, number: str, *, back: str
) -> Response:
    """Do it and lead back to the ticket; refused, its page says why. Raises NotFound."""
    try:
        await deed
    except UnknownTicket as error:
        raise NotFound from error
    except Refusal as refusal:
        draft = Draft(message_key(), deed=Deed.ANSWER if scope_of(person).staff else Deed.WRITE)
        return await ticket_page(request, person, held, reads, now, number, draft, refusal.problems, 409)
    return RedirectResponse(f"{back}/{number}", 303)


@router.get("/{number}/files/{attachment_id}")
async def download(number: str, attachment_id: RecordId, person: CurrentAsker, held: Held, reads: Read) -> Response:
    """A file of the conversation, to be kept and not shown."""
    return await sent_file(held, reads, scope_of(person), number, attachment_id)
