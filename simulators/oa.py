"""A company's office system (OA): it is asked to approve, a person decides on its page, and it calls back, signed.

`POST /approvals` is idempotent by the asker's request id; `GET /approvals/{request_id}` says where the case is. Both must be
signed (Standard Webhooks) with the secret that the asker gave; `POST /admin/secret` sets another one.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from simulators.callbacks import OLD_SECONDS, TIMEOUT_SECONDS, sign
from simulators.faults import Fault, FaultBox
from simulators.page import button, faults_panel, number, page, table
from simulators.serving import error, new_app
from simulators.storage import now, open_database, transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS approval (
  id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, asked_at TEXT NOT NULL, body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open', reason TEXT NOT NULL DEFAULT '', event_id TEXT, decided_at TEXT,
  tries INTEGER NOT NULL DEFAULT 0, next_try REAL, last_answer TEXT);
CREATE INDEX IF NOT EXISTS approval_due ON approval (next_try) WHERE next_try IS NOT NULL;
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
RETRY_SECONDS = (1.0, 5.0, 30.0, 120.0)
TOLERANCE_SECONDS = 300
STATES = {"approve": "approved", "refuse": "refused"}


class Question(BaseModel):
    """What is asked. Fields that this OA does not know are kept and shown."""

    model_config = ConfigDict(extra="allow")

    request_id: str = Field(min_length=1, max_length=100)
    application: str = Field(max_length=60)
    version: int
    amount: str = Field(pattern=r"^-?[0-9]{1,13}\.[0-9]{2}$")
    callback_url: str = Field(max_length=500)


def oa(folder: Path, box: FaultBox, secret: str) -> FastAPI:
    """The application; `folder` keeps its storage."""
    database = open_database(folder / "oa.db", SCHEMA)
    caller = Caller(database, box, secret)

    @asynccontextmanager
    async def calling(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(caller.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app = new_app("oa", box, calling)

    def of(request_id: str) -> Any:
        return database.execute("SELECT * FROM approval WHERE request_id = ?", (request_id,)).fetchone()

    @app.post("/approvals")
    async def ask(request: Request) -> Response:
        content = (await request.body()).decode()
        if not caller.is_signed(request, content):
            return error(401, "signature")
        question = Question.model_validate_json(content)
        with transaction(database):
            new = of(question.request_id) is None
            if new:
                values = (question.request_id, now(), content)
                database.execute("INSERT INTO approval (request_id, asked_at, body) VALUES (?, ?, ?)", values)
        return JSONResponse(_said(of(question.request_id)), status_code=201 if new else 200)

    @app.get("/approvals/{request_id}")
    async def look(request: Request, request_id: str) -> Response:
        if not caller.is_signed(request, f"GET {request.scope['raw_path'].decode()}"):
            return error(401, "signature")
        row = of(request_id)
        if row is None:
            return error(404, "unknown-request", request_id=request_id)
        return JSONResponse(_said(row))

    @app.post("/admin/approvals/{request_id}/{verdict}")
    async def decide(request: Request, request_id: str, verdict: str) -> Response:
        fields = await request.form()
        reason = str(fields.get("reason", ""))
        with transaction(database):
            row = of(request_id)
            if row is None or verdict not in STATES:
                return error(404, "unknown-request", request_id=request_id)
            if row["state"] == "open":
                database.execute(
                    "UPDATE approval SET state = ?, reason = ?, event_id = ?, decided_at = ?, next_try = ? WHERE request_id = ?",
                    (STATES[verdict], reason, f"oa_{uuid4().hex}", now(), time.time(), request_id),
                )
        caller.wake()
        if request.headers.get("accept", "").startswith("text/html"):
            return RedirectResponse("/", status_code=303)
        return JSONResponse(_said(of(request_id)))

    @app.post("/admin/secret")
    async def take_secret(request: Request) -> Response:
        given = str((await request.form()).get("secret", "")).strip()
        with transaction(database):
            database.execute("INSERT INTO setting VALUES ('secret', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (given,))
        return RedirectResponse("/", status_code=303)

    @app.get("/")
    async def human_page() -> Response:
        rows = [_row(row) for row in database.execute("SELECT * FROM approval ORDER BY id DESC LIMIT 100")]
        headings = ["application", "applicant", "title", "amount (CNY)", "due", "state", "callback", ""]
        return page(
            "OA 审批 (simulated)",
            table(headings, rows, "Nothing was asked."),
            '<h2>Secret</h2><form class="row" method="post" action="/admin/secret">'
            '<label>secret<input name="secret" size="50" autocomplete="off"></label><button>Take this secret</button></form>',
            faults_panel(box),
        )

    return app


def _said(row: Any) -> dict[str, Any]:
    question = json.loads(row["body"])
    said = {"request_id": row["request_id"], "version": question["version"], "state": row["state"], "reference": f"BPM-{row['id']:06d}"}
    return (
        said if row["state"] == "open" else said | {"event_id": row["event_id"], "reason": row["reason"], "decided_at": row["decided_at"]}
    )


def _row(row: Any) -> list[str]:
    question = json.loads(row["body"])
    address = f"/admin/approvals/{row['request_id']}"
    refuse = (
        f'<form class="inline" method="post" action="{escape(address)}/refuse">'
        '<input name="reason" size="12" placeholder="reason" aria-label="reason"><button>Refuse</button></form>'
    )
    buttons = f"{button(f'{address}/approve', 'Approve')} {refuse}" if row["state"] == "open" else ""
    called = f"{row['tries']} tries, {row['last_answer'] or 'no answer yet'}" if row["decided_at"] else ""
    cells = [question["application"], str(question.get("applicant", "")), str(question.get("title", ""))]
    rest = [str(question.get("due_at", ""))[:16], row["state"], called]
    return [*map(escape, cells), number(question["amount"]), *map(escape, rest), buttons]


class Caller:
    """Calls back what was decided, again until it is taken; and checks who asks."""

    def __init__(self, database: Any, box: FaultBox, secret: str) -> None:
        self._database = database
        self._box = box
        self._given = secret
        self._something_new = asyncio.Event()

    @property
    def secret(self) -> str:
        row = self._database.execute("SELECT value FROM setting WHERE name = 'secret'").fetchone()
        return row["value"] if row is not None else self._given

    def wake(self) -> None:
        self._something_new.set()

    def is_signed(self, request: Request, content: str) -> bool:
        """Whether it was signed with our secret, a moment ago."""
        given = request.headers
        message_id, seconds, signature = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
        if not re.fullmatch(r"\d{1,11}", seconds) or abs(time.time() - int(seconds)) > TOLERANCE_SECONDS:
            return False
        return sign(self.secret, message_id, int(seconds), content.encode()) in signature.split(" ")

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            while True:
                self._something_new.clear()
                due = self._database.execute("SELECT * FROM approval WHERE next_try <= ?", (time.time(),)).fetchall()
                for row in due:
                    await self._call(client, row)
                soonest = self._database.execute("SELECT min(next_try) AS at FROM approval").fetchone()["at"]
                wait = max(0.05, soonest - time.time()) if soonest is not None else None
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._something_new.wait(), wait)

    async def _call(self, client: httpx.AsyncClient, row: Any) -> None:
        fault = self._box.take_callback(row["body"])
        if fault is not None and fault.kind == "callback-late":
            self._note(row, "held back", time.time() + fault.seconds)
            return
        if fault is not None and fault.kind == "callback-lost":
            self._note(row, "lost", None)
            return
        taken, answer = await self._post_all(client, row, fault)
        again = None if taken else time.time() + RETRY_SECONDS[min(row["tries"], len(RETRY_SECONDS) - 1)]
        self._note(row, answer, again)

    async def _post_all(self, client: httpx.AsyncClient, row: Any, fault: Fault | None) -> tuple[bool, str]:
        """The callback, with what a fault puts before it or after it."""
        said, kind = _said(row), fault.kind if fault is not None else ""
        if kind == "callback-bad-signature":
            await self._post(client, row, said, secret=f"wrong-{self.secret}")
        elif kind == "callback-old":
            await self._post(client, row, said, seconds_ago=OLD_SECONDS)
        elif kind == "callback-wrong-version":
            other, version = f"{said['event_id']}w", said["version"] + 1
            changed = {"event_id": other, "version": version, "request_id": f"{row['request_id'].rpartition(':')[0]}:{version}"}
            await self._post(client, row, said | changed)
        found = await self._post(client, row, said)
        if kind == "callback-twice":
            await self._post(client, row, said)
        return found

    async def _post(
        self, client: httpx.AsyncClient, row: Any, said: dict[str, Any], secret: str = "", seconds_ago: int = 0
    ) -> tuple[bool, str]:
        body = json.dumps(said, ensure_ascii=False).encode()
        timestamp = int(time.time()) - seconds_ago
        headers = {
            "content-type": "application/json",
            "webhook-id": said["event_id"],
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secret or self.secret, said["event_id"], timestamp, body),
        }
        try:
            answer = await client.post(json.loads(row["body"])["callback_url"], content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            return False, repr(problem)[:200]
        return answer.is_success, str(answer.status_code)

    def _note(self, row: Any, answer: str, again: float | None) -> None:
        with transaction(self._database):
            self._database.execute(
                "UPDATE approval SET tries = tries + 1, next_try = ?, last_answer = ? WHERE id = ?", (again, answer, row["id"])
            )
