"""The operators' page: what is stuck, and how the rest is going."""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.calendar import china_date
from domain.lifecycle import UNDECIDED, ApplicationState
from domain.messages import LookAgain
from infra.queries.operators import LifeCounts, Parcel, Reconciliation, Stuck, last_reconciliation, life_counts, parcels, stuck
from infra.queries.receiving import original
from infra.queries.reference_data import WaitingNegative, waiting_negatives
from infra.settings import Settings
from web.dependencies import CurrentOperator, Held, Now, Read, Show, Temporal
from web.desk import answer_of, send_and_see, with_answer, workflow_address
from web.errors import NotFound, NotPossibleNow
from web.lives import ShownNote
from workflows.names import invoice_workflow_id

router = APIRouter(prefix="/operators")

RUNBOOK = {
    "parked": "RB-01",
    "red-parked": "RB-01",
    "issuing": "RB-02",
    "reversing": "RB-02",
    "documents": "RB-03",
    "red-documents": "RB-03",
    "mail": "RB-04",
    "parcel": "RB-05",
    "review": "RB-08",
}
"""The entry of docs/runbook.md for each kind of stuck thing. Lost or silent parcels are RB-06, differences RB-07."""


@dataclass(frozen=True, slots=True)
class Overview:
    stuck: tuple[Stuck, ...]
    counts: LifeCounts
    reconciliation: Reconciliation | None
    parcels: tuple[Parcel, ...]
    answer: tuple[str, ShownNote] | None
    waiting: list[WaitingNegative]


@router.get("")
async def overview(request: Request, _operator: CurrentOperator, held: Held, reads: Read, show: Show, now: Now) -> Response:
    """What is stuck?"""

    def read(session: Session) -> Overview:
        return Overview(
            stuck(session, now),
            life_counts(session, china_date(now)),
            last_reconciliation(session),
            parcels(session),
            answer_of(held, request, session),
            waiting_negatives(session, now - timedelta(days=held.settings.held_alarm_days)),
        )

    found = await reads(read)
    return show.page(
        request,
        "operators/overview.html",
        active="operators",
        seen=found,
        keys={one.life: uuid.uuid4() for one in found.stuck if one.can_look_again},
        workflows={one.life: workflow_address(held.settings, one.life) for one in found.stuck},
        runbook=RUNBOOK,
        services=services_of(held.settings),
        held_days=held.settings.held_alarm_days,
        scanned=held.scanner is not None,
        states=_bars(found.counts),
        message=_named(found.answer),
    )


@router.post("/invoices/{invoice_id}/look-again", status_code=303)
async def look_again(
    request: Request,
    invoice_id: str,
    operator: CurrentOperator,
    held: Held,
    reads: Read,
    temporal: Temporal,
    key: Annotated[uuid.UUID, Form()],
) -> Response:
    """A parked invoice was cleared up with the tax bureau: have its book looked into again."""
    found = await reads(original, invoice_id)
    if found is None:
        raise NotFound
    life = invoice_workflow_id(invoice_id)
    try:
        await send_and_see(request, held, temporal, life, "look_again", LookAgain(key=str(key), by=operator.id), back="/operators")
    except NotPossibleNow as over:
        fresh = await reads(original, invoice_id)
        raise NotPossibleNow(f"/invoices/{invoice_id}", "invoice", fresh.state if fresh else found.state) from over
    return RedirectResponse(with_answer("/operators", life, str(key)), 303)


def services_of(settings: Settings) -> list[tuple[str, str, str]]:
    """The outside services with their pages: label, icon, address. Ours with the simulators' pages."""
    return [
        ("service:temporal", "hierarchy", f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows"),
        ("service:tax", "building-bank", settings.tax_bureau_url),
        ("service:mail", "mail", settings.mail_page_url),
        ("service:courier", "truck", settings.courier_url),
        ("service:sms", "device-mobile", settings.sms_url),
        ("service:store", "database", settings.s3_endpoint),
    ]


def _bars(counts: LifeCounts) -> list[tuple[str, str, int, int]]:
    """States that are on their way: kind, state, how many, and the bar's width in percent (at least 1)."""
    moving = [("application", str(state), counts.applications.get(state, 0)) for state in (*UNDECIDED, ApplicationState.ISSUING)]
    moving += [("invoice", state, counts.invoices.get(state, 0)) for state in ("issuing", "parked")]
    most = max((number for _, _, number in moving), default=0) or 1
    return [(kind, state, number, max(1, round(100 * number / most)) if number else 0) for kind, state, number in moving]


def _named(answer: tuple[str, ShownNote] | None) -> ShownNote | None:
    """The answer with the invoice it is about."""
    if answer is None:
        return None
    life, note = answer
    return replace(note, text=f"{life.removeprefix('invoice:')} · {note.text}")
