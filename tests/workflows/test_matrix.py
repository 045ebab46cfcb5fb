"""Every state of an application with every signal, as a generated matrix; what is expected of each cell stands in `matrix_table.py`.

Each message is sent twice: its repeat must change nothing, or find that the life has ended. Days pass where a state needs them.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio import workflow
from temporalio.service import RPCError, RPCStatusCode

from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from tests.databases import sqlite_database
from tests.infra.books.dump import changed, dump_of
from tests.workflows import standing
from tests.workflows.matrix import runs_no_step, signal
from tests.workflows.matrix_states import SIGNALS, STATES, Ground, standing_in
from tests.workflows.matrix_table import AT, OVER, QUIET, TABLE, TAKEN, Expected, read_table
from tests.workflows.server import time_skipping_server
from tests.workflows.world import World
from workflows import names
from workflows.application import ApplicationWorkflow


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """The world of all cells. Its days pass before they begin: the clock of a server is one for all its lives."""
    async with await time_skipping_server() as environment:
        world = World(environment, sqlite_database(tmp_path_factory.mktemp("matrix")))
        async with world.working():
            made = Ground.of(world)
            await made.pass_days(overdue=len(SIGNALS))
            yield made
            assert world.violations() == {}


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("state", AT)
async def test_cell(ground: Ground, state: str, name: str) -> None:
    expected = TABLE[state, name]
    async with standing_in(ground, state) as number:
        assert ground.world.application(number).state == AT[state]
        to, message = SIGNALS[name].to, SIGNALS[name].make(ground, number)
        if expected.answer == OVER:
            await _finds_it_over(ground, number, to, message)
            return
        before = dump_of(ground.world.database, number, without=["note"])
        await signal(ground.world, _life(number), to, message)
        if expected.answer != QUIET:
            note = await ground.world.answered(message.key)
            assert (note.taken, note.code) == ((True, "") if expected.answer == TAKEN else (False, expected.answer))
        if expected.answer != TAKEN:
            await ground.world.at_rest(_life(number))
        differs = changed(before, dump_of(ground.world.database, number, without=["note"]))
        assert bool(differs) is (expected.answer == TAKEN), differs
        await _comes_to(ground, number, expected)
        if expected.after.is_final:
            await _finds_it_over(ground, number, to, message)
        else:
            await _repeat_changes_nothing(ground, number, to, message)
            assert ground.world.application(number).state == expected.after


def _life(number: str) -> str:
    return names.application_workflow_id(number)


async def _comes_to(ground: Ground, number: str, expected: Expected) -> None:
    """The row says where it is, and the money is where that puts it."""
    await standing.wait_for_application(ground.world, number, expected.after)
    amount = ground.world.application(number).amount_fen
    held = {
        Bucket.RESERVED: 0 if expected.after.is_final else amount,
        Bucket.INVOICED: amount if expected.after is ApplicationState.ISSUED else 0,
    }
    assert {bucket: ground.world.held_by(number, bucket) for bucket in held} == held


async def _finds_it_over(ground: Ground, number: str, to: Any, message: Any) -> None:
    """The server refuses the message, and nothing changes."""
    before = dump_of(ground.world.database, number, without=["invoice"])
    with pytest.raises(RPCError) as error:
        await signal(ground.world, _life(number), to, message)
    assert error.value.status is RPCStatusCode.NOT_FOUND
    assert changed(before, dump_of(ground.world.database, number, without=["invoice"])) == {}


async def _repeat_changes_nothing(ground: Ground, number: str, to: Any, message: Any) -> None:
    """The life takes the same message in again, and runs no step for it."""
    await ground.world.step_done(_life(number))
    before = dump_of(ground.world.database, number)
    async with runs_no_step(ground.world, _life(number)):
        await signal(ground.world, _life(number), to, message)
    assert changed(before, dump_of(ground.world.database, number)) == {}


# The table itself


def test_the_table_has_a_cell_for_every_state_and_signal() -> None:
    assert TABLE.keys() == {(state, name) for state in AT for name in SIGNALS}


def test_every_state_of_the_product_and_every_signal_of_the_life_is_in_the_matrix() -> None:
    assert set(AT.values()) == set(ApplicationState)
    assert STATES.keys() | {"lapsed", "lapsed-unsigned", "lapsed-material"} == AT.keys(), "these are brought about by days"
    definition: Any = workflow._Definition.must_from_class(ApplicationWorkflow)
    assert {each.to.__name__ for each in SIGNALS.values()} == definition.signals.keys() - {names.INVOICE_SETTLED}


@pytest.mark.parametrize(
    "text", ["state a b\nissued over", "state a\nissued over over", "state a\nissued over\nissued over", "state a\nnowhere over"]
)
def test_a_table_with_a_hole_or_a_doubled_line_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        read_table(text)
