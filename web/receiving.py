"""The receiving desk: an envelope with an original has come; whose is it, and is it complete?"""

import re
import uuid
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from domain.errors import Problem
from domain.messages import OriginalReceived
from infra.queries.receiving import Original, find_originals, original, waiting_originals
from web.dependencies import CurrentReceiver, Held, Now, Read, Show, Temporal
from web.desk import workflow_address
from web.errors import NotFound, NotPossibleNow
from web.lives import ShownNote, send_and_return, shown_note
from web.pages import Pages
from workflows.names import invoice_workflow_id

router = APIRouter(prefix="/receiving")

SOUND = "complete"
"""What the sheets must be to be taken."""
CONDITIONS = (SOUND, "incomplete", "damaged")
_WAYBILL = re.compile(r"[0-9A-Z-]{6,40}")


@router.get("")
async def desk(
    request: Request, _receiver: CurrentReceiver, reads: Read, show: Show, q: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Search, and what is waited for. A search that means one invoice opens it."""

    def read(session: Session) -> tuple[tuple[Original, ...], tuple[Original, ...]]:
        return (find_originals(session, q) if q.strip() else ()), waiting_originals(session)

    found, waiting = await reads(read)
    if len(found) == 1:
        return RedirectResponse(f"/receiving/{found[0].id}?{urlencode({'q': q})}", 303)
    return show.page(request, "receiving/desk.html", active="receiving", found=found, waiting=waiting, q=q.strip())


@router.get("/{invoice_id}")
async def invoice(request: Request, invoice_id: str, _receiver: CurrentReceiver, held: Held, reads: Read, now: Now) -> Response:
    """One invoice: may its original be received?"""

    def read(session: Session) -> tuple[Original | None, ShownNote | None]:
        return original(session, invoice_id), shown_note(held, request, session, invoice_workflow_id(invoice_id))

    found, message = await reads(read)
    if found is None:
        raise NotFound
    return _page(request, held.pages, found, why_not=found.why_not(now), message=message)


@router.post("/{invoice_id}/original", status_code=303)
async def receive(
    request: Request,
    invoice_id: str,
    receiver: CurrentReceiver,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
    key: Annotated[uuid.UUID, Form()],
    condition: Annotated[str, Form(max_length=20)] = "",
    waybill: Annotated[str, Form(max_length=80)] = "",
    in_hand: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Take complete, undamaged sheets. Others are not taken: nothing is sent, and the page says what to do with them."""
    found = await reads(original, invoice_id)
    if found is None:
        raise NotFound
    number = "".join(waybill.split()).upper()
    problems = []
    if condition not in CONDITIONS:
        problems.append(Problem("condition", "choose-one"))
    elif condition != SOUND:
        problems.append(Problem("condition", f"original-{condition}"))
    if condition == SOUND and found.is_on_its_way and not in_hand:
        problems.append(Problem("in_hand", "original-on-its-way"))
    if number and not _WAYBILL.fullmatch(number):
        problems.append(Problem("waybill", "waybill-form"))
    if problems:
        return _page(
            request,
            held.pages,
            found,
            why_not=found.why_not(now),
            status=422,
            problems=problems,
            condition=condition,
            waybill=waybill,
            key=key,
        )
    message = OriginalReceived(key=str(key), by=receiver.id, waybill=number)
    back = f"/receiving/{invoice_id}"
    try:
        return await send_and_return(request, held, temporal, invoice_workflow_id(invoice_id), "receive_original", message, back=back)
    except NotPossibleNow as over:
        fresh = await reads(original, invoice_id)
        raise NotPossibleNow(back, "invoice", fresh.state if fresh else found.state) from over


def _page(
    request: Request,
    pages: Pages,
    found: Original,
    *,
    why_not: str,
    status: int = 200,
    problems: list[Problem] | None = None,
    condition: str = "",
    waybill: str = "",
    key: uuid.UUID | None = None,
    message: ShownNote | None = None,
) -> HTMLResponse:
    return pages.page(
        request,
        "receiving/invoice.html",
        status_code=status,
        active="receiving",
        invoice=found,
        why_not=why_not,
        problems=problems or [],
        condition=condition,
        waybill=waybill,
        key=key or uuid.uuid4(),
        workflow=workflow_address(pages.settings, invoice_workflow_id(found.id)),
        message=message,
    )
