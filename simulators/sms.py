"""An SMS gateway: `POST /messages` is idempotent by the sender's key; nothing is ever sent to a telephone."""

import re
from html import escape
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import FaultBox
from simulators.page import faults_panel, number, page, table
from simulators.serving import error, new_app
from simulators.storage import now, open_database, transaction

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, phone TEXT NOT NULL, text TEXT NOT NULL, accepted_at TEXT NOT NULL,
  asked INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS message_phone ON message (phone, id);
"""
MOBILE = r"^(\+86)?1[3-9]\d{9}$"


class MessageIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    key: str = Field(min_length=1, max_length=200)
    phone: str = Field(max_length=30)
    text: str = Field(min_length=1, max_length=500)


def sms(folder: Path, box: FaultBox) -> FastAPI:
    """The application over the messages in `folder`."""
    database = open_database(folder / "sms.db", SCHEMA)
    app = new_app("sms", box)

    def answer(row: Any) -> dict[str, object]:
        return {name: row[name] for name in ("id", "key", "phone", "text", "accepted_at", "asked")}

    @app.post("/messages")
    async def send(message: MessageIn) -> Response:
        """201 for a new key; 200 with the first message for a known one, which is sent once only."""
        if not _is_mobile(message.phone):
            return error(422, "bad-phone", "not a mobile number of China", key=message.key)
        with transaction(database):
            known = database.execute("UPDATE message SET asked = asked + 1 WHERE key = ? RETURNING *", (message.key,)).fetchone()
            row = (
                known
                or database.execute(
                    "INSERT INTO message (key, phone, text, accepted_at) VALUES (?, ?, ?, ?) RETURNING *",
                    (message.key, message.phone, message.text, now()),
                ).fetchone()
            )
        return JSONResponse(answer(row), status_code=200 if known else 201)

    @app.get("/messages")
    async def messages(phone: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> dict[str, object]:
        """Newest first. `asked` counts how often the key came."""
        rows = database.execute("SELECT * FROM message WHERE ? IN ('', phone) ORDER BY id DESC LIMIT ?", (phone, limit)).fetchall()
        return {"messages": [answer(row) for row in rows]}

    @app.get("/")
    async def human_page() -> Response:
        rows = [
            [escape(row["accepted_at"][:19]) + "Z", escape(row["phone"]), f"<pre>{escape(row['text'])}</pre>", number(row["asked"])]
            for row in database.execute("SELECT * FROM message ORDER BY id DESC LIMIT 100").fetchall()
        ]
        return page("短信 SMS gateway (simulated)", table(["accepted", "to", "text", "asked"], rows, "No messages."), faults_panel(box))

    return app


def _is_mobile(phone: str) -> bool:
    return re.fullmatch(MOBILE, phone) is not None
