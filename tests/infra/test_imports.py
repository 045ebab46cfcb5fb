"""Imports on both databases: whole or not at all, once, and not a fen is lost."""

import itertools
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, update
from sqlmodel import SQLModel, col, select

import infra.books.imports
from domain.ledger import Bucket
from infra.books.imports import Imports
from infra.database import Database
from infra.demo.companies import ENTERPRISES, LINCHUAN, SHIGUANG, XINGZHU, YANXI
from infra.demo.people import seed
from infra.demo.sample import sample_csv
from infra.queries.imports import import_report, recent_imports
from infra.tables import (
    AccountRow,
    BalanceRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    EntityRow,
    ExchangeRateRow,
    ImportBatchRow,
    ImportedLineRow,
    LedgerEntryRow,
)
from tests.billing import billing_csv
from tests.factories import held_of, is_in_open_month
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

TODAY = date(2026, 11, 21)
WRITTEN = (ImportBatchRow, ImportedLineRow, ConsumptionRecordRow, LedgerEntryRow, BalanceRow, EnterpriseRow, AccountRow, EntityRow)
ORDER = "202610150000183742"
OCTOBER = {"BillingPeriodStart": "2026-09-30T16:00:00Z"}
NOVEMBER = {"BillingPeriodStart": "2026-10-31T16:00:00Z", "ChargePeriodStart": "2026-11-10T02:00:00Z"}
DECEMBER_3 = date(2026, 12, 3)


@pytest.fixture
def imports(database: Database) -> Imports:  # noqa: F811
    seed(database, TODAY, lambda password: f"hash of {password}")
    return Imports(database)


def counts(imports: Imports) -> dict[str, int]:
    with imports.database.read() as session:
        return {table.__name__: session.exec(select(func.count()).select_from(table)).one() for table in WRITTEN}


def rows(imports: Imports, table: type[SQLModel]) -> list[Any]:
    with imports.database.read() as session:
        return list(session.exec(select(table)))


def record(imports: Imports, **values: object) -> ConsumptionRecordRow:
    """The one record with these values."""
    found = [row for row in rows(imports, ConsumptionRecordRow) if all(getattr(row, name) == value for name, value in values.items())]
    assert len(found) == 1, found
    return found[0]  # type: ignore[no-any-return]


def buckets(imports: Imports) -> dict[str, int]:
    """Fen by bucket, over all customers; empty ones are left out."""
    sums: Counter[str] = Counter()
    for row in rows(imports, BalanceRow):
        sums[row.bucket] += row.amount_fen
    return {bucket: amount for bucket, amount in sums.items() if amount}


def check_the_books(imports: Imports) -> None:
    """I1 and I4, the running totals, and each record's fen in the buckets that its own columns say."""
    by_cause: Counter[str] = Counter()
    totals: Counter[tuple[int, int, str, str, int, str]] = Counter()
    records = {row.id: row for row in rows(imports, ConsumptionRecordRow)}
    for entry in rows(imports, LedgerEntryRow):
        by_cause[entry.cause] += entry.amount_fen
        totals[entry.enterprise_id, entry.account_id, entry.period, entry.entity, entry.rate_bp, entry.bucket] += entry.amount_fen
        if entry.record_id is not None:
            of = records[entry.record_id]
            assert (entry.enterprise_id, entry.account_id, entry.period) == (of.enterprise_id, of.account_id, of.period)
    with imports.database.read() as session:
        by_record = {record_id: held_of(session, record_id) for record_id in records}
        opened = {row.id for row in records.values() if is_in_open_month(session, row)}
    assert not any(by_cause.values())
    balances = {
        (row.enterprise_id, row.account_id, row.period, row.entity, row.rate_bp, row.bucket): row.amount_fen
        for row in rows(imports, BalanceRow)
    }
    assert balances == dict(totals)
    by_customer: Counter[tuple[int, str, int]] = Counter()
    for (enterprise_id, _, _, entity, rate_bp, _), amount in balances.items():
        by_customer[enterprise_id, entity, rate_bp] += amount
    assert not any(by_customer.values())
    assert not any(sum(held.values()) for held in by_record.values())
    for row in records.values():
        place = Bucket.SELLER if row.seller else Bucket.AVAILABLE if row.id in opened else Bucket.NOT_OPEN
        assert row.gross_fen == row.excluded_fen + row.invoiceable_fen
        said = {Bucket.CONSUMED: -row.gross_fen, Bucket.EXCLUDED: row.excluded_fen, place: row.invoiceable_fen}
        assert {bucket: fen for bucket, fen in by_record[row.id].items() if fen} == {bucket: fen for bucket, fen in said.items() if fen}
        if row.original_id is not None:
            original = records[row.original_id]
            assert (original.entity, original.rate_bp, original.enterprise_id) == (row.entity, row.rate_bp, row.enterprise_id)
            assert (original.id in opened) == (row.id in opened)


def test_the_sample_is_imported_and_its_books_balance(imports: Imports) -> None:
    report = imports.import_file(sample_csv(TODAY, 250), "sample.csv", None, TODAY)
    assert (report.ok, report.lines, report.held, report.late, report.periods) == (True, 250, 1, 1, ("2026-09", "2026-10", "2026-11"))
    assert report.gross_fen == report.excluded_fen + report.seller_fen + report.available_fen + report.not_open_fen
    assert buckets(imports) == {
        Bucket.CONSUMED: -report.gross_fen,
        Bucket.EXCLUDED: report.excluded_fen,
        Bucket.SELLER: report.seller_fen,
        Bucket.AVAILABLE: report.available_fen,
        Bucket.NOT_OPEN: report.not_open_fen,
    }
    assert {row.rate_bp for row in rows(imports, ConsumptionRecordRow)} == {600, 900, 1300}
    assert {row.entity for row in rows(imports, ConsumptionRecordRow)} == {"HZ", "SH"}
    check_the_books(imports)


def test_the_same_bytes_again_change_nothing_and_show_the_first_report(imports: Imports) -> None:
    content = sample_csv(TODAY, 100)
    first = imports.import_file(content, "sample.csv", None, TODAY)
    before = counts(imports)
    again = imports.import_file(content, "another name.csv", None, DECEMBER_3)
    assert again == replace(first, repeated=True)
    assert imports.dry_run(content, "sample.csv", TODAY) == again
    assert counts(imports) == before


def test_a_dry_run_says_what_an_import_does_and_writes_nothing(imports: Imports) -> None:
    before = counts(imports)
    content = sample_csv(TODAY, 100)
    said = imports.dry_run(content, "sample.csv", TODAY)
    assert counts(imports) == before
    assert replace(imports.import_file(content, "sample.csv", None, TODAY), imported_at=None) == said


def test_one_wrong_row_keeps_the_whole_file_out_and_every_wrong_row_is_named(imports: Imports) -> None:
    before = counts(imports)
    content = billing_csv({}, {"SubAccountId": "nobody"}, {}, {"InvoiceIssuerName": "Somebody Ltd", "BillingAccountId": "0"})
    for report in (imports.import_file(content, "x.csv", None, TODAY), imports.dry_run(content, "x.csv", TODAY)):
        found = [(problem.line, problem.column, problem.value, problem.code) for problem in report.problems]
        assert found == [
            (3, "SubAccountId", "nobody", "account-unknown"),
            (5, "BillingAccountId", "0", "enterprise-unknown"),
            (5, "InvoiceIssuerName", "Somebody Ltd", "issuer-unknown"),
        ]
        assert report.problem_count == 3
    assert counts(imports) == before


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"SubAccountId": YANXI.accounts[0].sub_account_id}, "account-elsewhere"),
        ({"BillingCurrency": "EUR"}, "rate-missing"),
        (
            {"BillingCurrency": "USD", "BillingPeriodStart": "2025-03-01T00:00:00Z", "ChargePeriodStart": "2025-03-02T00:00:00Z"},
            "rate-missing",
        ),
    ],
)
def test_what_our_tables_do_not_know_is_refused(imports: Imports, cells: dict[str, str], code: str) -> None:
    report = imports.import_file(billing_csv(cells), "x.csv", None, TODAY)
    assert [problem.code for problem in report.problems] == [code]


def test_a_picture_is_refused(imports: Imports) -> None:
    before = counts(imports)
    report = imports.import_file(b"\x89PNG\r\n\x1a\n" + bytes(100), "bill.csv", None, TODAY)
    assert [problem.code for problem in report.problems] == ["file-binary"]
    assert counts(imports) == before


def test_an_import_that_fails_in_the_middle_leaves_nothing(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counts(imports)

    def break_down(*_: object) -> bool:
        raise OSError("disk full")

    monkeypatch.setattr(infra.books.imports, "post", break_down)
    with pytest.raises(OSError, match="disk full"):
        imports.import_file(sample_csv(TODAY, 100), "sample.csv", None, TODAY)
    assert counts(imports) == before
    monkeypatch.undo()
    assert not imports.import_file(sample_csv(TODAY, 100), "sample.csv", None, TODAY).repeated


def test_the_same_file_imported_eight_times_at_once_is_imported_once(imports: Imports) -> None:
    content = sample_csv(TODAY, 120)
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda number: imports.import_file(content, f"{number}.csv", None, TODAY), range(8)))
    assert sorted(report.repeated for report in reports) == [False] + [True] * 7
    assert (counts(imports)["ImportBatchRow"], counts(imports)["ImportedLineRow"]) == (1, 120)
    check_the_books(imports)


def test_different_files_at_once_all_get_in(imports: Imports) -> None:
    contents = [billing_csv(*({"BilledCost": f"{number}.{row:03d}"} for row in range(40))) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        reports = list(pool.map(lambda content: imports.import_file(content, "x.csv", None, TODAY), contents))
    assert all(report.ok and not report.repeated for report in reports)
    assert buckets(imports)[Bucket.AVAILABLE] == sum(report.available_fen for report in reports)
    check_the_books(imports)


def test_a_refund_lowers_what_its_order_leaves_and_waits_for_no_statement(imports: Imports) -> None:
    """The order's month is open, the refund's is not: it goes where its order is."""
    content = billing_csv(
        {"BilledCost": "100", "x_OrderNumber": ORDER},
        {"BilledCost": "-30", "x_OriginalOrderNumber": ORDER, "ChargeCategory": "Adjustment", **NOVEMBER},
    )
    imports.import_file(content, "x.csv", None, TODAY)
    refund = record(imports, gross_fen=-3000)
    assert refund.original_id == record(imports, gross_fen=10_000).id
    assert buckets(imports) == {Bucket.CONSUMED: -7000, Bucket.AVAILABLE: 7000}
    check_the_books(imports)


@pytest.mark.parametrize(("month", "bucket"), [(OCTOBER, Bucket.AVAILABLE), (NOVEMBER, Bucket.NOT_OPEN)])
def test_a_refund_that_comes_before_its_order_waits_and_then_binds(imports: Imports, month: dict[str, str], bucket: Bucket) -> None:
    refund = {"BilledCost": "-30", "x_OriginalOrderNumber": ORDER, "ChargeCategory": "Adjustment"}
    first = imports.import_file(billing_csv(refund), "refund.csv", None, TODAY)
    assert (first.held, first.available_fen, first.not_open_fen) == (1, 0, -3000)
    second = imports.import_file(billing_csv({"BilledCost": "100", "x_OrderNumber": ORDER, **month}), "order.csv", None, TODAY)
    assert second.held == 0
    assert record(imports, gross_fen=-3000).original_id == record(imports, gross_fen=10_000).id
    assert buckets(imports) == {Bucket.CONSUMED: -7000, bucket: 7000}
    check_the_books(imports)


def test_a_credit_larger_than_all_there_is_takes_that_back_and_its_rest_is_held(imports: Imports) -> None:
    report = imports.import_file(billing_csv({"BilledCost": "20"}, {"BilledCost": "-21", "ChargeCategory": "Credit"}), "x.csv", None, TODAY)
    assert (report.held, buckets(imports)) == (1, {Bucket.CONSUMED: 100, Bucket.NOT_OPEN: -100})
    check_the_books(imports)


def test_a_credit_never_binds_to_what_an_application_has_taken(imports: Imports) -> None:
    """When the application gives it back, the next run of the statements binds it."""
    imports.import_file(billing_csv({"BilledCost": "100"}), "usage.csv", None, TODAY)
    set_reserved(imports, 10_000)
    imports.import_file(billing_csv({"BilledCost": "-30", "ChargeCategory": "Credit"}), "credit.csv", None, TODAY)
    assert record(imports, gross_fen=-3000).original_id is None
    assert imports.open_periods(TODAY, 100) == 0
    set_reserved(imports, 0)
    assert imports.open_periods(TODAY, 100) == 1
    assert imports.open_periods(TODAY, 100) == 0
    credit = record(imports, gross_fen=-3000)
    assert credit.original_id == record(imports, gross_fen=10_000).id
    assert buckets(imports) == {Bucket.CONSUMED: -7000, Bucket.AVAILABLE: 7000}
    check_the_books(imports)


def set_reserved(imports: Imports, fen: int) -> None:
    with imports.database.write() as session:
        session.execute(update(ConsumptionRecordRow).where(col(ConsumptionRecordRow.gross_fen) > 0).values(reserved_fen=fen))


def test_the_current_month_opens_on_its_statement_day_and_once(imports: Imports) -> None:
    content = billing_csv(
        {"BilledCost": "100", "x_OrderNumber": ORDER, **NOVEMBER},
        {"BilledCost": "-30", "x_OriginalOrderNumber": ORDER, **NOVEMBER},
        {"BilledCost": "50", "BillingAccountId": YANXI.billing_account_id, "SubAccountId": YANXI.accounts[0].sub_account_id, **NOVEMBER},
        {"BilledCost": "-5", "ServiceName": "未知", **NOVEMBER},
    )
    imports.import_file(content, "x.csv", None, TODAY)
    assert buckets(imports) == {Bucket.CONSUMED: -11_500, Bucket.NOT_OPEN: 11_500}
    assert imports.open_periods(date(2026, 12, 2), 100) == 0
    assert imports.open_periods(DECEMBER_3, 1) == 1
    assert imports.open_periods(DECEMBER_3, 1) == 1
    assert imports.open_periods(DECEMBER_3, 1) == 0
    assert buckets(imports) == {Bucket.CONSUMED: -11_500, Bucket.AVAILABLE: 12_000, Bucket.NOT_OPEN: -500}
    check_the_books(imports)


def test_what_comes_when_its_month_is_open_is_available_at_once(imports: Imports) -> None:
    """Imported with the date of the 2nd after the run of the 3rd, as a delayed import is."""
    for cost, opened in (("100", 1), ("50", 0)):
        imports.import_file(billing_csv({"BilledCost": cost, **NOVEMBER}), f"{cost}.csv", None, date(2026, 12, 2))
        assert imports.open_periods(DECEMBER_3, 10) == opened
    assert buckets(imports) == {Bucket.CONSUMED: -15_000, Bucket.AVAILABLE: 15_000}
    check_the_books(imports)


def test_months_opened_by_many_at_once_are_opened_once(imports: Imports) -> None:
    imports.import_file(sample_csv(TODAY, 150), "sample.csv", None, TODAY)
    with ThreadPoolExecutor(6) as pool:
        opened = sum(pool.map(lambda _: imports.open_periods(DECEMBER_3, 100), range(6)))
    assert opened == len({*ENTERPRISES, XINGZHU}), "a month of each customer"
    check_the_books(imports)


def test_a_foreign_currency_takes_the_rate_of_the_months_last_day_and_the_line_keeps_it(imports: Imports) -> None:
    """31 October 2026 is a Saturday: Friday's rate."""
    imports.import_file(billing_csv({"BilledCost": "0.0333", "BillingCurrency": "USD"}), "x.csv", None, TODAY)
    with imports.database.read() as session:
        friday = session.exec(select(ExchangeRateRow.rate).where(ExchangeRateRow.day == date(2026, 10, 30))).one()
    (line,) = rows(imports, ImportedLineRow)
    assert (line.rate, line.billed_cost, line.currency) == (friday, "0.0333", "USD")
    row = record(imports, service="云服务器 ECS")
    assert Fraction(row.gross_fen, 100) + Fraction(row.remainder) == Fraction("0.0333") * Fraction(friday)


def test_a_sellers_sales_are_his_to_invoice_and_his_refunds_too(imports: Imports) -> None:
    sales = [{"BilledCost": cost, "PublisherName": "观澜日志（南京）软件有限公司"} for cost in ("60", "-6")]
    report = imports.import_file(billing_csv(*sales, {"BilledCost": "100"}), "x.csv", None, TODAY)
    expected = {Bucket.CONSUMED: -15_400, Bucket.SELLER: 5400, Bucket.AVAILABLE: 10_000}
    assert (report.held, buckets(imports)) == (0, expected)
    assert imports.open_periods(DECEMBER_3, 100) == 0, "his refund is bound to no record of ours"
    assert buckets(imports) == expected


def test_a_row_without_an_account_is_the_payers_own(imports: Imports) -> None:
    imports.import_file(billing_csv({"SubAccountId": "NULL"}), "x.csv", None, TODAY)
    with imports.database.read() as session:
        account = session.get(AccountRow, record(imports, gross_fen=1000).account_id)
    assert account is not None
    assert account.sub_account_id == SHIGUANG.accounts[0].sub_account_id


def test_a_row_billed_late_is_on_the_next_statement(imports: Imports) -> None:
    report = imports.import_file(billing_csv({**NOVEMBER, "ChargePeriodStart": "2026-10-30T02:00:00Z"}), "x.csv", None, TODAY)
    row = record(imports, gross_fen=1000)
    assert (report.late, row.period, row.day) == (1, "2026-11", date(2026, 10, 30))
    assert buckets(imports).keys() == {Bucket.CONSUMED, Bucket.NOT_OPEN}


def test_a_month_that_another_file_brought_before_is_pointed_out(imports: Imports) -> None:
    imports.import_file(billing_csv({"BilledCost": "1"}), "first.csv", None, TODAY)
    report = imports.import_file(billing_csv({"BilledCost": "2"}), "second.csv", None, TODAY)
    (warning,) = report.warnings
    assert (warning.code, dict(warning.params)) == ("period-imported-before", {"period": "2026-10", "accounts": "1", "file": "first.csv"})


def test_a_foreign_file_can_be_tried_and_what_it_makes_can_neither_apply_nor_issue(imports: Imports) -> None:
    foreign = {"BillingAccountId": "77", "SubAccountId": "", "InvoiceIssuerName": "Cloud Inc.", "PublisherName": "Cloud Inc."}
    content = billing_csv(foreign, {**foreign, "SubAccountId": "78"})
    said = imports.dry_run(content, "x.csv", TODAY, create_missing=True)
    assert said.ok
    assert replace(imports.import_file(content, "x.csv", None, TODAY, create_missing=True), imported_at=None) == said
    with imports.database.read() as session:
        enterprise = session.exec(select(EnterpriseRow).where(EnterpriseRow.billing_account_id == "77")).one()
        entity = session.exec(select(EntityRow).where(EntityRow.issuer_name == "Cloud Inc.")).one()
    assert (enterprise.verified, entity.code, entity.province, entity.tax_id) == (False, "EXT1", "", "")


def test_imports_are_listed_newest_first_with_who_and_found_again(imports: Imports) -> None:
    first = imports.import_file(billing_csv({"BilledCost": "1"}), "first.csv", 1, TODAY)
    second = imports.import_file(billing_csv({"BilledCost": "2.50"}, {"BillingCurrency": "USD"}), "second.csv", None, TODAY)
    with imports.database.read() as session:
        seen = recent_imports(session)
        assert [(row.file_name, row.by, row.lines) for row in seen] == [("second.csv", "", 2), ("first.csv", "林澈", 1)]
        assert seen[0].totals == {"CNY": "2.5", "USD": "10"}
        assert [row.file_name for row in recent_imports(session, before=seen[0].imported_at)] == ["first.csv"]
        assert import_report(session, first.batch_id) == first
        assert import_report(session, second.batch_id) == second
        assert import_report(session, "0" * 64) is None


_orders = itertools.count(1)
_rows = st.lists(
    st.fixed_dictionaries(
        {
            "BilledCost": st.decimals(min_value=-(10**5), max_value=10**5, places=9).map(lambda amount: format(amount, "f")),
            "ServiceName": st.sampled_from(["云服务器 ECS", "对象存储", "云专线", "边缘一体机"]),
            "ChargePeriodStart": st.integers(1, 28).map(lambda day: f"2026-10-{day:02d}T03:00:00Z"),
            "BillingCurrency": st.sampled_from(["CNY", "USD"]),
            "x_OrderNumber": st.sampled_from(["", ORDER]),
            "x_OriginalOrderNumber": st.sampled_from(["", "", ORDER]),
            "PublisherName": st.sampled_from(["青屿云", "某商家"]),
            "SubAccountId": st.sampled_from([account.sub_account_id for account in SHIGUANG.accounts[:2]]),
        }
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_rows)
def test_any_lines_are_in_the_records_exactly_and_in_balanced_books(imports: Imports, lines: list[dict[str, str]]) -> None:
    """Examples share the database, so that credits also meet what earlier files brought. An order is booked by one of them only."""
    order = f"20261016{next(_orders):010d}"
    content = billing_csv(*({name: value.replace(ORDER, order) for name, value in line.items()} for line in lines))
    report = imports.import_file(content, "x.csv", None, TODAY)
    assert report.ok, report.problems
    rate = {line.currency: Fraction(line.rate) for line in rows(imports, ImportedLineRow) if line.batch_id == report.batch_id}
    whole = sum(Fraction(Decimal(line["BilledCost"])) * rate[line["BillingCurrency"]] for line in lines)
    made = [row for row in rows(imports, ConsumptionRecordRow) if row.batch_id == report.batch_id]
    assert sum(Fraction(row.gross_fen, 100) + Fraction(row.remainder) for row in made) == whole
    before = counts(imports)
    assert imports.import_file(content, "x.csv", None, TODAY).repeated
    assert counts(imports) == before
    check_the_books(imports)


def test_every_customer_of_the_demo_has_something_to_invoice_of_each_kind(imports: Imports) -> None:
    imports.import_file(sample_csv(TODAY), "sample.csv", None, TODAY)
    available = {
        (row.enterprise_id, row.entity, row.rate_bp)
        for row in rows(imports, BalanceRow)
        if row.bucket == "available" and row.amount_fen > 0
    }
    with imports.database.read() as session:
        ids = {row.billing_account_id: row.id for row in session.exec(select(EnterpriseRow))}
    for enterprise in (SHIGUANG, YANXI, LINCHUAN):
        enterprise_id = ids[enterprise.billing_account_id]
        assert {(enterprise_id, "HZ", 600), (enterprise_id, "SH", 900)} <= available
    assert (ids[YANXI.billing_account_id], "HZ", 1300) in available


def test_a_service_name_that_no_invoice_can_carry_is_refused_by_line(imports: Imports) -> None:
    unprintable = replace(imports, missing_characters=lambda text: {c for c in text if c == "𠮷"})

    rare = unprintable.dry_run(billing_csv({"ServiceName": "𠮷云服务"}), "rare.csv", TODAY)
    longer = unprintable.dry_run(billing_csv({"ServiceName": "云" * 91}), "long.csv", TODAY)

    assert [(problem.line, problem.column, problem.code, problem.params.get("characters")) for problem in rare.problems] == [
        (2, "ServiceName", "characters-not-printable", "𠮷")
    ]
    assert [(problem.line, problem.column, problem.code) for problem in longer.problems] == [(2, "ServiceName", "text-long")]


def test_unknown_accounts_are_named_together_with_the_syntax_of_other_rows(imports: Imports) -> None:
    content = billing_csv({"SubAccountId": "nobody"}, {"BilledCost": "ten"}, {"InvoiceIssuerName": "Somebody Ltd"})
    for report in (imports.import_file(content, "x.csv", None, TODAY), imports.dry_run(content, "x.csv", TODAY)):
        found = [(problem.line, problem.code) for problem in report.problems]
        assert found == [(2, "account-unknown"), (3, "amount-malformed"), (4, "issuer-unknown")]
        assert report.problem_count == 3
