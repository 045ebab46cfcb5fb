"""Reading FOCUS rows and files: exact amounts, times, months, and every way a file can be wrong."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.focus import BillingLine, RowProblem, billing_month, read_row, statement_period
from domain.focus_columns import NEEDED
from domain.focus_file import EXACT, KEPT_PROBLEMS, read_focus
from tests.billing import billing_csv, billing_row

DATA = Path(__file__).resolve().parents[1] / "data"


def read(**cells: str) -> BillingLine | tuple[RowProblem, ...]:
    return read_row(2, billing_row(**cells))


def line(**cells: str) -> BillingLine:
    found = read(**cells)
    assert isinstance(found, BillingLine), found
    return found


def problems(**cells: str) -> list[tuple[str, str]]:
    found = read(**cells)
    assert isinstance(found, tuple)
    return [(problem.column, problem.code) for problem in found]


def test_a_row_is_read() -> None:
    found = line(BilledCost="12.345678901234567890", x_OrderNumber="202610150000183742", x_VoucherCost="2.3")
    assert (found.billed_cost, found.voucher_cost) == (Decimal("12.345678901234567890"), Decimal("2.3"))
    assert (found.period, found.day, found.order_number) == ("2026-10", date(2026, 10, 15), "202610150000183742")


@pytest.mark.parametrize("text", ["0", "0.00", "-0", "1", "-12.5", "0.00000080000", "999999999999.99999999999999999999"])
def test_plain_decimals_are_kept_exactly(text: str) -> None:
    assert line(BilledCost=text).billed_cost == Decimal(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "value-missing"),
        ("NULL", "value-missing"),
        (" ", "value-missing"),
        ("1e2", "amount-exponent"),
        ("1E-7", "amount-exponent"),
        ("1e400", "amount-exponent"),
        ("NaN", "amount-malformed"),
        ("Infinity", "amount-malformed"),
        ("-inf", "amount-malformed"),
        ("0x10", "amount-malformed"),
        ("1_000", "amount-malformed"),
        ("1,000.00", "amount-malformed"),
        ("1.000,00", "amount-malformed"),
        ("１２３", "amount-malformed"),
        ("一百", "amount-malformed"),
        ("¥100", "amount-malformed"),
        ("100元", "amount-malformed"),
        ("+1", "amount-malformed"),
        ("000100", "amount-malformed"),
        ("1.", "amount-malformed"),
        (".5", "amount-malformed"),
        (" 1", "amount-malformed"),
        ("1" * 13, "amount-too-long"),
        ("0." + "1" * 21, "amount-too-long"),
    ],
)
def test_an_amount_in_any_other_form_is_refused_with_the_reason(text: str, code: str) -> None:
    assert problems(BilledCost=text) == [("BilledCost", code)]


@given(whole=st.integers(-(10**12) + 1, 10**12 - 1), decimals=st.text("0123456789", max_size=20))
def test_every_plain_decimal_is_read_as_itself(whole: int, decimals: str) -> None:
    text = f"{whole}.{decimals}" if decimals else str(whole)
    assert format(line(BilledCost=text).billed_cost, "f") == text


@pytest.mark.parametrize(
    ("cost", "voucher", "fits"),
    [("10", "10", True), ("10", "0", True), ("10", "10.01", False), ("10", "-1", False), ("-10", "-3", True), ("-10", "3", False)],
)
def test_a_voucher_pays_no_more_than_there_is_to_pay(cost: str, voucher: str, fits: bool) -> None:
    found = read(BilledCost=cost, x_VoucherCost=voucher)
    assert isinstance(found, BillingLine) is fits
    if not fits:
        assert problems(BilledCost=cost, x_VoucherCost=voucher) == [("x_VoucherCost", "voucher-exceeds")]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-10-15T00:00:00Z", date(2026, 10, 15)),
        ("2026-10-15T15:59:59Z", date(2026, 10, 15)),
        ("2026-10-15T16:00:00Z", date(2026, 10, 16)),
        ("2026-10-15 16:00:00", date(2026, 10, 16)),
        ("2026-10-16T00:00:00+08:00", date(2026, 10, 16)),
        ("2026-10-15T23:59:59.999+08:00", date(2026, 10, 15)),
        ("2026-10-15T12:00:00-0700", date(2026, 10, 16)),
    ],
)
def test_the_day_is_the_date_in_china_and_a_time_without_zone_is_utc(text: str, day: date) -> None:
    assert line(ChargePeriodStart=text).day == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NULL", "value-missing"),
        ("2026-02-29T00:00:00Z", "time-impossible"),
        ("2026-04-31T00:00:00Z", "time-impossible"),
        ("2026-13-01T00:00:00Z", "time-impossible"),
        ("2026-10-15T24:00:00Z", "time-impossible"),
        ("2026-10-15T23:59:60Z", "time-impossible"),
        ("2026-10-15T00:00:00+15:00", "time-impossible"),
        ("0001-01-01T00:00:00Z", "time-impossible"),
        ("9999-12-31T00:00:00Z", "time-impossible"),
        ("10000-01-01T00:00:00Z", "time-malformed"),
        ("26-10-15T00:00:00Z", "time-malformed"),
        ("2026/10/15", "time-malformed"),
        ("15.10.2026", "time-malformed"),
        ("1760486400", "time-malformed"),
        ("1760486400000", "time-malformed"),
        ("二〇二六年十月", "time-malformed"),
        ("民國115年10月15日", "time-malformed"),
    ],
)
def test_a_time_that_is_none_is_refused(text: str, code: str) -> None:
    assert problems(ChargePeriodStart=text) == [("ChargePeriodStart", code)]


@pytest.mark.parametrize(
    ("starts_at", "month"),
    [
        ("2026-09-30T16:00:00+00:00", "2026-10"),  # midnight in China
        ("2026-10-01T00:00:00+00:00", "2026-10"),
        ("2026-10-01T00:00:00-12:00", "2026-10"),
        ("2026-10-01T00:00:00+09:00", "2026-10"),
        ("2026-10-01T00:00:00+13:00", "2026-10"),
        ("2026-12-31T16:00:00+00:00", "2027-01"),
    ],
)
def test_a_billing_month_is_the_same_month_wherever_its_midnight_is(starts_at: str, month: str) -> None:
    assert billing_month(datetime.fromisoformat(starts_at).astimezone(UTC)) == month


@pytest.mark.parametrize(
    ("billed_in", "day", "period"),
    [
        ("2026-10", date(2026, 10, 1), "2026-10"),
        ("2026-10", date(2026, 10, 31), "2026-10"),
        ("2026-10", date(2026, 11, 1), "2026-11"),  # the last hours of a month cut in UTC
        ("2026-10", date(2026, 9, 30), "2026-10"),  # billed late
        ("2026-10", date(2025, 2, 3), "2026-10"),
        ("2026-12", date(2027, 1, 1), "2027-01"),
    ],
)
def test_a_charge_is_on_the_statement_that_bills_it_but_never_before_its_month(billed_in: str, day: date, period: str) -> None:
    assert statement_period(billed_in, day) == period


@pytest.mark.parametrize("day", [date(2026, 11, 2), date(2026, 12, 1), date(2027, 10, 1)])
def test_a_charge_after_its_billing_period_is_refused(day: date) -> None:
    with pytest.raises(ValueError, match="after"):
        statement_period("2026-10", day)
    assert problems(ChargePeriodStart=f"{day}T01:00:00Z") == [("ChargePeriodStart", "period-after")]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"ChargeCategory": "Tax"}, "ChargeCategory", "charge-category-tax"),
        ({"ChargeCategory": "Refund"}, "ChargeCategory", "charge-category-unknown"),
        ({"ChargeCategory": ""}, "ChargeCategory", "value-missing"),
        ({"BillingCurrency": "cny"}, "BillingCurrency", "currency-malformed"),
        ({"BillingCurrency": "NULL"}, "BillingCurrency", "value-missing"),
        ({"x_OrderNumber": "12345"}, "x_OrderNumber", "order-number-form"),
        ({"x_OriginalOrderNumber": "20261015000018374X"}, "x_OriginalOrderNumber", "order-number-form"),
        ({"ServiceName": "云\u202e服务器"}, "ServiceName", "text-bidi"),
        ({"ServiceName": "云" * 201}, "ServiceName", "text-long"),
        ({"BillingAccountId": " "}, "BillingAccountId", "value-missing"),
        ({"InvoiceIssuerName": "NULL"}, "InvoiceIssuerName", "value-missing"),
    ],
)
def test_a_wrong_value_is_named_with_its_column(cells: dict[str, str], column: str, code: str) -> None:
    assert problems(**cells) == [(column, code)]


def test_all_problems_of_a_row_are_found_and_long_values_are_cut() -> None:
    found = read(BilledCost="x" * 500, ChargePeriodStart="yesterday", ChargeCategory="Tax", BillingCurrency="yuan")
    assert isinstance(found, tuple)
    assert {problem.column for problem in found} == {"BilledCost", "ChargePeriodStart", "ChargeCategory", "BillingCurrency"}
    assert all(len(problem.value) <= 80 and problem.line == 2 for problem in found)


def test_a_file_is_read_with_its_exact_totals() -> None:
    file = read_focus(billing_csv({"BilledCost": "0.1"}, {"BilledCost": "0.2"}, {"BilledCost": "1", "BillingCurrency": "USD"}))
    assert (file.problem_count, file.row_count) == (0, 3)
    assert file.totals == {"CNY": Decimal("0.3"), "USD": Decimal(1)}


def test_a_byte_order_mark_and_both_line_ends_and_blank_lines_are_accepted() -> None:
    plain = billing_csv({}, {})
    for content in (b"\xef\xbb\xbf" + plain, plain.replace(b"\r\n", b"\n"), plain + b"\r\n\r\n"):
        file = read_focus(content)
        assert (file.problem_count, [line.line for line in file.lines]) == (0, [2, 3])


def test_a_line_break_inside_quotes_counts_as_a_line_of_the_file() -> None:
    file = read_focus(billing_csv({"ChargeDescription": "two\nlines"}, {"BilledCost": "bad"}))
    assert file.lines[0].description == "two lines"
    assert [problem.line for problem in file.problems] == [4]


@pytest.mark.parametrize("name", sorted(path.name for path in (DATA / "broken").iterdir()))
def test_a_file_that_is_none_is_refused_with_the_reason_in_its_name(name: str) -> None:
    """The files are named by the code, and what made them so."""
    file = read_focus((DATA / "broken" / name).read_bytes())
    assert name.split("--")[0] in {problem.code for problem in file.problems}
    assert file.problem_count >= 1


def test_a_missing_column_is_named() -> None:
    for column in NEEDED:
        row = billing_row()
        del row[column]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(row))
        writer.writeheader()
        writer.writerow(row)
        problems = read_focus(text.getvalue().encode()).problems
        assert [(problem.line, problem.column, problem.code) for problem in problems] == [(0, column, "column-missing")]


def test_our_own_columns_may_be_missing() -> None:
    row = {name: value for name, value in billing_row().items() if name in NEEDED}
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    assert read_focus(text.getvalue().encode()).problem_count == 0


def test_all_problems_are_counted_and_the_first_thousand_kept() -> None:
    file = read_focus(billing_csv(*({"BilledCost": "x"} for _ in range(KEPT_PROBLEMS + 7))))
    assert (file.problem_count, len(file.problems), file.problems[-1].line) == (KEPT_PROBLEMS + 7, KEPT_PROBLEMS, KEPT_PROBLEMS + 1)


@given(cut=st.integers(1, 10_000))
def test_a_file_cut_inside_a_row_is_refused_unless_only_the_last_value_is_shorter(cut: int) -> None:
    content = billing_csv({"BilledCost": "12.50", "ChargeDescription": 'said "hi", twice'}, {"BilledCost": "7.25"}, {"BilledCost": "-1.5"})
    cut_off = content[: max(1, len(content) - cut % len(content))]
    file = read_focus(cut_off)
    whole_rows = cut_off.count(b"\r\n") - 1
    if cut_off.endswith(b"\r"):
        whole_rows += 1  # half a line end is one
    if cut_off.endswith((b"\r", b"\n")) and whole_rows >= 1:
        assert (file.problem_count, len(file.lines)) == (0, whole_rows)
    elif file.problem_count == 0:
        # Cut in the very last value: nothing in the format tells, so the missing line end is what warns.
        assert not file.ends_with_newline


@pytest.mark.parametrize("value", ["x" * 131_073, 'a, "b"\n' * 20_000])
def test_a_cell_that_is_too_long_is_named_by_its_column(value: str) -> None:
    (problem,) = read_focus(billing_csv({}, {"ChargeDescription": value}, {})).problems
    assert (problem.line, problem.column, problem.code) == (3, "ChargeDescription", "cell-too-long")
    assert problem.params == {"column": "ChargeDescription"}


def test_a_quote_that_is_never_closed_is_no_long_cell() -> None:
    content = billing_csv({}, {"ChargeDescription": "last"}).replace(b",last,", b',"last,', 1) + billing_csv(*({} for _ in range(2_000)))
    (problem,) = read_focus(content).problems
    assert (problem.line, problem.code) == (3, "csv-malformed")


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**11), max_value=10**11), max_size=30))
def test_the_total_is_exact_however_long_its_amounts(amounts: list[Decimal]) -> None:
    file = read_focus(billing_csv(*({"BilledCost": format(amount, "f")} for amount in amounts)))
    expected: Any = Decimal(0)
    for amount in amounts:
        expected = EXACT.add(expected, amount)
    assert file.totals.get("CNY", Decimal(0)) == expected
