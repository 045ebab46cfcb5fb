"""Billing files in every form: the same rows, exactly; broken, hostile and oversized ones are named and change nothing."""

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import infra.billing_files
from domain.focus_file import FocusFile
from infra.billing_files import read_billing_file
from infra.doubles import FLOAT_DIGITS, float_text
from infra.order_workbook import template
from infra.parquet_check import can_be_read
from tests.billing import billing_csv
from tests.orders import ORDER, workbook

ROWS = ({"BilledCost": "0.00000080000", "x_VoucherCost": ""}, {"BilledCost": "-2.61370000000", "ServiceName": "对象存储"})
NEWER = ("InvoiceId", "x_CouponCost")


def parquet(content: bytes, **columns: Any) -> bytes:
    """A CSV file as Parquet: costs as decimals, everything else as text, but for the given columns."""
    frame = pl.read_csv(content, infer_schema_length=0).with_columns(pl.col("BilledCost").cast(pl.Decimal(38, 20)))
    buffer = io.BytesIO()
    frame.with_columns(**columns).write_parquet(buffer)
    return buffer.getvalue()


def with_columns(content: bytes, *names: str, without: tuple[str, ...] = ()) -> bytes:
    frame = pl.read_csv(content, infer_schema_length=0).drop(without).with_columns(pl.lit("x").alias(name) for name in names)
    return frame.write_csv().encode()


def codes(file: FocusFile) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in file.problems]


@pytest.mark.parametrize(
    ("make", "form"), [(bytes, "csv"), (gzip.compress, "csv.gz"), (parquet, "parquet"), (lambda c: gzip.compress(parquet(c)), "parquet.gz")]
)
def test_every_form_gives_the_same_lines(make: Callable[[bytes], bytes], form: str) -> None:
    plain = read_billing_file(billing_csv(*ROWS))
    file = read_billing_file(make(billing_csv(*ROWS)))
    assert (file.form, file.problems, file.totals) == (form, [], {"CNY": Decimal("-2.6136992")})
    assert file.lines == plain.lines


@pytest.mark.parametrize(
    ("columns", "version"),
    [((), "1.0"), (("SkuMeter",), "1.1"), (("SkuMeter", "InvoiceId"), "1.2"), (("InvoiceId", "HostProviderName"), "1.3")],
)
@pytest.mark.parametrize("make", [bytes, parquet])
def test_the_version_is_found_from_the_columns(columns: tuple[str, ...], version: str, make: Callable[[bytes], bytes]) -> None:
    assert read_billing_file(make(with_columns(billing_csv({}), *columns))).version == version


def test_a_newer_file_names_who_serves_where_older_ones_name_the_publisher() -> None:
    content = with_columns(billing_csv({}), "HostProviderName", "ServiceProviderName", without=("PublisherName", "ProviderName"))
    file = read_billing_file(content)
    assert (file.version, file.problems) == ("1.3", [])
    assert (file.lines[0].publisher, file.lines[0].provider) == ("x", "")


def test_a_file_that_names_neither_lacks_the_publisher() -> None:
    assert codes(read_billing_file(with_columns(billing_csv({}), without=("PublisherName",)))) == [("PublisherName", "column-missing")]


def test_a_column_of_doubles_is_taken_where_the_written_decimal_is_certain() -> None:
    file = read_billing_file(parquet(billing_csv({}, {}), BilledCost=pl.Series([12.34, 8e-07])))
    assert ([line.billed_cost for line in file.lines], file.problems) == ([Decimal("12.34"), Decimal("0.0000008")], [])


def test_a_double_that_could_be_several_decimals_is_refused_by_its_row() -> None:
    file = read_billing_file(parquet(billing_csv({}, {}), BilledCost=pl.Series([0.1 + 0.2, 0.3])))
    assert [(problem.line, problem.column, problem.value, problem.code) for problem in file.problems] == [
        (2, "BilledCost", "≈0.30000000000000004", "amount-float")
    ]


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_decimal_of_fifteen_digits_comes_back_from_a_double_and_no_other_does(amount: Decimal) -> None:
    text = float_text(float(amount))
    digits = len(amount.normalize().as_tuple().digits)
    assert digits > FLOAT_DIGITS or Decimal(text) == amount


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("BilledCost", pl.lit(0.1, dtype=pl.Float32), "column-type"),
        ("BilledCost", pl.lit([1]), "column-type"),
        ("BilledCost", pl.lit(True), "column-type"),
        ("ServiceName", pl.lit(1.5), "column-type"),
        ("BilledCost", pl.lit(float("nan")), "amount-malformed"),
        ("BilledCost", pl.lit(float("-inf")), "amount-malformed"),
        ("BilledCost", pl.lit(None), "value-missing"),
        ("ServiceName", pl.lit("x" * 200_000), "cell-too-long"),
    ],
)
def test_a_column_that_cannot_be_exact_is_named(column: str, value: Any, code: str) -> None:
    assert codes(read_billing_file(parquet(billing_csv({}), **{column: value}))) == [(column, code)]


@pytest.mark.parametrize("moment", [datetime(2026, 10, 15, 2, tzinfo=UTC), datetime(2026, 10, 15, 2)])
def test_times_may_be_timestamps(moment: datetime) -> None:
    file = read_billing_file(parquet(billing_csv({}), ChargePeriodStart=pl.lit(moment)))
    assert (file.problems, file.lines[0].day) == ([], date(2026, 10, 15))


@pytest.mark.parametrize("cut", [5, 100, 700, -1, -9])
def test_a_parquet_file_that_is_cut_off_is_named(cut: int) -> None:
    assert codes(read_billing_file(parquet(billing_csv({}))[:cut])) == [("", "parquet-broken")]


def test_damage_that_ends_the_process_of_the_library_does_not_end_ours() -> None:
    """One byte that makes it ask for more memory than there is: then it aborts, and nothing can be caught."""
    content = bytearray(parquet(billing_csv(*ROWS)))
    content[1723] = 0x0B
    assert not can_be_read(bytes(content))
    assert codes(read_billing_file(bytes(content))) == [("", "parquet-broken")]


@settings(max_examples=20, deadline=None)  # a process each
@given(st.data())
def test_no_damage_to_a_parquet_file_gets_past(data: st.DataObject) -> None:
    """Whatever is overwritten: problems, or the very rows; never another exception."""
    content = bytearray(parquet(billing_csv(*ROWS)))
    start = data.draw(st.integers(4, len(content) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=40))
    content[start : start + len(damage)] = damage
    read_billing_file(bytes(content))


@pytest.mark.parametrize("cut", [3, 12, -1, -8])
def test_a_compressed_file_that_is_cut_off_is_named(cut: int) -> None:
    assert codes(read_billing_file(gzip.compress(billing_csv({}))[:cut])) == [("", "gzip-broken")]


def test_what_becomes_too_large_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra.billing_files, "UNPACKED_MOST", 1_000)
    file = read_billing_file(gzip.compress(b"0" * 1_001))
    assert codes(file) == [("", "file-too-large-unpacked")]
    small = b"0" * 1_000
    assert codes(read_billing_file(gzip.compress(small))) == codes(read_billing_file(small)) != [("", "file-too-large-unpacked")]


def test_something_else_compressed_is_no_bill() -> None:
    assert codes(read_billing_file(gzip.compress(gzip.compress(billing_csv({}))))) == [("", "file-binary")]


@pytest.mark.parametrize("english", [False, True])
def test_orders_come_from_a_workbook(english: bool) -> None:
    refund = {**ORDER, "x_OrderNumber": "202610160000183743", "x_OriginalOrderNumber": ORDER["x_OrderNumber"], "BilledCost": "-60.10"}
    file = read_billing_file(workbook(ORDER, refund, english=english))
    assert (file.form, file.problems) == ("xlsx", [])
    first, second = file.lines
    assert (first.line, first.order_number, first.billed_cost, first.day, first.period) == (
        2,
        "202610150000183742",
        Decimal("1060.1"),
        date(2026, 10, 15),
        "2026-10",
    )
    assert (first.currency, first.publisher, first.charge_category) == ("CNY", first.issuer, "Purchase")
    assert (second.billed_cost, second.original_order_number, second.charge_category) == (
        Decimal("-60.10"),
        ORDER["x_OrderNumber"],
        "Adjustment",
    )


def test_an_order_number_that_excel_took_for_a_number_is_named_with_its_row() -> None:
    """18 digits do not fit a double: Excel has lost the last ones already."""
    file = read_billing_file(workbook({**ORDER, "x_OrderNumber": 202610150000183742.0}))
    assert (file.problems[0].line, file.problems[0].column, file.problems[0].code) == (2, "订单号", "order-number-form")


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"day": "昨天"}, "日期", "day-malformed"),
        ({"day": "2026-W41-5"}, "日期", "day-malformed"),
        ({"day": "20261009"}, "日期", "day-malformed"),
        ({"day": ""}, "日期", "value-missing"),
        ({"BilledCost": "十元"}, "金额", "amount-malformed"),
        ({"BilledCost": ""}, "金额", "value-missing"),
        ({"x_BonusCost": "2000"}, "赠送金额", "voucher-exceeds"),
        ({"ServiceName": ""}, "服务", "value-missing"),
    ],
)
def test_a_wrong_order_is_named_by_row_and_column(changed: dict[str, Any], column: str, code: str) -> None:
    file = read_billing_file(workbook(ORDER, {**ORDER, **changed}))
    assert [(problem.line, problem.column, problem.code) for problem in file.problems] == [(3, column, code)]


def test_a_workbook_without_its_columns_says_which() -> None:
    assert codes(read_billing_file(workbook(ORDER, drop=("BilledCost",)))) == [("金额", "orders-column-missing")]


def test_the_template_has_all_columns_and_no_orders() -> None:
    assert codes(read_billing_file(template())) == [("", "file-no-rows")]


def test_a_workbook_that_is_cut_off_is_named() -> None:
    content = workbook(ORDER)
    assert codes(read_billing_file(content[: len(content) // 2]))[0][1] in ("workbook-broken", "file-binary")


def test_a_zip_that_becomes_too_large_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infra.billing_files, "UNPACKED_MOST", 1_000_000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 1_000_001)
    assert codes(read_billing_file(buffer.getvalue())) == [("", "file-too-large-unpacked")]


def test_the_reader_says_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    read_billing_file(billing_csv(*({} for _ in range(5_000))), lambda rows, total: told.append((rows, total)))
    assert told == [(2_000, 5_000), (4_000, 5_000), (5_000, 5_000)]
