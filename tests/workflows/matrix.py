"""What the tests of every state with every message share: sending, repeating, and what a history shows of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.service import RPCError, RPCStatusCode

from tests.infra.books.dump import changed, dump
from tests.workflows.world import World

Send = Callable[[World, str], tuple[Any, Any]]
"""Makes a message to a life: the signal and its value."""

OVER = "over"
"""The expected answer of a life that has ended: the server says NOT_FOUND."""
TAKEN = "taken"

_NO_EFFECT = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
}


async def signal(world: World, life: str, to: Any, message: Any) -> None:
    await world.client.get_workflow_handle(life).signal(to, message)


async def is_over(world: World, life: str, to: Any, message: Any) -> None:
    """The server refuses the message, and no row changes."""
    before = dump(world.database)
    with pytest.raises(RPCError) as error:
        await signal(world, life, to, message)
    assert error.value.status is RPCStatusCode.NOT_FOUND
    assert changed(before, dump(world.database)) == {}
    assert world.note(message.key) is None


async def repeat_changes_nothing(world: World, life: str, to: Any, message: Any) -> None:
    """The same message again: the life takes it in, and runs no step for it."""
    await world.at_rest(life)
    rows = dump(world.database)
    async with runs_no_step(world, life):
        await signal(world, life, to, message)
    assert changed(rows, dump(world.database)) == {}


@asynccontextmanager
async def runs_no_step(world: World, life: str) -> AsyncIterator[None]:
    """A message is sent in the block: the life takes it in, and runs no step for it."""
    before = await _event_types(world, life)
    yield
    await world.at_rest(life)
    after = await _event_types(world, life)
    assert after[: len(before)] == before
    assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED in after[len(before) :]
    assert set(after[len(before) :]) <= _NO_EFFECT


async def _event_types(world: World, life: str) -> list[int]:
    history = await world.client.get_workflow_handle(life).fetch_history()
    return [event.event_type for event in history.events]
