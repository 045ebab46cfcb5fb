"""The life most applications have, over the whole thirty days."""

from datetime import timedelta

from domain.ledger import Bucket
from domain.lifecycle import ApplicationState, DeliveryState, InvoiceState
from tests.eventually import eventually
from tests.factories import make_record, make_request
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow


async def test_an_approved_application_is_issued_mailed_and_closed_after_thirty_days(lasting_world: World) -> None:
    world = lasting_world
    request = make_request(world.customer, make_record(world.database, world.customer, 10_600))

    handle = await world.apply_reviewing(request)
    assert world.balance(Bucket.RESERVED) == 10_600
    await handle.signal(ApplicationWorkflow.decide, world.decision())
    await eventually(lambda: world.application(request.number).state == ApplicationState.ISSUED)
    invoice_id = f"{request.number}-1"
    await eventually(lambda: world.invoice(invoice_id).delivery == DeliveryState.SENT)
    await world.pass_time(timedelta(days=29))
    assert world.invoice(invoice_id).state == InvoiceState.ISSUED

    assert await world.pass_time_to_end_of(invoice_id, timedelta(days=2)) is InvoiceState.CLOSED
    invoice = world.invoice(invoice_id)
    assert (invoice.net_fen, invoice.tax_fen, invoice.state) == (10_000, 600, InvoiceState.CLOSED)
    assert [entry.number for entry in world.bureau.entries] == [invoice.number]
    assert [len(mail.attachments) for mail in world.mailer.sent] == [2]
    assert (world.balance(Bucket.INVOICED), world.balance(Bucket.RESERVED), world.balance(Bucket.AVAILABLE)) == (10_600, 0, 0)
