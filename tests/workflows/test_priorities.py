"""Priority and fairness: one rule wherever a life begins, and the steps of a life have it on every queue, on a real server."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.common import Priority
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from domain.invoices import InvoiceKind
from infra.parts import temporal
from infra.settings import settings
from workflows import names
from workflows.priorities import priority_of
from workflows.steps import OUTSIDE, OWN_ROWS


@pytest.mark.parametrize(
    ("expedited", "kind", "key"),
    [
        (True, InvoiceKind.SPECIAL, 1),
        (True, InvoiceKind.ORDINARY, 1),
        (False, InvoiceKind.SPECIAL, 2),
        (False, InvoiceKind.ORDINARY, 3),
    ],
)
def test_expedited_first_then_special_and_customers_take_turns(expedited: bool, kind: str, key: int) -> None:
    assert priority_of(expedited=expedited, kind=kind, enterprise_id=7) == Priority(priority_key=key, fairness_key="7")


@activity.defn
def seen_priority() -> list[str]:
    found = activity.info().priority
    return [str(found.priority_key), found.fairness_key or ""]


@workflow.defn
class WatchedWorkflow:
    """A life with a step on each queue, and a child that says nothing of its own priority."""

    @workflow.run
    async def run(self, queues: list[str]) -> list[list[str]]:
        found = [await workflow.execute_activity(seen_priority, task_queue=queue, **OUTSIDE) for queue in queues]
        found.append(await workflow.execute_activity(seen_priority, **OWN_ROWS))
        child = await workflow.execute_child_workflow(WatchedChildWorkflow.run, id=f"{workflow.info().workflow_id}:child")
        return [*found, child]


@workflow.defn
class WatchedChildWorkflow:
    @workflow.run
    async def run(self) -> list[str]:
        return await workflow.execute_activity(seen_priority, **OWN_ROWS)


@pytest.fixture
async def dev_server() -> AsyncIterator[WorkflowEnvironment]:
    environment = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(temporal(settings())), dev_server_startup_timeout=timedelta(seconds=60)
    )
    async with environment:
        yield environment


async def test_the_steps_of_a_life_have_its_priority_on_every_shared_queue(dev_server: WorkflowEnvironment) -> None:
    shared = [names.ISSUING, names.DOCUMENTS, names.DELIVERY]
    client, priority = dev_server.client, priority_of(expedited=False, kind="special", enterprise_id=42)
    with ThreadPoolExecutor(2) as threads:
        lives = Worker(
            client,
            task_queue=names.LIVES,
            workflows=[WatchedWorkflow, WatchedChildWorkflow],
            activities=[seen_priority],
            activity_executor=threads,
            workflow_runner=UnsandboxedWorkflowRunner(),
        )
        others = [Worker(client, task_queue=queue, activities=[seen_priority], activity_executor=threads) for queue in shared]
        async with lives, others[0], others[1], others[2]:
            found = await client.execute_workflow(
                WatchedWorkflow.run, shared, id=f"watched-{uuid4()}", task_queue=names.LIVES, priority=priority
            )
    assert found == [["2", "42"]] * 5
