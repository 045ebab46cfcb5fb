"""A batch on a real server: each good row begins one application under its number, whatever is repeated or lost on the way."""

import pytest
from sqlmodel import col, select
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from domain.batches import BatchRequest
from infra.tables import ApplicationRow, BatchEntryRow, BatchRow, ReceiverRow, TitleRow
from tests.batches import application_batch, title_batch
from tests.eventually import eventually
from tests.workflows.world import World
from workflows import names
from workflows.batches import BatchWorkflow


async def carry_out(world: World, asked: BatchRequest) -> int:
    life = names.batch_workflow_id(asked.batch_id)
    outcome = await world.client.execute_workflow(
        BatchWorkflow.run, asked, id=life, task_queue=names.LIVES, id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE
    )
    return outcome.submitted


def entries(world: World) -> list[BatchEntryRow]:
    with world.database.read() as session:
        return list(session.exec(select(BatchEntryRow).order_by(col(BatchEntryRow.line))))


async def test_each_good_row_becomes_an_application_under_its_number(world: World) -> None:
    asked = application_batch(world.database, world.customer, world.now())
    assert await carry_out(world, asked) == 3
    *good, wrong = entries(world)
    assert [row.state for row in good] == ["started"] * 3
    assert wrong.state == "wrong"
    for row in good:
        await eventually(lambda row=row: world.state_of(row.number) == "reviewing", row.number)  # type: ignore[misc]
        assert world.application(row.number).amount_fen == row.amount_fen
    with world.database.read() as session:
        assert session.get_one(BatchRow, asked.batch_id).state == "done"
        assert "new@shiguang.example" in session.exec(select(ReceiverRow.email)).all()
        assert len(session.exec(select(ApplicationRow.number)).all()) == 3
    with pytest.raises(WorkflowAlreadyStartedError):
        await carry_out(world, asked)
    assert world.violations() == {}


async def test_a_row_whose_number_another_life_has_is_refused_and_the_others_go_on(world: World) -> None:
    asked = application_batch(world.database, world.customer, world.now())
    taken = entries(world)[0].number
    await world.client.start_workflow("HousekeepingWorkflow", id=names.application_workflow_id(taken), task_queue=names.LIVES)
    assert await carry_out(world, asked) == 2
    assert [row.state for row in entries(world)] == ["refused", "started", "started", "wrong"]
    assert "number-used" in entries(world)[0].problems


async def test_titles_are_added_and_one_that_came_in_between_is_refused(world: World) -> None:
    asked = title_batch(world.database, world.customer, world.now())
    assert await carry_out(world, asked) == 0
    assert [row.state for row in entries(world)] == ["added", "refused"]
    with world.database.read() as session:
        row = session.exec(select(TitleRow).where(TitleRow.name == "上海乙公司")).one()
    assert row.state == "pending"
