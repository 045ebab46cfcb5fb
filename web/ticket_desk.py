"""The desk of customer service: what waits for an answer, the longest first; take, answer, note, close."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from domain.errors import Problem
from domain.support import STAFF_DEEDS, Deed, TicketState, Topic
from infra.queries.calendar import Calendar, calendar
from infra.queries.tickets import TicketFilter, TicketPage, TicketScope, tickets_page, waiting_count
from infra.tickets import NewMessage, assign_ticket, close_ticket
from web.cursors import LARGEST_ID, RecordId, moment_place
from web.dependencies import CurrentTicketAnswerer, Held, Now, Read, Temporal, Write
from web.limits import AttachmentRoute
from web.support_hours import support_shown, waited
from web.ticket_files import sent_file
from web.tickets import KEY, Draft, add_message, after_deed, message_key, place_of, scope_of, ticket_page

router = APIRouter(prefix="/desk/tickets", route_class=AttachmentRoute)

SHOWS = ("ours", "mine", "free", "all")
"""Whose turn it is or who has it: waiting for us, mine, nobody's, all."""


@router.get("")
async def desk(
    request: Request,
    staff: CurrentTicketAnswerer,
    held: Held,
    reads: Read,
    now: Now,
    show: Annotated[str, Query(max_length=10)] = "ours",
    state: Annotated[str, Query(max_length=20)] = "",
    topic: Annotated[str, Query(max_length=40)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """The queue. Whoever waits for us stands by waiting time; other lists are by their last change."""
    show = show if show in SHOWS else "ours"
    queue = show in {"ours", "free"} and not state
    chosen = TicketFilter(
        state or ("ours" if queue else ""),
        topic,
        text.strip(),
        assigned_to=staff.id if show == "mine" else None,
        unassigned=show == "free",
        after=moment_place(after),
    )

    def read(session: Session, scope: TicketScope) -> tuple[TicketPage, int, Calendar]:
        return tickets_page(session, scope, chosen, oldest_first=queue), waiting_count(session), calendar(session)

    page, waiting, days = await reads(read, scope_of(staff))
    filters = {name: value for name, value in (("state", state), ("topic", topic), ("text", text.strip())) if value}
    here = {"show": show, **filters}
    return held.pages.page(
        request,
        "tickets/desk.html",
        active="ticket-desk",
        page=page,
        waiting=waiting,
        show_now=show,
        shows=SHOWS,
        filters={"state": state, "topic": topic, "text": text.strip()},
        filtered=bool(filters),
        states=list(TicketState),
        topics=list(Topic),
        waited=lambda since: waited(days, now, since),
        newer=f"/desk/tickets?{urlencode(here)}" if after else "",
        older=f"/desk/tickets?{urlencode({**here, 'after': place_of(page.older)})}" if page.older else "",
        support=support_shown(held.settings, days, now),
    )


@router.get("/{number}")
async def show_ticket(request: Request, number: str, staff: CurrentTicketAnswerer, held: Held, reads: Read, now: Now) -> Response:
    """One ticket with its customer beside it."""
    return await ticket_page(request, staff, held, reads, now, number, Draft(message_key(), deed=Deed.ANSWER))


@router.post("/{number}/messages")
async def answer(
    request: Request,
    number: str,
    staff: CurrentTicketAnswerer,
    held: Held,
    reads: Read,
    writes: Write,
    temporal: Temporal,
    now: Now,
    key: KEY,
    version: Annotated[RecordId, Form()],
    deed: Annotated[str, Form(max_length=20)] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Answer, ask, note, or answer and close."""
    if deed not in STAFF_DEEDS:
        draft = Draft(key, text, Deed.ANSWER)
        return await ticket_page(request, staff, held, reads, now, number, draft, (Problem("deed", "choose-one"),), 422)
    message = NewMessage(key, text.replace("\r\n", "\n").replace("\r", "\n"), Deed(deed), version)
    return await add_message(request, number, staff, held, reads, writes, temporal, now, message, back="/desk/tickets")


@router.post("/{number}/assign")
async def assign(
    request: Request,
    number: str,
    staff: CurrentTicketAnswerer,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    held_by: Annotated[int, Form(ge=0, le=LARGEST_ID)],
) -> Response:
    """Take the ticket, from whom the page showed."""
    deed = writes(assign_ticket, scope_of(staff), number, held_by, now)
    return await after_deed(deed, request, staff, held, reads, now, number, back="/desk/tickets")


@router.post("/{number}/close")
async def close(
    request: Request,
    number: str,
    staff: CurrentTicketAnswerer,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    version: Annotated[RecordId, Form()],
) -> Response:
    """Close without a word, where everything is said."""
    deed = writes(close_ticket, scope_of(staff), number, version, now)
    return await after_deed(deed, request, staff, held, reads, now, number, back="/desk/tickets")


@router.get("/{number}/files/{attachment_id}")
async def download(number: str, attachment_id: RecordId, staff: CurrentTicketAnswerer, held: Held, reads: Read) -> Response:
    return await sent_file(held, reads, scope_of(staff), number, attachment_id)
