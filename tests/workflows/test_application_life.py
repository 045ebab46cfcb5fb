"""What an application's life does beside answering messages: many invoices, expedite, an operator's cancel."""

from dataclasses import replace
from datetime import timedelta

from temporalio.client import WorkflowExecutionStatus

from domain.invoices import Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState, InvoiceState
from domain.messages import Policy
from domain.review_policy import FIRST, Level
from infra.review_policy import set_policy
from tests.eventually import eventually
from tests.factories import make_record, make_request
from tests.workflows import standing
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow


async def test_an_application_over_two_entities_and_two_rates_becomes_four_invoices(world: World) -> None:
    records = [
        make_record(world.database, world.customer, amount, entity=entity, rate_bp=rate)
        for entity in ("QY", "QYSH")
        for rate, amount in ((600, 10_600), (1300, 11_300))
    ]
    request = make_request(world.customer, *records)
    await standing.approve(world, request)
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    invoices = world.invoices(request.number)
    assert sorted((row.entity, row.rate_bp, row.total_fen) for row in invoices) == [
        ("QY", 600, 10_600),
        ("QY", 1300, 11_300),
        ("QYSH", 600, 10_600),
        ("QYSH", 1300, 11_300),
    ]
    assert len({row.number for row in invoices}) == 4
    assert (world.balance(Bucket.INVOICED), world.balance(Bucket.RESERVED)) == (43_800, 0)


async def test_an_application_of_which_the_bureau_refuses_a_part_is_partly_issued(world: World) -> None:
    records = make_record(world.database, world.customer, 10_600), make_record(world.database, world.customer, 11_300, rate_bp=1300)
    request = make_request(world.customer, *records)
    world.bureau.refuse[f"{request.number}-2"] = "quota-used-up"
    await standing.approve(world, request)
    await standing.wait_for_application(world, request.number, ApplicationState.PARTLY_ISSUED)
    assert [row.state for row in world.invoices(request.number)] == [InvoiceState.ISSUED, InvoiceState.REFUSED]
    assert (world.balance(Bucket.INVOICED), world.balance(Bucket.RESERVED), world.balance(Bucket.AVAILABLE)) == (10_600, 0, 11_300)
    assert world.violations() == {}


async def test_a_clean_application_within_the_policys_amount_needs_no_person(world: World) -> None:
    await world.issued(standing.new_request(world))  # the first application always needs one
    policy = Policy(automatic_approval_up_to_fen=20_000)
    request = make_request(world.customer, make_record(world.database, world.customer, 10_600), policy=policy)
    await world.apply(request)
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    assert world.application(request.number).decided_by is None


async def test_the_supervisors_policy_lets_a_clean_application_pass_and_an_alarm_never(world: World) -> None:
    await world.issued(standing.new_request(world))
    free = dict.fromkeys(FIRST.points, 0)
    asking_nobody = replace(FIRST, points=free, automatic_up_to_fen=50_000, alarm_asks=False)
    set_policy(world.database, asking_nobody, "for this test", 1, world.reviewer, world.now())
    request = make_request(world.customer, make_record(world.database, world.customer, 10_600))
    await world.apply(request)
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    assert world.application(request.number).decided_by is None
    old = make_record(world.database, world.customer, 50_000, day=world.now().date() - timedelta(days=120))
    alarmed = make_request(world.customer, old)
    await world.apply_reviewing(alarmed)
    await world.at_rest(f"application:{alarmed.number}")
    row = world.application(alarmed.number)
    assert (row.state, row.score, row.level, row.policy_version) == (ApplicationState.REVIEWING, 0, Level.ONE, 2)
    assert world.violations() == {}


async def test_an_application_above_the_policys_amount_waits_for_a_person(world: World) -> None:
    await world.issued(standing.new_request(world))
    policy = Policy(automatic_approval_up_to_fen=10_599)
    request = make_request(world.customer, make_record(world.database, world.customer, 10_600), policy=policy)
    await world.apply_reviewing(request)
    await world.at_rest(f"application:{request.number}")
    assert world.application(request.number).state == ApplicationState.REVIEWING


async def test_a_cancel_that_came_before_an_automatic_approval_wins(idle_world: World) -> None:
    world = idle_world
    async with world.working():
        await world.issued(standing.new_request(world))
    policy = Policy(automatic_approval_up_to_fen=20_000)
    request = make_request(world.customer, make_record(world.database, world.customer, 10_600), policy=policy)
    handle = await world.apply(request)
    cancellation = world.cancellation()
    await handle.signal(ApplicationWorkflow.cancel, cancellation)
    async with world.working():
        assert (await world.answered(cancellation.key)).taken
        await standing.comes_to_rest(world, request.number, ApplicationState.CANCELLED)


async def test_an_expedite_brings_the_promise_forward_to_the_same_day(world: World) -> None:
    """On a Tuesday morning, whatever day it is outside."""
    morning = world.now().replace(hour=2, minute=0)
    world.ahead = morning + timedelta(days=(1 - morning.weekday()) % 7 or 7) - world.now()
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    before = world.application(request.number).promised_at
    message = world.expedite()
    await handle.signal(ApplicationWorkflow.expedite, message)
    assert (await world.answered(message.key)).taken
    after = world.application(request.number).promised_at
    assert before is not None
    assert after is not None
    assert before - after >= timedelta(days=1)
    await handle.signal(ApplicationWorkflow.decide, world.decision())
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)


async def test_an_application_sent_as_urgent_is_expedited_from_its_start(world: World) -> None:
    record = make_record(world.database, world.customer, standing.AMOUNT)
    request = make_request(world.customer, record, expedite=True)
    handle = await world.apply_reviewing(request)
    note = await world.answered(f"{request.number}:with-form")
    assert (note.taken, world.application(request.number).expedited) == (True, True)
    again = world.expedite()
    await handle.signal(ApplicationWorkflow.expedite, again)
    assert (await world.answered(again.key)).code == "already-expedited"


async def test_an_operators_cancel_under_review_releases_the_amount(world: World) -> None:
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    await handle.cancel()
    assert await world.ended(handle.id) is WorkflowExecutionStatus.CANCELED
    await standing.comes_to_rest(world, request.number, ApplicationState.CANCELLED)
    assert world.balance(Bucket.AVAILABLE) == standing.AMOUNT


async def test_an_operators_cancel_before_the_first_step_leaves_nothing_reserved(idle_world: World) -> None:
    world, request = idle_world, standing.new_request(idle_world)
    handle = await world.apply(request)
    await handle.cancel()
    async with world.working():
        assert await world.ended(handle.id) is WorkflowExecutionStatus.CANCELED
        assert world.state_of(request.number) in (None, ApplicationState.CANCELLED)
        assert world.balance(Bucket.RESERVED) == 0
        assert world.violations() == {}


async def test_an_operators_cancel_after_the_approval_tears_nothing_out(world: World) -> None:
    async with standing.application_issuing(world, Medium.ELECTRONIC) as number:
        for life in (f"application:{number}", f"invoice:{number}-1"):
            await world.client.get_workflow_handle(life).cancel()
            await world.at_rest(life)
    assert await world.ended(f"application:{number}") is WorkflowExecutionStatus.COMPLETED
    await standing.comes_to_rest(world, number, ApplicationState.ISSUED)
    await eventually(lambda: world.invoice(f"{number}-1").delivery == "sent", "the mail")
    assert (await world.invoice_handle(f"{number}-1").describe()).status is WorkflowExecutionStatus.RUNNING


async def test_what_was_refused_by_the_rules_completes_the_life_and_reserves_nothing(world: World) -> None:
    record = make_record(world.database, world.customer, opened=False)
    request = make_request(world.customer, record)
    handle = await world.apply(request)
    assert await world.ended(handle.id) is WorkflowExecutionStatus.COMPLETED
    assert world.application(request.number).state == ApplicationState.REFUSED
    assert world.balance(Bucket.RESERVED) == 0
