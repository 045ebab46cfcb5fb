"""What the passing of days brings about: promises, lapses, and the end of the correction window."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.calendar import CHINA, china_date, end_of
from domain.invoices import Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState, DeliveryState, InvoiceState, ReturnState
from infra.calendar import set_day
from tests.eventually import eventually
from tests.workflows import standing
from tests.workflows.world import World
from workflows import names
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
    assert world.application(request.number).state == ApplicationState.REVIEWING
    assert world.held_by(request.number, Bucket.RESERVED) == standing.AMOUNT
    await world.pass_time(timedelta(days=7))
    await standing.comes_to_rest(world, request.number, ApplicationState.LAPSED)
    assert world.events(life).count("overdue") == 1
    assert await world.ended(life) is WorkflowExecutionStatus.COMPLETED
    for name, message in (("decide", world.decision()), ("cancel", world.cancellation()), ("expedite", world.expedite())):
        with pytest.raises(RPCError) as error:
            await handle.signal(name, message)
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


async def test_a_promise_that_a_day_off_moves_is_broken_only_when_the_new_one_passes(lasting_world: World) -> None:
    world, request = lasting_world, standing.new_request(lasting_world)
    handle = await world.apply_reviewing(request)
    promised_at = world.application(request.number).promised_at
    assert promised_at is not None
    set_day(world.database, china_date(promised_at), False, "Move of the office", 0, world.reviewer, world.now())
    moved_to = world.application(request.number).promised_at
    assert moved_to is not None
    assert moved_to > promised_at
    await world.pass_time(promised_at - world.now() + timedelta(minutes=10))
    await world.settled()
    assert (await handle.describe()).typed_search_attributes[names.DUE] == moved_to
    assert "overdue" not in world.events(handle.id)
    await world.pass_time(moved_to - world.now() + timedelta(minutes=10))
    await eventually(lambda: "overdue" in world.events(handle.id), "the broken promise")
    assert world.application(request.number).state == ApplicationState.REVIEWING


async def _a_minute_before_midnight(world: World, medium: Medium) -> str:
    """An invoice on the last minute of its window, which is a day in China."""
    invoice_id = await world.issued(standing.new_request(world, medium))
    await eventually(lambda: world.invoice(invoice_id).delivery != DeliveryState.PENDING, "the delivery")
    closes_at, issued_on = world.invoice(invoice_id).window_closes_at, world.invoice(invoice_id).issued_on
    assert closes_at is not None
    assert issued_on is not None
    assert closes_at == end_of(issued_on + timedelta(days=30))
    await world.pass_time(closes_at - world.now() - timedelta(minutes=1))
    assert world.now().astimezone(CHINA).strftime("%H:%M") == "23:59"
    assert world.invoice(invoice_id).state == InvoiceState.ISSUED
    return invoice_id


@pytest.mark.parametrize("medium", Medium)
async def test_a_return_in_the_last_minute_of_the_thirtieth_day_in_china_counts(lasting_world: World, medium: Medium) -> None:
    world = lasting_world
    invoice_id = await _a_minute_before_midnight(world, medium)
    await standing.return_fully(world, invoice_id, medium)
    await world.ended(f"invoice:{invoice_id}")
    assert world.invoice(invoice_id).state == InvoiceState.RETURNED
    assert world.balance(Bucket.AVAILABLE) == standing.AMOUNT
    assert world.violations() == {}


@pytest.mark.parametrize("medium", Medium)
async def test_a_return_after_the_thirtieth_day_in_china_finds_the_invoice_closed(lasting_world: World, medium: Medium) -> None:
    world = lasting_world
    invoice_id = await _a_minute_before_midnight(world, medium)
    assert await world.pass_time_to_end_of(invoice_id, timedelta(minutes=2)) is InvoiceState.CLOSED
    with pytest.raises(RPCError) as error:
        await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.request_return, world.return_request())
    assert error.value.status is RPCStatusCode.NOT_FOUND
    assert (world.invoice(invoice_id).state, world.invoice(invoice_id).red_number) == (InvoiceState.CLOSED, None)
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
