"""The monthly run at the size it must bear, with its worker killed in the middle: `python -m tests.campaigns.monthly`.

PostgreSQL, a Temporal server and a worker process of their own. The run is timed undisturbed, as a ratio to one GROUP BY over the same
records; then the same month is run again on a copy of the database while the worker is killed, and everything must be there once.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

from psycopg import sql
from sqlalchemy import text
from temporalio.client import Client

from cli.exit import run_main
from cli.stack import Stack
from infra.database import Database, make_engine
from infra.invariants import violations
from infra.temporal import connect
from tests.campaigns.field import until
from tests.campaigns.figures import Figure, commit, keep, load, report
from tests.campaigns.grown import grow_customers
from tests.postgres import PostgresServer
from workflows import names
from workflows.statements import StatementWorkflow

CUSTOMERS = 10_000
RECORDS = 1_000_000
DAY = date(2026, 11, 3)
"""The statement day of the month the records are of."""
GOAL = 20.0
ROUNDS = 5
"""Of the GROUP BY, half of them before the run and half after."""

ONE_GROUP_BY = """SELECT enterprise_id, period, entity, COUNT(*), SUM(gross_fen), SUM(invoiceable_fen) FROM consumption_record
GROUP BY enterprise_id, period, entity"""
TWICE = """SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM statement GROUP BY enterprise_id, entity, period HAVING COUNT(*) > 1) s)
+ (SELECT COUNT(*) FROM (SELECT 1 FROM ledger_entry WHERE bucket = 'available' AND amount_fen > 0
   GROUP BY account_id, period, entity, rate_bp HAVING COUNT(*) > 1) e)"""
MISSING = """SELECT (SELECT COUNT(*) FROM (SELECT DISTINCT enterprise_id, entity, period FROM consumption_record) r)
- (SELECT COUNT(*) FROM statement) + (SELECT COUNT(*) FROM balance WHERE bucket = 'not-open' AND amount_fen <> 0)"""


@dataclass
class Outcome:
    """What a run came to. Times in seconds; `missing` counts statements that are not there and sums that are not open."""

    took_s: float = 0.0
    statements: int = 0
    twice: int = 0
    missing: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)


class Ground:
    """The database that every run begins with, and the parts that run on a copy of it."""

    def __init__(self, customers: int, records: int) -> None:
        self.customers, self.records = customers, records
        self.server = PostgresServer()

    def start(self) -> None:
        self.server.start()
        grown = self.server.new_database()
        began = time.monotonic()
        grow_customers(grown, self.customers, self.records, DAY)
        print(f"built {self.records:,} records of {self.customers:,} customers in {time.monotonic() - began:.0f} s", flush=True)
        self._grown = str(grown.engine.url.database)
        grown.engine.dispose()
        self._copy()
        self.database = Database(make_engine(self.server.url("monthly")))
        self.stack = Stack(("temporal", "s3", "worker"), environment={"KAIPIAO_DATABASE_URL": self.server.url("monthly")})
        self.stack.start_all()

    def again(self) -> None:
        """The month as if nobody had run it, and a worker for it."""
        self.stack.kill("worker")
        self.database.engine.dispose()
        self.server.execute(sql.SQL("DROP DATABASE monthly WITH (FORCE)").format())
        self._copy()
        self.stack.start("worker")

    def stop(self) -> None:
        if hasattr(self, "stack"):
            for part in self.stack.parts:
                if self.stack.is_running(part):
                    self.stack.kill(part)
            self.stack.close()
        self.server.stop()

    def _copy(self) -> None:
        self.server.execute(sql.SQL("CREATE DATABASE monthly TEMPLATE {}").format(sql.Identifier(self._grown)))

    def group_by(self) -> float:
        """Seconds of one GROUP BY over the records."""
        with self.database.engine.connect() as connection:
            began = time.perf_counter()
            connection.execute(text(ONE_GROUP_BY)).all()
            return time.perf_counter() - began

    def outcome(self, took_s: float) -> Outcome:
        # The checks join what this run has just written; the database has not counted it yet, and would look at each row of it for each.
        with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        with self.database.read() as session:
            counted = [int(session.connection().execute(text(query)).scalar_one()) for query in (COUNT, TWICE, MISSING)]
            statements, twice, missing = counted
            return Outcome(took_s, statements, twice, missing, violations(session))

    def waiting_for_locks(self) -> int:
        with self.database.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).scalar_one())


COUNT = "SELECT COUNT(*) FROM statement"


async def undisturbed(ground: Ground, client: Client) -> tuple[Outcome, float]:
    """The run, and the median seconds of the GROUP BY before and after it."""
    base = [await asyncio.to_thread(ground.group_by) for _ in range(ROUNDS)][1:]  # the first one warms up
    began = time.perf_counter()
    await client.execute_workflow(StatementWorkflow.run, DAY, id="monthly-undisturbed", task_queue=names.LIVES)
    took = time.perf_counter() - began
    base += [await asyncio.to_thread(ground.group_by) for _ in range(ROUNDS)]
    return await asyncio.to_thread(ground.outcome, took), median(base)


async def struck(ground: Ground, client: Client) -> Outcome:
    """The run whose worker is killed while it is inside the transaction with the middle customer."""
    await asyncio.to_thread(ground.again)
    middle = text("SELECT id FROM enterprise ORDER BY id OFFSET :half LIMIT 1 FOR UPDATE")
    with ground.database.engine.connect() as holder:
        holder.execute(middle, {"half": ground.customers // 2})
        began = time.perf_counter()
        handle: Any = await client.start_workflow(StatementWorkflow.run, DAY, id="monthly-struck", task_queue=names.LIVES)
        await until(lambda: ground.waiting_for_locks() > 0, "the step that holds the middle customer", within=600)
        await asyncio.to_thread(ground.stack.kill, "worker")
    await asyncio.to_thread(ground.stack.start, "worker")
    await handle.result()
    return await asyncio.to_thread(ground.outcome, time.perf_counter() - began)


@asynccontextmanager
async def ground_of(customers: int, records: int) -> AsyncIterator[tuple[Ground, Client]]:
    """A running ground and a client of its Temporal server."""
    ground = Ground(customers, records)
    try:
        await asyncio.to_thread(ground.start)
        yield ground, await connect(ground.stack.settings)
    finally:
        await asyncio.to_thread(ground.stop)


async def run(customers: int, records: int) -> tuple[Outcome, Outcome, float]:
    async with ground_of(customers, records) as (ground, client):
        plain, base = await undisturbed(ground, client)
        print(f"undisturbed: {plain.statements:,} statements in {plain.took_s:.1f} s, one GROUP BY {base:.2f} s, load {load()}", flush=True)
        hit = await struck(ground, client)
        print(f"worker killed in the middle: {hit.statements:,} statements in {hit.took_s:.1f} s, load {load()}", flush=True)
        return plain, hit, base


def figures(plain: Outcome, hit: Outcome, base_s: float) -> list[Figure]:
    both = (plain, hit)
    return [
        Figure("monthly-to-group-by", round(plain.took_s / base_s, 1), GOAL, "at-most"),
        Figure("monthly-twice", sum(each.twice for each in both), 0, "at-most"),
        Figure("monthly-missing", sum(abs(each.missing) for each in both), 0, "at-most"),
        Figure("monthly-violations", sum(len(found) for each in both for found in each.violations.values()), 0, "at-most"),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.monthly", description="Run a month and kill its worker.")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--keep", action="store_true", help="write the figures into results/latest.json")
    chosen = parser.parse_args(arguments)
    print(f"on {commit()}, load {load()}", flush=True)
    plain, hit, base = asyncio.run(run(chosen.customers, chosen.records))
    for outcome in (plain, hit):
        for name, sentences in outcome.violations.items():
            print(f"{name}: {len(sentences)} violations, first {sentences[:3]}", flush=True)
    found = figures(plain, hit, base)
    if chosen.keep:
        keep("monthly", found, {"took_s": plain.took_s, "struck_s": hit.took_s, "group_by_s": base, "statements": plain.statements})
    return report(found)


if __name__ == "__main__":
    run_main(lambda: main(sys.argv[1:]))
