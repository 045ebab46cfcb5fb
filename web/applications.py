"""Applications: the list and its export, the page of one, and the customer's messages to it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from temporalio.client import Client, WorkflowExecutionStatus

from domain.access import Right
from domain.amounts import yuan
from domain.cells import safe_cell
from domain.evidence import change_problem
from domain.lifecycle import ApplicationState
from domain.messages import Cancellation, Expedite
from domain.numbers import is_application_number
from infra.people import Person
from infra.queries.applications import (
    EXPORT_MOST,
    ApplicationDetail,
    ApplicationFilter,
    ApplicationPage,
    application_detail,
    application_is_seen,
    applications_page,
    owner_of,
)
from infra.queries.holding import read_holding
from infra.queries.invoices import SOON_S
from infra.queries.queue_standing import Standing
from infra.queries.sign_offs import scope_on
from web import formats, sentences
from web.csv_files import csv_file
from web.cursors import moment_place
from web.dependencies import CurrentCustomer, CurrentReader, Held, Now, Read, Reads, Services, Show, Temporal
from web.errors import NotFound, NotPossibleNow
from web.life_bars import application_steps, timeline
from web.lives import ShownNote, life_of, send_and_return, shown_note, workflow_url
from web.promise_part import part_of, standing_now
from web.words import Words
from workflows.application import ApplicationWorkflow
from workflows.names import CUSTOMER, application_workflow_id

router = APIRouter(prefix="/applications")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Codes of why an action is inactive; an empty one means that it can be done."""

    cancel: str
    expedite: str


def reasons(found: ApplicationDetail) -> Reasons:
    """Why cancel and expedite cannot be pressed now. The workflow decides; this only spares people a useless press."""
    summary = found.summary
    if summary.state == ApplicationState.AWAITING_APPROVAL:
        return Reasons("", "expedite-awaiting")
    if summary.state == ApplicationState.AWAITING_MATERIAL:
        return Reasons("", "expedite-material")
    if summary.state == ApplicationState.REVIEWING:
        return Reasons("", "expedite-already" if summary.expedited else "")
    if summary.state == ApplicationState.ISSUING:
        return Reasons("cancel-issuing", "expedite-late")
    if summary.state in {ApplicationState.ISSUED, ApplicationState.PARTLY_ISSUED}:
        return Reasons("cancel-issued", "expedite-late")
    return Reasons("cancel-over", "expedite-over")


def renew_s(found: ApplicationDetail) -> int:
    """After how many seconds the page looks again; 0 when nothing more comes by itself."""
    if not ApplicationState(found.summary.state).is_final:
        return SOON_S
    return min((invoice.renew_s for invoice in found.invoices if invoice.renew_s), default=0)


def digest(found: ApplicationDetail) -> str:
    """Changes when anything on the page does, so that an unchanged page answers 204."""
    parts = [found.summary.state, found.version, found.summary.promised_at, len(found.events)]
    parts += [each.id for each in found.files]
    parts += [each.state for each in found.rounds]
    if found.sign_off is not None:
        parts += [found.sign_off.state, found.sign_off.level, found.sign_off.oa_asked_at, found.sign_off.trouble]
    parts += [(each.id, each.state, each.delivery, each.return_state, each.has_documents) for each in found.invoices]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@router.get("")
async def list_applications(
    request: Request,
    person: CurrentReader,
    reads: Read,
    show: Show,
    state: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[str, Query(max_length=10)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    holds: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    holding = read_holding(holds)
    chosen = ApplicationFilter(state, kind, text.strip(), holding, moment_place(after))
    page: ApplicationPage = await reads(applications_page, person.scope, chosen)
    named = (("state", state), ("kind", kind), ("text", text), ("holds", holding.text if holding else ""))
    filters = {name: value for name, value in named if value}
    address = "/applications?" + urlencode(filters)
    return show.page(
        request,
        "applications/list.html",
        active="applications",
        page=page,
        filters={"state": state, "kind": kind, "text": text},
        holding=holding,
        filtered=bool(filters),
        states=list(ApplicationState),
        newer=address if after else "",
        older=f"/applications?{urlencode({**filters, 'after': _key(page)})}" if page.older else "",
        export=f"/applications/export.csv?{urlencode(filters)}",
    )


def _key(page: ApplicationPage) -> str:
    return f"{page.older[0].isoformat()}_{page.older[1]}" if page.older else ""


@router.get("/export.csv")
async def export(
    request: Request,
    person: CurrentReader,
    held: Held,
    reads: Read,
    state: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[str, Query(max_length=10)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    holds: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The list under the same filters, at most 10,000 rows, for a spreadsheet."""
    chosen = ApplicationFilter(state, kind, text.strip(), read_holding(holds))
    page: ApplicationPage = await reads(applications_page, person.scope, chosen, EXPORT_MOST)
    language = held.pages.words(request)
    heads = ("Application number", "Title", "Type", "Amount (CNY)", "State", "Submitted", "Promised")
    return csv_file("applications", [language.gettext(head) for head in heads], _rows(page, language))


def _rows(page: ApplicationPage, language: Words) -> Iterator[list[str]]:
    for each in page.applications:
        yield [
            each.number,
            safe_cell(each.title_name),
            sentences.label(language, f"{each.kind}:{each.medium}"),
            yuan(each.amount_fen),
            sentences.state(language, "application", each.state).word,
            formats.table_moment(each.submitted_at),
            formats.table_moment(each.promised_at) if each.promised_at else "",
        ]


@dataclass(frozen=True, slots=True)
class _Found:
    detail: ApplicationDetail | None
    note: ShownNote | None
    own: bool
    """Whether it is one of those the person sees anyway; else the person was asked to sign it off."""
    standing: Standing | None = None


def _find(session: Session, held: Services, request: Request, person: Person, number: str) -> _Found:
    detail = application_detail(session, scope_on(session, person, number), number)
    note = shown_note(held, request, session, application_workflow_id(number))
    standing = standing_now(session, detail, held.pages.clock()) if detail is not None else None
    return _Found(detail, note, application_is_seen(session, person.scope, number), standing)


def _live(session: Session, person: Person, number: str) -> _Found:
    detail = application_detail(session, scope_on(session, person, number), number)
    return _Found(detail, None, application_is_seen(session, person.scope, number))


async def is_on_its_way(temporal: Client, person: Person, number: str) -> bool:
    """Whether a life with this number has begun for this person's enterprise, of which no row is written yet."""
    life = await life_of(temporal, application_workflow_id(number))
    if life is None or life.status is not WorkflowExecutionStatus.RUNNING:
        return False
    return person.scope.everybody or life.typed_search_attributes.get(CUSTOMER) == person.enterprise_id


SENT_COOKIE = "sent"
"""Set with the redirect after a form was taken, for that application's address alone: the row is written by the life, a little later."""
SENT_S = 600


def note_sent(answer: Response, number: str) -> Response:
    """The answer that leads to a new application's page, with the mark that this browser sent it."""
    answer.set_cookie(SENT_COOKIE, number, max_age=SENT_S, httponly=True, samesite="lax", path=f"/applications/{number}")
    return answer


async def expect_row(request: Request, reads: Reads, temporal: Client, person: Person, number: str) -> None:
    """Raise NotFound unless the row of this number is still to come, or has come since the page looked for it."""
    if not is_application_number(number):
        raise NotFound
    if await _row_has_come(reads, person, number):
        return
    if request.cookies.get(SENT_COOKIE) == number or await is_on_its_way(temporal, person, number):
        return
    if not await _row_has_come(reads, person, number):  # the life may have written it and ended in between
        raise NotFound


async def _row_has_come(reads: Reads, person: Person, number: str) -> bool:
    """Raise NotFound when it is somebody else's."""
    if await reads(owner_of, number) is None:
        return False
    if not await reads(application_is_seen, person.scope, number):
        raise NotFound
    return True


@router.get("/{number}")
async def show_application(
    request: Request, number: str, person: CurrentReader, held: Held, reads: Read, show: Show, temporal: Temporal, now: Now
) -> Response:
    """The page of one application: where it is, what comes next, what can still be done."""
    found = await reads(_find, held, request, person, number)
    if found.detail is None:
        await expect_row(request, reads, temporal, person, number)
        return show.page(request, "applications/received.html", active="applications", number=number)
    return show.page(
        request,
        "applications/page.html",
        active="applications",
        message=found.note,
        again="again" in request.query_params,
        problems=[],
        **shown(held, request, person, found.detail, now, own=found.own, standing=found.standing),
    )


def shown(
    held: Services,
    request: Request,
    person: Person,
    found: ApplicationDetail,
    now: datetime,
    *,
    own: bool = True,
    standing: Standing | None = None,
) -> dict[str, Any]:
    """What the application's page and its parts need. `own`: the person may act on it, and does not only sign it off."""
    language = held.pages.words(request)
    return {
        "found": found,
        "steps": application_steps(language, now, found),
        "story": timeline(language, held.pages.clock, found.events),
        "reasons": reasons(found),
        "renew_s": renew_s(found),
        "digest": digest(found),
        "keys": {"cancel": str(uuid4()), "expedite": str(uuid4()), "sign_off": str(uuid4()), "material": str(uuid4())},
        "may_sign": found.sign_off is not None and found.sign_off.is_open and person.id in found.sign_off.waiting_ids,
        "reason": "",
        "material_text": "",
        **part_of(held, request, person, found, standing, now, own=own),
        "files_stay": change_problem(found.summary.state),
        "limit_mb": held.settings.attachment_mb,
        "workflow_url": ""
        if not person.may(Right.SEE_ALL_CUSTOMERS)
        else workflow_url(held, application_workflow_id(found.summary.number)),
    }


@router.get("/{number}/live")
async def live(
    request: Request,
    number: str,
    person: CurrentReader,
    held: Held,
    reads: Read,
    show: Show,
    temporal: Temporal,
    now: Now,
    v: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The moving part of the page: 204 while nothing has changed; while no row is there yet, too."""
    found = await reads(_live, person, number)
    detail = found.detail
    if detail is None:
        await expect_row(request, reads, temporal, person, number)
    if detail is None or digest(detail) == v:
        return Response(status_code=204)
    if not v:  # the page said "received": now there is a whole page to show
        return Response(status_code=204, headers={"HX-Redirect": f"/applications/{number}"})
    standing = await reads(standing_now, detail, now)
    return show.page(
        request,
        "applications/_live_answer.html",
        problems=[],
        **shown(held, request, person, detail, now, own=found.own, standing=standing),
    )


@router.post("/{number}/cancel")
async def cancel(
    request: Request, number: str, person: CurrentCustomer, held: Held, reads: Read, temporal: Temporal, key: Annotated[UUID, Form()]
) -> RedirectResponse:
    """Ask to end the application; the life says whether that still counts."""
    return await _tell(
        request, number, person, held, reads, temporal, ApplicationWorkflow.cancel.__name__, Cancellation(str(key), person.id)
    )


@router.post("/{number}/expedite")
async def expedite(
    request: Request, number: str, person: CurrentCustomer, held: Held, reads: Read, temporal: Temporal, key: Annotated[UUID, Form()]
) -> RedirectResponse:
    """Ask for review on the same day."""
    message = Expedite(str(key), person.id)
    return await _tell(request, number, person, held, reads, temporal, ApplicationWorkflow.expedite.__name__, message)


async def _tell(
    request: Request,
    number: str,
    person: Person,
    held: Services,
    reads: Read,
    temporal: Client,
    signal: str,
    message: Cancellation | Expedite,
) -> RedirectResponse:
    found = await reads(application_detail, person.scope, number)
    if found is None:
        raise NotFound
    back = f"/applications/{number}"
    try:
        return await send_and_return(request, held, temporal, application_workflow_id(number), signal, message, back=back)
    except NotPossibleNow as late:
        raise NotPossibleNow(back, "application", found.summary.state) from late
