"""Titles: the list that applications choose from, and the page of one, where it is corrected, announced for and removed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from domain.calendar import china_date, typed_day
from domain.cells import safe_cell
from domain.errors import Problem, Refusal
from domain.invoices import Party
from domain.licences import LicenceReading
from domain.title_states import announced_days
from infra.announced_tax_ids import announce_tax_id, withdraw_tax_id
from infra.people import Person
from infra.queries.library import Title, title, titles
from infra.titles import UnknownTitle, add_title, choose_default_title, correct_title, remove_title, restore_title
from web import sentences
from web.csv_files import csv_file
from web.cursors import RecordId, whole_number
from web.dependencies import CurrentTitleKeeper, Held, Now, Read, Reads, Services, Write
from web.errors import NotFound, NotWhileActing
from web.formats import masked_personal_id
from web.words import Words

router = APIRouter(prefix="/titles")

CHECKABLE = {"title-name-differs", "title-tax-id-differs", "title-tax-id-unusual"}
"""Problems that a person may find to be none."""


@dataclass(frozen=True, slots=True)
class TaxIdEntries:
    """What was typed to announce a new tax id."""

    tax_id: str = ""
    starts_on: str = ""


def enterprise_of(person: Person) -> int:
    """The customer whose library this is."""
    if person.enterprise_id is None:
        raise NotFound
    return person.enterprise_id


def can_be_checked(problems: tuple[Problem, ...]) -> bool:
    """Whether the title may be sent to customer service as it is."""
    return bool(problems) and all(problem.code in CHECKABLE for problem in problems)


async def list_page(
    request: Request,
    held: Services,
    person: Person,
    party: Party,
    problems: tuple[Problem, ...] = (),
    text: str = "",
    reading: LicenceReading | None = None,
    status: int = 422,
) -> Response:
    """The list with the form to add one. `reading` is what a picture of the licence said; `status` is that of a refused form."""
    today = china_date(held.pages.clock())
    known = await Reads(held)(titles, enterprise_of(person), today, text)
    added = whole_number(request.query_params.get("added", ""))
    removed = whole_number(request.query_params.get("removed", ""))
    undo = await Reads(held)(title, enterprise_of(person), removed, today) if removed else None
    return held.pages.page(
        request,
        "library/titles.html",
        status_code=status if problems else 200,
        active="titles",
        titles=known,
        text=text,
        party=party,
        problems=list(problems),
        checkable=can_be_checked(problems),
        added=next((each for each in known if each.id == added), None),
        removed=undo if undo is not None and undo.removed else None,
        export=f"/titles/export.csv?{urlencode({'text': text})}" if text else "/titles/export.csv",
        reading=reading,
    )


@router.get("")
async def show_titles(
    request: Request, person: CurrentTitleKeeper, held: Held, text: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    return await list_page(request, held, person, Party(""), text=text.strip())


@router.get("/export.csv")
async def export_titles(
    request: Request, person: CurrentTitleKeeper, held: Held, reads: Read, now: Now, text: Annotated[str, Query(max_length=100)] = ""
) -> StreamingResponse:
    """The titles of the list as a table for a spreadsheet: whole, so the customer's own. Raises NotWhileActing."""
    if person.acting_for is not None:
        raise NotWhileActing
    found = await reads(titles, enterprise_of(person), china_date(now), text.strip())
    language = held.pages.words(request)
    heads = ("Name", "Tax ID", "Address", "Phone", "Bank", "Account number", "State", "New tax ID", "Valid from")
    return csv_file("titles", [language.gettext(head) for head in heads], _rows(found, language))


def _rows(found: tuple[Title, ...], language: Words) -> Iterator[list[str]]:
    for each in found:
        starts_on = each.next_tax_id_from.isoformat() if each.next_tax_id and each.next_tax_id_from else ""
        state = sentences.state(language, "title", each.state).word
        fields = (each.name, each.tax_id, each.address, each.phone, each.bank, each.bank_account, state, each.next_tax_id, starts_on)
        yield [safe_cell(cell) for cell in fields]


@router.post("")
async def new_title(
    request: Request,
    person: CurrentTitleKeeper,
    held: Held,
    writes: Write,
    now: Now,
    name: Annotated[str, Form(max_length=300)] = "",
    tax_id: Annotated[str, Form(max_length=40)] = "",
    address: Annotated[str, Form(max_length=600)] = "",
    phone: Annotated[str, Form(max_length=60)] = "",
    bank: Annotated[str, Form(max_length=200)] = "",
    bank_account: Annotated[str, Form(max_length=60)] = "",
    check: Annotated[bool, Form()] = False,
) -> Response:
    """Add a title, or show every field that has to be mended, with what was probably meant. With `check` a person decides."""
    party = Party(name, tax_id, address, phone, bank, bank_account)
    try:
        added = await writes(add_title, enterprise_of(person), party, now, check=check)
    except Refusal as refusal:
        return await list_page(request, held, person, party, refusal.problems)
    return RedirectResponse(f"/titles?added={added}", 303)


async def _title_page(
    request: Request,
    held: Services,
    person: Person,
    title_id: int,
    party: Party | None = None,
    announced: TaxIdEntries | None = None,
    problems: tuple[Problem, ...] = (),
) -> Response:
    today = china_date(held.pages.clock())
    found = await Reads(held)(title, enterprise_of(person), title_id, today)
    if found is None or found.removed:
        raise NotFound
    first, last = announced_days(today)
    kept = kept_unseen(person, found)
    return held.pages.page(
        request,
        "library/title.html",
        status_code=422 if problems else 200,
        active="titles",
        title=found,
        party=party or replace(found.party, **dict.fromkeys(kept, "")),
        kept=kept,
        announced=announced or TaxIdEntries(),
        problems=list(problems),
        checkable=can_be_checked(problems),
        ask=f"/support/new?topic=title&about=title:{title_id}",
        first_day=first,
        last_day=last,
    )


def kept_unseen(person: Person, stored: Title) -> tuple[str, ...]:
    """Fields that a form does not show to staff in the customer's place: left empty, they stay as they are."""
    if not person.is_staff:
        return ()
    masked = ("address", "phone", "bank_account")
    number = ("tax_id",) if masked_personal_id(stored.tax_id) != stored.tax_id else ()
    return number + tuple(field for field in masked if getattr(stored, field))


async def _corrected(reads: Reads, person: Person, title_id: int, typed: Party, today: date) -> Party:
    """What was typed, with what the form did not show where nothing was."""
    stored = await reads(title, enterprise_of(person), title_id, today) if person.is_staff else None
    if stored is None:
        return typed
    return replace(typed, **{field: getattr(typed, field).strip() or getattr(stored, field) for field in kept_unseen(person, stored)})


@router.get("/{title_id}")
async def show_title(request: Request, title_id: RecordId, person: CurrentTitleKeeper, held: Held) -> Response:
    return await _title_page(request, held, person, title_id)


@router.post("/{title_id}")
async def change_title(
    request: Request,
    title_id: RecordId,
    person: CurrentTitleKeeper,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    name: Annotated[str, Form(max_length=300)] = "",
    tax_id: Annotated[str, Form(max_length=40)] = "",
    address: Annotated[str, Form(max_length=600)] = "",
    phone: Annotated[str, Form(max_length=60)] = "",
    bank: Annotated[str, Form(max_length=200)] = "",
    bank_account: Annotated[str, Form(max_length=60)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
    check: Annotated[bool, Form()] = False,
) -> Response:
    """Correct a title that is not approved; that submits it anew."""
    party = Party(name, tax_id, address, phone, bank, bank_account)
    try:
        corrected = await _corrected(reads, person, title_id, party, china_date(now))
        kept = await writes(correct_title, enterprise_of(person), title_id, corrected, seen, now, check=check)
    except UnknownTitle as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _title_page(request, held, person, title_id, party, problems=refusal.problems)
    return RedirectResponse(f"/titles?added={kept}", 303)


@router.post("/{title_id}/default")
async def default_title(
    request: Request,
    title_id: RecordId,
    person: CurrentTitleKeeper,
    held: Held,
    writes: Write,
    now: Now,
    kind: Annotated[str, Form(pattern="^(special|ordinary|none|)$")] = "",
) -> Response:
    """The default, or the template of one kind of invoice."""
    try:
        await writes(choose_default_title, enterprise_of(person), title_id, kind, now)
    except UnknownTitle as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _title_page(request, held, person, title_id, problems=refusal.problems)
    return RedirectResponse(f"/titles/{title_id}" if kind else "/titles", 303)


@router.post("/{title_id}/tax-id")
async def announce(
    request: Request,
    title_id: RecordId,
    person: CurrentTitleKeeper,
    held: Held,
    writes: Write,
    now: Now,
    next_tax_id: Annotated[str, Form(max_length=40)] = "",
    next_tax_id_from: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Announce the tax id that the title has from a day on."""
    starts_on = typed_day(next_tax_id_from.strip())
    try:
        await writes(announce_tax_id, enterprise_of(person), title_id, next_tax_id, starts_on, now)
    except UnknownTitle as error:
        raise NotFound from error
    except Refusal as refusal:
        entries = TaxIdEntries(next_tax_id, next_tax_id_from)
        return await _title_page(request, held, person, title_id, announced=entries, problems=refusal.problems)
    return RedirectResponse(f"/titles/{title_id}", 303)


@router.post("/{title_id}/tax-id/withdraw")
async def withdraw(request: Request, title_id: RecordId, person: CurrentTitleKeeper, held: Held, writes: Write, now: Now) -> Response:
    """Take an announced tax id back, while it is not in effect."""
    try:
        await writes(withdraw_tax_id, enterprise_of(person), title_id, now)
    except UnknownTitle as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _title_page(request, held, person, title_id, problems=refusal.problems)
    return RedirectResponse(f"/titles/{title_id}", 303)


@router.post("/{title_id}/remove")
async def remove(title_id: RecordId, person: CurrentTitleKeeper, writes: Write, now: Now) -> RedirectResponse:
    """Off the list; the next page offers to put it back."""
    try:
        await writes(remove_title, enterprise_of(person), title_id, now)
    except UnknownTitle as error:
        raise NotFound from error
    return RedirectResponse(f"/titles?removed={title_id}", 303)


@router.post("/{title_id}/restore")
async def restore(title_id: RecordId, person: CurrentTitleKeeper, writes: Write) -> RedirectResponse:
    """On the list again."""
    try:
        await writes(restore_title, enterprise_of(person), title_id)
    except UnknownTitle as error:
        raise NotFound from error
    return RedirectResponse("/titles", 303)
