"""The tax bureau's platform: it alone gives invoice numbers.

`POST /invoices` issues blue and red invoices; a known request id is refused (409) unless the bureau was told to
forget (`POST /admin/forget`). `GET /invoices/by-request/{id}` and `GET /book` read what was really issued.
"""

from datetime import datetime
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Form, Query
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import AwareDatetime, BaseModel

from simulators.bureau_book import Book, DuplicateRequest
from simulators.bureau_rules import Refused
from simulators.bureau_wire import RequestIn, money
from simulators.faults import FaultBox
from simulators.page import button, faults_panel, number, page, table
from simulators.serving import error, new_app


class Forget(BaseModel):
    on: bool


def tax_bureau(folder: Path, box: FaultBox) -> FastAPI:
    """The application over the book in `folder`."""
    book = Book(folder)
    app = new_app("tax-bureau", box)

    @app.post("/invoices")
    async def issue(request: RequestIn) -> Response:
        try:
            return JSONResponse(book.issue(request), status_code=201)
        except DuplicateRequest:
            return error(409, "duplicate-request", "look it up by its request id", request_id=request.request_id)
        except Refused as refusal:
            return error(422, refusal.code, refusal.detail, request_id=request.request_id)

    @app.get("/invoices/by-request/{request_id:path}")
    async def look(request_id: str) -> Response:
        found = book.look(request_id)
        return JSONResponse(found) if found else error(404, "unknown-request", request_id=request_id)

    @app.get("/book")
    async def entries(
        since: Annotated[AwareDatetime | None, Query()] = None,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
    ) -> dict[str, object]:
        """Everything issued since then, in order; `next` is the `after` of the next page, or null."""
        found, following = book.since(since or datetime.fromisoformat("2000-01-01T00:00:00+00:00"), after, limit)
        return {"entries": found, "next": following}

    @app.get("/admin/forget")
    async def forgets() -> dict[str, bool]:
        return {"on": book.forgets}

    @app.post("/admin/forget")
    async def forget(order: Forget) -> dict[str, bool]:
        book.forgets = order.on
        return {"on": book.forgets}

    @app.post("/admin/forget/form")
    async def forget_by_form(on: Annotated[bool, Form()]) -> RedirectResponse:
        book.forgets = on
        return RedirectResponse("/", status_code=303)

    @app.get("/")
    async def human_page() -> Response:
        memory = (
            f'<p><span class="on">Request ids are not remembered:</span> a second ask issues a second number. '
            f"{button('/admin/forget/form', 'Remember again', on='false')}</p>"
            if book.forgets
            else f"<p>A known request id is refused. {button('/admin/forget/form', 'Forget request ids', on='true')}</p>"
        )
        rows = [
            [
                escape(row["number"]),
                escape(row["issued_at"][:19]) + "Z",
                escape(row["kind"]) + (" · red" if row["original_number"] else ""),
                escape(row["buyer_name"]),
                number(money(row["total"])),
                escape(row["request_id"]),
            ]
            for row in book.last(50)
        ]
        issued = table(["number", "issued at", "kind", "buyer", "total", "request id"], rows, "Nothing has been issued.")
        return page("税务局 Tax bureau (simulated)", memory, "<h2>Last issued</h2>", issued, faults_panel(box))

    return app
