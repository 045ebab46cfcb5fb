"""Every state of an invoice with every message, electronic and on paper, and the same message twice."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.invoices import Medium
from domain.lifecycle import DeliveryState, InvoiceState, ReturnState
from tests.eventually import eventually
from tests.infra.books.dump import changed, dump
from tests.workflows import standing
from tests.workflows.matrix import OVER, TAKEN, is_over, repeat_changes_nothing, signal
from tests.workflows.standing import Standing
from tests.workflows.world import World
from workflows import names
from workflows.invoice import InvoiceWorkflow

ELECTRONIC, PAPER = Medium.ELECTRONIC, Medium.PAPER

KEPT = "kept"
"""The courier's news is kept, and changes nothing else."""
ENDS = "ends"
"""Taken, and the invoice is returned by it."""

MESSAGES: dict[str, Callable[[World], tuple[Any, Any]]] = {
    "return": lambda world: (InvoiceWorkflow.request_return, world.return_request()),
    "original": lambda world: (InvoiceWorkflow.receive_original, world.original()),
    "parcel": lambda world: (InvoiceWorkflow.parcel_moved, world.parcel_update("SL000000000", DeliveryState.RECEIVED)),
    "look-again": lambda world: (InvoiceWorkflow.look_again, world.look_again()),
}

# For each state the answers to: return, original, parcel, look-again.
TABLE: list[tuple[str, Standing, Medium, tuple[str, str, str, str]]] = [
    ("issuing", standing.issuing, ELECTRONIC, ("not-issued-yet", "not-issued-yet", KEPT, "not-parked")),
    ("issuing", standing.issuing, PAPER, ("not-issued-yet", "not-issued-yet", KEPT, "not-parked")),
    ("parked", standing.parked, ELECTRONIC, ("not-issued-yet", "not-issued-yet", KEPT, TAKEN)),
    ("parked", standing.parked, PAPER, ("not-issued-yet", "not-issued-yet", KEPT, TAKEN)),
    ("issued", standing.issued, ELECTRONIC, (ENDS, "nothing-to-send-back", KEPT, "not-parked")),
    ("issued", standing.issued, PAPER, (TAKEN, TAKEN, KEPT, "not-parked")),
    ("requested", standing.requested, PAPER, ("already-requested", ENDS, KEPT, "not-parked")),
    ("original-here", standing.original_here, PAPER, (ENDS, "already-received", KEPT, "not-parked")),
    ("reversing", standing.reversing, ELECTRONIC, ("return-under-way", "return-under-way", KEPT, "not-parked")),
    ("reversing", standing.reversing, PAPER, ("return-under-way", "return-under-way", KEPT, "not-parked")),
    ("red-parked", standing.red_parked, ELECTRONIC, ("return-under-way", "return-under-way", KEPT, ENDS)),
    ("red-parked", standing.red_parked, PAPER, ("return-under-way", "return-under-way", KEPT, ENDS)),
    ("returned", standing.returned, ELECTRONIC, (OVER, OVER, OVER, OVER)),
    ("returned", standing.returned, PAPER, (OVER, OVER, OVER, OVER)),
    ("closed", standing.closed, ELECTRONIC, (OVER, OVER, OVER, OVER)),
    ("closed", standing.closed, PAPER, (OVER, OVER, OVER, OVER)),
    ("refused", standing.refused_by_bureau, ELECTRONIC, (OVER, OVER, OVER, OVER)),
    ("refused", standing.refused_by_bureau, PAPER, (OVER, OVER, OVER, OVER)),
]
CELLS = [
    pytest.param(stand, medium, message, answer, id=f"{state}-{medium}-{message}-{answer}")
    for state, stand, medium, answers in TABLE
    for message, answer in zip(MESSAGES, answers, strict=True)
]


@pytest.mark.parametrize(("stand", "medium", "message", "answer"), CELLS)
async def test_a_message_to_an_invoice_is_answered_by_its_state(
    common_world: World, stand: Standing, medium: Medium, message: str, answer: str
) -> None:
    world = common_world
    to, content = MESSAGES[message](world)
    async with stand(world, medium) as invoice_id:
        life = names.invoice_workflow_id(invoice_id)
        if answer == OVER:
            await is_over(world, life, to, content)
            return
        before = dump(world.database, without=["note", "parcel_event"])
        await signal(world, life, to, content)
        if answer == KEPT:
            await eventually(lambda: world.parcel_news(content.key), "the courier's news")
            assert world.note(content.key) is None
        else:
            note = await world.answered(content.key)
            taken = answer in (TAKEN, ENDS)
            assert (note.life, note.kind, note.by, note.taken) == (life, message, content.by, taken)
            assert note.code == ("" if taken else answer)
        if answer in (TAKEN, ENDS):
            await _follows(world, invoice_id, message, answer)
        else:
            await world.at_rest(life)
            assert changed(before, dump(world.database, without=["note", "parcel_event"])) == {}
        if answer != ENDS:
            await repeat_changes_nothing(world, life, to, content)
    await world.settled_invoice(invoice_id)
    assert world.violations() == {}


async def _follows(world: World, invoice_id: str, message: str, answer: str) -> None:
    """What a message that was taken brings about."""
    if answer == ENDS:
        await world.ended(f"invoice:{invoice_id}")
        invoice = world.invoice(invoice_id)
        assert (invoice.state, invoice.return_state) == (InvoiceState.RETURNED, ReturnState.DONE)
        assert [entry.number for entry in world.bureau.entries_of(f"{invoice_id}:red")] == [invoice.red_number]
    elif message == "look-again":
        await eventually(lambda: world.invoice(invoice_id).delivery != DeliveryState.PENDING, "the delivery")
        await world.settled_invoice(invoice_id)
        assert world.invoice(invoice_id).state == InvoiceState.ISSUED
        assert world.invoice(invoice_id).parked_reason == ""
    else:
        expected = {"return": ReturnState.REQUESTED, "original": ReturnState.ORIGINAL_HERE}[message]
        assert world.invoice(invoice_id).return_state == expected


@pytest.mark.parametrize("message", ["return", "original"])
async def test_the_same_half_twice_in_a_row_completes_the_return_once(common_world: World, message: str) -> None:
    world = common_world
    stand = standing.original_here if message == "return" else standing.requested
    async with stand(world, PAPER) as invoice_id:
        red = f"{invoice_id}:red"
        to, content = MESSAGES[message](world)
        with world.bureau.holding(red):
            await signal(world, f"invoice:{invoice_id}", to, content)
            await signal(world, f"invoice:{invoice_id}", to, content)
            await eventually(lambda: red in world.bureau.waiting, "the question for the red-letter invoice")
        await world.ended(f"invoice:{invoice_id}")
        assert len(world.bureau.entries_of(red)) == 1
        assert world.events(f"invoice:{invoice_id}").count("released") == 1
        assert world.violations() == {}
