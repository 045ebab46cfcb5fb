"""What outside parties tell us: signed, idempotent, and turned into a signal."""

import secrets
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlmodel import Session
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.lifecycle import DeliveryState
from domain.messages import ParcelUpdate, SignOffDecision
from domain.numbers import is_application_number
from domain.ports import OutsideDisagrees, OutsideUnavailable
from infra.books.sign_off_talk import request_id
from infra.courier import BadCallback, verify_callback
from infra.oa import office_answer
from infra.outside import moment, text
from infra.queries.applications import owner_of
from infra.sign_off_rules import oa_secret_of
from web.dependencies import Held, Now, Read, Services, Temporal
from web.errors import is_unavailable
from web.lives import RPC_TIMEOUT
from workflows.application import ApplicationWorkflow
from workflows.invoice import InvoiceWorkflow
from workflows.names import application_workflow_id, invoice_workflow_id

router = APIRouter(prefix="/callbacks")

LARGEST = 64 * 1024
_OUR_STATES = {"delivered": str(DeliveryState.RECEIVED)}
"""The courier's words where ours differ."""


async def _body(request: Request) -> bytes | None:
    """The body, or None for one larger than a callback ever is."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST:
            return None
    return bytes(content)


@router.post("/courier")
async def courier(request: Request, held: Held, temporal: Temporal, now: Now) -> JSONResponse:
    """News of a parcel. 200 when taken, also for a life that is over; 401 for a wrong signature; 503 asks for a repeat."""
    body = await _body(request)
    if body is None:
        return JSONResponse({"error": "too-large"}, status_code=413)
    try:
        said = verify_callback(request.headers, body, held.settings.callback_secret.get_secret_value(), now)
    except BadCallback as bad:
        return JSONResponse({"error": bad.code}, status_code=401)
    try:
        invoice_id, update = parcel_update(said)
    except (OutsideUnavailable, ValueError):
        return JSONResponse({"error": "malformed"}, status_code=422)
    return await _signal(temporal, invoice_workflow_id(invoice_id), InvoiceWorkflow.parcel_moved.__name__, update)


async def _signal(temporal: Client, life: str, signal: str, message: Any) -> JSONResponse:
    try:
        await temporal.get_workflow_handle(life).signal(signal, message, rpc_timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            return JSONResponse({"status": "over"})
        if is_unavailable(error):
            return JSONResponse({"error": "unavailable"}, status_code=503, headers={"retry-after": "10"})
        raise
    return JSONResponse({"status": "taken"})


@router.post("/oa/{number}")
async def office(request: Request, number: str, held: Held, reads: Read, temporal: Temporal, now: Now) -> JSONResponse:
    """A customer's OA has decided on an application. Answers as the courier's do; an unknown number is a wrong signature like any other.

    It may come twice, late, or about a version that is no more: the life takes the first that fits and refuses the rest.
    """
    body = await _body(request)
    if body is None:
        return JSONResponse({"error": "too-large"}, status_code=413)
    secret = await reads(_office_secret, held, number) if is_application_number(number) else ""
    try:
        # Without a secret the check runs all the same, with one that nobody has: nothing is told of which numbers there are.
        said = verify_callback(request.headers, body, secret or secrets.token_hex(32), now)
    except BadCallback as bad:
        return JSONResponse({"error": bad.code}, status_code=401)
    try:
        asked = said.get("request_id")
        answer = office_answer(said, asked if isinstance(asked, str) else "")
    except (OutsideUnavailable, OutsideDisagrees):
        return JSONResponse({"error": "malformed"}, status_code=422)
    if answer.verdict is None or answer.request_id != request_id(number, answer.version):
        return JSONResponse({"error": "malformed"}, status_code=422)
    decision = SignOffDecision(answer.event_id, 0, answer.verdict, answer.version, answer.reason, answer.reference)
    return await _signal(temporal, application_workflow_id(number), ApplicationWorkflow.sign_off.__name__, decision)


def _office_secret(session: Session, held: Services, number: str) -> str:
    owner = owner_of(session, number)
    return oa_secret_of(session, held.factor_keys, owner) if owner is not None else ""


def parcel_update(said: dict[str, Any]) -> tuple[str, ParcelUpdate]:
    """The invoice a callback is about, and the news. Its order key is ours: `<invoice id>:parcel:<n>`.

    Raises ValueError or OutsideUnavailable for content that is not the courier's.
    """
    invoice_id, found, shipment = text(said, "order_key").rpartition(":parcel:")
    if not found or not shipment.isascii() or not shipment.isdigit():
        raise ValueError("not one of our order keys")
    at: datetime = moment(said, "at")
    state = text(said, "state")
    place = said.get("place")
    return invoice_id, ParcelUpdate(
        key=text(said, "event_id"),
        waybill=text(said, "waybill"),
        state=_OUR_STATES.get(state, state),
        at=at,
        place=place[:200] if isinstance(place, str) else "",
        shipment=int(shipment),
    )
