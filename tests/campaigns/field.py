"""The running parts of a fault campaign, and what cells need to break, mend and read them.

Temporal and PostgreSQL stand behind proxies for worker and web; the campaign itself reads and starts past them.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import uuid4

import httpx
from sqlalchemy import text
from sqlmodel import col, func, select
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from cli.processes import Started, start
from cli.stack import Stack
from domain.invoices import Medium
from domain.messages import ApplicationRequest, Cancellation, ReviewDecision, Verdict
from domain.ports import BureauRecord
from infra.database import Database, make_engine
from infra.invariants import violations
from infra.people import hash_password
from infra.settings import CHECKOUT
from infra.tables import ApplicationRow, InvoiceRow, LifeEventRow, NoteRow, UserRow
from infra.tax_bureau import HttpTaxBureau
from infra.temporal import connect
from tests.campaigns.postgres import KillablePostgres
from tests.campaigns.proxy import Proxy
from tests.factories import Customer, make_customer, make_record, make_request, make_reviewer
from web.application_start import start as start_application
from workflows import names
from workflows.application import ApplicationWorkflow
from workflows.invoice import InvoiceWorkflow

OUTSIDE_TIMEOUT_S = 3.0
DOUBT_S = 6.0
"""Ten and sixty seconds in production. The campaign shortens both alike: what counts is that the doubt lasts longer than any
call of an older attempt can, so that a request in flight has landed before the bureau is asked again."""
SLOTS = 16
RECOVERY_S = 60.0
"""R8: from the fault's end until every life has moved on."""
PASSWORD = "campaign horse 7"
PARTS = ("temporal", "s3", "tax-bureau", "courier", "sms", "mail", "worker", "web")


@dataclass
class Life:
    """One application of one record, and the messages to it that were acknowledged."""

    request: ApplicationRequest
    acknowledged: list[str] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.request.number

    @property
    def invoice_id(self) -> str:
        return names.invoice_id(self.number, 1)


class Lost(Exception):
    """Something that was acknowledged is gone, or something that was to happen did not."""


class Field:
    """Everything a cell has in its hands."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.postgres = KillablePostgres()
        self.to_temporal = Proxy()
        self.to_database = Proxy()
        self.shifted: Started | None = None
        self.lives: list[Life] = []
        """Of the cell that runs."""
        self.seen: set[str] = set()
        """Violations of earlier cells: they stay in the books, and count where they arose."""

    # As a context

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._start)
        self.client: Client = await connect(self._direct)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._stop)

    def _start(self) -> None:
        self.postgres.start()
        self.to_database.target = self.postgres.port
        self.to_temporal.__enter__()
        self.to_database.__enter__()
        self.stack = Stack(
            PARTS,
            environment={
                "KAIPIAO_DATABASE_URL": self.postgres.url("kaipiao").replace(f":{self.postgres.port}/", f":{self.to_database.port}/"),
                "KAIPIAO_TEMPORAL_ADDRESS": f"127.0.0.1:{self.to_temporal.port}",
                "KAIPIAO_OUTSIDE_TIMEOUT_S": str(OUTSIDE_TIMEOUT_S),
                "KAIPIAO_DOUBT_S": str(DOUBT_S),
                "KAIPIAO_WORKER_ACTIVITY_SLOTS": str(SLOTS),
            },
        )
        self._direct = self.stack.settings.model_copy(update={"temporal_address": f"127.0.0.1:{self.stack.settings.temporal_port}"})
        self.to_temporal.target = self.stack.settings.temporal_port
        try:
            self.stack.start_all()
        except BaseException:
            self._stop()
            raise
        self.database = Database(make_engine(self.postgres.url("kaipiao")))
        self.bureau_url = self.stack.urls["tax-bureau"]
        self.http = httpx.Client(trust_env=False, timeout=10)
        self.bureau = HttpTaxBureau(self.bureau_url, 10)
        self.forget(True)
        self.reviewer = make_reviewer(self.database)

    def _stop(self) -> None:
        if self.shifted is not None:
            self.shifted.kill()
        for part in self.stack.parts:  # nothing of theirs is kept, so nobody waits for good-byes
            if self.stack.is_running(part):
                self.stack.kill(part)
        self.stack.close()
        self.to_temporal.__exit__()
        self.to_database.__exit__()
        self.postgres.stop()

    # Bringing lives to a step

    def new_customer(self) -> Customer:
        """A customer whose one person can sign in."""
        customer = make_customer(self.database)
        with self.database.write() as session:
            user = session.get_one(UserRow, customer.user_id)
            user.password_hash = hash_password(PASSWORD)
            session.add(user)
        return customer

    def draft(self, count: int, *, medium: Medium = Medium.ELECTRONIC, customer: Customer | None = None) -> list[Life]:
        """Applications of one record each that nobody has sent yet."""
        owner = customer or make_customer(self.database)
        lives = [
            Life(make_request(owner, make_record(self.database, owner, self.random.randrange(1_000, 900_000)), medium=medium))
            for _ in range(count)
        ]
        self.lives += lives
        return lives

    async def apply(self, lives: Sequence[Life]) -> None:
        """Start the lives in the way the web does."""
        await asyncio.gather(*(start_application(self.client, life.request) for life in lives))

    async def reviewing(self, count: int, *, medium: Medium = Medium.ELECTRONIC) -> list[Life]:
        """Lives that wait for a decision."""
        lives = await asyncio.to_thread(lambda: self.draft(count, medium=medium))
        await self.apply(lives)
        await self.reach(lives, self.checked, "the review", within=120)
        return lives

    async def issued(self, count: int, *, medium: Medium = Medium.ELECTRONIC) -> list[Life]:
        """Lives whose invoice is issued and stored."""
        lives = await self.reviewing(count, medium=medium)
        await self.approve(lives)
        await self.reach(lives, self.stored, "the issued documents", within=180)
        return lives

    # Messages

    async def approve(self, lives: Sequence[Life]) -> None:
        await asyncio.gather(*(self.decide(life, self.decision()) for life in lives))

    def decision(self) -> ReviewDecision:
        return ReviewDecision(f"key-{uuid4()}", self.reviewer, Verdict.APPROVE, 1)

    async def decide(self, life: Life, decision: ReviewDecision) -> None:
        await self.application(life).signal(ApplicationWorkflow.decide, decision)
        life.acknowledged.append(decision.key)

    async def cancel(self, life: Life, message: Cancellation | None = None) -> bool:
        """Whether Temporal acknowledged it: an ended life, or a dead server, does not."""
        message = message or Cancellation(f"key-{uuid4()}", life.request.applicant_id)
        try:
            await self.application(life).signal(ApplicationWorkflow.cancel, message, rpc_timeout=timedelta(seconds=5))
        except RPCError:
            return False
        life.acknowledged.append(message.key)
        return True

    def application(self, life: Life) -> Any:
        return self.client.get_workflow_handle_for(ApplicationWorkflow.run, names.application_workflow_id(life.number))

    def invoice(self, life: Life) -> Any:
        return self.client.get_workflow_handle_for(InvoiceWorkflow.run, names.invoice_workflow_id(life.invoice_id))

    # The bureau

    def forget(self, on: bool) -> None:
        """In forget mode a second ask of the same request gives a second number, which the books then show."""
        self.http.post(f"{self.bureau_url}/admin/forget", json={"on": on}).raise_for_status()

    def order(self, kind: str, containing: str, **more: Any) -> int:
        """Order a fault from the bureau for what mentions this request; its id."""
        body = {"kind": kind, "path": "/invoices", "method": "POST", "containing": containing, **more}
        answer = self.http.post(f"{self.bureau_url}/admin/faults", json=body)
        answer.raise_for_status()
        return int(answer.json()["id"])

    def injected(self, faults: Sequence[int]) -> int:
        """How many of these faults have struck."""
        listed = self.http.get(f"{self.bureau_url}/admin/faults").json()["faults"]
        return sum(1 for fault in listed if fault["id"] in faults and fault["injected"])

    def clear_faults(self) -> None:
        self.http.delete(f"{self.bureau_url}/admin/faults").raise_for_status()

    def book(self) -> list[BureauRecord]:
        return list(self.bureau.book(datetime(2026, 1, 1, tzinfo=UTC)))

    def in_book(self, request_ids: set[str]) -> int:
        return len(request_ids & {record.request_id for record in self.book()})

    # Breaking and mending

    def crash(self, *parts: str) -> None:
        for part in parts:
            self.stack.kill(part)

    def revive(self, *parts: str) -> None:
        for part in parts:
            self.stack.start(part)

    def start_shifted_worker(self, shift: timedelta) -> None:
        """A worker whose clock is off, in place of the ordinary one."""
        log = self.stack.log("shifted-worker")
        command = [self._python(), "-m", "tests.campaigns.shifted_worker", str(shift.total_seconds())]
        began = log.stat().st_size if log.exists() else 0
        self.shifted = start("shifted-worker", command, log=log, folder=CHECKOUT, environment=self.stack.environment)
        wait_until(lambda: b"polling" in log.read_bytes()[began:], "the shifted worker")

    def end_shifted_worker(self) -> None:
        if self.shifted is not None:
            self.shifted.kill()
            self.shifted = None

    @staticmethod
    def _python() -> str:
        import sys

        return sys.executable

    @contextmanager
    def locked(self, lives: Sequence[Life]) -> Any:
        """Hold the lives' consumption records, so that their reservations wait inside their transactions."""
        ids = [record for life in lives for record in life.request.record_ids]
        with self.database.engine.connect() as connection:
            connection.execute(text("SELECT id FROM consumption_record WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"), {"ids": ids})
            yield connection

    def waiting_for_locks(self) -> int:
        with self.database.engine.connect() as connection:
            found = connection.execute(text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
            return int(found.scalar_one())

    # Reading

    def checked(self, lives: Sequence[Life]) -> set[str]:
        """Numbers of those that passed the automatic review."""
        ids = [names.application_workflow_id(life.number) for life in lives]
        with self.database.read() as session:
            found = session.exec(select(LifeEventRow.life).where(col(LifeEventRow.life).in_(ids), LifeEventRow.kind == "checked"))
            return {life.removeprefix("application:") for life in found}

    def states(self, lives: Sequence[Life]) -> dict[str, str]:
        """State of each application that has a row."""
        with self.database.read() as session:
            rows = session.exec(
                select(ApplicationRow.number, ApplicationRow.state).where(col(ApplicationRow.number).in_([life.number for life in lives]))
            )
            return dict(rows.all())

    def invoices(self, lives: Sequence[Life]) -> dict[str, InvoiceRow]:
        with self.database.read() as session:
            rows = session.exec(select(InvoiceRow).where(col(InvoiceRow.application_number).in_([life.number for life in lives]))).all()
            return {row.application_number: row for row in rows}

    def stored(self, lives: Sequence[Life]) -> set[str]:
        return {number for number, row in self.invoices(lives).items() if row.number and row.pdf_sha256 and row.delivery != "pending"}

    def returned(self, lives: Sequence[Life]) -> set[str]:
        return {number for number, row in self.invoices(lives).items() if row.red_number and row.red_pdf_sha256}

    def in_state(self, *wanted: str) -> Callable[[Sequence[Life]], set[str]]:
        return lambda lives: {number for number, state in self.states(lives).items() if state in wanted}

    def noted(self, keys: Sequence[str]) -> dict[str, bool]:
        """Answered messages by key: whether each was taken."""
        with self.database.read() as session:
            return dict(session.exec(select(NoteRow.key, NoteRow.taken).where(col(NoteRow.key).in_(keys))).all())

    async def reach(
        self, lives: Sequence[Life], reached: Callable[[Sequence[Life]], set[str]], what: str, within: float = RECOVERY_S
    ) -> float:
        """Wait until every life is there; seconds that took. Raises Lost."""
        began = time.monotonic()
        wanted = {life.number for life in lives}
        while True:
            there = await asyncio.to_thread(reached, lives)
            if wanted <= there:
                return time.monotonic() - began
            if time.monotonic() - began > within:
                missing = sorted(wanted - there)
                raise Lost(f"{len(missing)} of {len(wanted)} lives did not reach {what} within {within:.0f} s: {', '.join(missing[:3])}")
            await asyncio.sleep(0.1)

    async def check(self) -> list[str]:
        """What is wrong now: invariants on the database and the bureau's book, lost messages, lives without a workflow."""
        book = await asyncio.to_thread(self.book)
        with self.database.read() as session:
            found = [f"{name}: {sentence}" for name, sentences in violations(session, book).items() for sentence in sentences]
            counted = session.exec(select(func.count()).select_from(ApplicationRow)).one()
        if not counted:
            found.append("no application is there: nothing was checked")
        keys = [key for life in self.lives for key in life.acknowledged]
        answered = self.noted(keys)
        found += [f"acknowledged message {key} was never answered" for key in keys if key not in answered]
        found += await self._lives_without_workflow()
        return found

    async def _lives_without_workflow(self) -> list[str]:
        """I21: an application that has not ended has a running workflow, one that has ended has none."""
        states = self.states(self.lives)
        found = [f"I21: acknowledged application {life.number} has no row" for life in self.lives if life.number not in states]
        for life in self.lives:
            ended = states.get(life.number) not in ("reviewing", "issuing")
            end = time.monotonic() + 5
            while True:  # the workflow ends a moment after the row says so
                status = (await self.application(life).describe()).status
                if (status is not WorkflowExecutionStatus.RUNNING) == ended:
                    break
                if time.monotonic() > end:
                    found.append(f"I21: {life.number} is {states.get(life.number)}, its workflow {status.name if status else 'gone'}")
                    break
                await asyncio.sleep(0.1)
        return found


def wait_until(look: Callable[[], bool], what: str, within: float = 30.0) -> None:
    """Raises Lost when it does not come true."""
    end = time.monotonic() + within
    while not look():
        if time.monotonic() > end:
            raise Lost(f"waited {within:.0f} s in vain for {what}")
        time.sleep(0.05)


async def until(look: Callable[[], bool], what: str, within: float = 30.0) -> None:
    await asyncio.to_thread(wait_until, look, what, within)


async def outage(seconds: float) -> None:
    """Let a fault last: its length is part of the fault, nothing is waited for."""
    await asyncio.sleep(seconds)


@asynccontextmanager
async def field_of(seed: int = 1) -> AsyncIterator[Field]:
    """A running field. The worker's and the web's first connections are warm when it is given."""
    async with Field(seed) as made:
        yield made


Cell = Callable[[Field, int, int], Awaitable[float]]
"""A cell gets the field, how many lives to start and how many the fault strikes; it gives the recovery time in seconds."""
