"""Growth: does a page of a customer with a million records take longer than with a thousand? `python -m tests.campaigns.growth`.

Each size has a PostgreSQL database of its own, built once. In five windows every operation runs at every size, one size after the
other, so that a busy moment strikes all. The figure is the exponent of the median time over the size: 0 is flat, 1 is linear.
"""

import argparse
import asyncio
import math
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from cli.exit import run_main
from domain.calendar import china_date, opens_on
from domain.consumption import last_open_period
from domain.eligibility import earliest_day
from domain.lifecycle import ApplicationState
from infra.books.applications import SqlApplications
from infra.database import Database
from infra.invariants import CHECKS
from infra.people import open_session
from infra.settings import Settings
from tests.campaigns.bench_pages import get_page
from tests.campaigns.figures import Figure, commit, keep, load, report
from tests.campaigns.grown import grow
from tests.factories import Customer, make_request
from tests.postgres import PostgresServer
from web.app import create_app
from web.dependencies import SESSION_COOKIE
from web.fragments import Fragments
from web.pages import Pages

SIZES = (1_000, 10_000, 100_000, 1_000_000)
WINDOWS = 5
TIMES = 12
"""Runs of an operation at one size in one window."""
GOAL = 0.1
LARGE = 10_000
"""Rows from which a table must not be read whole."""

NEWEST = """SELECT id FROM consumption_record WHERE enterprise_id = :id AND standing = 'free' AND day >= :day
ORDER BY day DESC, id DESC LIMIT 20"""

Operation = Callable[[], Awaitable[None]]


@dataclass
class Grown:
    """One size: its database, customer and pages."""

    records: int
    database: Database
    customer: Customer
    pages: Pages
    app: Any
    headers: list[tuple[bytes, bytes]]

    async def visit(self, path: str, query: str = "") -> str:
        """The page as seen the first time: nothing kept from before."""
        self.pages.kept = Fragments()
        return await get_page(self.app, path, self.headers, query.encode())


def _operations(grown: Grown, month: str) -> dict[str, Operation]:
    pages = {
        "list": "",
        "can": "show=can",
        "cannot": "show=cannot",
        "expired": "show=expired",
        "excluded": "show=excluded",
        "seller-of-month": f"show=seller&period={month}",
        "entity": "show=can&entity=QYSH",
        "select-all": "tick=all",
    }

    def page(query: str) -> Operation:
        async def run() -> None:
            await grown.visit("/consumption", query)

        return run

    async def balance() -> None:
        await grown.visit("/")

    books = SqlApplications(grown.database, lambda _text: set())

    async def apply() -> None:
        now = datetime.now(UTC)
        with grown.database.read() as session:
            ids = session.connection().execute(text(NEWEST), {"id": grown.customer.enterprise_id, "day": earliest_day(china_date(now))})
            request = make_request(grown.customer, *ids.scalars())
        reservation = books.reserve(request, now)
        if reservation.refused:
            raise RuntimeError(str(reservation.problems))
        books.end(request.number, ApplicationState.CANCELLED, None, now)

    return {**{name: page(query) for name, query in pages.items()}, "balance": balance, "apply": apply}


def build(server: PostgresServer, records: int, folder: Path) -> Grown:
    today = china_date(datetime.now(UTC))
    opens = opens_on(last_open_period(today)).replace(day=1)
    database = server.new_database()
    customer = grow(database, records, today, opens, earliest_day(today))
    config = Settings(data_dir=folder)
    pages = Pages(config)
    app = create_app(config, database=database, pages=pages, documents=None)
    token = open_session(database, customer.user_id, datetime.now(UTC))
    headers = [(b"host", b"kaipiao.test"), (b"cookie", f"{SESSION_COOKIE}={token}".encode()), (b"accept-language", b"en")]
    return Grown(records, database, customer, pages, app, headers)


def exponent(times: dict[int, float]) -> float:
    """The slope of log time over log size, by least squares."""
    points = [(math.log(size), math.log(seconds)) for size, seconds in times.items()]
    middle_x, middle_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return float(sum((x - middle_x) * (y - middle_y) for x, y in points) / sum((x - middle_x) ** 2 for x, _ in points))


async def measure(sizes: Sequence[Grown], month: str) -> dict[str, dict[int, float]]:
    """Median seconds by operation and size, over all windows."""
    found: dict[str, dict[int, list[float]]] = {}
    operations = {grown.records: _operations(grown, month) for grown in sizes}
    for window in range(WINDOWS + 1):  # the first one warms up and does not count
        for name in operations[sizes[0].records]:
            for grown in sizes if window % 2 else reversed(sizes):
                for _ in range(TIMES if window else 3):
                    began = time.perf_counter()
                    await operations[grown.records][name]()
                    if window:
                        found.setdefault(name, {}).setdefault(grown.records, []).append(time.perf_counter() - began)
        print(f"window {window} of {WINDOWS}, load {load()}", flush=True)
    return {name: {size: median(seconds) for size, seconds in by_size.items()} for name, by_size in found.items()}


def tables_read_whole(database: Database, work: Callable[[], None]) -> list[str]:
    """Large tables of which the work read every row, as PostgreSQL itself counted."""
    statement = text(
        "SELECT relname, seq_scan, n_live_tup FROM pg_stat_user_tables WHERE relname <> 'alembic_version' AND n_live_tup > :large"
    )

    def counted() -> dict[str, int]:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            return {row.relname: row.seq_scan for row in connection.execute(statement, {"large": LARGE})}

    before = counted()
    if not before:
        raise RuntimeError("no large table: the statistics are missing")
    work()
    database.engine.dispose()  # a connection reports what it did when it ends
    return sorted(name for name, scans in counted().items() if scans > before.get(name, 0))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.growth", description="Measure pages at growing numbers of records.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="records of one customer")
    parser.add_argument("--keep", action="store_true", help="write the figures into results/latest.json")
    chosen = parser.parse_args(arguments)
    print(f"on {commit()}, load {load()}", flush=True)
    server = PostgresServer().start()
    try:
        with tempfile.TemporaryDirectory(prefix="kaipiao-growth-") as place:
            sizes = []
            for records in sorted(chosen.sizes):
                began = time.monotonic()
                sizes.append(build(server, records, Path(place)))
                print(f"built {records:,} records in {time.monotonic() - began:.0f} s", flush=True)
            month = last_open_period(china_date(datetime.now(UTC)))
            times = asyncio.run(measure(sizes, month))
            largest = sizes[-1]

            def everything_once() -> None:
                async def run() -> None:
                    for operation in _operations(largest, month).values():
                        await operation()

                asyncio.run(run())

            whole = tables_read_whole(largest.database, everything_once)
            with largest.database.read() as session:
                violations = {name: found for name, check in CHECKS.items() if (found := check(session))}
    finally:
        server.stop()
    figures = []
    for name, by_size in times.items():
        print(f"{name}: " + ", ".join(f"{size:,} {seconds * 1000:.1f} ms" for size, seconds in by_size.items()))
        figures.append(Figure(f"growth-{name}", round(exponent(by_size), 3), GOAL, "at-most"))
    print(f"large tables read whole: {', '.join(whole) or 'none'}; invariants violated at the largest size: {violations or 'none'}")
    figures += [Figure("growth-whole-reads", len(whole), 0, "at-most"), Figure("growth-violations", len(violations), 0, "at-most")]
    if chosen.keep:
        keep("growth", figures, {name: {str(size): seconds for size, seconds in by_size.items()} for name, by_size in times.items()})
    return report(figures)


if __name__ == "__main__":
    run_main(lambda: main(sys.argv[1:]))
