"""A limit on what a request may carry, kept while its body is read: nothing above it reaches memory or disk."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import Message

from domain.batches import MOST_BYTES, MOST_ROWS
from domain.support import FILES_MOST
from web.dependencies import services

MEGABYTE = 1024 * 1024
UPLOAD_LIMIT = 50 * MEGABYTE
FORM_ROOM = 64 * 1024
"""What a form needs around the file."""
LONG_FORM = 2500
LONG_FORM_ROOM = MEGABYTE
READ_ON = 4
"""How many times the limit is read and thrown away, so that a browser gets to see the answer instead of a reset."""


class TooLarge(Exception):
    """The request carries more than it may."""


class LongFormRoute(APIRoute):
    """A route whose forms may have `LONG_FORM` fields: an application ticks up to 1,000 records, each of them a field."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def with_long_form(request: Request) -> Response:
            await request.form(max_fields=LONG_FORM)  # kept on the request, so that whoever asks next finds it parsed
            return await handle(request)

        return with_long_form


class AttachmentRoute(APIRoute):
    """A route whose requests may carry the files of one message, each as large as the settings say; more is answered with 413."""

    most_fields = 1000
    form_room = FORM_ROOM

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            held = await services(request)
            limit_mb = held.settings.attachment_mb
            counted = Request(request.scope, _Meter(request, FILES_MOST * limit_mb * MEGABYTE + self.form_room).receive)
            try:
                await counted.form(
                    max_fields=self.most_fields
                )  # kept on the request; read by FastAPI, what is too large would pass for a broken form
                return await handle(counted)
            except TooLarge:
                return held.pages.page(request, "tickets/too_large.html", 413, limit_mb=limit_mb, most=FILES_MOST)

        return limited


class ApplicationRoute(AttachmentRoute):
    """The same for the form of an application, which has a field for each of up to 1,000 records."""

    most_fields = LONG_FORM
    form_room = LONG_FORM_ROOM


class LimitedRoute(APIRoute):
    """A route whose requests may carry one file of `UPLOAD_LIMIT`; a larger one is answered with 413, whatever length it said."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            meter = _Meter(request, UPLOAD_LIMIT + FORM_ROOM)
            try:
                return await handle(Request(request.scope, meter.receive))
            except TooLarge:
                pages = (await services(request)).pages
                return pages.page(request, "imports/too_large.html", 413, active="imports", limit_mb=UPLOAD_LIMIT // MEGABYTE)

        return limited


class SheetRoute(APIRoute):
    """A route whose requests may carry one sheet of a batch; a larger one is answered with 413, whatever length it said."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def limited(request: Request) -> Response:
            counted = Request(request.scope, _Meter(request, MOST_BYTES + FORM_ROOM).receive)
            try:
                return await handle(counted)
            except TooLarge:
                pages = (await services(request)).pages
                return pages.page(request, "batches/too_large.html", 413, limit_mb=MOST_BYTES // MEGABYTE, most_rows=MOST_ROWS)

        return limited


class _Meter:
    """Counts the body's bytes as they come."""

    def __init__(self, request: Request, limit: int) -> None:
        self._receive = request.receive
        self._limit = limit
        self._seen = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit:
            await self._read_on(message)
            raise TooLarge
        return message

    async def _read_on(self, message: Message) -> None:
        while message.get("more_body", False) and self._seen <= READ_ON * self._limit:
            message = await self._receive()
            self._seen += len(message.get("body", b""))
