"""An SMTP server that accepts everything and delivers nothing, and the page to read what it got.

Ordered faults apply to SMTP at DATA: `fail-before` (451, or `status`, such as 550), `fail-after` (kept, connection cut),
`away` (cut, not kept), `slow`, `late`, `twice`. `containing` matches a recipient or a part of the mail.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response

from simulators.faults import FaultBox
from simulators.mailbox import Mailbox, Opened, opened
from simulators.page import faults_panel, page, table
from simulators.serving import error, new_app

LARGEST_MAIL = 33_554_432
HTML_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


class Sink:
    """aiosmtpd's handler."""

    def __init__(self, mailbox: Mailbox, box: FaultBox) -> None:
        self.mailbox = mailbox
        self.box = box

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        recipients = [str(address) for address in envelope.rcpt_tos]
        fault = self.box.take("SMTP", "/smtp", " ".join(recipients) + "\n" + raw.decode("utf-8", "replace"))
        kind = fault.kind if fault else ""
        if fault and kind in ("slow", "away", "fail-before"):
            if kind == "slow":
                await asyncio.sleep(fault.seconds)
            elif kind == "away":
                _cut(server)
                return "421 4.3.2 gone"
            else:
                return f"{fault.status or 451} ordered fault"
        number = self.mailbox.keep(str(envelope.mail_from or ""), recipients, raw)
        if kind == "twice":
            self.mailbox.keep(str(envelope.mail_from or ""), recipients, raw)
        if fault and kind == "late":
            await asyncio.sleep(fault.seconds)
        if kind == "fail-after":
            _cut(server)
        return f"250 2.0.0 kept as {number}"


def _cut(server: SMTP) -> None:
    """Close the connection without another word."""
    server.transport.abort()  # type: ignore[union-attr]  # uvloop's transports have it, without being asyncio's class


def mail(folder: Path, box: FaultBox, smtp: socket.socket) -> FastAPI:
    """The page's application; SMTP is spoken on the listening socket `smtp` as long as it runs."""
    mailbox = Mailbox(folder)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sink = Sink(mailbox, box)
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(sink, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, hostname="mail.simulated", ident="sink"),
            sock=smtp,
        )
        address = smtp.getsockname()
        print(f"mail listens on smtp://{address[0]}:{address[1]}", flush=True)
        yield
        server.close()

    app = new_app("mail", box, lifespan)

    @app.get("/api/mails")
    async def found(to: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> dict[str, object]:
        """Newest first; `to` is a part of a recipient's address."""
        return {"mails": [_summary(row) for row in mailbox.found(to, limit)]}

    @app.get("/api/mails/{number}")
    async def one(number: int) -> Response:
        kept = mailbox.get(number)
        if kept is None:
            return error(404, "unknown-mail", str(number))
        mail = opened(kept[1])
        parts = [{"name": part.name, "media_type": part.media_type, "size": len(part.content)} for part in mail.attachments]
        return JSONResponse(_summary(kept[0]) | {"headers": mail.headers, "text": mail.text, "html": mail.html, "attachments": parts})

    @app.get("/mails/{number}/html")
    async def html(number: int) -> Response:
        """The mail's own HTML, in a sandbox: no script, no form, no picture, nothing fetched."""
        kept = mailbox.get(number)
        if kept is None:
            return error(404, "unknown-mail", str(number))
        headers = {"Content-Security-Policy": HTML_POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        return HTMLResponse(opened(kept[1]).html, headers=headers)

    @app.get("/mails/{number}/raw")
    async def raw(number: int) -> Response:
        kept = mailbox.get(number)
        return _download(kept[1], f"{number}.eml", "message/rfc822") if kept else error(404, "unknown-mail", str(number))

    @app.get("/mails/{number}/attachments/{place}")
    async def attachment(number: int, place: int) -> Response:
        """The bytes of the attachment at this place, counted from 0."""
        kept = mailbox.get(number)
        parts = opened(kept[1]).attachments if kept else []
        if not 0 <= place < len(parts):
            return error(404, "unknown-attachment", f"{number}/{place}")
        return _download(parts[place].content, parts[place].name, parts[place].media_type)

    @app.get("/mails/{number}")
    async def mail_page(number: int) -> Response:
        kept = mailbox.get(number)
        if kept is None:
            return page("No such mail", '<p><a href="/">All mails</a></p>', status=404)
        return page(kept[0]["subject"] or "(no subject)", '<p><a href="/">All mails</a></p>', *_parts(kept[0], opened(kept[1])))

    @app.get("/")
    async def mails_page(to: str = "") -> Response:
        search = (
            f'<form class="row" method="get" action="/"><label>recipient<input name="to" type="search" value="{escape(to)}"></label>'
            "<button>Search</button></form>"
        )
        items = "".join(
            f'<a href="/mails/{row["id"]}"><strong>{escape(row["subject"] or "(no subject)")}</strong>'
            f'<span class="note">{escape(row["recipients"] or "")} · {escape(row["received_at"][:19])}Z</span></a>'
            for row in mailbox.found(to, 200)
        )
        listed = f'<div class="list">{items}</div>' if items else '<p class="note">No mails.</p>'
        return page("邮件 Mails (nothing is delivered)", search, listed, faults_panel(box))

    return app


def _summary(row: Any) -> dict[str, object]:
    recipients = (row["recipients"] or "").split(", ")
    return {name: row[name] for name in ("id", "received_at", "mail_from", "subject", "message_id", "size")} | {"to": recipients}


def _parts(row: Any, mail: Opened) -> list[str]:
    shown = ("from", "to", "date", "message-id", "reply-to")
    headers = [[escape(name), escape(value)] for name, value in mail.headers if name.lower() in shown]
    headers.append(["Delivered to", escape(row["recipients"] or "")])
    files = [
        [f'<a href="/mails/{row["id"]}/attachments/{place}">{escape(part.name)}</a>', escape(part.media_type), f"{len(part.content):,} B"]
        for place, part in enumerate(mail.attachments)
    ]
    sheets = [table(["header", "value"], headers, "No headers.")]
    if files:
        sheets += ["<h2>Attachments</h2>", table(["file", "type", "size"], files, "None.")]
    if mail.html:
        sheets += ["<h2>HTML</h2>", f'<iframe sandbox title="The mail\'s HTML" src="/mails/{row["id"]}/html"></iframe>']
    if mail.text:
        sheets += ["<h2>Text</h2>", f"<pre>{escape(mail.text)}</pre>"]
    return [*sheets, f'<p><a href="/mails/{row["id"]}/raw">The raw mail</a></p>']


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)
