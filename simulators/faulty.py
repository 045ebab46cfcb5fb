"""The ASGI wrapper that injects the faults of a `FaultBox` into every request but `/admin` and `/health`."""

import asyncio
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.faults import Fault, FaultBox
from simulators.garble import garbled

HEALTHY = ("/admin", "/health")
LARGEST_REQUEST = 8_000_000


@dataclass(slots=True)
class _Answer:
    """What the application sent, kept back."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def send_to(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Faulty:
    """Wraps a simulator. Requests from other web sites' pages are refused: the admin routes have no sign-in."""

    def __init__(self, app: ASGIApp, box: FaultBox) -> None:
        self.app = app
        self.box = box

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if dict(scope["headers"]).get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin") and scope["method"] != "GET":
            await JSONResponse({"code": "cross-site"}, status_code=403)(scope, receive, send)
            return
        if scope["path"].startswith(HEALTHY):
            await self.app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await JSONResponse({"code": "too-large", "detail": str(LARGEST_REQUEST)}, status_code=413)(scope, receive, send)
            return
        fault = self.box.take(scope["method"], scope["path"], body.decode("utf-8", "replace"))
        if fault is None:
            await self.app(scope, _again(body, receive), send)
        else:
            try:
                await self._spoil(fault, body, scope, receive, send)
            finally:
                fault.finished += 1

    async def _spoil(self, fault: Fault, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "away":
            await _drop(receive, send)
            return
        if fault.kind == "fail-before":
            refusal = JSONResponse({"code": "unavailable", "detail": "ordered fault"}, status_code=fault.status or 503)
            await refusal(scope, receive, send)
            return
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        answer = _Answer()
        await self.app(scope, _again(body, receive), answer.take)
        match fault.kind:
            case "twice":
                await self.app(scope, _again(body, receive), _Answer().take)
                await answer.send_to(send)
            case "fail-after" if fault.status is None:
                await _drop(receive, send)
            case "fail-after":
                response: Response = JSONResponse({"code": "unavailable", "detail": "ordered fault"}, status_code=fault.status or 503)
                await response(scope, receive, send)
            case "late":
                await asyncio.sleep(fault.seconds)
                await answer.send_to(send)
            case "garbage":
                await garbled(fault.variant, answer.status, answer.body)(scope, receive, send)
            case "drip":
                await _drip(answer, fault.seconds, send)
            case _:
                await answer.send_to(send)


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None when it is larger than `LARGEST_REQUEST`."""
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_REQUEST:
            return None
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out the body that was read already, then what really comes."""
    given = False

    async def once_more() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once_more


async def _drop(receive: Receive, send: Send) -> None:
    """Cut the connection. ASGI has no word for it, so this asks uvicorn's own request cycle for its transport."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drip(answer: _Answer, seconds: float, send: Send) -> None:
    """One byte at a time: every single read of the client is in time, the whole is not."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    for position in range(len(answer.body)):
        await send({"type": "http.response.body", "body": answer.body[position : position + 1], "more_body": True})
        await asyncio.sleep(seconds)
    await send({"type": "http.response.body", "body": b""})
