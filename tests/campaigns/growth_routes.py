"""Which large tables a page reads whole: every GET route of the app, asked by every role that may, over a customer with many records.

The routes are the app's own; who asks and for which thing stands in `authz_table.py`. A route that nobody could open is reported.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import NullPool, create_engine, text

from infra.database import Database
from infra.settings import Settings
from tests.campaigns.authz import address, routes
from tests.campaigns.authz_table import LETTERS, TABLE, Line
from tests.campaigns.people_and_things import NOBODY, Answering, fill_things
from tests.fakes import FakeAttachments, FakeInbox
from tests.web.conftest import NoDocuments
from tests.web.temporal import RecordingTemporal
from web.app import create_app
from web.consumption import SHOWS
from web.dependencies import SESSION_COOKIE

LARGE = 10_000
"""Rows from which a table must not be read whole."""
SECONDS = 10
"""Within which a closed connection has told what it read."""
CHECKED = '[{"code": "above-consumption", "raised": false, "evidence": {"amount_fen": "10600", "consumed_fen": "1000000"}}]'
NARROWED = ("period={month}", "account=1", "entity=SH", "rate=900", "account=1&period={month}", "entity=SH&period={month}")

MORE: Mapping[str, tuple[str, ...]] = {
    "/consumption": (
        *(f"show={show}" for show, _ in SHOWS),
        *(f"show={show}&{narrowed}" for show, _ in SHOWS for narrowed in NARROWED),
        "order=111111111111700000",
        "tick=all",
        "show=excluded&tick=all",
        "all={month}..SH.&view=independent",
        "after={month}-05.500000",
    ),
    "/consumption/sum": ("all=...", "all={month}..HZ.&all={month}..SH.", "record=1007&all=...", "all=...&view=independent"),
    "/consumption/statements": ("all={month}..HZ.",),
    "/consumption/amount": ("every=amount&amount=1000", "every=amount&amount=1000&period={month}&entity=SH"),
    "/apply": ("all=...", "all={month}..HZ.", "record=1007", "every=amount&amount=1000", "all=...&split=month"),
    "/apply/split": ("all=...&split=service",),
    "/balance": ("bucket=available", "bucket=available&period={month}", "bucket=reserved&period={month}&entity=HZ&rate=600"),
    "/balance.json": ("bucket=available&period={month}",),
    "/balance/export.csv": ("bucket=available&period={month}",),
    "/back-invoicing/new": ("what=records", "period=2026-04"),
    "/catalogue": ("text=Service", "entity=HZ", "rate=900"),
    "/applications": ("text=KP-261120-00000001", "state=reviewing", "holding={month}.HZ.600.1"),
    "/invoices": ("text=26332000000418203941", "holding={month}.HZ.600.1"),
    "/search": ("q=111111111111700000", "q=26332000000418203941", "q=KP-261120-00000001"),
    "/billing-accounts": ("text=b-1", "which=linked"),
    "/audit": ("action=act-for",),
}
"""Further addresses of a route: filters that read records in other ways."""


@dataclass(frozen=True, slots=True)
class Visited:
    """What was found, as sentences: tables read whole, and routes that nobody could open; how many addresses were asked."""

    whole: tuple[str, ...]
    missed: tuple[str, ...]
    addresses: int


class Watch:
    """Counts how often PostgreSQL read a large table whole, as it says itself."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._asking = create_engine(database.engine.url, poolclass=NullPool)
        if not self._counted():
            raise RuntimeError("no large table: the statistics are missing")

    async def read_whole(self, name: str, work: Callable[[], Awaitable[Any]]) -> list[str]:
        """A sentence for each large table that the work read every row of."""
        before = self._counted()
        await work()
        self.database.engine.dispose()  # a connection reports what it did when it ends
        until = time.monotonic() + SECONDS
        while self._others():
            if time.monotonic() > until:
                raise RuntimeError(f"{name}: connections stay open, so what they read is not known")
            await asyncio.sleep(0.005)
        return [f"{name} reads {table} whole" for table, scans in self._counted().items() if scans > before.get(table, 0)]

    def _counted(self) -> dict[str, int]:
        statement = text("SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup > :large")
        with self._asking.connect() as connection:
            return {row.relname: row.seq_scan for row in connection.execute(statement, {"large": LARGE})}

    def _others(self) -> int:
        statement = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
            "AND pid <> pg_backend_pid()"
        )
        with self._asking.connect() as connection:
            return int(connection.execute(statement).scalar_one())


async def visit_routes(database: Database, folder: Path, tokens: Mapping[str, str], watch: Watch, month: str) -> Visited:
    """Ask for every GET route as everybody with a token, and without one where the route is open."""
    attachments, documents, temporal = FakeAttachments(), NoDocuments(), RecordingTemporal()
    temporal.service_client = Answering()  # type: ignore[attr-defined]
    documents.content = {"a" * 64: b"%PDF-1.7", "b" * 64: b"<x/>"}
    things = fill_things(database, folder, attachments, temporal)
    with database.engine.begin() as connection:  # the automatic check has run, as it has when somebody reviews
        connection.execute(text("UPDATE application SET findings = :findings WHERE state = 'reviewing'"), {"findings": CHECKED})
    client: Any = temporal
    app = create_app(
        Settings(data_dir=folder, default_locale="en"),
        database=database,
        documents=documents,
        attachments=attachments,
        inbox=FakeInbox(),
        temporal=client,
    )
    lines = {line.path: line for line in TABLE if line.method == "GET"}
    whole: list[str] = []
    missed: list[str] = []
    addresses = 0
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://kaipiao.test"
    ) as browser:
        for path in sorted(path for method, path in routes(app) if method == "GET"):
            opened = 0
            for login, asked in _asked(lines.get(path), path, things, month, {*tokens, NOBODY}):
                headers = {"accept-language": "en"} | ({"cookie": f"{SESSION_COOKIE}={tokens[login]}"} if login in tokens else {})
                answers: list[int] = []

                async def ask(asked: str = asked, headers: dict[str, str] = headers, answers: list[int] = answers) -> None:
                    browser.cookies.clear()
                    answers.append((await browser.get(asked, headers=headers)).status_code)

                whole += await watch.read_whole(f"{asked} by {login}", ask)
                addresses += 1
                if answers[0] in (200, 204, 303, lines[path].anyway):
                    opened += 1
                else:
                    missed.append(f"{asked} by {login} answers {answers[0]}")
            if not opened:
                missed.append(f"nobody opened {path}")
    app.state.services.executor.shutdown()
    return Visited(tuple(whole), tuple(missed), addresses)


def _asked(line: Line | None, path: str, things: Mapping[str, Mapping[str, str]], month: str, logins: set[str]) -> list[tuple[str, str]]:
    """Who asks for a route, and by which addresses, further ones by the first; nothing for a route that the table does not know."""
    if line is None:
        return []
    if line.anyway:  # something else than a session is asked for
        return [(NOBODY, address(line, "unknown"))]
    who = line.own if line.kind else line.who
    asked = []
    for letter, login in LETTERS.items():
        if letter not in who or login not in logins:
            continue
        thing = _thing(line, things[line.kind], login) if line.kind else ""
        plain = address(line, thing)
        asked.append((login, plain))
    further = [f"{path}?{query.format(month=month)}" for query in MORE.get(path, ())]
    return [*asked, *((asked[0][0], each) for each in further)] if asked else []


def _thing(line: Line, known: Mapping[str, str], login: str) -> str:
    if line.by_person:
        return known[login]
    place = "B" if login in {"member", "bare"} else "A"
    return known.get(place) or known["A"]
