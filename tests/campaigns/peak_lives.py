"""A tenth of the peak with real lives: workflows, timers and signals on a server whose time is skipped, fakes at the outside.

The same mix and shares as `peak.py` on a Monday to come. Time goes in steps of half an hour: what came within one starts at its end, and
as many are decided then, by signals and in the queue's order, as the reviewers manage in that time. What this adds to the books alone:
each life's own timer says whether its promise was broken, and that has to agree with the rows.
"""

import asyncio
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sqlmodel import select

from domain.calendar import CHINA, china_date
from domain.invoices import InvoiceKind
from domain.messages import ApplicationRequest, Verdict
from infra.queries.review_queue import queue
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow
from tests.campaigns.peak_load import REJECTED, Arrival, Kind, arrivals_of
from tests.databases import sqlite_database
from tests.eventually import eventually
from tests.factories import Customer, make_customer, make_record, make_request
from tests.workflows.server import time_skipping_server
from tests.workflows.world import World
from web.application_start import draw_number, start
from workflows import names
from workflows.application import ApplicationWorkflow

FIRST, LAST = time(9, 25), time(17, 55)
"""The first and the last step of a working day; the last one is before the promise hour."""
STEP = timedelta(minutes=30)
STEPS = 18
AT_ONCE = 8
"""Lives that start at the same moment: this server is one process, and a start is given up after some seconds."""


@dataclass
class LivesOutcome:
    """Promises kept of those that came and were due, by kind; lives whose timer says another thing than their rows."""

    lives: int = 0
    due: dict[Kind, int] = field(default_factory=dict)
    kept: dict[Kind, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    violations: dict[str, list[str]] = field(default_factory=dict)

    def percent(self, kind: Kind) -> float:
        return 100 * self.kept.get(kind, 0) / self.due[kind] if self.due.get(kind) else 0.0

    def told(self) -> str:
        parts = [f"{kind} {self.percent(kind):.1f} % of {count}" for kind, count in sorted(self.due.items())]
        return f"{self.lives} real lives, time skipped: promises kept: {', '.join(parts)}; {len(self.wrong)} timers say otherwise"


@dataclass
class LivesDesk:
    """The desk of two days on a world of lives."""

    world: World
    dice: random.Random
    customers: dict[int, Customer] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)

    async def run(self, loads: Sequence[tuple[int, int]]) -> LivesOutcome:
        """`loads`: how many come on each day, and how many are decided on it."""
        day = china_date(self.world.now()) + timedelta(days=1)
        while day.weekday() != 0:
            day += timedelta(days=1)
        for count, decisions in loads:
            await self._day(arrivals_of(day, count, self.dice), decisions)
            day += timedelta(days=1)
        return self._outcome()

    async def _day(self, arrivals: list[Arrival], decisions: int) -> None:
        day = arrivals[0].at.date()
        done = 0
        for step in range(STEPS):
            moment = datetime.combine(day, FIRST, tzinfo=CHINA) + step * STEP
            await self._pass_to(moment)
            await self._start([each for each in arrivals if moment - STEP < each.at <= moment or (not step and each.at <= moment)])
            wanted = round(decisions * (step + 1) / STEPS) - done
            done += await self._decide(wanted)
        evening = datetime.combine(day, time(23, 30), tzinfo=CHINA)
        await self._pass_to(evening)
        await self._start([each for each in arrivals if each.at > datetime.combine(day, LAST, tzinfo=CHINA)])

    async def _pass_to(self, moment: datetime) -> None:
        """The clock of all lives at this moment. Nothing is under way: each step before waited for its own."""
        await self.world.environment.sleep(moment - self.world.now())
        self.world.ahead = await self.world.environment.get_current_time() - datetime.now(UTC)

    async def _start(self, arrivals: Sequence[Arrival]) -> None:
        requests = [self._request(arrival) for arrival in arrivals]
        for few in (requests[first : first + AT_ONCE] for first in range(0, len(requests), AT_ONCE)):
            await asyncio.gather(*(start(self.world.client, request) for request in few))
        for request in requests:
            wanted = "expedited" if request.expedite else "checked"
            life = names.application_workflow_id(request.number)
            await eventually(lambda life=life, wanted=wanted: wanted in self.world.events(life), f"{life} {wanted}", within=120)  # type: ignore[misc]
            await self.world.at_rest(life)
        self.numbers += [request.number for request in requests]

    def _request(self, arrival: Arrival) -> ApplicationRequest:
        owner = self.customers.get(arrival.customer)
        known = owner is not None
        owner = self.customers.setdefault(arrival.customer, owner or make_customer(self.world.database))
        record = make_record(self.world.database, owner, arrival.fen, opened=not known)
        kind = InvoiceKind.SPECIAL if arrival.special else InvoiceKind.ORDINARY
        request = make_request(owner, record, kind=kind, number=draw_number(self.world.now()))
        return replace(request, expedite=arrival.kind == "expedited")

    async def _decide(self, count: int) -> int:
        """Decide the first of the queue; how many there were."""
        with self.world.database.read() as session:
            rows = queue(session, "all", self.world.now(), limit=max(1, count)).rows[:count]
        for row in rows:
            life = names.application_workflow_id(row.number)
            verdict = Verdict.REJECT if self.dice.random() < REJECTED else Verdict.APPROVE
            decision = self.world.decision(verdict, version=self.world.application(row.number).version)
            await self.world.client.get_workflow_handle(life).signal(ApplicationWorkflow.decide, decision)
            note = await self.world.answered(decision.key)
            if not note.taken:
                raise RuntimeError(f"the decision about {row.number} was refused: {note.code}")
        for row in rows:
            await self.world.ended(names.application_workflow_id(row.number))
            for invoice in self.world.invoices(row.number):
                await self.world.step_done(names.invoice_workflow_id(invoice.id))
        return len(rows)

    def _outcome(self) -> LivesOutcome:
        found = LivesOutcome(len(self.numbers), violations=self.world.violations())
        now = self.world.now()
        with self.world.database.read() as session:
            rows = session.exec(select(ApplicationRow)).all()
        for row in rows:
            promised, decided = utc(row.promised_at or row.submitted_at), utc_or_none(row.decided_at)
            kept = decided is not None and decided <= promised
            if promised <= now:
                kind: Kind = "expedited" if row.expedited else "special" if row.kind == InvoiceKind.SPECIAL else "ordinary"
                found.due[kind] = found.due.get(kind, 0) + 1
                found.kept[kind] = found.kept.get(kind, 0) + kept
            marked = "overdue" in self.world.events(names.application_workflow_id(row.number))
            if marked is not (promised <= now and not kept):
                found.wrong.append(f"{row.number}: promised {promised}, decided {decided}, its life says {'broken' if marked else 'kept'}")
        return found


async def run_lives(loads: Sequence[tuple[int, int]], seed: int) -> LivesOutcome:
    """Two days of lives on a server of their own."""
    with tempfile.TemporaryDirectory(prefix="kaipiao-peak-") as folder:
        async with await time_skipping_server() as environment:
            world = World(environment, sqlite_database(Path(folder)))
            async with world.working():
                outcome = await LivesDesk(world, random.Random(seed)).run(loads)
            world.database.engine.dispose()
    return outcome
