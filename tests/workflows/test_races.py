"""Messages that exclude each other: the first in the history wins, and exactly one does (I20)."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from domain.lifecycle import ApplicationState
from domain.messages import Verdict
from tests.workflows import standing
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow

RACES = 40

MESSAGES: dict[str, Callable[[World], tuple[Any, Any]]] = {
    "cancel": lambda world: (ApplicationWorkflow.cancel, world.cancellation()),
    "approve": lambda world: (ApplicationWorkflow.decide, world.decision()),
    "reject": lambda world: (ApplicationWorkflow.decide, world.decision(Verdict.REJECT)),
}
STATES = {"cancel": ApplicationState.CANCELLED, "approve": ApplicationState.ISSUED, "reject": ApplicationState.REJECTED}


@pytest.mark.parametrize("message", MESSAGES)
async def test_the_same_message_twice_ends_the_review_once(idle_world: World, message: str) -> None:
    world, request = idle_world, standing.new_request(idle_world)
    to, content = MESSAGES[message](world)
    handle = await world.apply(request)
    await handle.signal(to, content)
    await handle.signal(to, content)
    async with world.working():
        await standing.comes_to_rest(world, request.number, STATES[message])
        ends = [kind for kind in world.events(handle.id) if kind in ("cancelled", "approved", "rejected")]
        assert len(ends) == 1
        assert len(world.bureau.asked) == (message == "approve")


@pytest.mark.parametrize(("first", "second"), [("cancel", "approve"), ("approve", "cancel"), ("reject", "approve"), ("cancel", "reject")])
async def test_of_two_messages_the_first_in_the_history_wins(idle_world: World, first: str, second: str) -> None:
    world, request = idle_world, standing.new_request(idle_world)
    (to_first, winner), (to_second, loser) = MESSAGES[first](world), MESSAGES[second](world)
    handle = await world.apply(request)
    await handle.signal(to_first, winner)
    await handle.signal(to_second, loser)
    async with world.working():
        taken, refused = await world.answered(winner.key), await world.answered(loser.key)
        assert (taken.taken, refused.taken) == (True, False)
        # An approval leads to issuing, and the loser may be answered there or at the end.
        assert refused.code in ({f"already-{STATES[first]}", "already-issuing"} if first == "approve" else {f"already-{STATES[first]}"})
        await standing.comes_to_rest(world, request.number, STATES[first])


async def test_in_races_of_a_cancel_with_an_approval_exactly_one_wins(idle_world: World) -> None:
    world = idle_world
    requests = [standing.new_request(world) for _ in range(RACES)]
    keys = []
    for turn, request in enumerate(requests):
        handle = await world.apply(request)
        cancel, approve = world.cancellation(), world.decision()
        keys.append((cancel.key, approve.key))
        race = [handle.signal(ApplicationWorkflow.cancel, cancel), handle.signal(ApplicationWorkflow.decide, approve)]
        await asyncio.gather(*(race if turn % 2 else reversed(race)))
    async with world.working():
        outcomes: Counter[str] = Counter()
        for request, (cancel_key, approve_key) in zip(requests, keys, strict=True):
            cancelled, approved = await world.answered(cancel_key), await world.answered(approve_key)
            assert cancelled.taken is not approved.taken
            state = ApplicationState.CANCELLED if cancelled.taken else ApplicationState.ISSUED
            await standing.ends(world, request.number, state)
            outcomes[state] += 1
        assert world.violations() == {}
    print(f"races: {dict(outcomes)}")
    assert (outcomes.total(), len(outcomes)) == (RACES, 2)
    assert len(world.bureau.asked) == outcomes[ApplicationState.ISSUED]
