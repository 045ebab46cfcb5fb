"""Paths of a review by people: levels in turn, claims and hand-overs, a promise that is moved, what absent people had."""

from dataclasses import replace
from datetime import timedelta

from domain.absences import AbsenceForm
from domain.access import Role
from domain.calendar import china_date
from domain.lifecycle import ApplicationState
from domain.messages import Verdict
from domain.review_messages import HandOver, PromiseMoved, ReviewClaim
from domain.review_policy import FIRST
from infra.review_absences import set_absence
from infra.review_policy import set_policy
from tests.factories import make_record, make_request, make_reviewer
from tests.sign_offs import make_signing, set_levels
from tests.workflows import standing
from tests.workflows.world import World
from workflows import names
from workflows.application import ApplicationWorkflow


async def levels(world: World) -> list[str]:
    """Three levels; decided twice by the same person, and on an old screen, in between."""
    second, supervisor = make_reviewer(world.database, level=2), make_reviewer(world.database, role=Role.SUPERVISOR)
    policy = replace(FIRST, level_2_from_fen=1, supervisor_from_fen=2)
    set_policy(world.database, policy, "for this path", 1, world.reviewer, world.now())
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    for by, version in ((world.reviewer, 1), (world.reviewer, 2), (second, 1), (second, 2), (supervisor, 3)):
        message = world.decision(by=by, version=version)
        await handle.signal(ApplicationWorkflow.decide, message)
        await world.answered(message.key)
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [handle.id]


async def handed_over(world: World) -> list[str]:
    """Claimed, wanted by another, released, handed over, and decided by whoever got it."""
    other = make_reviewer(world.database)
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    claims = (ReviewClaim("k-1", world.reviewer), ReviewClaim("k-2", other), ReviewClaim("k-3", world.reviewer, release=True))
    for claim in claims:
        await handle.signal(ApplicationWorkflow.claim, claim)
        await world.answered(claim.key)
    await handle.signal(ApplicationWorkflow.hand_over, HandOver("h-1", world.reviewer, other, "for this path"))
    await world.answered("h-1")
    decision = world.decision(by=other)
    await handle.signal(ApplicationWorkflow.decide, decision)
    await world.answered(decision.key)
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [handle.id]


async def promise_moved(world: World) -> list[str]:
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    await handle.signal(ApplicationWorkflow.promise_moved, PromiseMoved("p-1"))
    await handle.signal(ApplicationWorkflow.decide, world.decision())
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [handle.id]


async def absences(world: World) -> list[str]:
    """The night of the first day of an absence: what its person had goes to the substitute."""
    substitute = make_reviewer(world.database)
    handle = await world.apply_reviewing(standing.new_request(world))
    claim = ReviewClaim("k-1", world.reviewer)
    await handle.signal(ApplicationWorkflow.claim, claim)
    await world.answered(claim.key)
    day = china_date(world.now()).isoformat()
    set_absence(world.database, AbsenceForm(world.reviewer, day, day, substitute), world.reviewer, world.now() + timedelta(seconds=1))
    night = await world.client.start_workflow("HousekeepingWorkflow", id="housekeeping-2", task_queue=names.LIVES)
    await world.ended(night.id)
    return [night.id]


async def rejected_told(world: World) -> list[str]:
    """Rejected with a ready reason, which a mail tells."""
    handle = await world.apply_reviewing(standing.new_request(world))
    await handle.signal(ApplicationWorkflow.decide, replace(world.decision(Verdict.REJECT), phrase="title"))
    await world.ended(handle.id)
    return [handle.id]


async def signed_off_long(world: World) -> list[str]:
    """The second run of a wait for its own enterprise: so many messages came that the first was cut."""
    people = make_signing(world.database, world.customer)
    set_levels(world.database, world.customer, (0, (people.first,)))
    request = make_request(people.as_member, make_record(world.database, world.customer))
    handle = await world.apply(request)
    latest = world.application_handle(request.number)
    while (await latest.describe()).run_id == handle.first_execution_run_id:
        too_early = world.expedite()
        await latest.signal(ApplicationWorkflow.expedite, too_early)
        await world.answered(too_early.key)
    for message in (world.sign_off(people.master), world.sign_off(people.first)):
        await latest.signal(ApplicationWorkflow.sign_off, message)
        await world.answered(message.key)
    await latest.signal(ApplicationWorkflow.cancel, world.cancellation())
    await world.ended(handle.id)
    return [handle.id]


REVIEW_PATHS = (levels, handed_over, promise_moved, absences, rejected_told, signed_off_long)
