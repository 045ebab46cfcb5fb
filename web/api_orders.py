"""Orders from billing systems: a JSON list in, the address of its import out. The import is that of every billing file (feature 5)."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute
from temporalio.service import RPCError

from domain.focus import RowProblem
from domain.imports import ImportPhase, ImportRequest
from domain.ports import OutsideUnavailable
from infra import api_answers
from infra.api_answers import Asked, OtherBody, Stored, UnderWay, was_sent
from infra.import_keys import Machine
from infra.order_json import canonical, field_of, parse_orders, read_order_list
from infra.queries.imports import import_report, import_run
from web.dependencies import Held, Now, Read, Services, Temporal
from web.errors import TemporalDown, is_unavailable
from web.imports import sentence, start_import
from web.machines import ApiRefused, CurrentMachine, refused
from web.words import Words

MEGABYTE = 1024 * 1024
LARGEST = 5 * MEGABYTE
LONGEST_KEY = 255
ROUTE = "POST /api/orders"
SHOWN_PROBLEMS = 1000


class MachineRoute(APIRoute):
    """A route of programs: what is refused is answered as JSON, never as a page."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            held: Services = request.app.state.services
            try:
                return await handle(request)
            except ApiRefused as error:
                return refused(request, held, error)

        return answered


router = APIRouter(prefix="/api/orders", route_class=MachineRoute)


@router.post("", status_code=202)
async def send_orders(request: Request, sender: CurrentMachine, held: Held, temporal: Temporal, now: Now) -> Response:
    """Take a list of orders. 202: it is being imported, and `status` is the address to ask what became of it.

    400 no or a wrong Idempotency-Key; 409 its first request is under way; 413, 415; 422 with every problem that can be found without our
    tables, or a key used for another body; 503 asks for a repeat. What is refused is not stored: mended, it may come with the same key.
    """
    key = _idempotency_key(request)
    body = await _body(request)
    content = await held.in_thread(_checked, held.pages.words(request), body)
    asked = Asked(sender.key_id, ROUTE, key, sha256(content).hexdigest())
    try:
        stored = await held.in_thread(api_answers.begin, held.database, asked, now)
    except OtherBody:
        raise ApiRefused(422, "idempotency-key-reused") from None
    except UnderWay:
        raise ApiRefused(409, "idempotency-key-under-way", {"retry-after": "5"}) from None
    if stored is not None:
        return _answer(stored)
    return await _import(request, held, temporal, sender, asked, content, now)


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not 0 < len(key) <= LONGEST_KEY or not all("!" <= sign <= "~" for sign in key):
        raise ApiRefused(400, "idempotency-key-needed")
    return key


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ApiRefused(415, "content-type")
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST:
            raise ApiRefused(413, "body-too-large", limit=str(LARGEST // MEGABYTE))
    return bytes(content)


class OrdersWrong(ApiRefused):
    """The list has problems; each names its place."""

    def __init__(self, problems: list[dict[str, Any]], count: int) -> None:
        super().__init__(422, "orders-wrong")
        self.more = {"problem_count": count, "problems": problems}


def _checked(language: Words, body: bytes) -> bytes:
    """The list as it is kept. Raises OrdersWrong."""
    file = read_order_list(body)
    if file.problem_count:
        raise OrdersWrong([_problem(language, each) for each in file.problems[:SHOWN_PROBLEMS]], file.problem_count)
    return canonical(parse_orders(body))


def _problem(language: Words, found: RowProblem) -> dict[str, Any]:
    """With a JSON pointer (RFC 6901) to the value, or to the order when a value is missing in it."""
    field = field_of(found.column)
    pointer = f"/{found.line - 1}" + (f"/{field}" if field else "") if found.line else ""
    return {"pointer": pointer, "field": field, "value": found.value, "code": found.code, "detail": sentence(language, found)}


async def _import(
    request: Request, held: Services, temporal: Any, sender: Machine, asked: Asked, content: bytes, now: datetime
) -> Response:
    """Begin the import of these bytes. What fails is forgotten, so that the same request may come again."""
    batch = asked.body_sha256
    answer = Stored(202, json.dumps({"import": batch, "status": f"/api/orders/{batch}", "orders": len(json.loads(content))}))
    try:
        await held.in_thread(held.attachments.put, content, "application/octet-stream")
        await start_import(temporal, ImportRequest(batch, f"API: {sender.name}.json"), request)
    except (OutsideUnavailable, TemporalDown, RPCError, RuntimeError) as error:
        await held.in_thread(api_answers.forget, held.database, asked)
        if isinstance(error, (RPCError, RuntimeError)) and not is_unavailable(error):
            raise
        raise ApiRefused(503, "try-again", {"retry-after": "10"}) from error
    await held.in_thread(api_answers.keep, held.database, asked, batch, answer, now)
    return _answer(answer)


def _answer(stored: Stored) -> Response:
    said: Mapping[str, str] = json.loads(stored.answer)
    return Response(stored.answer, stored.status, {"location": said["status"]}, media_type="application/json")


@router.get("/{batch_id}")
async def orders_outcome(request: Request, batch_id: str, sender: CurrentMachine, held: Held, reads: Read) -> Response:
    """What became of a list: `phase` waiting, checking, writing, done, refused, cancelled or failed; with its problems, or its records."""
    if not await reads(was_sent, sender.key_id, batch_id[:64]):
        raise ApiRefused(404, "import-unknown")
    done = await reads(import_report, batch_id)
    run = await reads(import_run, batch_id)
    report = done or (run.report if run is not None else None)
    language = held.pages.words(request)
    phase = str(ImportPhase.DONE) if done is not None else str(run.phase) if run is not None else "waiting"
    return JSONResponse(
        {
            "import": batch_id,
            "phase": phase,
            "orders": report.lines if report is not None else 0,
            "records": done.records if done is not None else 0,
            "problem_count": report.problem_count if report is not None else 0,
            "problems": [_problem(language, each) for each in report.problems] if report is not None else [],
        },
        headers={} if done is not None or (run is not None and run.phase.is_over) else {"retry-after": "2"},
    )
