"""The worker is killed in the middle of an import, whole, and started again: each row is there once."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from cli.stack import Stack
from domain.calendar import china_date
from domain.imports import ImportPhase, ImportRequest
from infra.database import Database, make_engine
from infra.demo.people import seed
from infra.demo.sample import sample_csv
from infra.invariants import violations
from infra.store import S3Attachments, s3_client
from infra.temporal import connect
from tests.eventually import eventually
from tests.postgres import postgres_server
from workflows import names
from workflows.imports import ImportWorkflow

LINES = 400


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    made = await asyncio.to_thread(postgres_server().new_database)
    yield made
    await asyncio.to_thread(postgres_server().drop, made)


def usage_of(content: bytes) -> bytes:
    """The rows of a sample that are of no order: an order is booked once, and every sample has the same."""
    head, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    order, original = head.index("x_OrderNumber"), head.index("x_OriginalOrderNumber")
    text = io.StringIO(newline="")
    csv.writer(text).writerows([head, *(row for row in rows if not row[order] and not row[original])])
    return text.getvalue().encode()


def counted(database: Database, table: str) -> int:
    with database.read() as session:
        return int(session.connection().execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one())


def waiting(database: Database) -> bool:
    with database.read() as session:
        return bool(session.connection().execute(text("SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")).scalar_one())


@pytest.mark.timeout(280)
async def test_a_worker_that_is_killed_in_the_middle_of_writing_writes_each_row_once(database: Database) -> None:
    """It hangs at the running totals, after all records, lines and entries are written and before anything is committed."""
    today = china_date(datetime.now(UTC))
    seed(database, today, str)
    url = database.engine.url.render_as_string(hide_password=False)
    first, second = sample_csv(today, 60), usage_of(sample_csv(today, LINES, seed=7))
    lines = second.count(b"\r\n") - 1
    async with Stack(("temporal", "s3", "worker"), environment={"KAIPIAO_DATABASE_URL": url}) as stack:
        config, client = stack.settings, await connect(stack.settings)
        store = S3Attachments(
            s3_client(
                config.s3_endpoint, config.s3_region, config.s3_access_key.get_secret_value(), config.s3_secret_key.get_secret_value()
            ),
            config.s3_attachments_bucket,
        )

        async def start(content: bytes) -> Any:
            sha256 = await asyncio.to_thread(store.put, content, "text/csv")
            asked = ImportRequest(sha256, "bill.csv")
            return await client.start_workflow(ImportWorkflow.run, asked, id=names.import_workflow_id(sha256), task_queue=names.LIVES)

        assert (await (await start(first)).result()).phase is ImportPhase.DONE
        before = {table: counted(database, table) for table in ("import_batch", "imported_line", "consumption_record", "ledger_entry")}
        holder = make_engine(url)
        try:
            with holder.connect() as connection:
                connection.execute(text("SELECT 1 FROM balance FOR UPDATE"))
                handle = await start(second)
                await eventually(lambda: waiting(database), "the import that writes", within=60)
                await asyncio.to_thread(stack.kill, "worker")
                assert not stack.is_running("worker")
                assert {table: counted(database, table) for table in before} == before
            await asyncio.to_thread(stack.start, "worker")
        finally:
            holder.dispose()
        step = await handle.result()
    assert (step.phase, step.rows, step.repeated) == (ImportPhase.DONE, lines, False)
    assert counted(database, "import_batch") == before["import_batch"] + 1
    assert counted(database, "imported_line") == before["imported_line"] + lines
    assert counted(database, "consumption_record") == before["consumption_record"] + step.records
    with database.read() as session:
        assert violations(session) == {}
