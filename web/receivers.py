"""Receivers: e-mail and postal addresses that applications choose from, their own page each."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem, Refusal
from infra.people import Person
from infra.queries.library import receiver, receivers
from infra.receivers import (
    NewReceiver,
    UnknownReceiver,
    add_receiver,
    choose_default_receiver,
    correct_receiver,
    remove_receiver,
    restore_receiver,
)
from web.cursors import RecordId, whole_number
from web.dependencies import CurrentTitleKeeper, Held, Now, Read, Reads, Services, Write
from web.errors import NotFound
from web.library import enterprise_of

router = APIRouter(prefix="/receivers")

Kind = Annotated[str, Form(pattern="^(email|postal)$")]
Email = Annotated[str, Form(max_length=300)]
Recipient = Annotated[str, Form(max_length=200)]
Phone = Annotated[str, Form(max_length=60)]
Address = Annotated[str, Form(max_length=600)]
Postcode = Annotated[str, Form(max_length=20)]


async def _list_page(
    request: Request,
    held: Services,
    reads: Reads,
    person: Person,
    new: NewReceiver,
    problems: tuple[Problem, ...] = (),
    text: str = "",
) -> Response:
    known = await reads(receivers, enterprise_of(person), text)
    return held.pages.page(
        request,
        "library/receivers.html",
        status_code=422 if problems else 200,
        active="receivers",
        emails=[each for each in known if each.kind == "email"],
        addresses=[each for each in known if each.kind == "postal"],
        text=text,
        new=new,
        problems=list(problems),
        added="added" in request.query_params and not problems,
        removed=whole_number(request.query_params.get("removed", "")),
        for_customer=person.acting_for is not None,
    )


@router.get("")
async def show_receivers(
    request: Request, person: CurrentTitleKeeper, held: Held, reads: Read, text: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    return await _list_page(request, held, reads, person, NewReceiver(""), text=text.strip())


@router.post("")
async def new_receiver(
    request: Request,
    person: CurrentTitleKeeper,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    kind: Kind,
    email: Email = "",
    recipient: Recipient = "",
    phone: Phone = "",
    address: Address = "",
    postcode: Postcode = "",
) -> Response:
    """Add an e-mail or postal address, or show what has to be mended. Only the customer itself adds one."""
    _by_the_customer(person)
    new = NewReceiver(kind, email, recipient, phone, address, postcode)
    try:
        await writes(add_receiver, enterprise_of(person), new, now)
    except Refusal as refusal:
        return await _list_page(request, held, reads, person, new, refusal.problems)
    return RedirectResponse("/receivers?added=1", 303)


async def _receiver_page(
    request: Request,
    held: Services,
    reads: Reads,
    person: Person,
    receiver_id: int,
    new: NewReceiver | None = None,
    problems: tuple[Problem, ...] = (),
) -> Response:
    found = await reads(receiver, enterprise_of(person), receiver_id)
    if found is None:
        raise NotFound
    shown = new or NewReceiver(found.kind, found.email, found.recipient, found.phone, found.address, found.postcode)
    return held.pages.page(
        request,
        "library/receiver.html",
        status_code=422 if problems else 200,
        active="receivers",
        receiver=found,
        new=shown,
        problems=list(problems),
        for_customer=person.acting_for is not None,
    )


@router.get("/{receiver_id}")
async def show_receiver(request: Request, receiver_id: RecordId, person: CurrentTitleKeeper, held: Held, reads: Read) -> Response:
    return await _receiver_page(request, held, reads, person, receiver_id)


@router.post("/{receiver_id}")
async def change_receiver(
    request: Request,
    receiver_id: RecordId,
    person: CurrentTitleKeeper,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    kind: Kind,
    email: Email = "",
    recipient: Recipient = "",
    phone: Phone = "",
    address: Address = "",
    postcode: Postcode = "",
) -> Response:
    """Change a receiver for applications from now on; those already sent keep the old one."""
    _by_the_customer(person)
    new = NewReceiver(kind, email, recipient, phone, address, postcode)
    try:
        await writes(correct_receiver, enterprise_of(person), receiver_id, new, now)
    except UnknownReceiver as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _receiver_page(request, held, reads, person, receiver_id, new, refusal.problems)
    return RedirectResponse("/receivers?added=1", 303)


@router.post("/{receiver_id}/default")
async def default_receiver(receiver_id: RecordId, person: CurrentTitleKeeper, writes: Write) -> RedirectResponse:
    try:
        await writes(choose_default_receiver, enterprise_of(person), receiver_id)
    except UnknownReceiver as error:
        raise NotFound from error
    return RedirectResponse("/receivers", 303)


@router.post("/{receiver_id}/remove")
async def remove(receiver_id: RecordId, person: CurrentTitleKeeper, writes: Write, now: Now) -> RedirectResponse:
    """Off the list; the next page offers to put it back."""
    try:
        await writes(remove_receiver, enterprise_of(person), receiver_id, now)
    except UnknownReceiver as error:
        raise NotFound from error
    return RedirectResponse(f"/receivers?removed={receiver_id}", 303)


@router.post("/{receiver_id}/restore")
async def restore(receiver_id: RecordId, person: CurrentTitleKeeper, writes: Write) -> RedirectResponse:
    """On the list again."""
    _by_the_customer(person)
    try:
        await writes(restore_receiver, enterprise_of(person), receiver_id)
    except UnknownReceiver as error:
        raise NotFound from error
    return RedirectResponse("/receivers", 303)


def _by_the_customer(person: Person) -> None:
    """Where paper and mail go is the customer's own word: nobody of ours adds or changes it (feature 4)."""
    if person.acting_for is not None:
        raise NotFound
