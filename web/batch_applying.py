"""Batch application by Excel: the addresses under `/apply/excel` (feature 54). The work is in `web/batches.py`."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from domain.batches import BatchKind
from web import batches
from web.dependencies import CurrentCustomer, Held, Now, Temporal
from web.limits import SheetRoute

router = APIRouter(prefix="/apply/excel", route_class=SheetRoute)

KIND = BatchKind.APPLICATIONS


@router.get("")
async def start(request: Request, person: CurrentCustomer, held: Held) -> Response:
    return await batches.start_page(request, held, person, KIND)


@router.post("", status_code=303)
async def upload(request: Request, person: CurrentCustomer, held: Held, now: Now) -> Response:
    return await batches.upload(request, held, person, KIND, now)


@router.get("/template.xlsx")
async def template(person: CurrentCustomer, held: Held, now: Now) -> Response:
    return await batches.template_file(held, person, KIND, now)


@router.get("/{batch_id}")
async def batch(request: Request, batch_id: str, person: CurrentCustomer, held: Held, now: Now) -> Response:
    return await batches.batch_page(request, held, person, KIND, batch_id, now)


@router.get("/{batch_id}/live")
async def live(
    request: Request, batch_id: str, person: CurrentCustomer, held: Held, v: Annotated[str, Query(max_length=16)] = ""
) -> Response:
    return await batches.live_part(request, held, person, KIND, batch_id, v)


@router.get("/{batch_id}/problems.xlsx")
async def problems(request: Request, batch_id: str, person: CurrentCustomer, held: Held, now: Now) -> Response:
    return await batches.problems_file(request, held, person, KIND, batch_id, now)


@router.post("/{batch_id}/submit", status_code=303)
async def submit(
    request: Request,
    batch_id: str,
    person: CurrentCustomer,
    held: Held,
    temporal: Temporal,
    now: Now,
    terms: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    return await batches.submit(request, held, person, temporal, KIND, batch_id, now, terms)
