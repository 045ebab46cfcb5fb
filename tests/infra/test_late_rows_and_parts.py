"""Rows after their statement was out go to the next one; what vouchers, coupons and bonus paid is kept for each record."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select, update

from domain.consumption import split_excluded
from infra.books.imports import Imports
from infra.database import Database
from infra.demo.companies import SHANGHAI, SHIGUANG
from infra.demo.people import seed
from infra.invariants import violations
from infra.queries.consumption import records_page
from infra.queries.finding_records import RecordFilter
from infra.queries.scope import Scope
from infra.tables import BalanceRow, ConsumptionRecordRow, EnterpriseRow, EntityRow, LedgerTransactionRow, StatementRow
from tests.billing import billing_csv
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

TODAY = date(2026, 11, 21)
SEPTEMBER = {"BillingPeriodStart": "2026-08-31T16:00:00Z", "ChargePeriodStart": "2026-09-10T02:00:00Z"}


@pytest.fixture
def imports(database: Database) -> Imports:  # noqa: F811
    seed(database, TODAY, str)
    return Imports(database)


def records(imports: Imports) -> list[ConsumptionRecordRow]:
    with imports.database.read() as session:
        return list(session.exec(select(ConsumptionRecordRow).order_by(ConsumptionRecordRow.id)))  # type: ignore[arg-type]


def make_statement(imports: Imports, period: str, made_at: datetime, entity: str = "") -> None:
    with imports.database.write() as session:
        enterprise = session.exec(select(EnterpriseRow).where(EnterpriseRow.billing_account_id == SHIGUANG.billing_account_id)).one()
        code = entity or session.exec(select(EntityRow).where(EntityRow.name == "青屿云计算（杭州）有限公司")).one().code
        statement = StatementRow(
            enterprise_id=enterprise.id or 0,
            entity=code,
            period=period,
            records=0,
            consumed_fen=0,
            excluded_fen=0,
            seller_fen=0,
            assisted_fen=0,
            invoiceable_fen=0,
            made_at=made_at,
        )
        session.add(statement)
        session.flush()
        session.add(LedgerTransactionRow(cause=f"open:{statement.id}", posted_at=made_at))


def test_a_row_whose_statement_is_out_goes_to_the_next_one_that_is_not(imports: Imports) -> None:
    make_statement(imports, "2026-09", datetime(2026, 10, 3, tzinfo=UTC))
    report = imports.import_file(billing_csv({**SEPTEMBER, "BilledCost": "30"}), "late.csv", None, TODAY)
    assert (report.late_rows, report.late, report.periods, report.not_open_fen) == (1, 1, ("2026-11",), 3000)
    (late,) = records(imports)
    assert (late.period, late.day) == ("2026-11", date(2026, 9, 10))
    with imports.database.read() as session:
        (shown,) = records_page(session, Scope(late.enterprise_id), RecordFilter(), TODAY).records
        assert shown.billed_late == "2026-09"


def test_a_report_says_what_is_past_its_limit_already(imports: Imports) -> None:
    april = {"BillingPeriodStart": "2026-03-31T16:00:00Z", "ChargePeriodStart": "2026-04-10T02:00:00Z"}
    content = billing_csv({**april, "BilledCost": "30"}, {**april, "BilledCost": "-5", "ChargeCategory": "Credit"}, {"BilledCost": "2"})
    for report in (imports.dry_run(content, "x.csv", TODAY), imports.import_file(content, "x.csv", None, TODAY)):
        assert (report.expired_fen, report.available_fen, report.not_open_fen, report.gross_fen) == (2500, 200, 0, 2700)


def test_only_the_statement_that_is_out_sends_rows_on(imports: Imports) -> None:
    """Another customer's, entity's or month's statement is not this one."""
    make_statement(imports, "2026-09", datetime(2026, 10, 3, tzinfo=UTC))
    rows = (
        {"BilledCost": "1"},
        {**SEPTEMBER, "BilledCost": "2", "InvoiceIssuerName": SHANGHAI.name, "PublisherName": SHANGHAI.name},
    )
    report = imports.import_file(billing_csv(*rows), "x.csv", None, TODAY)
    assert (report.late_rows, report.periods) == (0, ("2026-09", "2026-10"))


@pytest.mark.parametrize(("days_ago", "late"), [(0, 0), (3, 0), (4, 1)])
def test_a_statement_takes_rows_in_for_some_days(imports: Imports, days_ago: int, late: int) -> None:
    make_statement(imports, "2026-10", datetime(2026, 11, 21 - days_ago, 2, tzinfo=UTC))
    report = imports.dry_run(billing_csv({}), "x.csv", TODAY)
    assert report.late_rows == late
    assert Imports(imports.database, grace_days=0).dry_run(billing_csv({}), "x.csv", TODAY).late_rows == (1 if days_ago else 0)


@pytest.mark.parametrize(
    "changed",
    [{"state": "confirmed"}, {"state": "disputed"}, {"postpaid": True, "charged_on": TODAY}],
    ids=["confirmed", "disputed", "charged"],
)
def test_a_statement_on_which_somebody_relies_takes_none_however_young_it_is(imports: Imports, changed: dict[str, Any]) -> None:
    make_statement(imports, "2026-10", datetime(2026, 11, 21, 2, tzinfo=UTC))
    with imports.database.write() as session:
        session.exec(update(StatementRow).values(**changed))
    assert imports.dry_run(billing_csv({}), "x.csv", TODAY).late_rows == 1


@pytest.mark.parametrize(
    ("bucket", "amount", "left", "late"),
    [("reserved", 5, 0, 1), ("invoiced", 5, 0, 1), ("invoiced", 5, 1, 0), ("invoiced", 0, 0, 0), ("arrears", 5, 0, 0)],
)
def test_a_statement_that_was_taken_whole_takes_none(imports: Imports, bucket: str, amount: int, left: int, late: int) -> None:
    make_statement(imports, "2026-10", datetime(2026, 11, 21, 2, tzinfo=UTC))
    imports.import_file(billing_csv({}), "first.csv", None, TODAY)
    with imports.database.write() as session:
        any_place = session.exec(select(BalanceRow).where(BalanceRow.bucket == "consumed")).one()
        session.add(BalanceRow(**{**any_place.model_dump(), "bucket": bucket, "amount_fen": amount}))
        session.exec(select(BalanceRow).where(BalanceRow.bucket == "available")).one().amount_fen = left
    assert imports.dry_run(billing_csv({"BilledCost": "2"}), "x.csv", TODAY).late_rows == late


def test_a_refund_stays_in_its_month_and_binds_also_to_what_came_late(imports: Imports) -> None:
    make_statement(imports, "2026-09", datetime(2026, 10, 3, tzinfo=UTC))
    content = billing_csv({**SEPTEMBER, "BilledCost": "30"}, {**SEPTEMBER, "BilledCost": "-5", "ChargeCategory": "Credit"})
    report = imports.import_file(content, "late.csv", None, TODAY)
    assert (report.late_rows, report.held) == (1, 0)
    late, refund = sorted(records(imports), key=lambda row: -row.gross_fen)
    assert (refund.original_id, refund.period, late.period) == (late.id, "2026-09", "2026-11")
    with imports.database.read() as session:
        assert violations(session) == {}


def test_a_refund_that_comes_in_a_later_file_finds_what_came_late(imports: Imports) -> None:
    make_statement(imports, "2026-09", datetime(2026, 10, 3, tzinfo=UTC))
    imports.import_file(billing_csv({**SEPTEMBER, "BilledCost": "30"}), "late.csv", None, TODAY)
    report = imports.import_file(billing_csv({**SEPTEMBER, "BilledCost": "-5", "ChargeCategory": "Credit"}), "credit.csv", None, TODAY)
    assert report.held == 0
    with imports.database.read() as session:
        assert violations(session) == {}


def parts(row: Any) -> tuple[int, int, int, int]:
    return row.voucher_fen, row.coupon_fen, row.bonus_fen, row.excluded_fen


HEAD = {"x_CouponCost": "", "x_BonusCost": ""}


def with_parts(*rows: dict[str, str]) -> bytes:
    import polars as pl

    plain = billing_csv(*({name: value for name, value in row.items() if name not in HEAD} for row in rows))
    frame = pl.read_csv(plain, infer_schema_length=0)
    more = [pl.Series(name, [row.get(name, "") for row in rows], dtype=pl.String) for name in HEAD]
    return frame.with_columns(more).write_csv().encode()


def test_each_record_keeps_what_paid_it(imports: Imports) -> None:
    row = {"BilledCost": "100", "x_VoucherCost": "30", "x_CouponCost": "20", "x_BonusCost": "10"}
    report = imports.import_file(with_parts(row), "x.csv", None, TODAY)
    assert report.problems == ()
    (record,) = records(imports)
    assert (*parts(record), record.invoiceable_fen) == (3000, 2000, 1000, 6000, 4000)
    with imports.database.read() as session:
        assert violations(session) == {}
        (shown,) = records_page(session, Scope(record.enterprise_id), RecordFilter("excluded"), TODAY).records
        assert (shown.cash_fen, shown.coupon_fen, shown.exact) == (4000, 2000, "")


def test_parts_are_rounded_together_and_add_up(imports: Imports) -> None:
    row = {"BilledCost": "1", "x_VoucherCost": "0.004", "x_CouponCost": "0.004", "x_BonusCost": "0.004"}
    imports.import_file(with_parts(row), "x.csv", None, TODAY)
    (record,) = records(imports)
    assert parts(record) == (1, 0, 0, 1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"BilledCost": "10", "x_VoucherCost": "6", "x_CouponCost": "5"}, "x_CouponCost"),
        ({"BilledCost": "10", "x_BonusCost": "-1"}, "x_BonusCost"),
        ({"BilledCost": "-10", "x_CouponCost": "1"}, "x_CouponCost"),
    ],
)
def test_parts_beyond_the_amount_are_refused(imports: Imports, row: dict[str, str], column: str) -> None:
    report = imports.dry_run(with_parts(row), "x.csv", TODAY)
    assert [(problem.column, problem.code) for problem in report.problems] == [(column, "voucher-exceeds")]


@given(st.lists(st.decimals(min_value=0, max_value=10**6, places=9), min_size=3, max_size=3), st.sampled_from([1, -1]))
def test_shared_out_parts_add_up_and_none_is_off_by_a_fen(amounts: list[Decimal], sign: int) -> None:
    exact = [amount * sign for amount in amounts]
    total = int((sum(exact, Decimal(0)) * 100).to_integral_value(rounding="ROUND_HALF_UP"))
    shared = split_excluded(total, exact)
    assert sum(shared) == total
    assert all(abs(part - amount * 100) < 1 for part, amount in zip(shared, exact, strict=True))


def test_an_amount_that_was_rounded_says_what_it_was(imports: Imports) -> None:
    imports.import_file(billing_csv({"BilledCost": "0.0333"}), "x.csv", None, TODAY)
    (record,) = records(imports)
    with imports.database.read() as session:
        (shown,) = records_page(session, Scope(record.enterprise_id), RecordFilter(), TODAY).records
    assert (shown.gross_fen, shown.exact) == (3, "0.0333")
