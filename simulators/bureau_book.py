"""The tax bureau's own book: every number it ever gave, with the request it was given for."""

import secrets
import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from simulators.bureau_rules import Blue, check
from simulators.bureau_wire import RequestIn, cents, money
from simulators.storage import open_database, transaction

CHINA = timezone(timedelta(hours=8))
CHANNEL = {"electronic": "2", "paper": "7"}
"""The fifth digit: there is no official list, 2 and 7 were seen on real invoices."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL, remembered INTEGER NOT NULL, number TEXT NOT NULL UNIQUE,
  issued_at TEXT NOT NULL, kind TEXT NOT NULL, medium TEXT NOT NULL, total INTEGER NOT NULL, tax INTEGER NOT NULL,
  seller_tax_id TEXT NOT NULL, buyer_name TEXT NOT NULL, buyer_tax_id TEXT NOT NULL,
  original_number TEXT NOT NULL, red_sheet_number TEXT NOT NULL, request TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entry_request ON entry (request_id);
CREATE INDEX IF NOT EXISTS entry_issued ON entry (issued_at);
CREATE INDEX IF NOT EXISTS entry_original ON entry (original_number) WHERE original_number <> '';
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class DuplicateRequest(Exception):
    """This request id was answered before."""


class Book:
    """Storage and numbering. Amounts are in cents."""

    def __init__(self, folder: Path) -> None:
        self.database = open_database(folder / "tax-bureau.db", SCHEMA)
        # Two bureaus never give the same numbers, so that a mix-up of test books shows.
        self.database.execute("INSERT OR IGNORE INTO setting VALUES ('first', ?)", (secrets.randbelow(9 * 10**14),))
        self._first = self._setting("first")

    @property
    def forgets(self) -> bool:
        """Whether request ids are not remembered. Kept over a restart, lest a test silently stop testing."""
        return bool(self._setting("forgets"))

    @forgets.setter
    def forgets(self, on: bool) -> None:
        self.database.execute("INSERT OR REPLACE INTO setting VALUES ('forgets', ?)", (int(on),))

    def _setting(self, name: str) -> int:
        row = self.database.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return int(row["value"]) if row else 0

    def issue(self, request: RequestIn) -> dict[str, Any]:
        """Give a number. Raises DuplicateRequest or bureau_rules.Refused, and writes nothing then."""
        with transaction(self.database):
            if not self.forgets and self._remembers(request.request_id):
                raise DuplicateRequest
            check(request, self._blue(request.original_number) if request.is_red else None)
            issued_at = datetime.now(UTC)
            place = int(self.database.execute("SELECT coalesce(max(id), 0) + 1 AS place FROM entry").fetchone()["place"])
            self.database.execute(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    place,
                    request.request_id,
                    int(not self.forgets),
                    self._number(request, issued_at, place),
                    issued_at.isoformat(timespec="microseconds"),
                    request.kind,
                    request.medium,
                    cents(request.total),
                    cents(request.tax),
                    request.seller.tax_id,
                    request.buyer.name,
                    request.buyer.tax_id,
                    request.original_number,
                    self._sheet(request, issued_at, place) if request.is_red else "",
                    request.model_dump_json(),
                ),
            )
            row = self.database.execute("SELECT * FROM entry WHERE id = ?", (place,)).fetchone()
        return as_answer(row)

    def _number(self, request: RequestIn, issued_at: datetime, place: int) -> str:
        """`YY PP C SSSSSSSSSSSSSSS` (`domain.md` 1.2); the year is China's."""
        year = issued_at.astimezone(CHINA).year % 100
        return f"{year:02d}{request.province}{CHANNEL[request.medium]}{self._first + place:015d}"

    def _sheet(self, request: RequestIn, issued_at: datetime, place: int) -> str:
        """The confirmation sheet's number: six digits of the district, yymmdd, eight of a serial (`domain.md` 1.2)."""
        return f"{request.province}0108{issued_at.astimezone(CHINA):%y%m%d}{place % 10**8:08d}"

    def _remembers(self, request_id: str) -> bool:
        found = self.database.execute("SELECT 1 FROM entry WHERE request_id = ? AND remembered = 1 LIMIT 1", (request_id,))
        return found.fetchone() is not None

    def _blue(self, number: str) -> Blue | None:
        row = self.database.execute("SELECT * FROM entry WHERE number = ?", (number,)).fetchone()
        if row is None:
            return None
        reds = self.database.execute(
            "SELECT coalesce(sum(total), 0) AS total, coalesce(sum(tax), 0) AS tax FROM entry WHERE original_number = ?", (number,)
        ).fetchone()
        return Blue(
            kind=row["kind"],
            seller_tax_id=row["seller_tax_id"],
            buyer_name=row["buyer_name"],
            buyer_tax_id=row["buyer_tax_id"],
            total=row["total"],
            tax=row["tax"],
            red_total=reds["total"],
            red_tax=reds["tax"],
            is_red=bool(row["original_number"]),
        )

    def look(self, request_id: str) -> dict[str, Any] | None:
        """The first number given for this request, found whether or not the id is remembered as a duplicate."""
        row = self.database.execute("SELECT * FROM entry WHERE request_id = ? ORDER BY id LIMIT 1", (request_id,)).fetchone()
        return as_answer(row) if row else None

    def since(self, moment: datetime, after: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
        """Entries in the order of issue, and the cursor of the next page, if there may be one."""
        rows = self.database.execute(
            "SELECT * FROM entry WHERE issued_at >= ? AND id > ? ORDER BY id LIMIT ?",
            (moment.astimezone(UTC).isoformat(timespec="microseconds"), after, limit),
        ).fetchall()
        return [as_answer(row) for row in rows], (int(rows[-1]["id"]) if len(rows) == limit else None)

    def last(self, count: int) -> list[sqlite3.Row]:
        return self.database.execute("SELECT * FROM entry ORDER BY id DESC LIMIT ?", (count,)).fetchall()


def as_answer(row: sqlite3.Row) -> dict[str, Any]:
    """An entry as it travels; the two red fields only on a red one."""
    answer = {
        "request_id": row["request_id"],
        "number": row["number"],
        "issued_at": row["issued_at"],
        "kind": row["kind"],
        "medium": row["medium"],
        "total": money(row["total"]),
        "tax": money(row["tax"]),
        "buyer_tax_id": row["buyer_tax_id"],
        "seller_tax_id": row["seller_tax_id"],
    }
    if row["original_number"]:
        answer |= {"original_number": row["original_number"], "red_sheet_number": row["red_sheet_number"], "red_sheet_state": "01"}
    return answer
