"""Titles and receivers: what applications choose from."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from domain.emails import email_problem
from domain.errors import Problem, Refusal
from domain.invoices import Party
from infra.people import Person
from infra.queries.library import receivers, titles
from infra.receivers import NewReceiver, UnknownReceiver, add_receiver, choose_default_receiver
from infra.titles import UnknownTitle, add_title, choose_default_title
from web.cursors import RecordId
from web.dependencies import CurrentTitleKeeper, Held, Now, Read, Reads, Services, Write
from web.errors import NotFound

router = APIRouter()


def _enterprise(person: Person) -> int:
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    return person.enterprise_id


async def _titles_page(
    request: Request, held: Services, person: Person, party: Party, problems: tuple[Problem, ...] = (), added: bool = False
) -> Response:
    known = await Reads(held)(titles, _enterprise(person))
    return held.pages.page(
        request,
        "library/titles.html",
        status_code=422 if problems else 200,
        active="titles",
        titles=known,
        party=party,
        problems=list(problems),
        added=added,
    )


@router.get("/titles")
async def show_titles(request: Request, person: CurrentTitleKeeper, held: Held) -> Response:
    return await _titles_page(request, held, person, Party(""), added="added" in request.query_params)


@router.post("/titles")
async def new_title(
    request: Request,
    person: CurrentTitleKeeper,
    held: Held,
    writes: Write,
    now: Now,
    name: Annotated[str, Form(max_length=300)] = "",
    tax_id: Annotated[str, Form(max_length=40)] = "",
    address: Annotated[str, Form(max_length=300)] = "",
    phone: Annotated[str, Form(max_length=60)] = "",
    bank: Annotated[str, Form(max_length=200)] = "",
    bank_account: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Add a title, or show every field that has to be mended, with what was probably meant."""
    party = Party(name, tax_id, address, phone, bank, bank_account)
    try:
        await writes(add_title, _enterprise(person), party, now)
    except Refusal as refusal:
        return await _titles_page(request, held, person, party, refusal.problems)
    return RedirectResponse("/titles?added=1", 303)


@router.post("/titles/{title_id}/default")
async def default_title(title_id: RecordId, person: CurrentTitleKeeper, writes: Write) -> RedirectResponse:
    try:
        await writes(choose_default_title, _enterprise(person), title_id)
    except UnknownTitle as error:
        raise NotFound from error
    return RedirectResponse("/titles", 303)


async def _receivers_page(
    request: Request, held: Services, reads: Reads, person: Person, new: NewReceiver, problems: tuple[Problem, ...] = ()
) -> Response:
    known = await reads(receivers, _enterprise(person))
    return held.pages.page(
        request,
        "library/receivers.html",
        status_code=422 if problems else 200,
        active="receivers",
        emails=[each for each in known if each.kind == "email"],
        addresses=[each for each in known if each.kind == "postal"],
        new=new,
        problems=list(problems),
        added="added" in request.query_params and not problems,
    )


@router.get("/receivers")
async def show_receivers(request: Request, person: CurrentTitleKeeper, held: Held, reads: Read) -> Response:
    return await _receivers_page(request, held, reads, person, NewReceiver(""))


@router.post("/receivers")
async def new_receiver(
    request: Request,
    person: CurrentTitleKeeper,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    kind: Annotated[str, Form(pattern="^(email|postal)$")],
    email: Annotated[str, Form(max_length=300)] = "",
    recipient: Annotated[str, Form(max_length=200)] = "",
    phone: Annotated[str, Form(max_length=60)] = "",
    address: Annotated[str, Form(max_length=400)] = "",
    postcode: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Add an e-mail or postal address, or show what has to be mended."""
    new = NewReceiver(kind, email, recipient, phone, address, postcode)
    if kind == "email":
        new = NewReceiver(kind, email)
        if wrong := email_problem("email", email):
            return await _receivers_page(request, held, reads, person, new, (wrong,))
    try:
        await writes(add_receiver, _enterprise(person), new, now)
    except Refusal as refusal:
        return await _receivers_page(request, held, reads, person, new, refusal.problems)
    return RedirectResponse("/receivers?added=1", 303)


@router.post("/receivers/{receiver_id}/default")
async def default_receiver(receiver_id: RecordId, person: CurrentTitleKeeper, writes: Write) -> RedirectResponse:
    try:
        await writes(choose_default_receiver, _enterprise(person), receiver_id)
    except UnknownReceiver as error:
        raise NotFound from error
    return RedirectResponse("/receivers", 303)
