"""Ten thousand races of a customer's cancel against a reviewer's approval: `python -m tests.campaigns.races [--races N]`.

Real lives on a Temporal server as `make run` starts it and on PostgreSQL, fakes at the outside. In each race both messages are on
their way at once, from two connections: half of the time one of them starts up to `LATER_S` later, so that it meets the life at every
step of the other's answer. A race is run at one of two moments: while the life waits for its decision, or right after its start, when
nothing is reserved yet. Exactly one of the two has to win each race, and everything else has to follow the winner.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlmodel import col, func, select
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from cli.exit import run_main
from cli.stack import Stack
from domain.lifecycle import ApplicationState, DeliveryState
from domain.messages import ApplicationRequest, Cancellation, ReviewDecision
from infra.database import Database
from infra.tables import ApplicationRow, InvoiceRow, LifeEventRow, NoteRow
from infra.temporal import add_search_attributes, connect
from tests.campaigns.figures import Figure, commit, keep, load, report
from tests.factories import make_customer, make_record, make_request
from tests.postgres import PostgresServer
from tests.workflows.world import World
from web.application_start import start as start_application
from workflows import names
from workflows.application import ApplicationWorkflow

RACES = 10_000
AT_ONCE = 50
"""Races of one batch; `LANES` batches are under way."""
LANES = 2
EACH = 5
"""Races of one customer."""
LATER_S = 0.06
"""About as long as a life takes to answer the first message."""
AT_START = 0.3
"""Share of the races that are run right after the start."""
WITHIN_S = 240.0
FAIR = 0.2
"""With less than this share of the wins on either side the races say nothing."""


@dataclass(frozen=True, slots=True)
class Race:
    """One life and the two messages that race to it; whether Temporal took each in."""

    request: ApplicationRequest
    at_start: bool
    approval: ReviewDecision
    cancel: Cancellation
    head_start_s: float
    """Of the approval; less than 0: of the cancel."""
    sent: list[str] = field(default_factory=list)
    """Keys that Temporal acknowledged: an ended life is not there any more."""

    @property
    def number(self) -> str:
        return self.request.number


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rows say of a race. None: that message got no answer, because the life had ended before it came."""

    number: str
    state: str | None
    approved: bool | None
    cancelled: bool | None
    invoices: int
    answered: bool = True
    """Every message that Temporal acknowledged has its answer."""

    @property
    def both(self) -> bool:
        """Both were told that they won, or it ended as cancelled and invoices were made."""
        return bool(self.approved and self.cancelled) or (self.state == ApplicationState.CANCELLED and self.invoices > 0)

    @property
    def neither(self) -> bool:
        return not self.approved and not self.cancelled

    @property
    def contested(self) -> bool:
        """Both were in the life before it ended: the life itself chose."""
        return self.approved is not None and self.cancelled is not None

    @property
    def wrong(self) -> str:
        """What does not follow the winner; empty when everything does."""
        ended = {ApplicationState.ISSUED: self.approved, ApplicationState.CANCELLED: self.cancelled}
        if self.state is None or not ended.get(ApplicationState(self.state)):
            return f"{self.number} ended {self.state}, approved {self.approved}, cancelled {self.cancelled}"
        if not self.answered:
            return f"{self.number} left an acknowledged message without an answer"
        if self.approved and self.invoices != 1:
            return f"{self.number} was approved and has {self.invoices} invoices"
        return ""


@dataclass
class Tally:
    """What all races came to."""

    races: int = 0
    both: int = 0
    neither: int = 0
    won: Counter[str] = field(default_factory=Counter)
    contested: int = 0
    violations: list[str] = field(default_factory=list)
    took_s: float = 0.0

    def add(self, outcomes: Sequence[Outcome]) -> None:
        for each in outcomes:
            self.races += 1
            self.both += each.both
            self.neither += each.neither
            self.contested += each.contested
            if each.approved is not each.cancelled:
                self.won["approve" if each.approved else "cancel"] += not (each.both or each.neither)
            if each.wrong:
                self.violations.append(each.wrong)


class Ground:
    """A PostgreSQL and a Temporal server of their own, a world on them, and a second connection for the other side."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.postgres = PostgresServer()
        self.stack = Stack(("temporal",))

    def start(self) -> Database:
        self.stack.start_all()
        return self.postgres.start().new_database()

    def stop(self) -> None:
        if self.stack.is_running("temporal"):
            self.stack.kill("temporal")  # nothing of it is kept
        self.stack.close()
        self.postgres.stop()

    async def connect(self, database: Database) -> None:
        client = await connect(self.stack.settings)
        await add_search_attributes(client, names.SEARCH_ATTRIBUTES)
        self.world = World(WorkflowEnvironment.from_client(client), database)
        self.reviewers: Client = await connect(self.stack.settings)

    # Races

    def draft(self, count: int) -> list[Race]:
        """Races over new customers' records, a few each: whoever changes where a customer's records stand does so one at a time."""
        world = self.world
        customers = [make_customer(world.database) for _ in range(0, count, EACH)]
        races = []
        for turn in range(count):
            customer = customers[turn // EACH]
            record = make_record(world.database, customer, self.random.randrange(1_000, 90_000), opened=turn % EACH == 0)
            later = self.random.choice((0.0, self.random.uniform(-LATER_S, LATER_S)))
            at_start = self.random.random() < AT_START
            cancel = Cancellation(f"key-{uuid4()}", customer.user_id)
            races.append(Race(make_request(customer, record), at_start, world.decision(), cancel, later))
        return races

    async def run(self, races: Sequence[Race]) -> None:
        """Bring the lives to the moment of their race, and race."""
        waiting = [race for race in races if not race.at_start]
        await asyncio.gather(*(start_application(self.world.client, race.request) for race in waiting))
        await self._reach({race.number for race in waiting}, self._checked)
        await asyncio.gather(*(self._race(race) for race in self._shuffled(races)))
        await self._reach({race.number for race in races}, self._ended)
        await self._reach({key for race in races for key in race.sent}, self._answered)

    def _shuffled(self, races: Sequence[Race]) -> list[Race]:
        return self.random.sample(races, len(races))

    async def _race(self, race: Race) -> None:
        if race.at_start:
            await start_application(self.world.client, race.request)
        life = names.application_workflow_id(race.number)
        moves = [
            self._send(race, self.reviewers, life, ApplicationWorkflow.decide, race.approval, max(0.0, -race.head_start_s)),
            self._send(race, self.world.client, life, ApplicationWorkflow.cancel, race.cancel, max(0.0, race.head_start_s)),
        ]
        self.random.shuffle(moves)
        await asyncio.gather(*moves)

    async def _send(self, race: Race, client: Client, life: str, to: Any, message: Cancellation | ReviewDecision, later_s: float) -> None:
        if later_s:
            await asyncio.sleep(later_s)  # the distance between the two is what varies from race to race
        try:
            await client.get_workflow_handle(life).signal(to, message)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        else:
            race.sent.append(message.key)

    async def _reach(self, wanted: Collection[str], there: Any) -> None:
        """Wait until all are there. Those that never come are counted afterwards, as what they are."""
        end = time.monotonic() + WITHIN_S
        while not set(wanted) <= await asyncio.to_thread(there, wanted) and time.monotonic() < end:
            await asyncio.sleep(0.05)

    # Reading

    def _checked(self, numbers: Collection[str]) -> set[str]:
        lives = [names.application_workflow_id(number) for number in numbers]
        with self.world.database.read() as session:
            found = session.exec(select(LifeEventRow.life).where(col(LifeEventRow.life).in_(lives), LifeEventRow.kind == "checked"))
            return {life.removeprefix("application:") for life in found}

    def _ended(self, numbers: Collection[str]) -> set[str]:
        return {number for number, state in self._states(numbers).items() if ApplicationState(state).is_final}

    def _answered(self, keys: Collection[str]) -> set[str]:
        return set(self._notes(keys))

    def _states(self, numbers: Collection[str]) -> dict[str, str]:
        with self.world.database.read() as session:
            return dict(
                session.exec(select(ApplicationRow.number, ApplicationRow.state).where(col(ApplicationRow.number).in_(numbers))).all()
            )

    def _notes(self, keys: Collection[str]) -> dict[str, bool]:
        with self.world.database.read() as session:
            return dict(session.exec(select(NoteRow.key, NoteRow.taken).where(col(NoteRow.key).in_(keys))).all())

    def outcomes(self, races: Sequence[Race]) -> list[Outcome]:
        numbers = [race.number for race in races]
        states = self._states(numbers)
        notes = self._notes([key for race in races for key in (race.approval.key, race.cancel.key)])
        with self.world.database.read() as session:
            row: Any = InvoiceRow
            counted = select(row.application_number, func.count()).where(row.application_number.in_(numbers))
            invoices: dict[str, int] = dict(session.execute(counted.group_by(row.application_number)).all())
        return [
            Outcome(
                race.number,
                states.get(race.number),
                notes.get(race.approval.key),
                notes.get(race.cancel.key),
                invoices.get(race.number, 0),
                notes.keys() >= set(race.sent),
            )
            for race in races
        ]

    async def check(self) -> list[str]:
        """What is wrong when all is over: the invariants, with the bureau's book, and lives that did not end."""
        await self._reach({"all"}, self._delivered)
        with self.world.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        broken = await asyncio.to_thread(self.world.violations)
        found = [f"{name}: {sentence}" for name, sentences in broken.items() for sentence in sentences]
        lives = "(WorkflowType = 'ApplicationWorkflow' AND ExecutionStatus != 'Completed')"
        broken_lives = "(WorkflowType = 'InvoiceWorkflow' AND ExecutionStatus != 'Running')"
        async for life in self.world.client.list_workflows(f"{lives} OR {broken_lives}"):
            found.append(f"{life.id} is {life.status.name if life.status else 'nowhere'}")
        return found

    async def stands(self, number: str) -> str:
        """Where the workflows of a race are that went wrong."""
        found = []
        for life in (names.application_workflow_id(number), names.invoice_workflow_id(names.invoice_id(number, 1))):
            with contextlib.suppress(RPCError):
                handle = self.world.client.get_workflow_handle(life)
                there = await handle.describe()
                last = [EventType.Name(event.event_type)[11:] for event in (await handle.fetch_history()).events][-4:]
                under_way = [f"{each.activity_type.name} attempt {each.attempt}" for each in there.raw_description.pending_activities]
                found.append(f"{life} {there.status.name if there.status else ''} {' '.join(under_way)} after {', '.join(last)}")
        return "; ".join(found)

    def _delivered(self, _: Collection[str]) -> set[str]:
        with self.world.database.read() as session:
            left = session.exec(select(func.count()).select_from(InvoiceRow).where(InvoiceRow.delivery != DeliveryState.SENT)).one()
        return set() if left else {"all"}


@asynccontextmanager
async def ground_of(seed: int) -> AsyncIterator[Ground]:
    """A ground on which somebody works."""
    ground = Ground(seed)
    try:
        await ground.connect(await asyncio.to_thread(ground.start))
        async with ground.world.working():
            yield ground
        ground.world.database.engine.dispose()
    finally:
        await asyncio.to_thread(ground.stop)


async def run(count: int, seed: int = 1) -> Tally:
    """So many races, a batch in each lane at a time."""
    tally = Tally()
    began = time.monotonic()
    async with ground_of(seed) as ground:
        sizes = iter([AT_ONCE] * (count // AT_ONCE) + ([count % AT_ONCE] if count % AT_ONCE else []))
        await asyncio.gather(*(_lane(ground, sizes, tally, began) for _ in range(LANES)))
        tally.took_s = time.monotonic() - began
        tally.violations += await ground.check()
        asked = len(set(ground.world.bureau.asked))
        if asked != tally.won["approve"]:
            tally.violations.append(f"the bureau was asked for {asked} invoices, {tally.won['approve']} approvals won")
    return tally


async def _lane(ground: Ground, sizes: Iterator[int], tally: Tally, began: float) -> None:
    for size in sizes:
        races = await asyncio.to_thread(ground.draft, size)
        await ground.run(races)
        before = tally.races
        outcomes = await asyncio.to_thread(ground.outcomes, races)
        tally.add(outcomes)
        for wrong in (each for each in outcomes if each.wrong):
            print(f"{wrong.wrong}: {await ground.stands(wrong.number)}", flush=True)
        if tally.races // 1000 > before // 1000:
            print(f"{tally.races:,} races, {dict(tally.won)}, {time.monotonic() - began:.0f} s, load {load()}", flush=True)


def figures(tally: Tally) -> list[Figure]:
    fair = round(tally.races * FAIR)
    return [
        Figure("races-both", tally.both, 0, "at-most"),
        Figure("races-neither", tally.neither, 0, "at-most"),
        Figure("races-violations", len(tally.violations), 0, "at-most"),
        Figure("races-won-by-cancel", tally.won["cancel"], max(1, fair), "at-least"),
        Figure("races-won-by-approve", tally.won["approve"], max(1, fair), "at-least"),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.races", description="Race cancels against approvals.")
    parser.add_argument("--races", type=int, default=RACES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="write the figures into results/latest.json")
    chosen = parser.parse_args(arguments)
    print(f"{chosen.races:,} races on {commit()}, load {load()}", flush=True)
    tally = asyncio.run(run(chosen.races, chosen.seed))
    for sentence in tally.violations[:10]:
        print(sentence, flush=True)
    print(
        f"{tally.races:,} races in {tally.took_s:.0f} s ({tally.races / tally.took_s:.1f} a second): cancel won {tally.won['cancel']:,}, "
        f"approve {tally.won['approve']:,}; in {tally.contested:,} both messages were in the life before it ended; load {load()}",
        flush=True,
    )
    found = figures(tally)
    if chosen.keep:
        keep("races", found, asdict(tally))
    return report(found)


if __name__ == "__main__":
    run_main(lambda: main(sys.argv[1:]))
