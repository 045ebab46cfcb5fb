"""The import and compare commands: what they print, and the exit codes that scripts rely on."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from cli.imports import compare_focus, import_focus
from infra.database import Database
from infra.demo.people import seed
from infra.demo.sample import sample_csv
from infra.invariants import violations
from tests.billing import billing_csv
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

TODAY = date(2026, 11, 21)


@pytest.fixture
def seeded(database: Database) -> Database:  # noqa: F811
    seed(database, TODAY, lambda password: password)
    return database


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "账单 10.csv"
    path.write_bytes(sample_csv(TODAY, 200))
    return path


def test_an_imported_file_equals_its_independent_sum(seeded: Database, sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_focus(sample, database=seeded) == 0
    assert compare_focus(sample, database=seeded) == 0
    said = capsys.readouterr().out
    assert "Imported." in said
    assert said.rstrip().endswith("Equal.")
    assert import_focus(sample, database=seeded) == 0
    assert "Nothing changed." in capsys.readouterr().out


def test_a_dry_run_imports_nothing_so_there_is_nothing_to_compare(
    seeded: Database, sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert import_focus(sample, dry_run=True, database=seeded) == 0
    assert compare_focus(sample, database=seeded) == 1
    said = capsys.readouterr().out
    assert "nothing was written" in said
    assert "No import of these bytes" in said


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE consumption_record SET gross_fen = gross_fen + 1 WHERE id = 7",
        "UPDATE consumption_record SET remainder = '0.0000001' WHERE id = 7",
        "UPDATE consumption_record SET excluded_fen = 9999 WHERE id = 7",
        "UPDATE consumption_record SET service = '别的' WHERE id = 7",
        "UPDATE consumption_record SET period = '2026-01' WHERE id = 7",
        "UPDATE imported_line SET billed_cost = '1' WHERE line = 9",
        "DELETE FROM imported_line WHERE line = 9",
        "UPDATE imported_line SET rate = '7' WHERE currency = 'USD'",
    ],
)
def test_any_difference_is_found(seeded: Database, sample: Path, capsys: pytest.CaptureFixture[str], damage: str) -> None:
    import_focus(sample, database=seeded)
    with seeded.write() as session:
        session.execute(text(damage))
    assert compare_focus(sample, database=seeded) == 1
    assert any(line.startswith("!") for line in capsys.readouterr().out.splitlines())


def test_a_refused_file_is_told_by_line_column_and_value(seeded: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(billing_csv({}, {"BilledCost": "1E-7", "SubAccountId": "nobody"}))
    assert import_focus(path, database=seeded) == 1
    said = capsys.readouterr().out
    assert "line 3 BilledCost “1E-7”: Write the amount with all its digits" in said
    assert "Nothing was imported." in said


def test_a_file_of_an_unknown_cloud_can_be_tried_and_compared(seeded: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, zones and nulls as other clouds write them: no zone, NULL, far more decimals than a fen has."""
    other = {
        "BillingAccountId": "1234567890123",
        "SubAccountId": "NULL",
        "BillingCurrency": "USD",
        "InvoiceIssuerName": "Cloud Services, Inc.",
        "PublisherName": "Red Cap Inc.",
        "ProviderName": "Cloud",
        "BillingPeriodStart": "2026-10-01 00:00:00",
        "ChargePeriodStart": "2026-10-31 23:00:00",
    }
    path = tmp_path / "other.csv"
    path.write_bytes(billing_csv({**other, "BilledCost": "0.00000080000"}, {**other, "BilledCost": "-2.61370000000", "SubAccountId": "5"}))
    assert import_focus(path, database=seeded) == 1
    assert import_focus(path, create_missing=True, database=seeded) == 0
    assert compare_focus(path, database=seeded) == 0
    assert "sum USD" in capsys.readouterr().out


def test_a_row_over_two_months_is_a_record_in_each_and_equals_the_file(seeded: Database, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    span = {"ChargePeriodStart": "2026-09-20T02:00:00Z", "ChargePeriodEnd": "2026-10-20T02:00:00Z"}
    path.write_bytes(billing_csv({"BilledCost": "100", "x_VoucherCost": "7.001", **span}, {"BilledCost": "-3.33", **span}, {}))
    assert import_focus(path, database=seeded) == 0
    assert compare_focus(path, database=seeded) == 0
    with seeded.read() as session:
        assert violations(session) == {}
        found = session.execute(text("SELECT day, gross_fen, excluded_fen FROM consumption_record ORDER BY gross_fen"))
        assert [(str(row.day), row.gross_fen, row.excluded_fen) for row in found] == [
            ("2026-10-01", -216, 0),
            ("2026-09-20", -117, 0),
            ("2026-10-15", 1000, 0),
            ("2026-09-20", 3526, 246),
            ("2026-10-01", 6474, 454),
        ]
