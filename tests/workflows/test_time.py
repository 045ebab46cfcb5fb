"""What the passing of days brings about: promises, lapses, and the end of the correction window."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.calendar import CHINA, end_of
from domain.invoices import Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState, InvoiceState, ReturnState
from tests.eventually import eventually
from tests.workflows import standing
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow
from workflows.invoice import InvoiceWorkflow


async def test_a_review_that_nobody_decides_is_marked_overdue_and_lapses_after_thirty_days(lasting_world: World) -> None:
    world, request = lasting_world, standing.new_request(lasting_world)
    handle = await world.apply_reviewing(request)
    life = handle.id
    promised_at = world.application(request.number).promised_at
    assert promised_at is not None
    await world.pass_time(promised_at - world.now() - timedelta(minutes=10))
    assert "overdue" not in world.events(life)
    await world.pass_time(timedelta(minutes=20))
    await eventually(lambda: "overdue" in world.events(life), "the broken promise")
    assert world.application(request.number).state == ApplicationState.REVIEWING

    await world.pass_time(timedelta(days=24))
    assert (world.application(request.number).state, world.held_by(request.number, Bucket.RESERVED)) == (ApplicationState.REVIEWING, 10_600)
    await world.pass_time(timedelta(days=7))
    await standing.comes_to_rest(world, request.number, ApplicationState.LAPSED)
    assert world.events(life).count("overdue") == 1
    assert await world.ended(life) is WorkflowExecutionStatus.COMPLETED
    for to, message in ((ApplicationWorkflow.decide, world.decision()), (ApplicationWorkflow.cancel, world.cancellation())):
        with pytest.raises(RPCError) as error:
            await handle.signal(to, message)  # type: ignore[arg-type]
        assert error.value.status is RPCStatusCode.NOT_FOUND


async def test_an_overdue_review_can_still_be_decided(lasting_world: World) -> None:
    world, request = lasting_world, standing.new_request(lasting_world)
    handle = await world.apply_reviewing(request)
    await world.pass_time(timedelta(days=12))
    await eventually(lambda: "overdue" in world.events(handle.id), "the broken promise")
    decision = world.decision()
    await handle.signal(ApplicationWorkflow.decide, decision)
    assert (await world.answered(decision.key)).taken
    await standing.comes_to_rest(world, request.number, ApplicationState.ISSUED)


@pytest.mark.parametrize("medium", Medium)
async def test_a_return_counts_until_midnight_in_china_at_the_end_of_the_thirtieth_day(lasting_world: World, medium: Medium) -> None:
    """One invoice is returned a minute before; for another the same comes after and finds it closed."""
    world = lasting_world
    in_time = await world.issued(standing.new_request(world, medium))
    too_late = await world.issued(standing.new_request(world, medium))
    closes_at = world.invoice(in_time).window_closes_at
    issued_on = world.invoice(in_time).issued_on
    assert closes_at is not None
    assert issued_on is not None
    assert closes_at == end_of(issued_on + timedelta(days=30))
    await eventually(lambda: world.invoice(too_late).delivery != "pending", "the delivery")
    await world.pass_time(closes_at - world.now() - timedelta(minutes=1))
    assert closes_at - world.now() < timedelta(minutes=1, seconds=5)
    assert world.now().astimezone(CHINA).strftime("%H:%M") == "23:59"
    await standing.return_fully(world, in_time, medium)
    await world.ended(f"invoice:{in_time}")
    assert world.invoice(in_time).state == InvoiceState.RETURNED

    assert await world.pass_time_to_end_of(too_late, timedelta(minutes=2)) is InvoiceState.CLOSED
    with pytest.raises(RPCError) as error:
        await world.invoice_handle(too_late).signal(InvoiceWorkflow.request_return, world.return_request())
    assert error.value.status is RPCStatusCode.NOT_FOUND
    assert (world.invoice(too_late).state, world.invoice(too_late).red_number) == (InvoiceState.CLOSED, None)
    assert world.violations() == {}


@pytest.mark.parametrize("half", ["request", "original"])
async def test_half_a_return_lapses_with_the_window(lasting_world: World, half: str) -> None:
    world = lasting_world
    stand = standing.requested if half == "request" else standing.original_here
    async with stand(world, Medium.PAPER) as invoice_id:
        await world.pass_time(timedelta(days=29))
        assert world.invoice(invoice_id).return_state in (ReturnState.REQUESTED, ReturnState.ORIGINAL_HERE)
        assert await world.pass_time_to_end_of(invoice_id, timedelta(days=3)) is InvoiceState.CLOSED
        invoice = world.invoice(invoice_id)
        assert (invoice.state, invoice.return_state, invoice.red_number) == (InvoiceState.CLOSED, ReturnState.NONE, None)
        assert world.bureau.entries_of(f"{invoice_id}:red") == []
        assert world.balance(Bucket.INVOICED) == standing.AMOUNT
        assert world.violations() == {}


async def test_a_window_counts_from_the_invoice_date_and_not_from_the_delivery(lasting_world: World) -> None:
    world = lasting_world
    world.bureau.clock = lambda: world.now() - timedelta(days=20)
    invoice_id = await world.issued(standing.new_request(world))
    await eventually(lambda: world.invoice(invoice_id).delivery == "sent", "the mail")
    await world.pass_time(timedelta(days=9))
    assert world.invoice(invoice_id).state == InvoiceState.ISSUED
    assert await world.pass_time_to_end_of(invoice_id, timedelta(days=3)) is InvoiceState.CLOSED
    assert datetime.now(UTC) < world.now()
