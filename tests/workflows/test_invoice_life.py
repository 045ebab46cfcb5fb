"""What an invoice's life does beside answering messages: doubts, returns, reissues, lost parcels."""

import pytest

from domain.invoices import Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState, DeliveryState, InvoiceState, ReturnState
from domain.messages import OriginalReceived, ReturnRequest
from tests.eventually import eventually
from tests.factories import make_request
from tests.workflows import standing
from tests.workflows.world import World
from workflows import names
from workflows.application import ApplicationWorkflow
from workflows.invoice import InvoiceWorkflow


async def test_an_answer_that_was_lost_is_looked_up_and_not_asked_for_again(world: World) -> None:
    world.bureau.lose_answers = 1
    world.bureau.forget = True
    invoice_id = await world.issued(standing.new_request(world))
    assert world.bureau.asked == [invoice_id]
    assert [entry.number for entry in world.bureau.entries] == [world.invoice(invoice_id).number]
    assert world.violations() == {}


@pytest.mark.parametrize("medium", Medium)
async def test_a_bureau_that_is_away_is_waited_for(world: World, medium: Medium) -> None:
    world.bureau.down = 1
    invoice_id = await world.issued(standing.new_request(world, medium))
    assert len(world.bureau.entries) == 1
    assert world.invoice(invoice_id).state == InvoiceState.ISSUED


async def test_documents_that_disagree_are_made_again(world: World) -> None:
    world.renderer.disagree = 1
    invoice_id = await world.issued(standing.new_request(world))
    await eventually(lambda: world.invoice(invoice_id).delivery == DeliveryState.SENT, "the mail")
    assert len(world.documents.files) == 2


async def test_an_address_that_is_refused_does_not_stop_the_life(world: World) -> None:
    world.mailer.refuse = "no-such-mailbox"
    invoice_id = await world.issued(standing.new_request(world))
    await eventually(lambda: world.invoice(invoice_id).pdf_sha256, "the documents")
    await standing.return_fully(world, invoice_id, Medium.ELECTRONIC)
    await world.ended(f"invoice:{invoice_id}")
    assert (world.invoice(invoice_id).state, world.invoice(invoice_id).delivery) == (InvoiceState.RETURNED, DeliveryState.PENDING)


@pytest.mark.parametrize(
    ("first", "then", "between"),
    [("request_return", "receive_original", ReturnState.REQUESTED), ("receive_original", "request_return", ReturnState.ORIGINAL_HERE)],
)
async def test_the_halves_of_a_return_come_in_either_order(world: World, first: str, then: str, between: ReturnState) -> None:
    messages: dict[str, ReturnRequest | OriginalReceived] = {"request_return": world.return_request(), "receive_original": world.original()}
    async with standing.issued(world, Medium.PAPER) as invoice_id:
        handle = world.invoice_handle(invoice_id)
        await handle.signal(first, messages[first])
        assert (await world.answered(messages[first].key)).taken
        assert world.invoice(invoice_id).return_state == between
        assert world.bureau.entries_of(f"{invoice_id}:red") == []
        await handle.signal(then, messages[then])
        assert (await world.answered(messages[then].key)).taken
        await world.ended(handle.id)
        blue, red = world.bureau.entries
        assert (red.total_fen, red.original_number) == (-blue.total_fen, blue.number)
        assert (world.balance(Bucket.AVAILABLE), world.balance(Bucket.INVOICED)) == (standing.AMOUNT, 0)
        assert [mail.message_id for mail in world.mailer.sent] == [f"red.{invoice_id}"]
        assert len(world.sms.sent) == 1
        assert world.violations() == {}


async def test_after_a_red_letter_was_refused_a_second_request_works(world: World) -> None:
    async with standing.issued(world, Medium.ELECTRONIC) as invoice_id:
        red = f"{invoice_id}:red"
        world.bureau.refuse[red] = "deducted-by-buyer"
        handle = world.invoice_handle(invoice_id)
        await handle.signal(InvoiceWorkflow.request_return, world.return_request())
        await eventually(lambda: "red-refused" in world.events(handle.id), "the bureau's refusal")
        await world.settled_invoice(invoice_id)
        invoice = world.invoice(invoice_id)
        assert (invoice.state, invoice.return_state, world.balance(Bucket.INVOICED)) == (InvoiceState.ISSUED, ReturnState.NONE, 10_600)

        del world.bureau.refuse[red]
        second = world.return_request()
        await handle.signal(InvoiceWorkflow.request_return, second)
        assert (await world.answered(second.key)).taken
        await world.ended(handle.id)
        assert world.invoice(invoice_id).state == InvoiceState.RETURNED
        assert world.bureau.asked.count(red) == 2
        assert len(world.bureau.entries_of(red)) == 1
        assert world.violations() == {}


@pytest.mark.parametrize("medium", Medium)
async def test_a_reissue_is_a_life_of_its_own_and_names_the_invoice_it_replaces(world: World, medium: Medium) -> None:
    async with standing.issued(world, medium) as returned:
        first = returned.rpartition("-")[0]
        record = world.records_of(first)[0]
        reissue = make_request(world.customer, record, medium=medium, replaces=returned)
        handle = world.invoice_handle(returned)
        await handle.signal(InvoiceWorkflow.request_return, world.return_request(reissue))
        if medium is Medium.PAPER:
            await handle.signal(InvoiceWorkflow.receive_original, world.original())
        life = names.application_workflow_id(reissue.number)
        await eventually(lambda: "checked" in world.events(life), "the corrected application under review")
        attributes = (await world.client.get_workflow_handle(life).describe()).typed_search_attributes
        assert attributes[names.CUSTOMER] == world.customer.enterprise_id
        await world.application_handle(reissue.number).signal(ApplicationWorkflow.decide, world.decision())
        await standing.wait_for_application(world, reissue.number, ApplicationState.ISSUED)
        assert world.invoice(f"{reissue.number}-1").replaces == returned
        assert world.balance(Bucket.INVOICED) == standing.AMOUNT
        assert sum(entry.total_fen for entry in world.bureau.entries) == standing.AMOUNT
        assert world.violations() == {}


async def test_a_reissue_that_was_rejected_leaves_the_amount_available(world: World) -> None:
    async with standing.issued(world, Medium.ELECTRONIC) as returned:
        record = world.records_of(returned.rpartition("-")[0])[0]
        reissue = make_request(world.customer, record, replaces=returned)
        await world.invoice_handle(returned).signal(InvoiceWorkflow.request_return, world.return_request(reissue))
        life = names.application_workflow_id(reissue.number)
        await eventually(lambda: "checked" in world.events(life), "the corrected application under review")
        await world.application_handle(reissue.number).signal(ApplicationWorkflow.cancel, world.cancellation())
        await standing.wait_for_application(world, reissue.number, ApplicationState.CANCELLED)
        assert (world.balance(Bucket.AVAILABLE), world.balance(Bucket.INVOICED)) == (standing.AMOUNT, 0)


async def test_a_lost_parcel_is_sent_anew_once(world: World) -> None:
    async with standing.issued(world, Medium.PAPER) as invoice_id:
        handle = world.invoice_handle(invoice_id)
        first = world.courier.waybills[names.parcel_key(invoice_id, 1)].number
        await handle.signal(InvoiceWorkflow.parcel_moved, world.parcel_update(first, DeliveryState.LOST))
        second_key = names.parcel_key(invoice_id, 2)
        await eventually(lambda: second_key in world.courier.waybills, "the second shipment")
        # Late news of the first says nothing about the second.
        late = world.parcel_update(first, DeliveryState.LOST)
        await handle.signal(InvoiceWorkflow.parcel_moved, late)
        await eventually(lambda: world.parcel_news(late.key), "the late news")
        second = world.parcel_update(world.courier.waybills[second_key].number, DeliveryState.RECEIVED, 2)
        await handle.signal(InvoiceWorkflow.parcel_moved, second)
        await eventually(lambda: world.invoice(invoice_id).delivery == DeliveryState.RECEIVED, "the arrival")
        await world.settled_invoice(invoice_id)
        assert len(world.courier.orders) == 2


async def test_a_return_that_comes_while_the_documents_are_made_follows_the_delivery(world: World) -> None:
    world.renderer.disagree = 1  # so that making them takes another attempt
    request = standing.new_request(world)
    await standing.approve(world, request)
    invoice_id = f"{request.number}-1"
    # The row says so a moment before the life knows; the application is told by the life.
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    message = world.return_request()
    await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.request_return, message)
    assert (await world.answered(message.key)).taken
    await world.ended(f"invoice:{invoice_id}")
    assert [mail.message_id for mail in world.mailer.sent] == [f"issued.{invoice_id}", f"red.{invoice_id}"]
    assert world.violations() == {}


async def test_a_parked_red_letter_shows_in_the_filter_and_leaves_it_again(world: World) -> None:
    async with standing.red_parked(world, Medium.ELECTRONIC) as invoice_id:
        handle = world.invoice_handle(invoice_id)
        assert (await handle.describe()).typed_search_attributes[names.STATE] == InvoiceState.PARKED
        world.bureau.entries = [entry for entry in world.bureau.entries if not entry.request_id.endswith(":red")]
        world.bureau.refuse[f"{invoice_id}:red"] = "deducted-by-buyer"
        await handle.signal(InvoiceWorkflow.look_again, world.look_again())
        await eventually(lambda: "red-refused" in world.events(handle.id), "the bureau's refusal")
        await world.settled_invoice(invoice_id)
        assert (await handle.describe()).typed_search_attributes[names.STATE] == InvoiceState.ISSUED
        del world.bureau.refuse[f"{invoice_id}:red"]
        await handle.signal(InvoiceWorkflow.request_return, world.return_request())


async def test_a_reissue_whose_number_another_life_has_leaves_the_amount_available_and_is_told(world: World) -> None:
    async with standing.issued(world, Medium.ELECTRONIC) as returned:
        first = returned.rpartition("-")[0]
        reissue = make_request(world.customer, world.records_of(first)[0], number=first, replaces=returned)
        await world.invoice_handle(returned).signal(InvoiceWorkflow.request_return, world.return_request(reissue))
        await world.ended(f"invoice:{returned}")
        assert world.invoice(returned).state == InvoiceState.RETURNED
        assert "reissue-not-started" in world.events(f"invoice:{returned}")
        assert world.balance(Bucket.AVAILABLE) == standing.AMOUNT
        assert world.violations() == {}
