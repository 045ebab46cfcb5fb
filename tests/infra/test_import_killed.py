"""kill -9 in the middle of writing: nothing of the file is in, and the next attempt brings it in once."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import func, select

from infra.books.imports import Imports
from infra.database import Database
from infra.demo.people import seed
from infra.demo.sample import sample_csv
from infra.invariants import violations
from infra.tables import ConsumptionRecordRow, ImportBatchRow, ImportedLineRow
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

TODAY = date(2026, 11, 21)
CHECKOUT = Path(__file__).resolve().parents[2]

WRITER = """
import sys, time
from datetime import date
import infra.books.imports as imports
from infra.database import Database, make_engine

def hang(*_):
    print("records and lines are written, not committed", flush=True)
    time.sleep(600)

imports.post = hang
content = open(sys.argv[2], "rb").read()
imports.Imports(Database(make_engine(sys.argv[1]))).import_file(content, "sample.csv", None, date(2026, 11, 21))
"""


def counts(database: Database) -> list[int]:  # noqa: F811
    with database.read() as session:
        tables = (ImportBatchRow, ImportedLineRow, ConsumptionRecordRow)
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


@pytest.mark.parametrize("times", [1, 2])
def test_a_writer_that_was_killed_leaves_nothing_and_a_retry_makes_one_batch(database: Database, tmp_path: Path, times: int) -> None:  # noqa: F811
    seed(database, TODAY, str)
    path = tmp_path / "sample.csv"
    path.write_bytes(sample_csv(TODAY, 120))
    url = database.engine.url.render_as_string(hide_password=False)
    for _ in range(times):
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(path)], stdout=subprocess.PIPE, text=True, env=environment, cwd=CHECKOUT
        ) as writer:
            assert writer.stdout is not None
            assert "not committed" in writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
            assert writer.wait(20) == -signal.SIGKILL
        assert counts(database) == [0, 0, 0]
    first = Imports(database).import_file(path.read_bytes(), "sample.csv", None, TODAY)
    again = Imports(database).import_file(path.read_bytes(), "sample.csv", None, TODAY)
    assert (first.ok, first.repeated, again.repeated) == (True, False, True)
    assert counts(database) == [1, 120, first.records]
    with database.read() as session:
        assert violations(session) == {}
