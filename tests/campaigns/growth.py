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
from infra.queries.consumption import PAGE
from infra.settings import Settings
from tests.campaigns.bench_pages import get_page
from tests.campaigns.figures import Figure, commit, keep, load, report
from tests.campaigns.grown import grow
from tests.campaigns.growth_routes import Visited, Watch, visit_routes
from tests.campaigns.people_and_things import LOGINS, fill_people
from tests.factories import Customer, make_request
from tests.postgres import PostgresServer
from web.app import create_app
from web.catalogue import Consumed
from web.dependencies import SESSION_COOKIE
from web.fragments import Fragments
from web.pages import Pages

SIZES = (1_000, 10_000, 100_000, 1_000_000)
WINDOWS = 5
TIMES = 6
"""Runs of an operation at one size in one window."""
GOAL = 0.1

NEWEST = """SELECT id FROM consumption_record WHERE enterprise_id = :id AND standing = 'free' AND period = :month AND day >= :day
ORDER BY day DESC, id DESC LIMIT 20"""

Operation = Callable[[], Awaitable[int]]
"""Gives the rows that its page shows; 0 where they do not say how much work it is."""


@dataclass
class Grown:
    """One size: its database, customer and pages."""

    records: int
    database: Database
    customer: Customer
    pages: Pages
    app: Any
    folder: Path
    tokens: dict[str, str]
    """Log-in to the session cookie's value."""

    async def visit(self, path: str, query: str = "", login: str = "master") -> str:
        """The page as seen the first time: nothing kept from before."""
        self.pages.kept = Fragments()
        self.app.state.catalogue = Consumed()
        cookie = f"{SESSION_COOKIE}={self.tokens[login]}".encode()
        headers = [(b"host", b"kaipiao.test"), (b"cookie", cookie), (b"accept-language", b"en")]
        return await get_page(self.app, path, headers, query.encode())


ACCOUNT = "grown-3"
"""One of the customer's smaller accounts."""


def _operations(grown: Grown, month: str) -> dict[str, Operation]:
    with grown.database.read() as session:
        account = session.connection().execute(text("SELECT id FROM account WHERE sub_account_id = :name"), {"name": ACCOUNT}).scalar_one()
    lists = {
        "list": "",
        "can": "show=can",
        "cannot": "show=cannot",
        "expired": "show=expired",
        "excluded": "show=excluded",
        "excluded-of-month": f"show=excluded&period={month}",
        "invoiced-of-month": f"show=invoiced&period={month}",
        "seller-of-month": f"show=seller&period={month}",
        "entity": "show=can&entity=SH",
        "month": f"period={month}",
        "account": f"account={account}",
        "account-of-month": f"show=can&account={account}&period={month}",
        "select-all": "tick=all",
    }
    others = {
        "balance": ("/", "", "master"),
        "balance-tree": ("/balance", f"bucket=available&period={month}", "master"),
        "statements": ("/consumption/statements", "", "master"),
        "statement-ticked": ("/consumption/statements", f"all={month}..SH.", "master"),
        "by-amount": ("/consumption/amount", "", "master"),
        "amount-typed": ("/consumption/amount", "every=amount&amount=1000", "master"),
        "catalogue": ("/catalogue", "", "master"),
        "customer": (f"/billing-accounts/{grown.customer.enterprise_id}", "", "operator"),
    }

    def page(path: str, query: str, login: str) -> Operation:
        async def run() -> int:
            shown = await grown.visit(path, query, login)
            return shown.count("<tr") if path == "/consumption" else 0

        return run

    books = SqlApplications(grown.database, lambda _text: set())

    async def apply() -> int:
        now = datetime.now(UTC)
        with grown.database.read() as session:
            found = {"id": grown.customer.enterprise_id, "month": month, "day": earliest_day(china_date(now))}
            ids = session.connection().execute(text(NEWEST), found)
            request = make_request(grown.customer, *ids.scalars())
        reservation = books.reserve(request, now)
        if reservation.refused:
            raise RuntimeError(str(reservation.problems))
        books.end(request.number, ApplicationState.CANCELLED, None, now)
        return 0

    pages = {name: page("/consumption", query, "master") for name, query in lists.items()}
    return {**pages, **{name: page(*where) for name, where in others.items()}, "apply": apply}


def build(server: PostgresServer, records: int, folder: Path) -> Grown:
    today = china_date(datetime.now(UTC))
    opens = opens_on(last_open_period(today)).replace(day=1)
    database = server.new_database()
    fill_people(database)
    customer = Customer(enterprise_id=1, account_id=1, user_id=1, title_id=1, email_id=1, postal_id=2)
    grow(database, customer, records, today, opens, earliest_day(today))
    config = Settings(data_dir=folder)
    pages = Pages(config)
    app = create_app(config, database=database, pages=pages, documents=None)
    tokens = {login: open_session(database, number, datetime.now(UTC)) for login, (number, *_) in LOGINS.items() if login != "acting"}
    return Grown(records, database, customer, pages, app, folder, tokens)


def exponent(times: dict[int, float]) -> float:
    """The slope of log time over log size, by least squares."""
    points = [(math.log(size), math.log(seconds)) for size, seconds in times.items()]
    middle_x, middle_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return float(sum((x - middle_x) * (y - middle_y) for x, y in points) / sum((x - middle_x) ** 2 for x, _ in points))


async def measure(sizes: Sequence[Grown], month: str) -> dict[str, dict[int, float]]:
    """Median seconds by operation and size, over all windows. A size whose page is not full, as larger ones are, is left out."""
    found: dict[str, dict[int, list[float]]] = {}
    rows: dict[str, dict[int, int]] = {}
    operations = {grown.records: _operations(grown, month) for grown in sizes}
    for window in range(WINDOWS + 1):  # the first one warms up and does not count
        for name in operations[sizes[0].records]:
            for grown in sizes if window % 2 else reversed(sizes):
                for _ in range(TIMES if window else 3):
                    began = time.perf_counter()
                    shown = await operations[grown.records][name]()
                    if window:
                        rows.setdefault(name, {})[grown.records] = shown
                        found.setdefault(name, {}).setdefault(grown.records, []).append(time.perf_counter() - began)
        print(f"window {window} of {WINDOWS}, load {load()}", flush=True)
    medians: dict[str, dict[int, float]] = {}
    for name, by_size in found.items():
        medians[name] = {size: median(by_size[size]) for size in comparable(rows[name])}
    return medians


def comparable(rows: dict[int, int]) -> list[int]:
    """Sizes whose page is as full as the fullest: three rows are quicker than fifty, however they are found."""
    full = [size for size, shown in sorted(rows.items()) if shown >= min(PAGE, max(rows.values()))]
    return full if len(full) > 1 else sorted(rows)


async def read_whole(largest: Grown, month: str) -> Visited:
    """Large tables that an operation of this campaign or a GET route of the app reads whole."""
    watch = Watch(largest.database)
    found = []
    for name, operation in _operations(largest, month).items():
        found += await watch.read_whole(name, operation)
    visited = await visit_routes(largest.database, largest.folder, largest.tokens, watch, month)
    return Visited((*found, *visited.whole), visited.missed, visited.addresses)


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
            with largest.database.read() as session:
                violations = {name: found for name, check in CHECKS.items() if (found := check(session))}
            visited = asyncio.run(read_whole(largest, month))
    finally:
        server.stop()
    figures = []
    for name, by_size in times.items():
        print(f"{name}: " + ", ".join(f"{size:,} {seconds * 1000:.1f} ms" for size, seconds in by_size.items()))
        figures.append(Figure(f"growth-{name}", round(exponent(by_size), 3), GOAL, "at-most"))
    print(f"invariants violated at the largest size: {violations or 'none'}; addresses visited: {visited.addresses}")
    for sentence in (*visited.whole, *visited.missed):
        print(f"  {sentence}")
    figures += [
        Figure("growth-whole-reads", len(visited.whole), 0, "at-most"),
        Figure("growth-routes-not-visited", len(visited.missed), 0, "at-most"),
        Figure("growth-violations", len(violations), 0, "at-most"),
    ]
    if chosen.keep:
        keep("growth", figures, {name: {str(size): seconds for size, seconds in by_size.items()} for name, by_size in times.items()})
    return report(figures)


if __name__ == "__main__":
    run_main(lambda: main(sys.argv[1:]))
