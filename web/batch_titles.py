"""Titles by Excel: the addresses under `/titles/excel` (feature 54). The work is in `web/batches.py`."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from domain.batches import BatchKind
from web import batches
from web.dependencies import CurrentTitleKeeper, Held, Now, Temporal
from web.limits import SheetRoute

router = APIRouter(prefix="/titles/excel", route_class=SheetRoute)

KIND = BatchKind.TITLES


@router.get("")
async def start(request: Request, person: CurrentTitleKeeper, held: Held) -> Response:
    return await batches.start_page(request, held, person, KIND)


@router.post("", status_code=303)
async def upload(request: Request, person: CurrentTitleKeeper, held: Held, now: Now) -> Response:
    return await batches.upload(request, held, person, KIND, now)


@router.get("/template.xlsx")
async def template(person: CurrentTitleKeeper, held: Held, now: Now) -> Response:
    return await batches.template_file(held, person, KIND, now)


@router.get("/{batch_id}")
async def batch(request: Request, batch_id: str, person: CurrentTitleKeeper, held: Held, now: Now) -> Response:
    return await batches.batch_page(request, held, person, KIND, batch_id, now)


@router.get("/{batch_id}/live")
async def live(
    request: Request, batch_id: str, person: CurrentTitleKeeper, held: Held, v: Annotated[str, Query(max_length=16)] = ""
) -> Response:
    return await batches.live_part(request, held, person, KIND, batch_id, v)


@router.get("/{batch_id}/problems.xlsx")
async def problems(request: Request, batch_id: str, person: CurrentTitleKeeper, held: Held, now: Now) -> Response:
    return await batches.problems_file(request, held, person, KIND, batch_id, now)


@router.post("/{batch_id}/submit", status_code=303)
async def submit(
    request: Request,
    batch_id: str,
    person: CurrentTitleKeeper,
    held: Held,
    temporal: Temporal,
    now: Now,
) -> Response:
    return await batches.submit(request, held, person, temporal, KIND, batch_id, now)
