"""P4, P5 and P27: lives per second and their CPU against a no-op workflow of eight activities; the size of a life's history."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import psutil
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain.lifecycle import ApplicationState, DeliveryState, InvoiceState
from domain.messages import ApplicationRequest
from domain.ports import MailMessage
from infra.parts import temporal, test_server
from infra.settings import settings
from infra.temporal import DATA_CONVERTER, add_search_attributes
from tests.campaigns.figures import Figure
from tests.campaigns.noop import QUEUE, NoopWorkflow, nothing
from tests.campaigns.rounds import Sides, alternate_async
from tests.databases import sqlite_database
from tests.eventually import eventually
from tests.factories import make_record, make_request
from tests.fakes import FakeMailer
from tests.workflows.world import World
from workflows import names
from workflows.application import ApplicationWorkflow

LIVES = 24
"""In one round, all under way at once."""
STEPS = 8


@dataclass
class CountingMailer(FakeMailer):
    """Says when enough mails were sent, so that nobody has to look again and again."""

    loop: asyncio.AbstractEventLoop | None = None
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 0

    def send(self, message: MailMessage) -> None:
        super().send(message)
        if len(self.sent) >= self.wanted and self.loop is not None:
            self.loop.call_soon_threadsafe(self.enough.set)


def measure() -> tuple[list[Figure], dict[str, Any]]:
    return asyncio.run(_measure())


async def _measure() -> tuple[list[Figure], dict[str, Any]]:
    figures, details = await _speed()
    events, size = await _history()
    print(f"P27 a life to the end of its thirty days, application and invoice together: {events} events, {size / 1024:.1f} KB")
    figures += [Figure("p27-events", events, 120, "at-most"), Figure("p27-kb", round(size / 1024, 1), 64, "at-most")]
    return figures, details


async def _speed() -> tuple[list[Figure], dict[str, Any]]:
    async with _dev_server() as (environment, server), _noop_worker(environment.client):
        with tempfile.TemporaryDirectory(prefix="kaipiao-bench-") as place:
            mailer = CountingMailer(loop=asyncio.get_running_loop())
            world = World(environment, sqlite_database(Path(place)), mailer=mailer)
            cpu, in_server = Sides([], []), Sides([], [])
            async with world.working():

                async def ours() -> float:
                    requests = [make_request(world.customer, make_record(world.database, world.customer)) for _ in range(LIVES)]
                    return await _timed(lambda: _live(world, mailer, requests), server, cpu.ours, in_server.ours)

                async def base() -> float:
                    return await _timed(lambda: _noops(environment.client), server, cpu.base, in_server.base)

                speed = await alternate_async(ours, base)
            world.database.engine.dispose()
    warm = Sides(cpu.ours[1:], cpu.base[1:])  # the first round of each was for warming up
    print(speed.line("P4 lives per second, against no-op workflows of eight remote activities", "/s"))
    print(warm.line("P5 CPU of a life, worker and Temporal server together", "ms"))
    print(f"   of that in the server: ours {median(in_server.ours[1:]):.0f} ms, base {median(in_server.base[1:]):.0f} ms")
    figures = [
        Figure("p4-lives-to-noop", speed.ratio, 0.5, "at-least"),
        Figure("p5-cpu-ms-a-life", round(median(warm.ours)), 150, "at-most"),
    ]
    return figures, {"p4": {"ours": speed.ours, "base": speed.base}, "p5": {"ours": warm.ours, "base": warm.base}}


@asynccontextmanager
async def _dev_server() -> AsyncIterator[tuple[WorkflowEnvironment, psutil.Process]]:
    """A dev server in memory, and its process."""
    before = {child.pid for child in psutil.Process().children()}
    environment = await WorkflowEnvironment.start_local(
        data_converter=DATA_CONVERTER,
        dev_server_existing_path=str(temporal(settings())),
        search_attributes=names.SEARCH_ATTRIBUTES,
    )
    async with environment:
        (server,) = (child for child in psutil.Process().children() if child.pid not in before)
        yield environment, server


@asynccontextmanager
async def _noop_worker(client: Client) -> AsyncIterator[None]:
    with ThreadPoolExecutor(max_workers=16) as threads:
        async with Worker(
            client,
            task_queue=QUEUE,
            workflows=[NoopWorkflow],
            activities=[nothing],
            activity_executor=threads,
            max_concurrent_activities=16,
        ):
            yield


async def _timed(work: Callable[[], Awaitable[object]], server: psutil.Process, cpu_ms: list[float], server_ms: list[float]) -> float:
    """Pieces per second; notes the CPU of a piece: the server's, and with this process'."""
    here, there, began = time.process_time(), _cpu(server), time.monotonic()
    await work()
    took = time.monotonic() - began
    server_ms.append((_cpu(server) - there) * 1000 / LIVES)
    cpu_ms.append(server_ms[-1] + (time.process_time() - here) * 1000 / LIVES)
    return LIVES / took


def _cpu(server: psutil.Process) -> float:
    times = server.cpu_times()
    return float(times.user + times.system)


async def _live(world: World, mailer: CountingMailer, requests: list[ApplicationRequest]) -> None:
    """From apply to delivered. The decision comes with the start: nobody reads here, so nobody can wait for the review."""
    mailer.enough.clear()
    mailer.wanted = len(mailer.sent) + len(requests)
    await asyncio.gather(
        *(
            world.client.start_workflow(
                ApplicationWorkflow.run,
                request,
                id=names.application_workflow_id(request.number),
                task_queue=names.LIVES,
                start_signal="decide",
                start_signal_args=[world.decision()],
            )
            for request in requests
        )
    )
    await asyncio.wait_for(mailer.enough.wait(), 120)
    last = {names.invoice_id(request.number, 1) for request in requests}

    def all_recorded() -> bool:
        return all(world.invoice(invoice_id).delivery == DeliveryState.SENT for invoice_id in last)

    await eventually(all_recorded, "the last mails to be recorded")


async def _noops(client: Client) -> None:
    await asyncio.gather(*(client.execute_workflow(NoopWorkflow.run, STEPS, id=f"noop-{uuid4()}", task_queue=QUEUE) for _ in range(LIVES)))


async def _history() -> tuple[int, int]:
    """Events and bytes of a life over its whole thirty days, which the time-skipping server lets pass."""
    environment = await WorkflowEnvironment.start_time_skipping(
        data_converter=DATA_CONVERTER,
        test_server_existing_path=str(test_server(settings())),
        test_server_startup_timeout=timedelta(seconds=60),
    )
    async with environment:
        await add_search_attributes(environment.client, names.SEARCH_ATTRIBUTES)
        with tempfile.TemporaryDirectory(prefix="kaipiao-bench-") as place:
            world = World(environment, sqlite_database(Path(place)))
            async with world.working():
                request = make_request(world.customer, make_record(world.database, world.customer))
                application = await world.apply_reviewing(request)
                await application.signal(ApplicationWorkflow.decide, world.decision())
                await eventually(lambda: world.application(request.number).state == ApplicationState.ISSUED, "issued")
                invoice_id = names.invoice_id(request.number, 1)
                await eventually(lambda: world.invoice(invoice_id).delivery == DeliveryState.SENT, "delivered")
                ended = await world.pass_time_to_end_of(invoice_id, timedelta(days=32))
                if ended is not InvoiceState.CLOSED:
                    raise RuntimeError(f"the life ended {ended}")
                histories = [await application.fetch_history(), await world.invoice_handle(invoice_id).fetch_history()]
            with contextlib.suppress(Exception):
                world.database.engine.dispose()
    events = [event for history in histories for event in history.events]
    return len(events), sum(event.ByteSize() for event in events)
