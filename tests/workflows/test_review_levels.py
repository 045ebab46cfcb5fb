"""Levels, claims and material in a review: who decides, what waits for what, and how long a history grows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import select
from temporalio.client import WorkflowHandle

from domain.access import Role
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Cancellation, Verdict
from domain.review_messages import HandOver, MaterialAnswer, MaterialRequest, ReviewClaim
from domain.review_policy import FIRST
from infra.review_policy import set_policy
from infra.tables import ReviewDecisionRow
from tests.eventually import eventually
from tests.factories import make_reviewer
from tests.workflows import standing
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow


async def at_level(world: World, level: int) -> tuple[ApplicationRequest, WorkflowHandle[Any, Any]]:
    """An application under review that needs so many levels, by its amount."""
    from_fen = {1: (10**9, 10**10), 2: (standing.AMOUNT, 10**10), 3: (1, standing.AMOUNT)}[level]
    policy = replace(
        FIRST, level_2_from_fen=from_fen[0], supervisor_from_fen=from_fen[1], level_2_from_score=900, supervisor_from_score=900
    )
    set_policy(world.database, policy, "测试", 1, world.reviewer, world.now())
    request = standing.new_request(world)
    return request, await world.apply_reviewing(request)


def version_of(world: World, number: str) -> int:
    return world.application(number).version


async def answer_to(world: World, handle: WorkflowHandle[Any, Any], signal: Any, message: Any) -> tuple[bool, str]:
    await handle.signal(signal, message)
    note = await world.answered(message.key)
    return note.taken, note.code


async def test_each_level_is_decided_by_somebody_else(world: World) -> None:
    second, supervisor = make_reviewer(world.database, level=2), make_reviewer(world.database, role=Role.SUPERVISOR)
    request, handle = await at_level(world, 3)
    number = request.number

    async def decide(by: int) -> tuple[bool, str]:
        return await answer_to(world, handle, ApplicationWorkflow.decide, world.decision(by=by, version=version_of(world, number)))

    assert await decide(world.reviewer) == (True, "next-level")
    assert await decide(world.reviewer) == (False, "same-person")
    assert await decide(second) == (True, "next-level")
    assert await decide(second) == (False, "same-person")
    assert world.state_of(number) == ApplicationState.REVIEWING
    assert await decide(supervisor) == (True, "")
    await standing.comes_to_rest(world, number, ApplicationState.ISSUED)
    with world.database.read() as session:
        rows = session.exec(select(ReviewDecisionRow).where(ReviewDecisionRow.application_number == number)).all()
    assert {row.step: row.by for row in rows} == {1: world.reviewer, 2: second, 3: supervisor}


async def test_a_decision_made_on_the_screen_of_the_level_before_counts_for_nothing(world: World) -> None:
    second = make_reviewer(world.database, level=2)
    request, handle = await at_level(world, 2)
    seen = version_of(world, request.number)
    await answer_to(world, handle, ApplicationWorkflow.decide, world.decision(version=seen))
    assert await answer_to(world, handle, ApplicationWorkflow.decide, world.decision(by=second, version=seen)) == (False, "stale-version")


async def test_what_one_has_claimed_another_leaves_until_it_is_released_or_handed_over(world: World) -> None:
    other = make_reviewer(world.database, level=2)
    request, handle = await at_level(world, 1)

    async def claim(by: int, *, release: bool = False) -> tuple[bool, str]:
        return await answer_to(world, handle, ApplicationWorkflow.claim, ReviewClaim(f"key-{uuid4()}", by, release))

    assert await claim(world.reviewer) == (True, "")
    assert await claim(other) == (False, "claimed-by-other")
    assert await answer_to(world, handle, ApplicationWorkflow.decide, world.decision(by=other)) == (False, "claimed-by-other")
    handed = HandOver(f"key-{uuid4()}", world.reviewer, other)
    assert await answer_to(world, handle, ApplicationWorkflow.hand_over, handed) == (True, "")
    assert await claim(world.reviewer) == (False, "claimed-by-other")
    assert await claim(other, release=True) == (True, "")
    assert await claim(world.reviewer, release=True) == (False, "not-claimed")
    assert await answer_to(world, handle, ApplicationWorkflow.decide, world.decision()) == (True, "")
    await standing.comes_to_rest(world, request.number, ApplicationState.ISSUED)


def asking(world: World, number: str) -> MaterialRequest:
    return MaterialRequest(f"key-{uuid4()}", world.reviewer, version_of(world, number), ("contract",), "请上传合同")


async def test_a_review_waits_for_the_material_and_goes_on_with_a_new_promise(world: World) -> None:
    request, handle = await at_level(world, 1)
    number, before = request.number, world.application(request.number).promised_at
    assert await answer_to(world, handle, ApplicationWorkflow.ask, asking(world, number)) == (True, "")
    assert world.state_of(number) == ApplicationState.AWAITING_MATERIAL
    decision = world.decision(version=version_of(world, number))
    assert await answer_to(world, handle, ApplicationWorkflow.decide, decision) == (False, "awaiting-material")
    answer = MaterialAnswer(f"key-{uuid4()}", world.customer.user_id, version_of(world, number), "见附件")
    assert await answer_to(world, handle, ApplicationWorkflow.answer, answer) == (True, "")
    after = world.application(number)
    assert (after.state, after.promised_at is not None and before is not None and after.promised_at >= before) == ("reviewing", True)
    decision = world.decision(version=version_of(world, number))
    assert await answer_to(world, handle, ApplicationWorkflow.decide, decision) == (True, "")
    await standing.comes_to_rest(world, number, ApplicationState.ISSUED)


async def test_material_that_does_not_come_ends_the_application_and_releases_the_amount(lasting_world: World) -> None:
    world = lasting_world
    request, handle = await at_level(world, 1)
    await answer_to(world, handle, ApplicationWorkflow.ask, asking(world, request.number))
    await world.pass_time(timedelta(days=25))
    await eventually(lambda: world.state_of(request.number) == ApplicationState.LAPSED, "the lapse")
    await standing.comes_to_rest(world, request.number, ApplicationState.LAPSED)
    assert "material-lapsed" in world.events(handle.id)


async def test_the_customer_can_cancel_while_its_material_is_awaited(world: World) -> None:
    request, handle = await at_level(world, 1)
    await answer_to(world, handle, ApplicationWorkflow.ask, asking(world, request.number))
    cancel = Cancellation(f"key-{uuid4()}", world.customer.user_id)
    assert await answer_to(world, handle, ApplicationWorkflow.cancel, cancel) == (True, "")
    await standing.comes_to_rest(world, request.number, ApplicationState.CANCELLED)


async def test_however_much_happens_no_history_grows_long_and_nothing_is_forgotten(world: World) -> None:
    request, handle = await at_level(world, 1)
    first = (await handle.describe()).run_id
    claims = [ReviewClaim(f"key-{uuid4()}", world.reviewer, bool(turn % 2)) for turn in range(30)]
    lengths = []
    for claim in claims:
        assert await answer_to(world, handle, ApplicationWorkflow.claim, claim) == (True, "")
        lengths.append((await handle.describe()).history_length)
    assert max(lengths) <= 120
    assert (await handle.describe()).run_id != first
    # A message of an earlier run is not answered again.
    await handle.signal(ApplicationWorkflow.claim, claims[0])
    assert await answer_to(world, handle, ApplicationWorkflow.decide, world.decision(Verdict.REJECT)) == (True, "")
    await standing.comes_to_rest(world, request.number, ApplicationState.REJECTED)
    assert world.events(handle.id).count("claimed") == 15
