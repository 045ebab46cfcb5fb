"""The courier's storage: parcels, what happened to them, and the callbacks that must still be delivered."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

from simulators.storage import now, open_database, transaction

CHINA = timezone(timedelta(hours=8))
STATES = ("ordered", "collected", "in-transit", "delivering", "delivered")
PLACES = {"collected": "北京朝阳营业点", "in-transit": "北京分拨中心", "delivering": "目的地营业点", "delivered": "收件人", "lost": "未知"}
FINAL = ("delivered", "lost")

SCHEMA = """
CREATE TABLE IF NOT EXISTS parcel (
  id INTEGER PRIMARY KEY AUTOINCREMENT, order_key TEXT UNIQUE, number TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL,
  state TEXT NOT NULL, next_step_at TEXT, callback_url TEXT NOT NULL, details TEXT NOT NULL, inbound INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS parcel_due ON parcel (next_step_at) WHERE next_step_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, parcel INTEGER NOT NULL REFERENCES parcel, state TEXT NOT NULL,
  at TEXT NOT NULL, body TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_try_at TEXT, delivered_at TEXT, last_answer TEXT,
  held INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS event_parcel ON event (parcel, id);
CREATE INDEX IF NOT EXISTS event_due ON event (next_try_at) WHERE next_try_at IS NOT NULL;
"""


class Parcels:
    """`step_seconds` 0 means that parcels move only on request."""

    def __init__(self, folder: Path, step_seconds: float) -> None:
        self.database = open_database(folder / "courier.db", SCHEMA)
        self.step_seconds = step_seconds

    def create(self, order_key: str | None, callback_url: str, details: dict[str, Any], inbound: bool) -> tuple[sqlite3.Row, bool]:
        """A new parcel, or the known one of this order key; the second value says whether it is new."""
        with transaction(self.database):
            known = self.by_order(order_key) if order_key is not None else None
            if known is not None:
                return known, False
            place = self.database.execute("SELECT coalesce(max(id), 0) + 1 AS place FROM parcel").fetchone()["place"]
            number = f"SL{datetime.now(CHINA):%y%m%d}{place % 10**7:07d}"
            self.database.execute(
                "INSERT INTO parcel VALUES (?, ?, ?, ?, 'ordered', ?, ?, ?, ?)",
                (place, order_key, number, now(), self._due(), callback_url, json.dumps(details, ensure_ascii=False), int(inbound)),
            )
        return self._by_number(number), True

    def by_order(self, order_key: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.database.execute("SELECT * FROM parcel WHERE order_key = ?", (order_key,)).fetchone()
        return row

    def by_number(self, number: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self.database.execute("SELECT * FROM parcel WHERE number = ?", (number,)).fetchone()
        return row

    def _by_number(self, number: str) -> sqlite3.Row:
        row = self.by_number(number)
        if row is None:
            raise LookupError(number)
        return row

    def _due(self) -> str | None:
        return (datetime.now(UTC) + timedelta(seconds=self.step_seconds)).isoformat(timespec="microseconds") if self.step_seconds else None

    def advance(self, number: str, hold: bool = False) -> sqlite3.Row:
        """One step further; a delivered or lost parcel stays as it is. `hold` keeps its callback until the next one was delivered."""
        with transaction(self.database):
            parcel = self._by_number(number)
            if parcel["state"] not in FINAL:
                self._move(parcel, STATES[STATES.index(parcel["state"]) + 1], hold)
        return self._by_number(number)

    def lose(self, number: str) -> sqlite3.Row:
        with transaction(self.database):
            parcel = self._by_number(number)
            if parcel["state"] not in FINAL:
                self._move(parcel, "lost", hold=False)
        return self._by_number(number)

    def _move(self, parcel: sqlite3.Row, state: str, hold: bool) -> None:
        final = state in FINAL
        self.database.execute(
            "UPDATE parcel SET state = ?, next_step_at = ? WHERE id = ?", (state, None if final else self._due(), parcel["id"])
        )
        at, event_id = now(), f"evt_{uuid4().hex}"
        body = {"event_id": event_id, "waybill": parcel["number"], "order_key": parcel["order_key"], "state": state, "at": at}
        body["place"] = PLACES[state]
        self.database.execute(
            "INSERT INTO event (event_id, parcel, state, at, body, next_try_at, held) VALUES (?, ?, ?, ?, ?, ?, ?)",
            # The last event has no successor, so holding it would hold it for ever.
            (
                event_id,
                parcel["id"],
                state,
                at,
                json.dumps(body, ensure_ascii=False),
                at if parcel["callback_url"] else None,
                int(hold and not final),
            ),
        )

    def due_steps(self) -> list[str]:
        """Numbers of the parcels whose time to move has come."""
        return [row["number"] for row in self.database.execute("SELECT number FROM parcel WHERE next_step_at <= ? ORDER BY id", (now(),))]

    def due_callbacks(self) -> list[sqlite3.Row]:
        """Events to deliver now: the oldest undelivered one of each parcel, so that they arrive in order unless one is held."""
        return self.database.execute(
            "SELECT event.*, parcel.callback_url AS url FROM event JOIN parcel ON parcel.id = event.parcel "
            "WHERE event.next_try_at <= ? AND event.held = 0 AND NOT EXISTS (SELECT 1 FROM event AS older WHERE "
            "older.parcel = event.parcel AND older.id < event.id AND older.held = 0 AND older.next_try_at IS NOT NULL) "
            "ORDER BY event.id LIMIT 50",
            (now(),),
        ).fetchall()

    def next_due(self) -> float | None:
        """Seconds until something is due; None when nothing ever will be without a request."""
        row = self.database.execute(
            "SELECT min(moment) AS first FROM (SELECT min(next_step_at) AS moment FROM parcel WHERE next_step_at IS NOT NULL "
            "UNION ALL SELECT min(next_try_at) FROM event WHERE next_try_at IS NOT NULL AND held = 0)"
        ).fetchone()
        if row["first"] is None:
            return None
        return max(0.0, (datetime.fromisoformat(row["first"]) - datetime.now(UTC)).total_seconds())

    def delivered(self, event: sqlite3.Row, answer: str) -> None:
        """The receiver took it; an older event of the parcel that was held for this one goes next."""
        with transaction(self.database):
            self.database.execute(
                "UPDATE event SET tries = tries + 1, next_try_at = NULL, delivered_at = ?, last_answer = ? WHERE id = ?",
                (now(), answer, event["id"]),
            )
            self.database.execute("UPDATE event SET held = 0 WHERE parcel = ? AND id < ? AND held = 1", (event["parcel"], event["id"]))

    def postponed(self, event: sqlite3.Row, answer: str) -> None:
        """The receiver did not take it: 1, 2, 4 seconds later and so on, at most a minute, without end."""
        wait = min(60.0, 2.0 ** min(event["tries"], 6))
        again = (datetime.now(UTC) + timedelta(seconds=wait)).isoformat(timespec="microseconds")
        self.database.execute(
            "UPDATE event SET tries = tries + 1, next_try_at = ?, last_answer = ? WHERE id = ?", (again, answer, event["id"])
        )

    def events(self, parcel: sqlite3.Row) -> list[sqlite3.Row]:
        return self.database.execute("SELECT * FROM event WHERE parcel = ? ORDER BY id", (parcel["id"],)).fetchall()

    def last(self, count: int) -> list[sqlite3.Row]:
        return self.database.execute("SELECT * FROM parcel ORDER BY id DESC LIMIT ?", (count,)).fetchall()
