"""Invoices: the list, the page of one, its documents, and the customer's return of it."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session
from temporalio.client import Client

from domain.access import Right
from domain.calendar import china_date
from domain.consents import agreed_value, agreement_problems, editions_to_agree
from domain.errors import Problem
from domain.invoices import InvoiceKind, Medium
from domain.lifecycle import InvoiceState, ReturnState
from domain.messages import ApplicationRequest, ReturnRequest
from domain.numbers import is_application_number
from domain.titles import text_problems
from infra.people import Person
from infra.queries.applications import owner_of
from infra.queries.holding import read_holding
from infra.queries.invoices import InvoiceDetail, InvoiceFilter, InvoicePage, invoice_detail, invoices_page
from infra.queries.library import Title, titles
from infra.queries.lives import note_of
from web.application_start import draw_number, policy_of
from web.cursors import moment_place
from web.dependencies import CurrentCustomer, CurrentReader, Held, Now, Read, Reads, Services, Show, Temporal
from web.errors import NotFound, NotPossibleNow, TemporalDown, form_fields
from web.life_bars import invoice_steps, timeline
from web.lives import ShownNote, life_of, send_and_return, shown_note, workflow_url
from workflows.invoice import InvoiceWorkflow
from workflows.names import application_workflow_id, invoice_workflow_id

router = APIRouter(prefix="/invoices")

PDF, XML = "application/pdf", "application/xml"


@router.get("")
async def list_invoices(
    request: Request,
    person: CurrentReader,
    reads: Read,
    show: Show,
    state: Annotated[str, Query(max_length=12)] = "",
    medium: Annotated[str, Query(max_length=12)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    holds: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str, Query(max_length=90)] = "",
) -> Response:
    key, holding = moment_place(after), read_holding(holds)
    page: InvoicePage = await reads(invoices_page, person.scope, InvoiceFilter(state, medium, text.strip(), holding, key))
    named = (("state", state), ("medium", medium), ("text", text), ("holds", holding.text if holding else ""))
    filters = {name: value for name, value in named if value}
    older = f"{page.older[0].isoformat()}_{page.older[1]}" if page.older else ""
    return show.page(
        request,
        "invoices/list.html",
        active="invoices",
        page=page,
        filters={"state": state, "medium": medium, "text": text},
        holding=holding,
        filtered=bool(filters),
        states=list(InvoiceState),
        newer="/invoices?" + urlencode(filters) if key else "",
        older="/invoices?" + urlencode({**filters, "after": older}) if older else "",
    )


@dataclass(frozen=True, slots=True)
class _Found:
    detail: InvoiceDetail
    titles: tuple[Title, ...]
    note: ShownNote | None


def _find(session: Session, held: Services, request: Request, person: Person, invoice_id: str) -> _Found:
    detail = invoice_detail(session, person.scope, invoice_id)
    if detail is None:
        raise NotFound
    offered = titles(session, detail.enterprise_id, china_date(held.pages.clock()))
    usable = tuple(each for each in offered if each.is_usable)
    return _Found(detail, usable, shown_note(held, request, session, invoice_workflow_id(invoice_id)))


def why_no_return(found: InvoiceDetail, now: datetime) -> str:
    """The code of the reason why a return cannot be requested now; empty when it can."""
    each = found.summary
    match each.state:
        case InvoiceState.REFUSED:
            return "return-refused"
        case InvoiceState.RETURNED:
            return "return-done"
        case InvoiceState.ISSUING | InvoiceState.PARKED:
            return "return-not-issued"
    if each.return_state in {ReturnState.REQUESTED, ReturnState.REVERSING}:
        return "return-already"
    over = each.window_closes_at is not None and now >= each.window_closes_at
    return "return-window-over" if over or each.state == InvoiceState.CLOSED else ""


def digest(found: InvoiceDetail) -> str:
    """Changes when anything on the page does."""
    each = found.summary
    parts: list[object] = [each.state, each.delivery, each.return_state, each.number, each.red_number]
    parts += [
        found.pdf_sha256,
        found.red_pdf_sha256,
        len(found.events),
        len(found.sent),
        [(parcel.state, len(parcel.events)) for parcel in found.parcels],
        len(found.chain),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _shown(held: Services, request: Request, person: Person, found: InvoiceDetail, now: datetime) -> dict[str, Any]:
    language = held.pages.words(request)
    each = found.summary
    days_left = (each.window_closes_at - now).days if each.window_closes_at and each.window_closes_at > now else 0
    days = (china_date(each.window_closes_at) - each.issued_on).days - 1 if each.window_closes_at and each.issued_on else 0
    return {
        "found": found,
        "each": each,
        "steps": invoice_steps(language, now, found),
        "story": timeline(language, held.pages.clock, found.events),
        "digest": digest(found),
        "days_left": days_left,
        "days": days,
        "may_act": person.may(Right.APPLY),
        "workflow_url": workflow_url(held, invoice_workflow_id(each.id)) if person.may(Right.SEE_ALL_CUSTOMERS) else "",
    }


@dataclass(frozen=True, slots=True)
class ReturnEntries:
    """What stands in the return form. The reissue's number is drawn with the page, like every application's."""

    key: str
    number: str
    reason: str = ""
    reissue: bool = False
    title: str = ""
    terms: str = ""
    """The editions agreed to for the reissue, as `domain.consents.agreed_value` writes them; empty without the tick."""


def _page(
    request: Request,
    held: Services,
    person: Person,
    found: _Found,
    entries: ReturnEntries,
    problems: list[Problem],
    now: datetime,
    status: int = 200,
) -> Response:
    return held.pages.page(
        request,
        "invoices/page.html",
        status_code=status,
        active="invoices",
        message=found.note,
        entries=entries,
        problems=problems,
        titles=found.titles,
        newer=next(
            (each for each in found.titles if each.id == found.detail.title_id and each.old_tax_id == found.detail.title_tax_id), None
        ),
        why_not=why_no_return(found.detail, now),
        to_agree=agreed_value(editions_to_agree(china_date(now))),
        **_shown(held, request, person, found.detail, now),
    )


@router.get("/{invoice_id}")
async def show_invoice(request: Request, invoice_id: str, person: CurrentReader, held: Held, reads: Read, now: Now) -> Response:
    """The page of one invoice: where it is, when it arrives, whether it can still be changed."""
    found = await reads(_find, held, request, person, invoice_id)
    entries = ReturnEntries(str(uuid4()), draw_number(now), title=str(found.detail.title_id))
    return _page(request, held, person, found, entries, [], now)


@router.get("/{invoice_id}/live")
async def live(
    request: Request,
    invoice_id: str,
    person: CurrentReader,
    held: Held,
    reads: Read,
    show: Show,
    now: Now,
    v: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The moving part of the page; 204 while nothing has changed."""
    found = await reads(_find, held, request, person, invoice_id)
    if digest(found.detail) == v:
        return Response(status_code=204)
    return show.page(request, "invoices/_live.html", **_shown(held, request, person, found.detail, now))


@router.get("/{invoice_id}/{name}.{form}")
async def download(request: Request, invoice_id: str, name: str, form: str, person: CurrentReader, held: Held, reads: Read) -> Response:
    """A stored document, `blue` or `red`, as `pdf` or `xml`; its bytes are checked against their hash."""
    found = (await reads(_find, held, request, person, invoice_id)).detail
    each = found.summary
    hashes = {
        ("blue", "pdf"): (found.pdf_sha256, each.number),
        ("blue", "xml"): (found.xml_sha256, each.number),
        ("red", "pdf"): (found.red_pdf_sha256, each.red_number),
        ("red", "xml"): (found.red_xml_sha256, each.red_number),
    }
    sha256, number = hashes.get((name, form), ("", ""))
    if not sha256:
        raise NotFound
    media_type = PDF if form == "pdf" else XML
    headers = {
        "etag": f'"{sha256}"',
        "cache-control": "private, no-cache",
        "content-disposition": f'attachment; filename="{number}.{form}"',
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    content = await held.in_thread(held.documents.read, sha256, media_type)
    return Response(content, media_type=media_type, headers=headers)


@router.post("/{invoice_id}/return")
async def request_return(
    request: Request,
    invoice_id: str,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[UUID, Form()],
    number: Annotated[str, Form(max_length=30)] = "",
    reason: Annotated[str, Form(max_length=1000)] = "",
    reissue: Annotated[bool, Form()] = False,
    title: Annotated[str, Form(max_length=20)] = "",
    terms: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Ask for the return, with a corrected application to follow if wanted. The life says whether it is taken."""
    found = await reads(_find, held, request, person, invoice_id)
    entries = ReturnEntries(str(key), number.strip(), reason.strip(), reissue, title, terms)
    problems = return_problems(found, entries, china_date(now))
    if reissue and not problems and await _number_is_used(request, reads, temporal, invoice_id, entries):
        problems = [Problem("number", "form-used")]
    if problems:
        return _page(request, held, person, found, entries, problems, now, 422)
    asked = ReturnRequest(
        key=entries.key,
        by=person.id,
        reason=entries.reason,
        reissue=_reissue(held, person, found.detail, entries, now) if reissue else None,
    )
    back = f"/invoices/{invoice_id}"
    try:
        return await send_and_return(
            request, held, temporal, invoice_workflow_id(invoice_id), InvoiceWorkflow.request_return.__name__, asked, back=back
        )
    except NotPossibleNow as late:
        raise NotPossibleNow(back, "invoice", found.detail.summary.state) from late


async def _number_is_used(request: Request, reads: Reads, temporal: Client, invoice_id: str, entries: ReturnEntries) -> bool:
    """Whether an application has the reissue's number, whosever: that is not said. The same message again is not a second use."""
    if await reads(note_of, invoice_workflow_id(invoice_id), entries.key) is not None:
        return False
    if await reads(owner_of, entries.number) is not None:
        return True
    try:
        return await life_of(temporal, application_workflow_id(entries.number)) is not None
    except TemporalDown as down:
        form = await form_fields(request)
        raise TemporalDown(request.url.path, form) from down


def return_problems(found: _Found, entries: ReturnEntries, today: date) -> list[Problem]:
    """What is wrong with the return form."""
    problems = list(text_problems("reason", entries.reason, 500, least=2))
    if entries.reissue:
        chosen = next((each for each in found.titles if str(each.id) == entries.title), None)
        if chosen is None:
            problems.append(Problem("title", "choose-one"))
        elif found.detail.summary.kind == InvoiceKind.SPECIAL and not chosen.fits_special_invoice:
            problems.append(Problem("title", "tax-id-needed"))
        if not is_application_number(entries.number):
            problems.append(Problem("number", "number-form"))
        problems += agreement_problems(entries.terms, today)
    return problems


def _reissue(held: Services, person: Person, found: InvoiceDetail, entries: ReturnEntries, now: datetime) -> ApplicationRequest:
    """The corrected application: the same records and receiver, another title, and the terms as they were agreed to for it."""
    terms, privacy = editions_to_agree(china_date(now))
    return ApplicationRequest(
        number=entries.number,
        enterprise_id=found.enterprise_id,
        account_id=found.account_id,
        applicant_id=person.id,
        record_ids=found.record_ids,
        title_id=int(entries.title),
        kind=InvoiceKind(found.summary.kind),
        medium=Medium(found.summary.medium),
        receiver_id=found.receiver_id,
        replaces=found.summary.id,
        limit_fen=found.summary.total_fen,
        terms_version=terms.version,
        privacy_version=privacy.version,
        agreed_at=now,
        policy=policy_of(held.settings),
        split=found.reissue_split,
        agreement_id=found.agreement_id,
    )
