"""An import's life: whole or not at all, once however often a step is repeated, cancelled while it is checked."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import func, select
from temporalio.client import WorkflowHandle

from domain.imports import ImportPhase, ImportRequest, ImportStep
from domain.messages import Cancellation
from infra.books.import_runs import SqlImportRuns
from infra.queries.imports import RunSeen, import_run
from infra.queries.lives import NoteSeen, note_of
from infra.tables import ConsumptionRecordRow, EntityRow, ImportBatchRow
from tests.billing import billing_csv
from tests.eventually import eventually
from tests.imports import billable
from tests.workflows.world import World
from workflows import names
from workflows.imports import ImportWorkflow


async def start(world: World, content: bytes) -> WorkflowHandle[ImportWorkflow, ImportStep]:
    asked = ImportRequest(world.attachments.put(content, "text/csv"), "october.csv")
    return await world.client.start_workflow(ImportWorkflow.run, asked, id=names.import_workflow_id(asked.batch_id), task_queue=names.LIVES)


def bill(world: World, *rows: dict[str, str]) -> bytes:
    cells = billable(world.database, world.customer)
    return billing_csv(*({**cells, **row} for row in rows))


def stored(world: World) -> tuple[int, int]:
    """Batches and records."""
    with world.database.read() as session:
        batches = session.exec(select(func.count()).select_from(ImportBatchRow)).one()
        return batches, session.exec(select(func.count()).select_from(ConsumptionRecordRow)).one()


def run_of(world: World, handle: WorkflowHandle[Any, Any]) -> RunSeen:
    with world.database.read() as session:
        return next(
            run
            for sha256 in [*world.attachments.files, "ab" * 32]
            if handle.id == names.import_workflow_id(sha256) and (run := import_run(session, sha256)) is not None
        )


def answer(world: World, life: str, key: str) -> NoteSeen | None:
    with world.database.read() as session:
        return note_of(session, life, key)


async def test_a_file_is_checked_and_written_once_and_its_run_says_so(world: World) -> None:
    before = stored(world)
    handle = await start(world, bill(world, {}, {"BilledCost": "20.005", "ServiceName": "对象存储"}))
    await world.ended(handle.id)
    step = await handle.result()
    assert (step.phase, step.rows, step.records, step.repeated) == (ImportPhase.DONE, 2, 2, False)
    assert stored(world) == (before[0] + 1, before[1] + 2)
    run = run_of(world, handle)
    assert (run.phase, run.rows, run.total, run.percent) == (ImportPhase.DONE, 2, 2, 100)


async def test_a_step_that_wrote_and_was_lost_is_repeated_and_makes_one_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies between the commit and its report: the next attempt finds the batch."""
    write, tries = SqlImportRuns.write, []

    def lost(self: SqlImportRuns, *given: Any) -> ImportStep:
        done = write(self, *given)
        tries.append(done.repeated)
        if len(tries) == 1:
            raise ConnectionError("the worker is gone")
        return done

    monkeypatch.setattr(SqlImportRuns, "write", lost)
    before = stored(world)
    handle = await start(world, bill(world, {"BilledCost": "30"}))
    await world.ended(handle.id)
    assert tries == [False, True]
    assert (await handle.result()).phase is ImportPhase.DONE
    assert stored(world) == (before[0] + 1, before[1] + 1)


async def test_a_wrong_file_is_refused_with_its_problems_kept(world: World) -> None:
    before = stored(world)
    handle = await start(world, bill(world, {}, {"BilledCost": "1E-7"}))
    await world.ended(handle.id)
    assert (await handle.result()).problem_count == 1
    run = run_of(world, handle)
    assert run.phase is ImportPhase.REFUSED
    assert run.report is not None
    assert [(problem.line, problem.column, problem.code) for problem in run.report.problems] == [(3, "BilledCost", "amount-exponent")]
    assert stored(world) == before


async def test_a_refused_file_is_imported_once_what_it_lacked_is_known(world: World) -> None:
    cells = {**billable(world.database, world.customer), "InvoiceIssuerName": "青屿国际有限公司"}
    content = billing_csv(cells)
    first = await start(world, content)
    await world.ended(first.id)
    assert (await first.result()).phase is ImportPhase.REFUSED
    with world.database.write() as session:
        session.add(EntityRow(code="INT", name="青屿国际有限公司", issuer_name="青屿国际有限公司", tax_id="", province="33"))
    again = await start(world, content)
    await world.ended(again.id)
    assert run_of(world, again).phase is ImportPhase.DONE


async def test_it_is_cancelled_while_it_is_checked_and_nothing_is_imported(world: World) -> None:
    before = stored(world)
    content = bill(world, {"BilledCost": "40"})
    world.attachments.down = 1_000
    asked = ImportRequest("ab" * 32, "october.csv")
    assert content
    handle = await world.client.start_workflow(
        ImportWorkflow.run, asked, id=names.import_workflow_id(asked.batch_id), task_queue=names.LIVES
    )
    message = Cancellation(str(uuid4()), world.reviewer)
    await handle.signal(ImportWorkflow.cancel, message)
    await world.ended(handle.id)
    world.attachments.down = 0
    assert run_of(world, handle).phase is ImportPhase.CANCELLED
    said = answer(world, handle.id, message.key)
    assert said is not None
    assert (said.kind, said.taken) == ("cancel-import", True)
    assert stored(world) == before


async def test_once_it_is_written_it_is_too_late_to_cancel(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write, begun, told = SqlImportRuns.write, threading.Event(), threading.Event()

    def slow(self: SqlImportRuns, *given: Any) -> ImportStep:
        begun.set()
        assert told.wait(20)
        return write(self, *given)

    monkeypatch.setattr(SqlImportRuns, "write", slow)
    handle = await start(world, bill(world, {"BilledCost": "50"}))

    await eventually(begun.is_set, "the writing")
    # The row says so too, but before the life has heard of it: a cancel between the two still counts.
    assert run_of(world, handle).phase is ImportPhase.WRITING
    message = Cancellation(str(uuid4()), world.reviewer)
    await handle.signal(ImportWorkflow.cancel, message)
    await eventually(lambda: answer(world, handle.id, message.key) is not None, "the answer")
    told.set()
    await world.ended(handle.id)
    said = answer(world, handle.id, message.key)
    assert said is not None
    assert (said.taken, said.code) == (False, "import-too-late")
    assert run_of(world, handle).phase is ImportPhase.DONE


async def test_nothing_of_the_file_passes_through_the_history(world: World) -> None:
    handle = await start(world, bill(world, {"ServiceName": "独一无二的服务"}))
    await world.ended(handle.id)
    history = (await handle.fetch_history()).to_json()
    assert "独一无二" not in history
    assert len(history) < 20_000
