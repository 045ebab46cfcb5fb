"""What outside parties tell us: signed, idempotent, and turned into a signal."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from temporalio.service import RPCError, RPCStatusCode

from domain.lifecycle import DeliveryState
from domain.messages import ParcelUpdate
from domain.ports import OutsideUnavailable
from infra.courier import BadCallback, verify_callback
from infra.outside import moment, text
from web.dependencies import Held, Now, Temporal
from web.errors import is_unavailable
from web.lives import RPC_TIMEOUT
from workflows.invoice import InvoiceWorkflow
from workflows.names import invoice_workflow_id

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
    try:
        life = temporal.get_workflow_handle(invoice_workflow_id(invoice_id))
        await life.signal(InvoiceWorkflow.parcel_moved, update, rpc_timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            return JSONResponse({"status": "over"})
        if is_unavailable(error):
            return JSONResponse({"error": "unavailable"}, status_code=503, headers={"retry-after": "10"})
        raise
    return JSONResponse({"status": "taken"})


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
