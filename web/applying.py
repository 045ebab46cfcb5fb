"""Applying: the form shown with its number drawn, checked, and handed to an ApplicationWorkflow. No row is written here."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from domain.authentication import AuthenticationKind
from domain.calendar import china_date
from domain.consents import agreement_problems
from domain.errors import Refusal
from domain.invoices import InvoiceKind, Medium
from domain.numbers import is_application_number, is_fresh_number
from infra.people import Person
from infra.queries.applications import application_is_seen, owner_of
from web.application_form import Entries, EntriesInForm, default_entries, form_page, offer_of, split_part
from web.application_problems import form_problems, selection_problems
from web.application_request import request_of
from web.application_start import draw_number, start
from web.applications import note_sent
from web.applying_files import with_files
from web.dependencies import CurrentCustomer, Held, Now, Read, Reads, Temporal
from web.errors import NotFound, is_unavailable
from web.limits import ApplicationRoute
from web.wanted import WantedInAddress
from web.way_back import filters_of

router = APIRouter(route_class=ApplicationRoute)


@router.get("/apply")
async def show_form(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    now: Now,
    wanted: WantedInAddress,
    kind: Annotated[InvoiceKind | None, Query()] = None,
) -> Response:
    """The form for the ticked records, with a number drawn for it: sent twice, it makes one application."""
    offer = await reads(offer_of, person, wanted, now)
    if offer.customer_kind == AuthenticationKind.PERSONAL:
        kind = InvoiceKind.ORDINARY
    lost = selection_problems(offer.selection, None)
    if offer.selection.amount_fen <= 0 and not lost:
        return RedirectResponse("/consumption?show=can", 303)
    entries = replace(default_entries(draw_number(now), offer, kind), filters=filters_of(request.query_params.items()))
    return form_page(request, held, now, offer, entries, lost)


@router.get("/apply/split")
async def show_split(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    wanted: WantedInAddress,
    now: Now,
    title: Annotated[str, Query(max_length=20)] = "",
    medium: Annotated[Medium, Query()] = Medium.ELECTRONIC,
    email: Annotated[str, Query(max_length=20)] = "",
    postal: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The form's part about the split, and its list of invoices, for the page to renew them after each change."""
    offer = await reads(offer_of, person, wanted, now)
    entries = Entries(number="", wanted=offer.selection.wanted, title=title, medium=medium, email=email, postal=postal)
    return split_part(request, held, offer, entries)


@router.post("/applications")
async def submit(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    entries: EntriesInForm,
    preview: Annotated[bool, Form()] = False,
) -> Response:
    """Check the form, start the life, and show its page. A repeat with the same number finds the first application.

    `preview`: only show the form again, with the invoices that its choice of the split makes.
    """
    first = await _first_one(reads, person, entries.number)
    if first is not None:
        return first
    taken = await with_files(request, held, person, entries, now)
    entries, sent = taken.entries, taken.outcome
    offer = await reads(offer_of, person, entries.wanted, now)
    if taken.stay or preview:
        return form_page(request, held, now, offer, entries, [*sent.problems, *offer.selection.wanted.problems], sent.status)
    today = china_date(now)
    problems = [*sent.problems, *form_problems(person, offer, entries, today), *agreement_problems(entries.terms, today)]
    if problems:
        # The same form, sent at the same moment, may have reserved the records between the two reads.
        first = await _first_one(reads, person, entries.number)
        if is_application_number(entries.number) and not is_fresh_number(entries.number, today):
            entries = replace(entries, number=draw_number(now))  # what was typed can be sent again under a number that is taken
        return first or form_page(request, held, now, offer, entries, problems, max(422, sent.status))
    try:
        asked = await request_of(held, person, offer, entries, now)
    except Refusal as refusal:
        return form_page(request, held, now, offer, entries, refusal.problems, 422)
    try:
        await start(temporal, asked)
    except WorkflowAlreadyStartedError:
        return RedirectResponse(f"/applications/{asked.number}?again=1", 303)
    except (RPCError, RuntimeError) as error:
        if not is_unavailable(error):
            raise
        # What was typed anew is in the library by now, so the repeat names it instead of adding it again.
        kept = replace(entries, title=str(asked.title_id))
        return form_page(request, held, now, await reads(offer_of, person, entries.wanted, now), kept, [], 503)
    return note_sent(RedirectResponse(f"/applications/{asked.number}", 303), asked.number)


async def _first_one(reads: Reads, person: Person, number: str) -> RedirectResponse | None:
    """The way to the application that has this number already. Raises NotFound for one that the person may not see."""
    if await reads(owner_of, number) is None:
        return None
    if not await reads(application_is_seen, person.scope, number):
        raise NotFound
    return RedirectResponse(f"/applications/{number}?again=1", 303)
