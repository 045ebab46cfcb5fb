"""P1: the CPU of a page of fifty records against raw SQL and a raw template over the same rows, in one process."""

import asyncio
import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment

from domain.calendar import china_date
from infra.people import open_session
from infra.settings import Settings
from tests.campaigns.figures import Figure
from tests.campaigns.rounds import alternate_async, cpu_of
from tests.databases import sqlite_database
from tests.factories import make_customer, make_record
from web.app import create_app
from web.dependencies import SESSION_COOKIE
from web.fragments import Fragments
from web.pages import Pages

RECORDS = 600
REQUESTS = 40
"""In one round."""
SQL = """SELECT r.id, r.service, r.order_number, a.name, e.name, r.rate_bp, r.day, r.gross_fen, r.excluded_fen,
r.invoiceable_fen - r.reserved_fen - r.invoiced_fen FROM consumption_record r JOIN account a ON a.id = r.account_id
JOIN entity e ON e.code = r.entity WHERE r.enterprise_id = ? AND r.original_id IS NULL ORDER BY r.day DESC, r.id DESC LIMIT 50"""
TEMPLATE = """<table>{% for id, service, order, account, entity, rate, day, gross, excluded, free in rows %}
<tr class="kp-row"><td><input type="checkbox" name="record" value="{{ id }}"></td><td>{{ service }} {{ order }} {{ account }}</td>
<td>{{ entity }}</td><td>{{ day }}</td><td>{{ rate }}</td><td>{{ gross }}</td><td>{{ excluded }}</td>
<td>{{ free }}</td></tr>{% endfor %}</table>"""


def measure() -> tuple[list[Figure], dict[str, Any]]:
    return asyncio.run(_measure())


async def _measure() -> tuple[list[Figure], dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="kaipiao-bench-") as place:
        folder = Path(place)
        database = sqlite_database(folder)
        customer = make_customer(database)
        today = china_date(datetime.now(UTC))
        for number in range(RECORDS):
            make_record(database, customer, 10_000 + number, day=today - timedelta(days=35 + number % 60))
        token = open_session(database, customer.user_id, datetime.now(UTC))
        config = Settings(data_dir=folder)
        pages = Pages(config)
        app = create_app(config, database=database, pages=pages, documents=None)
        headers = [(b"host", b"kaipiao.test"), (b"cookie", f"{SESSION_COOKIE}={token}".encode()), (b"accept-language", b"zh")]
        connection = sqlite3.connect(folder / "kaipiao.db")
        template = Environment(autoescape=True).from_string(TEMPLATE)

        def raw() -> str:
            return template.render(rows=connection.execute(SQL, (customer.enterprise_id,)).fetchall())

        page = await get_page(app, "/consumption", headers)
        shown = page.count('name="record"')
        if shown != 50:
            raise RuntimeError(f"the page shows {shown} records instead of 50")
        assert raw().count('name="record"') == 50

        async def ours() -> float:
            began = _cpu()
            for _ in range(REQUESTS):
                await get_page(app, "/consumption", headers)
            return (_cpu() - began) * 1000 / REQUESTS

        async def first_view() -> float:
            began = _cpu()
            for _ in range(REQUESTS):
                pages.kept = Fragments()
                await get_page(app, "/consumption", headers)
            return (_cpu() - began) * 1000 / REQUESTS

        async def base() -> float:
            return cpu_of(lambda: [raw() for _ in range(REQUESTS * 5)]) * 1000 / (REQUESTS * 5)

        first = await alternate_async(first_view, base, rounds=5)
        sides = await alternate_async(ours, base, rounds=7)
        connection.close()
        database.engine.dispose()
    print(first.line("P1, nothing kept (the first view after a change, or under new filters): no goal of its own", "ms"))
    print(sides.line("P1 CPU of the page of 50 records, against raw SQL and a raw template of the same rows", "ms"))
    details = {"p1": {"ours": sides.ours, "base": sides.base}, "p1-nothing-kept": {"ours": first.ours, "base": first.base}}
    return [Figure("p1-list-page-to-raw", sides.ratio, 4, "at-most")], details


def _cpu() -> float:
    import time

    return time.process_time()


async def get_page(app: Any, path: str, headers: list[tuple[bytes, bytes]], query: bytes = b"") -> str:
    """One GET through the ASGI application itself; no server or client takes part, so none is measured."""
    answer = bytearray()
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            answer.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 40000),
        "server": ("kaipiao.test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    if status != 200:
        raise RuntimeError(f"{path} answered {status}")
    return answer.decode()
