"""Lists of records of which a part is taken are looked up by an index, with and without a month; services, too."""

from datetime import date
from pathlib import Path

import pytest

from infra.queries.balances import waiting_by_place
from infra.queries.catalogue import _products
from infra.queries.finding_records import RecordFilter, conditions_of, newest_of
from infra.queries.open_months import OpenMonths
from infra.queries.scope import Scope
from tests.databases import sqlite_database


def plan_of(folder: Path, statement: object) -> str:
    """How SQLite would find it."""
    database = sqlite_database(folder)
    with database.read() as session:
        connection = session.connection()
        compiled = statement.compile(connection)  # type: ignore[attr-defined]
        asked = f"EXPLAIN QUERY PLAN {compiled.string}"
        rows = connection.exec_driver_sql(asked, tuple(compiled.params[name] for name in compiled.positiontup))
        return "\n".join(row[-1] for row in rows)


@pytest.mark.parametrize("show", ["excluded", "held", "reserved", "invoiced"])
@pytest.mark.parametrize(("period", "index"), [("", ""), ("2026-10", "_period")])
def test_parts_are_looked_up(tmp_path: Path, show: str, period: str, index: str) -> None:
    statement = newest_of(Scope(1), RecordFilter(show, period), conditions_of(show, date(2026, 11, 20), OpenMonths({}, {})), 51)
    plan = plan_of(tmp_path, statement)
    assert f"ix_record_{show}{index} " in plan
    assert "TEMP B-TREE" not in plan


def test_the_records_of_a_statement_are_looked_up(tmp_path: Path) -> None:
    """Each month by its entity: the newest days of a month may have nothing of it."""
    today, months = date(2026, 11, 20), OpenMonths({"2026-09": frozenset({"SH"}), "2026-10": frozenset({"SH", "HZ"})}, {})
    statement = newest_of(Scope(1), RecordFilter("can", entity="SH"), conditions_of("can", today, months)[:2], 51)
    plan = plan_of(tmp_path, statement)
    assert plan.count("ix_record_statement (enterprise_id=? AND period=? AND entity=? AND standing=?") == 2


@pytest.mark.parametrize("scope", [Scope(1), Scope(1, 2)])
def test_refunds_that_wait_are_looked_up(tmp_path: Path, scope: Scope) -> None:
    """By the index that has no others, or down to their standing: never all records of a customer or an account."""
    plan = plan_of(tmp_path, waiting_by_place(scope))
    assert "ix_record_waiting (enterprise_id=?)" in plan or "standing=?" in plan, plan


def test_services_are_stepped_through(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, _products(Scope(1)))
    assert plan.count("ix_record_product (account_id=?") == 2
    assert "SCAN consumption_record" not in plan
