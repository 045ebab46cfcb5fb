"""Evidence on an application that was sent: downloaded by whoever sees it, added and taken back while it is under review."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from infra.people import Person
from infra.queries.applications import application_detail, application_is_seen
from infra.queries.evidence import evidence_file
from infra.queries.sign_offs import scope_on
from infra.tables import AttachmentRow
from web.applications import shown
from web.cursors import RecordId
from web.dependencies import CurrentCustomer, CurrentReader, Held, Now, Read, Services
from web.errors import NotFound
from web.evidence_files import Outcome, keep_sent, take_out
from web.limits import AttachmentRoute
from web.ticket_files import download

router = APIRouter(prefix="/applications", route_class=AttachmentRoute)


@router.get("/{number}/files/{attachment_id}")
async def sent_file(number: str, attachment_id: RecordId, person: CurrentReader, held: Held, reads: Read) -> Response:
    """A file of the application, to be kept and not shown."""
    return await download(held, await reads(_file, person, number, attachment_id))


def _file(session: Session, person: Person, number: str, attachment_id: int) -> AttachmentRow | None:
    return evidence_file(session, scope_on(session, person, number), number, attachment_id)


@router.post("/{number}/files")
async def add(request: Request, number: str, person: CurrentCustomer, held: Held, reads: Read, now: Now) -> Response:
    """Add files. A script gets the section alone."""
    await _seen(reads, person, number)
    outcome = await keep_sent(request, held, person, number, now, needed=True)
    return await _after(request, person, held, reads, number, outcome, now)


@router.post("/{number}/files/{attachment_id}/take-back")
async def take_back(
    request: Request, number: str, attachment_id: RecordId, person: CurrentCustomer, held: Held, reads: Read, now: Now
) -> Response:
    """Take one's own file back."""
    await _seen(reads, person, number)
    return await _after(request, person, held, reads, number, await take_out(held, person, number, str(attachment_id), now), now)


async def _seen(reads: Read, person: Person, number: str) -> None:
    if not await reads(application_is_seen, person.scope, number):
        raise NotFound


async def _after(request: Request, person: Person, held: Services, reads: Read, number: str, outcome: Outcome, now: datetime) -> Response:
    """The application's page with what is wrong; without a script and without fault it is led to."""
    alone = bool(request.headers.get("hx-request"))
    if not outcome.problems and not alone:
        return RedirectResponse(f"/applications/{number}#evidence", 303)
    found = await reads(application_detail, person.scope, number)
    if found is None:
        raise NotFound
    return held.pages.page(
        request,
        "applications/_files_answer.html" if alone else "applications/page.html",
        outcome.status,
        active="applications",
        again=False,
        problems=list(outcome.problems),
        **shown(held, request, person, found, now),
    )
