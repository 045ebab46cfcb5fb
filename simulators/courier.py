"""A courier: it alone gives waybills, moves parcels by itself, and reports each step by a signed callback.

`POST /waybills` is idempotent by the sender's order key. `POST /admin/inbound` makes a parcel that a customer sends.
"""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from html import escape
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from simulators.callbacks import Deliverer
from simulators.faults import FaultBox
from simulators.page import button, faults_panel, page, table
from simulators.parcels import FINAL, Parcels
from simulators.serving import error, new_app

TELEPHONE = re.compile(r"\+?[\d -]{7,20}")


class AddressIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    recipient: str = Field(max_length=100)
    phone: str = Field(max_length=30)
    address: str = Field(max_length=500)
    postcode: str = Field("", max_length=10)


class OrderIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    order_key: str = Field(min_length=1, max_length=200)
    to: AddressIn
    contents: str = Field(min_length=1, max_length=500)
    callback_url: str = Field("", max_length=500, pattern=r"^(https?://.*)?$")


class InboundIn(BaseModel):
    """`from` is the sender's name; `reference` is what is written on the parcel."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reference: str = Field(min_length=1, max_length=200)
    sender: str = Field("", alias="from", max_length=100)
    callback_url: str = Field("", max_length=500, pattern=r"^(https?://.*)?$")


def courier(folder: Path, box: FaultBox, secret: str, step_seconds: float) -> FastAPI:
    """The application over the parcels in `folder`; `secret` signs the callbacks."""
    parcels = Parcels(folder, step_seconds)
    deliverer = Deliverer(parcels, box, secret)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(deliverer.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = new_app("courier", box, lifespan)

    @app.post("/waybills")
    async def draw(order: OrderIn) -> Response:
        """201 with a new waybill; 200 with the first one for a known order key."""
        if not order.to.recipient.strip() or not order.to.address.strip():
            return error(422, "bad-address", "recipient and address are needed", order_key=order.order_key)
        if not TELEPHONE.fullmatch(order.to.phone):
            return error(422, "bad-phone", "the driver could not call", order_key=order.order_key)
        details = {"to": order.to.model_dump(), "contents": order.contents}
        parcel, new = parcels.create(order.order_key, order.callback_url, details, inbound=False)
        deliverer.wake()
        return JSONResponse(as_waybill(parcel), status_code=201 if new else 200)

    @app.get("/waybills/by-order/{order_key:path}")
    async def look(order_key: str) -> Response:
        found = parcels.by_order(order_key)
        return JSONResponse(as_waybill(found)) if found else error(404, "unknown-order", order_key=order_key)

    @app.get("/waybills/{number}")
    async def track(number: str) -> Response:
        found = parcels.by_number(number)
        return JSONResponse(_tracking(parcels, found)) if found else error(404, "unknown-waybill", number)

    @app.post("/admin/parcels/{number}/{step}")
    async def move(number: str, step: str, request: Request) -> Response:
        """`advance` by one step, or `lost`. A form is sent back to the page."""
        if parcels.by_number(number) is None or step not in ("advance", "lost"):
            return error(404, "unknown-waybill", number)
        parcel = deliverer.step(number) if step == "advance" else parcels.lose(number)
        deliverer.wake()
        if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return RedirectResponse("/", status_code=303)
        return JSONResponse(_tracking(parcels, parcel))

    @app.post("/admin/inbound")
    async def inbound(order: InboundIn) -> Response:
        details = {"reference": order.reference, "from": order.sender}
        parcel, _ = parcels.create(None, order.callback_url, details, inbound=True)
        deliverer.wake()
        return JSONResponse(as_waybill(parcel) | details, status_code=201)

    @app.get("/")
    async def human_page() -> Response:
        rows = [_row(parcels, parcel) for parcel in parcels.last(100)]
        headings = ["waybill", "made", "way", "for", "state", "callbacks", ""]
        moving = f"Parcels move every {step_seconds:g} s." if step_seconds else "Parcels move only on request."
        return page("快递 Courier (simulated)", f"<p>{moving}</p>", table(headings, rows, "No parcels."), faults_panel(box))

    return app


def as_waybill(parcel: sqlite3.Row) -> dict[str, Any]:
    return {name: parcel[name] for name in ("order_key", "number", "created_at", "state")}


def _tracking(parcels: Parcels, parcel: sqlite3.Row) -> dict[str, Any]:
    events = [
        json.loads(event["body"]) | {"tries": event["tries"], "delivered_at": event["delivered_at"], "last_answer": event["last_answer"]}
        for event in parcels.events(parcel)
    ]
    return {**as_waybill(parcel), **json.loads(parcel["details"]), "inbound": bool(parcel["inbound"]), "events": events}


def _row(parcels: Parcels, parcel: sqlite3.Row) -> list[str]:
    details = json.loads(parcel["details"])
    about = f"{details['from']} · {details['reference']}" if parcel["inbound"] else f"{details['to']['recipient']} · {parcel['order_key']}"
    events = parcels.events(parcel)
    taken = (
        f"{sum(event['delivered_at'] is not None for event in events)} of {len(events)} taken" if parcel["callback_url"] else "none asked"
    )
    address = f"/admin/parcels/{parcel['number']}"
    buttons = "" if parcel["state"] in FINAL else f"{button(f'{address}/advance', 'Advance')} {button(f'{address}/lost', 'Lose it')}"
    way = "to us" if parcel["inbound"] else "from us"
    made = escape(parcel["created_at"][:19]) + "Z"
    return [escape(parcel["number"]), made, way, escape(about), escape(parcel["state"]), escape(taken), buttons]
