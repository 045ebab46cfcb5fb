"""Evidence on the application form: files are drafts of the person under the form's number until it is sent (feature 20).

A script sends each file by itself to `/apply/files`; without one they come with the form, whose other buttons add and remove.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from domain.errors import Problem, Refusal
from domain.invoices import Party
from domain.licences import LicenceReading
from domain.numbers import is_application_number
from infra.evidence import hold_drafts
from infra.people import Person
from infra.queries.applications import owner_of
from infra.queries.evidence import draft_file, drafts_of
from web.application_form import NEW, Entries
from web.cursors import LARGEST_ID
from web.dependencies import CurrentCustomer, Held, Now, Read, Reads, Services
from web.errors import NotFound
from web.evidence_files import Outcome, keep_sent, take_out
from web.licence_readings import reading_of
from web.limits import AttachmentRoute
from web.ticket_files import bytes_of

router = APIRouter(prefix="/apply", route_class=AttachmentRoute)


@dataclass(frozen=True, slots=True)
class Taken:
    """The form with its files. `stay`: a button of the files was pressed, so the form is shown again and not sent."""

    entries: Entries
    outcome: Outcome
    stay: bool = False


async def with_files(request: Request, held: Services, person: Person, entries: Entries, now: datetime) -> Taken:
    """Do what the form says about files. Raises NotFound for the number of somebody else's application."""
    if not is_application_number(entries.number):
        return Taken(entries, Outcome())  # the form says so
    form = await request.form()
    pressed = {name: str(form[name]) for name in ("add_files", "take_back", "read_licence") if name in form}
    if "take_back" in pressed:
        outcome = await take_out(held, person, entries.number, pressed["take_back"], now)
    else:
        outcome = await keep_sent(request, held, person, entries.number, now, needed="add_files" in pressed)
    reads = Reads(held)
    files = await reads(drafts_of, person.id, entries.number)
    if files:
        await held.in_thread(hold_drafts, held.database, person.id, entries.number, now)
    gone = {str(each) for each in form.getlist("file_kept")} - {str(each.id) for each in files} - {pressed.get("take_back", "")}
    if gone:
        outcome = Outcome((*outcome.problems, Problem("file", "evidence-gone")), max(outcome.status, 422))
    entries = replace(entries, files=files, evidence_kind=str(form.get("evidence_kind", "")))
    if "read_licence" in pressed:
        entries, read = await _read_into(held, person, entries, pressed["read_licence"], now)
        outcome = Outcome((*outcome.problems, *read.problems), max(outcome.status, read.status))
    return Taken(entries, outcome, bool(pressed))


async def _read_into(held: Services, person: Person, entries: Entries, attachment_id: str, now: datetime) -> tuple[Entries, Outcome]:
    """A new title with what the kept licence says; what was not recognised keeps what was typed."""
    identity = int(attachment_id) if attachment_id.isascii() and attachment_id.isdecimal() else 0
    row = await Reads(held)(draft_file, person.id, entries.number, identity) if 0 < identity <= LARGEST_ID else None
    if row is None:
        raise NotFound
    try:
        found = await reading_of(held, person, await bytes_of(held, row), now)
    except Refusal as often:
        return entries, Outcome(often.problems, 429)
    return _filled(entries, found), Outcome()


def _filled(entries: Entries, found: LicenceReading) -> Entries:
    if not found.ok:
        return replace(entries, reading=found)
    typed = entries.new_title
    party = Party(found.name or typed.name, found.code or typed.tax_id, found.address or typed.address, *_rest(typed))
    return replace(entries, title=NEW, new_title=party, reading=found)


def _rest(party: Party) -> tuple[str, str, str]:
    return party.phone, party.bank, party.bank_account


@router.post("/files")
async def send(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    now: Now,
    number: Annotated[str, Form(max_length=30)] = "",
    take_back: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """The script's way: keep or remove files of a form that is not sent yet, and answer with the list and what is wrong."""
    if not is_application_number(number) or await reads(owner_of, number) is not None:
        raise NotFound
    sending = take_out(held, person, number, take_back, now) if take_back else keep_sent(request, held, person, number, now, needed=True)
    outcome = await sending
    files = await reads(drafts_of, person.id, number)
    return held.pages.page(request, "evidence/_drafts.html", outcome.status, files=files, number=number, problems=list(outcome.problems))
