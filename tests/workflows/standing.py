"""Bringing a life to a state in which a message finds it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from domain.invoices import Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState, DeliveryState, InvoiceState, ReturnState
from domain.messages import ApplicationRequest, Verdict
from tests.eventually import eventually
from tests.factories import make_record, make_request
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow
from workflows.invoice import InvoiceWorkflow

AMOUNT = 10_600

Standing = Callable[[World, Medium], AbstractAsyncContextManager[str]]
"""Gives the application's number, or the invoice's id, while the life stands in its state."""


def new_request(world: World, medium: Medium = Medium.ELECTRONIC) -> ApplicationRequest:
    return make_request(world.customer, make_record(world.database, world.customer, AMOUNT), medium=medium)


async def approve(world: World, request: ApplicationRequest) -> None:
    handle = await world.apply_reviewing(request)
    await handle.signal(ApplicationWorkflow.decide, world.decision())


async def wait_for_application(world: World, number: str, state: ApplicationState) -> None:
    await eventually(lambda: world.state_of(number) == state, f"{number} is {state}", within=60)
    if state.is_final:
        await world.ended(f"application:{number}")


async def comes_to_rest(world: World, number: str, state: ApplicationState) -> None:
    """The rows say how it ended, and the money is where that end puts it. No other life may be under way."""
    await ends(world, number, state)
    assert world.violations() == {}


async def ends(world: World, number: str, state: ApplicationState) -> None:
    """The same without the books' invariants, which a step of another life may be about to keep."""
    await wait_for_application(world, number, state)
    expected = {Bucket.RESERVED: 0, Bucket.INVOICED: 0}
    if not state.is_final:
        expected[Bucket.RESERVED] = AMOUNT
    elif state is ApplicationState.ISSUED:
        expected[Bucket.INVOICED] = AMOUNT
    assert {bucket: world.held_by(number, bucket) for bucket in expected} == expected


async def wait_for_invoice(world: World, invoice_id: str, state: InvoiceState) -> None:
    await eventually(lambda: invoice_is(world, invoice_id, state), f"{invoice_id} is {state}", within=60)


def invoice_is(world: World, invoice_id: str, state: InvoiceState) -> bool:
    application = invoice_id.rpartition("-")[0]
    return any(row.id == invoice_id and row.state == state for row in world.invoices(application))


# Applications


@asynccontextmanager
async def reviewing(world: World, medium: Medium) -> AsyncIterator[str]:
    request = new_request(world, medium)
    await world.apply_reviewing(request)
    yield request.number


@asynccontextmanager
async def application_issuing(world: World, medium: Medium) -> AsyncIterator[str]:
    async with issuing(world, medium) as invoice_id:
        yield invoice_id.rpartition("-")[0]


@asynccontextmanager
async def application_issued(world: World, medium: Medium) -> AsyncIterator[str]:
    request = new_request(world, medium)
    await world.issued(request)
    await wait_for_application(world, request.number, ApplicationState.ISSUED)
    yield request.number


@asynccontextmanager
async def not_issued(world: World, medium: Medium) -> AsyncIterator[str]:
    request = new_request(world, medium)
    world.bureau.refuse[f"{request.number}-1"] = "quota-used-up"
    await approve(world, request)
    await wait_for_application(world, request.number, ApplicationState.NOT_ISSUED)
    yield request.number


@asynccontextmanager
async def rejected(world: World, medium: Medium) -> AsyncIterator[str]:
    async with reviewing(world, medium) as number:
        handle = world.application_handle(number)
        await handle.signal(ApplicationWorkflow.decide, world.decision(Verdict.REJECT))
        await wait_for_application(world, number, ApplicationState.REJECTED)
        yield number


@asynccontextmanager
async def cancelled(world: World, medium: Medium) -> AsyncIterator[str]:
    async with reviewing(world, medium) as number:
        handle = world.application_handle(number)
        await handle.signal(ApplicationWorkflow.cancel, world.cancellation())
        await wait_for_application(world, number, ApplicationState.CANCELLED)
        yield number


@asynccontextmanager
async def refused(world: World, medium: Medium) -> AsyncIterator[str]:
    request = make_request(world.customer, make_record(world.database, world.customer, seller="某某软件"), medium=medium)
    await world.apply(request)
    await world.ended(f"application:{request.number}")
    assert world.application(request.number).state == ApplicationState.REFUSED
    yield request.number


# Invoices


@asynccontextmanager
async def issuing(world: World, medium: Medium) -> AsyncIterator[str]:
    """The bureau has been asked and does not answer. Afterwards it does, and the invoice is issued."""
    request = new_request(world, medium)
    invoice_id = f"{request.number}-1"
    with world.bureau.holding(invoice_id):
        await approve(world, request)
        await eventually(lambda: invoice_id in world.bureau.waiting, "the question to the bureau")
        yield invoice_id
    await wait_for_application(world, request.number, ApplicationState.ISSUED)


@asynccontextmanager
async def parked(world: World, medium: Medium) -> AsyncIterator[str]:
    """The bureau's book had a wrong total and was mended, nobody has told the life. Afterwards somebody does."""
    request = new_request(world, medium)
    invoice_id = f"{request.number}-1"
    world.bureau.wrong_total = 1
    await approve(world, request)
    await wait_for_invoice(world, invoice_id, InvoiceState.PARKED)
    await world.settled_invoice(invoice_id)
    world.bureau.correct(invoice_id, AMOUNT)
    yield invoice_id
    if world.invoice(invoice_id).state == InvoiceState.PARKED:
        await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.look_again, world.look_again())
    await wait_for_invoice(world, invoice_id, InvoiceState.ISSUED)


@asynccontextmanager
async def issued(world: World, medium: Medium) -> AsyncIterator[str]:
    """Issued and handed over, in its correction window."""
    invoice_id = await world.issued(new_request(world, medium))
    handed_over = DeliveryState.IN_TRANSIT if medium is Medium.PAPER else DeliveryState.SENT
    await eventually(lambda: world.invoice(invoice_id).delivery == handed_over, "the delivery")
    yield invoice_id


@asynccontextmanager
async def requested(world: World, medium: Medium) -> AsyncIterator[str]:
    async with issued(world, medium) as invoice_id:
        message = world.return_request()
        await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.request_return, message)
        await world.answered(message.key)
        assert world.invoice(invoice_id).return_state == ReturnState.REQUESTED
        yield invoice_id


@asynccontextmanager
async def original_here(world: World, medium: Medium) -> AsyncIterator[str]:
    async with issued(world, medium) as invoice_id:
        message = world.original()
        await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.receive_original, message)
        await world.answered(message.key)
        assert world.invoice(invoice_id).return_state == ReturnState.ORIGINAL_HERE
        yield invoice_id


async def return_fully(world: World, invoice_id: str, medium: Medium) -> None:
    """All that a return needs, told to the life."""
    handle = world.invoice_handle(invoice_id)
    await handle.signal(InvoiceWorkflow.request_return, world.return_request())
    if medium is Medium.PAPER:
        await handle.signal(InvoiceWorkflow.receive_original, world.original())


@asynccontextmanager
async def reversing(world: World, medium: Medium) -> AsyncIterator[str]:
    """The bureau has been asked for the red-letter invoice and does not answer. Afterwards it does."""
    async with issued(world, medium) as invoice_id:
        red = f"{invoice_id}:red"
        with world.bureau.holding(red):
            await return_fully(world, invoice_id, medium)
            await eventually(lambda: red in world.bureau.waiting, "the question for the red-letter invoice")
            yield invoice_id
        await world.ended(f"invoice:{invoice_id}")


@asynccontextmanager
async def red_parked(world: World, medium: Medium) -> AsyncIterator[str]:
    """As `parked`, for the red-letter invoice."""
    async with issued(world, medium) as invoice_id:
        world.bureau.wrong_total = 1
        await return_fully(world, invoice_id, medium)
        await eventually(lambda: world.invoice(invoice_id).parked_reason, "the parked red-letter invoice")
        await world.settled_invoice(invoice_id)
        world.bureau.correct(f"{invoice_id}:red", -AMOUNT)
        yield invoice_id
        if world.invoice(invoice_id).parked_reason:
            await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.look_again, world.look_again())
        await world.ended(f"invoice:{invoice_id}")


@asynccontextmanager
async def returned(world: World, medium: Medium) -> AsyncIterator[str]:
    async with issued(world, medium) as invoice_id:
        await return_fully(world, invoice_id, medium)
        await world.ended(f"invoice:{invoice_id}")
        yield invoice_id


@asynccontextmanager
async def closed(world: World, medium: Medium) -> AsyncIterator[str]:
    """Its invoice date lies so far back that the window was over when it was delivered."""
    was = world.bureau.clock
    world.bureau.clock = lambda: world.now() - timedelta(days=31)
    try:
        invoice_id = await world.issued(new_request(world, medium))
        await world.ended(f"invoice:{invoice_id}")
    finally:
        world.bureau.clock = was
    yield invoice_id


@asynccontextmanager
async def refused_by_bureau(world: World, medium: Medium) -> AsyncIterator[str]:
    async with not_issued(world, medium) as number:
        await world.ended(f"invoice:{number}-1")
        yield f"{number}-1"
