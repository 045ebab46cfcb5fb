"""The worker process: polls every task queue."""

import asyncio
import compileall
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import workflows
from cli.ready import announce_ready
from cli.steps import Steps, build_steps, steps_of
from infra.database import Database, make_engine
from infra.settings import Settings, settings
from infra.temporal import connect
from workflows import names
from workflows.application import ApplicationWorkflow
from workflows.audit import AuditWorkflow
from workflows.authentication import AuthenticationWorkflow
from workflows.batches import BatchWorkflow
from workflows.confirmation import ConfirmationWorkflow
from workflows.housekeeping import HousekeepingWorkflow
from workflows.imports import ImportWorkflow
from workflows.invoice import InvoiceWorkflow
from workflows.limit_notice import LimitNoticeWorkflow
from workflows.promises import PromiseWorkflow
from workflows.reconciliation import ReconciliationWorkflow
from workflows.statements import ExpiryWorkflow, StatementWorkflow
from workflows.ticket_notice import TicketNoticeWorkflow
from workflows.title_notice import TitleNoticeWorkflow

GRACE = timedelta(seconds=20)
"""How long running steps may go on after the worker was told to stop."""

WORKFLOWS = (
    ApplicationWorkflow,
    InvoiceWorkflow,
    AuthenticationWorkflow,
    StatementWorkflow,
    ConfirmationWorkflow,
    ExpiryWorkflow,
    LimitNoticeWorkflow,
    ReconciliationWorkflow,
    PromiseWorkflow,
    TicketNoticeWorkflow,
    TitleNoticeWorkflow,
    HousekeepingWorkflow,
    AuditWorkflow,
    ImportWorkflow,
    BatchWorkflow,
)


SANDBOX = SandboxedWorkflowRunner(
    SandboxRestrictions.default.with_passthrough_modules(
        "domain",
        "activities",
        *(
            "workflows." + shared
            for shared in (
                "attributes",
                "inbox",
                "lasting",
                "material",
                "names",
                "priorities",
                "review",
                "review_end",
                "sign_off",
                "steps",
                "under_review",
            )
        ),
    )
)
"""Each life gets its own copy of its workflow's module; what that module shares with others is loaded once and holds no state."""


def make_workers(client: Client, steps: Steps, threads: ThreadPoolExecutor, slots: int) -> list[Worker]:
    """One worker for each task queue. Document work has its own queue and few slots, so that it never delays the rest."""
    # The sandbox loads a workflow's module anew for each life. Where Python writes no bytecode (PYTHONDONTWRITEBYTECODE,
    # usual in images) it would compile the source each time: a fifth of the worker's time, as measured.
    compileall.compile_dir(Path(workflows.__path__[0]), quiet=2)
    shared: dict[str, Any] = {
        "activity_executor": threads,
        "graceful_shutdown_timeout": GRACE,
        "identity": f"kaipiao@{socket.gethostname()}",
    }
    queues: Sequence[tuple[str, list[Any], int]] = (
        (names.ISSUING, [steps.issuing.issue, steps.reconciliation.compare_with_bureau], slots),
        (
            names.DOCUMENTS,
            [
                steps.documents.store_documents,
                steps.authentications.read_picture,
                steps.attachments.remove_unused,
                *steps_of(steps.audit),
            ],
            2,
        ),
        (
            names.DELIVERY,
            [
                *(steps.delivery.send_invoice, steps.delivery.send_parcel, steps.authentications.tell_result),
                *(steps.tickets.send_ticket_notices, steps.titles.send_title_notices, steps.confirmations.remind_of_statements),
                steps.limits.remind_of_limits,
                *(steps.sign_offs.ask_office, steps.sign_offs.tell_sign_off, steps.material.tell_material),
                steps.review_ends.tell_review_end,
            ],
            slots,
        ),
    )
    # One file at a time: a large one has a processor for itself and a few hundred megabytes in memory.
    queues = (*queues, (names.IMPORTS, [steps.imports.check_import, steps.imports.write_import], 1))
    lives = Worker(
        client,
        task_queue=names.LIVES,
        workflows=WORKFLOWS,
        activities=steps.on_own_rows(),
        workflow_runner=SANDBOX,
        max_concurrent_activities=slots,
        max_concurrent_local_activities=slots,
        **shared,
    )
    others = [
        Worker(client, task_queue=queue, activities=activities, max_concurrent_activities=most, **shared)
        for queue, activities, most in queues
    ]
    return [lives, *others]


@asynccontextmanager
async def running_workers(client: Client, steps: Steps, slots: int) -> AsyncIterator[None]:
    """Poll every queue until the block ends, then drain."""
    # Each worker may fill its slots at once, and the first fills its local ones beside them.
    with ThreadPoolExecutor(max_workers=4 * slots + 1, thread_name_prefix="step") as threads:
        async with contextlib.AsyncExitStack() as stack:
            for worker in make_workers(client, steps, threads, slots):
                await stack.enter_async_context(worker)
            yield


async def work(config: Settings) -> None:
    """Work until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = Database(make_engine(config.database_url))
    client = await connect(config)
    async with running_workers(client, build_steps(config, database), config.worker_activity_slots):
        print("worker: polling", flush=True)
        announce_ready()
        await stop.wait()


def run_worker() -> None:
    asyncio.run(work(settings()))
