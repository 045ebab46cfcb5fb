"""What comes again is booked once: the same bill in another packing, the same order in another file, list or customer's bill."""

import gzip
import json
from dataclasses import replace
from datetime import date
from typing import Any
from unittest.mock import ANY

import pytest
from sqlmodel import func, select

from infra.books.imports import Imports
from infra.database import Database
from infra.demo.companies import LINCHUAN, SHIGUANG
from infra.demo.people import seed
from infra.invariants import violations
from infra.order_json import canonical
from infra.tables import ConsumptionRecordRow, ImportBatchRow
from tests.billing import billing_csv
from tests.orders import ORDER, workbook
from tests.postgres import database  # noqa: F401 - pytest finds fixtures by their names here

TODAY = date(2026, 11, 21)
NUMBER = "202610150000183742"
OF_ORDER = {"x_OrderNumber": NUMBER, "ChargeCategory": "Purchase"}
LISTED = {
    "order_number": NUMBER,
    "billing_account": SHIGUANG.billing_account_id,
    "account": SHIGUANG.accounts[0].sub_account_id,
    "day": "2026-10-15",
    "service": "云服务器 ECS",
    "amount": "10.00",
    "entity": "青屿云计算（杭州）有限公司",
}
IN_SHEET = {**ORDER, "BillingAccountId": SHIGUANG.billing_account_id, "SubAccountId": SHIGUANG.accounts[0].sub_account_id}
OTHER = {"BillingAccountId": LINCHUAN.billing_account_id, "SubAccountId": LINCHUAN.accounts[0].sub_account_id}


@pytest.fixture
def imports(database: Database) -> Imports:  # noqa: F811
    seed(database, TODAY, str)
    return Imports(database)


def bring(imports: Imports, content: bytes, name: str = "first.csv") -> list[tuple[int, str]]:
    planned = imports.dry_run(content, name, TODAY)
    report = imports.import_file(content, name, None, TODAY)
    assert (planned.problems, planned.problem_count) == (report.problems, report.problem_count)
    return [(problem.line, problem.code) for problem in report.problems]


def booked_fen(imports: Imports) -> int:
    with imports.database.read() as session:
        assert violations(session) == {}
        return session.exec(select(func.coalesce(func.sum(ConsumptionRecordRow.gross_fen), 0))).one()


def listed(*orders: dict[str, str]) -> bytes:
    return canonical([{**LISTED, **order} for order in orders])


def test_the_same_bill_in_another_packing_is_the_same_batch(imports: Imports) -> None:
    content = billing_csv({}, {"BilledCost": "5"})
    assert bring(imports, content) == []
    for packed in (gzip.compress(content, 9, mtime=1), gzip.compress(content, 1, mtime=2)):
        report = imports.import_file(packed, "packed.csv.gz", None, TODAY)
        assert (report.ok, report.repeated) == (True, True)
    assert booked_fen(imports) == 15_00
    with imports.database.read() as session:
        assert session.exec(select(func.count()).select_from(ImportBatchRow)).one() == 1


@pytest.mark.parametrize(
    "again", [billing_csv({}, OF_ORDER, {"BilledCost": "3"}), listed({}), listed({"amount": "10", "description": "x"})]
)
def test_an_order_that_came_with_another_file_is_refused(imports: Imports, again: bytes) -> None:
    assert bring(imports, billing_csv(OF_ORDER)) == []
    (problem,) = imports.dry_run(again, "second", TODAY).problems
    assert (problem.column, problem.value, problem.code, problem.params["file"]) == ("x_OrderNumber", NUMBER, "order-known", "first.csv")
    assert bring(imports, again) != []
    assert booked_fen(imports) == 10_00


@pytest.mark.parametrize(
    "other",
    [
        {"BilledCost": "11.00"},
        {"ServiceName": "对象存储 OSS"},
        {"ChargePeriodStart": "2026-10-16T02:00:00Z"},
        {"SubAccountId": SHIGUANG.accounts[1].sub_account_id},
        {"x_OrderNumber": "202610150000183743"},
    ],
)
def test_another_row_of_the_order_is_booked(imports: Imports, other: dict[str, str]) -> None:
    assert bring(imports, billing_csv(OF_ORDER)) == []
    assert bring(imports, billing_csv({**OF_ORDER, **other}), "second.csv") == []


def test_equal_rows_of_one_bill_are_rows_of_the_order(imports: Imports) -> None:
    assert bring(imports, billing_csv(OF_ORDER, OF_ORDER)) == []
    assert booked_fen(imports) == 20_00


def test_an_order_of_another_customer_is_refused(imports: Imports) -> None:
    assert bring(imports, billing_csv(OF_ORDER, {**OF_ORDER, **OTHER, "BilledCost": "7"})) == [(3, "order-elsewhere")]
    assert bring(imports, billing_csv(OF_ORDER)) == []
    assert bring(imports, billing_csv({**OF_ORDER, **OTHER, "BilledCost": "7"}), "second.csv") == [(2, "order-elsewhere")]
    assert booked_fen(imports) == 10_00


def test_an_order_stands_in_a_list_once(imports: Imports) -> None:
    assert bring(imports, listed({}, {"amount": "12.00"})) == [(2, "order-twice")]
    assert bring(imports, workbook(IN_SHEET, {**IN_SHEET, "BilledCost": 7})) == [(3, "order-twice")]
    assert bring(imports, listed({}, {"service": "对象存储 OSS"})) == []


REFUND = {"order_number": "202611020000000007", "original_order_number": NUMBER, "amount": "-30.00"}
REFUND_IN_SHEET = {**IN_SHEET, "x_OrderNumber": REFUND["order_number"], "x_OriginalOrderNumber": NUMBER, "BilledCost": -30}


@pytest.mark.parametrize("again", [listed({**REFUND, "description": "x"}), workbook(REFUND_IN_SHEET)])
@pytest.mark.parametrize("held", [True, False])
def test_a_refund_of_a_list_is_booked_once(imports: Imports, again: bytes, held: bool) -> None:
    assert held or bring(imports, listed({"amount": "50.00"})) == []
    assert bring(imports, listed(REFUND)) == []
    before = booked_fen(imports)
    assert [code for _, code in bring(imports, again)] == ["order-known"]
    assert booked_fen(imports) == before


def test_a_refund_that_was_cut_is_known_whole(imports: Imports) -> None:
    assert bring(imports, listed({"amount": "20.00"}, {"amount": "10.00", "day": "2026-10-16"})) == []
    assert bring(imports, listed(REFUND)) == []
    assert bring(imports, listed({**REFUND, "description": "x"})) == [(1, "order-known")]
    assert booked_fen(imports) == 0


def test_a_refund_of_another_customer_is_refused(imports: Imports) -> None:
    other = {"billing_account": OTHER["BillingAccountId"], "account": OTHER["SubAccountId"]}
    assert bring(imports, listed(REFUND, {**REFUND, **other})) == [(2, "order-elsewhere")]
    assert bring(imports, listed(REFUND)) == []
    assert bring(imports, listed({**REFUND, **other})) == [(1, "order-elsewhere")]
    assert booked_fen(imports) == -30_00


def test_a_refund_stands_in_a_list_once(imports: Imports) -> None:
    assert bring(imports, listed(REFUND, {**REFUND, "amount": "-29.00"})) == [(2, "order-twice")]
    assert bring(imports, listed({"amount": "30.00"}, REFUND, {**REFUND, "service": "对象存储 OSS"})) == []


def test_rows_of_a_bill_that_take_back_are_as_before(imports: Imports) -> None:
    """There equal refunds are rows of the bill, and a refund may have its order's own number."""
    refund = {**OF_ORDER, "BilledCost": "-3.00", "ChargeCategory": "Credit"}
    assert bring(imports, billing_csv(OF_ORDER, refund, refund)) == []
    assert bring(imports, billing_csv(refund), "second.csv") == []
    assert booked_fen(imports) == 1_00


@pytest.mark.parametrize("wrong", [{"BillingCurrency": "EUR"}, {"InvoiceIssuerName": "nobody"}])
def test_a_row_of_many_months_names_a_problem_once(imports: Imports, wrong: dict[str, str]) -> None:
    year = {"ChargePeriodStart": "2025-10-14T16:00:00Z", "ChargePeriodEnd": "2026-10-14T16:00:00Z", "BilledCost": "1000.00"}
    assert len(bring(imports, billing_csv({**year, **wrong}, {**year, **wrong}))) == 2
    assert bring(imports, billing_csv({**year, **wrong}, {"BilledCost": "ten"})) == [(2, ANY), (3, "amount-malformed")]


def test_a_row_of_many_months_names_what_cannot_be_printed_once(imports: Imports) -> None:
    unprintable = replace(imports, missing_characters=lambda text: {each for each in text if each == "𠮷"})
    year = {"ChargePeriodStart": "2025-10-14T16:00:00Z", "ChargePeriodEnd": "2026-10-14T16:00:00Z", "ServiceName": "𠮷云"}
    report = unprintable.dry_run(billing_csv({**year, "BilledCost": "1000.00"}), "x.csv", TODAY)
    assert [problem.code for problem in report.problems] == ["characters-not-printable"]


def day_ahead(form: str, day: str) -> bytes:
    if form == "json":
        return canonical([{**LISTED, "day": day}])
    if form == "xlsx":
        return workbook({**IN_SHEET, "day": date.fromisoformat(day)})
    month = {"BillingPeriodStart": "2026-10-31T16:00:00Z"}
    return billing_csv({**month, "ChargePeriodStart": f"{day}T02:00:00Z"})


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_day_to_come_is_refused(imports: Imports, form: str) -> None:
    assert imports.dry_run(day_ahead(form, "2026-11-21"), form, TODAY).problems == ()
    (problem,) = imports.dry_run(day_ahead(form, "2026-11-22"), form, TODAY).problems
    assert (problem.column, problem.code) == ("日期" if form == "xlsx" else "ChargePeriodStart", "day-ahead")


@pytest.mark.parametrize("form", ["json", "xlsx"])
def test_a_month_to_come_is_refused(imports: Imports, form: str) -> None:
    (problem,) = imports.dry_run(day_ahead(form, "2026-12-01"), form, TODAY).problems
    column = "日期" if form == "xlsx" else "BillingPeriodStart"
    assert (problem.column, problem.code, problem.value) == (column, "month-ahead", "2026-12")


def test_a_charge_that_is_billed_in_a_month_to_come_is_refused(imports: Imports) -> None:
    row: dict[str, Any] = {"BillingPeriodStart": "2026-11-30T16:00:00Z"}
    (problem,) = imports.dry_run(billing_csv(row), "x.csv", TODAY).problems
    assert problem.code == "month-ahead"


def test_rows_that_are_cut_by_month_are_counted(imports: Imports) -> None:
    year = {"ChargePeriodStart": "2025-10-31T16:00:00Z", "ChargePeriodEnd": "2026-10-31T16:00:00Z", "BilledCost": "1.00"}
    report = imports.import_file(billing_csv(year, {}), "x.csv", None, TODAY)
    assert (report.cut_rows, report.records, report.gross_fen, report.remainder) == (1, 13, 11_00, "0")
    assert json.loads(report.to_json())["cut_rows"] == 1
