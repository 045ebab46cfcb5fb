"""Every state of an application with every message, and the same message twice."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.invoices import Medium
from domain.lifecycle import ApplicationState
from domain.messages import Verdict
from tests.eventually import eventually
from tests.infra.books.dump import changed, dump
from tests.workflows import standing
from tests.workflows.matrix import TAKEN, is_over, repeat_changes_nothing, signal
from tests.workflows.standing import Standing
from tests.workflows.world import World
from workflows import names
from workflows.application import ApplicationWorkflow

MESSAGES: dict[str, Callable[[World], tuple[Any, Any]]] = {
    "cancel": lambda world: (ApplicationWorkflow.cancel, world.cancellation()),
    "expedite": lambda world: (ApplicationWorkflow.expedite, world.expedite()),
    "approve": lambda world: (ApplicationWorkflow.decide, world.decision()),
    "reject": lambda world: (ApplicationWorkflow.decide, world.decision(Verdict.REJECT)),
}

# The answer to each message, and the state in which the application comes to rest afterwards.
REVIEWING = {
    "cancel": (TAKEN, ApplicationState.CANCELLED),
    "expedite": (TAKEN, ApplicationState.REVIEWING),
    "approve": (TAKEN, ApplicationState.ISSUED),
    "reject": (TAKEN, ApplicationState.REJECTED),
}
ISSUING = {
    "cancel": ("already-issuing", ApplicationState.ISSUED),
    "expedite": ("already-issuing", ApplicationState.ISSUED),
    "approve": ("already-issuing", ApplicationState.ISSUED),
    "reject": ("already-issuing", ApplicationState.ISSUED),
}
ENDED: dict[ApplicationState, Standing] = {
    ApplicationState.ISSUED: standing.application_issued,
    ApplicationState.NOT_ISSUED: standing.not_issued,
    ApplicationState.REJECTED: standing.rejected,
    ApplicationState.CANCELLED: standing.cancelled,
    ApplicationState.REFUSED: standing.refused,
}


def _cells(table: dict[str, tuple[str, ApplicationState]]) -> list[tuple[str, str, ApplicationState]]:
    return [(message, answer, state) for message, (answer, state) in table.items()]


@pytest.mark.parametrize(("message", "answer", "state"), _cells(REVIEWING))
async def test_a_message_before_the_reservation_waits_for_the_review(
    common_world: World, message: str, answer: str, state: ApplicationState
) -> None:
    """It stands in the history before the life's first step."""
    world, request = common_world, standing.new_request(common_world)
    life = names.application_workflow_id(request.number)
    to, content = MESSAGES[message](world)
    await world.client.start_workflow(
        ApplicationWorkflow.run, request, id=life, task_queue=names.LIVES, start_signal=to.__name__, start_signal_args=[content]
    )
    note = await world.answered(content.key)
    assert (note.taken, note.code) == (answer == TAKEN, "")
    await standing.comes_to_rest(world, request.number, state)
    assert "reserved" in world.events(life)


@pytest.mark.parametrize(("message", "answer", "state"), _cells(REVIEWING))
async def test_a_message_under_review_is_taken_once(common_world: World, message: str, answer: str, state: ApplicationState) -> None:
    world = common_world
    async with standing.reviewing(world, Medium.ELECTRONIC) as number:
        life = names.application_workflow_id(number)
        to, content = MESSAGES[message](world)
        await signal(world, life, to, content)
        note = await world.answered(content.key)
        assert (note.life, note.kind, note.by, note.taken, note.code) == (life, message, content.by, answer == TAKEN, "")
        if state is ApplicationState.REVIEWING:
            await repeat_changes_nothing(world, life, to, content)
        await standing.comes_to_rest(world, number, state)


@pytest.mark.parametrize(("message", "answer", "state"), _cells(ISSUING))
async def test_a_message_after_the_approval_is_refused_and_changes_nothing(
    common_world: World, message: str, answer: str, state: ApplicationState
) -> None:
    world = common_world
    async with standing.application_issuing(world, Medium.ELECTRONIC) as number:
        life = names.application_workflow_id(number)
        to, content = MESSAGES[message](world)
        before = dump(world.database, without=["note"])
        await signal(world, life, to, content)
        note = await world.answered(content.key)
        assert (note.life, note.kind, note.taken, note.code) == (life, message, False, answer)
        assert changed(before, dump(world.database, without=["note"])) == {}
        await repeat_changes_nothing(world, life, to, content)
    await standing.comes_to_rest(world, number, state)


@pytest.mark.parametrize("state", ENDED)
async def test_an_application_that_has_ended_takes_no_message(common_world: World, state: ApplicationState) -> None:
    world = common_world
    async with ENDED[state](world, Medium.ELECTRONIC) as number:
        life = names.application_workflow_id(number)
        if state is ApplicationState.ISSUED:
            await world.at_rest(f"invoice:{number}-1")
            await eventually(lambda: world.invoice(f"{number}-1").delivery == "sent", "the mail")
        for message in MESSAGES.values():
            await is_over(world, life, *message(world))
        await standing.comes_to_rest(world, number, state)


async def test_a_second_expedite_is_refused(common_world: World) -> None:
    world = common_world
    async with standing.reviewing(world, Medium.ELECTRONIC) as number:
        life = names.application_workflow_id(number)
        first, second = world.expedite(), world.expedite()
        await signal(world, life, ApplicationWorkflow.expedite, first)
        await signal(world, life, ApplicationWorkflow.expedite, second)
        assert (await world.answered(first.key)).taken
        note = await world.answered(second.key)
        assert (note.taken, note.code) == (False, "already-expedited")
        assert world.application(number).expedited


async def test_nobody_decides_on_his_own_application(common_world: World) -> None:
    world = common_world
    for verdict in Verdict:
        async with standing.reviewing(world, Medium.ELECTRONIC) as number:
            own = world.decision(verdict, by=world.customer.user_id)
            await signal(world, f"application:{number}", ApplicationWorkflow.decide, own)
            note = await world.answered(own.key)
            assert (note.taken, note.code) == (False, "own-application")
            assert world.application(number).state == ApplicationState.REVIEWING


async def test_a_decision_on_another_version_than_the_one_on_the_screen_is_refused(common_world: World) -> None:
    world = common_world
    async with standing.reviewing(world, Medium.ELECTRONIC) as number:
        for version in (0, 2):
            stale = world.decision(version=version)
            await signal(world, f"application:{number}", ApplicationWorkflow.decide, stale)
            note = await world.answered(stale.key)
            assert (note.taken, note.code) == (False, "stale-version")
        assert world.application(number).state == ApplicationState.REVIEWING
