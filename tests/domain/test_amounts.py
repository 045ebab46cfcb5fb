"""Money in fen."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amounts import (
    MAX_FEN,
    fen_from_decimal,
    net_and_tax,
    parse_amount,
    split_fen,
    tax_problems,
    tax_within_limits,
    unit_price,
    yuan,
)
from domain.errors import Refusal
from domain.invoices import InvoiceLine

RATES = st.sampled_from([0, 100, 300, 500, 600, 900, 1300])
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("gross_fen", "rate_bp", "net_fen"),
    [(4_948_040, 600, 4_667_962), (31_800, 600, 30_000), (1, 600, 1), (10, 1300, 9), (0, 600, 0), (-31_800, 600, -30_000)],
)
def test_a_price_with_tax_is_taken_apart_without_losing_a_fen(gross_fen: int, rate_bp: int, net_fen: int) -> None:
    assert net_and_tax(gross_fen, rate_bp) == (net_fen, gross_fen - net_fen)


@given(gross_fen=st.integers(-MAX_FEN, MAX_FEN), rate_bp=RATES)
def test_the_net_is_the_gross_over_one_plus_the_rate_rounded_half_up(gross_fen: int, rate_bp: int) -> None:
    net_fen, tax_fen = net_and_tax(gross_fen, rate_bp)
    exact = (Decimal(gross_fen) / 100 / (1 + Decimal(rate_bp) / 10_000)).quantize(CENT, ROUND_HALF_UP)
    assert Decimal(net_fen) / 100 == exact
    assert net_fen + tax_fen == gross_fen


@given(gross_fen=st.integers(0, MAX_FEN), rate_bp=RATES)
def test_a_red_price_is_the_mirror_of_the_blue_one(gross_fen: int, rate_bp: int) -> None:
    net_fen, tax_fen = net_and_tax(gross_fen, rate_bp)
    assert net_and_tax(-gross_fen, rate_bp) == (-net_fen, -tax_fen)


@given(total=st.integers(-(10**14), 10**14), weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=300))
def test_the_parts_add_up_and_none_is_a_fen_from_its_share(total: int, weights: list[int]) -> None:
    parts = split_fen(total, weights)
    assert sum(parts) == total
    shares = weights if any(weights) else [1] * len(weights)
    assert all(abs(part * sum(shares) - total * share) < sum(shares) for part, share in zip(parts, shares, strict=True))


def test_the_odd_fen_goes_to_the_larger_remainder_and_then_to_the_earlier_part() -> None:
    assert split_fen(100, [1, 1, 1]) == [34, 33, 33]
    assert split_fen(-100, [1, 1, 1]) == [-34, -33, -33]
    assert split_fen(10, [1, 2]) == [3, 7]


def test_nothing_is_split_over_no_parts_or_negative_weights() -> None:
    assert split_fen(0, []) == []
    with pytest.raises(ValueError):
        split_fen(1, [])
    with pytest.raises(ValueError):
        split_fen(1, [2, -1])


@pytest.mark.parametrize(
    ("net_fen", "quantity", "printed"),
    [
        (4_667_962, "3", "15559.8733333333333"),
        (3_471_698, "1", "34716.98"),
        (3_471_698, "2", "17358.49"),
        (-30_000, "-3", "100"),
        (100, "3", "0.3333333333333"),
    ],
)
def test_a_unit_price_has_as_many_decimals_as_it_needs(net_fen: int, quantity: str, printed: str) -> None:
    assert unit_price(net_fen, Decimal(quantity)) == printed


@given(net_fen=st.integers(-MAX_FEN, MAX_FEN), thousandths=st.integers(1, 10**9))
def test_quantity_times_unit_price_gives_the_amount_to_the_fen(net_fen: int, thousandths: int) -> None:
    quantity = Decimal(thousandths).scaleb(-3)
    product = (Decimal(unit_price(net_fen, quantity)) * quantity).quantize(CENT, ROUND_HALF_UP)
    assert abs(product * 100 - net_fen) <= 1


@pytest.mark.parametrize("quantity", ["0", "NaN", "Infinity", "1000000000000000"])
def test_a_quantity_that_no_unit_price_fits_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError):
        unit_price(1, Decimal(quantity))


@pytest.mark.parametrize(("amount", "fen"), [("1.005", 101), ("-1.005", -101), ("0.0049", 0), ("12.30", 1230), ("1E+3", 100_000)])
def test_metered_amounts_are_rounded_half_up_and_the_rest_is_kept(amount: str, fen: int) -> None:
    rounded, remainder = fen_from_decimal(Decimal(amount))
    assert rounded == fen
    assert Decimal(fen).scaleb(-2) + remainder == Decimal(amount)


@given(st.decimals(-(10**11), 10**11, allow_nan=False, allow_infinity=False, places=15))
def test_rounding_loses_nothing(amount: Decimal) -> None:
    fen, remainder = fen_from_decimal(amount)
    assert abs(remainder) <= Decimal("0.005")
    assert Decimal(fen).scaleb(-2) + remainder == amount


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1e400", "1e15"])
def test_what_is_no_amount_is_not_rounded(amount: str) -> None:
    with pytest.raises(ValueError):
        fen_from_decimal(Decimal(amount))


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (4_948_040, "49480.40"), (-100, "-1.00")])
def test_yuan_has_two_decimals_and_no_commas(fen: int, text: str) -> None:
    assert yuan(fen) == text


@given(st.integers(0, MAX_FEN))
def test_what_we_print_can_be_typed_again(fen: int) -> None:
    assert parse_amount(yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"), [("0", 0), ("0.00", 0), ("12", 1200), ("12.3", 1230), (" 12.34 ", 1234), ("999999999999.99", MAX_FEN)]
)
def test_amounts_are_read_as_typed(text: str, fen: int) -> None:
    assert parse_amount(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "amount-blank"),
        (" ", "amount-blank"),
        ("-0", "amount-negative"),
        ("-0.01", "amount-negative"),
        ("0.001", "amount-decimals"),
        ("0.005", "amount-decimals"),
        ("1." + "1" * 30, "amount-decimals"),
        ("1e2", "amount-scientific"),
        ("1E-7", "amount-scientific"),
        ("1e400", "amount-scientific"),
        ("NaN", "amount-not-a-number"),
        ("Infinity", "amount-not-a-number"),
        ("-inf", "amount-not-a-number"),
        ("0x10", "amount-other-base"),
        ("0b1", "amount-other-base"),
        ("1_000", "amount-underscore"),
        ("1,000.00", "amount-comma"),
        ("1.000,00", "amount-comma"),
        ("１２３", "amount-full-width"),
        ("一百", "amount-chinese-numerals"),
        ("¥100", "amount-currency"),
        ("100元", "amount-currency"),
        ("+1", "amount-plus-sign"),
        ("000100", "amount-leading-zeros"),
        ("1.", "amount-malformed"),
        (".5", "amount-malformed"),
        ("1 000", "amount-malformed"),
        ("٣", "amount-malformed"),
        ("12\n", "amount-malformed"),
        ("9007199254740993", "amount-too-large"),
        ("1" * 30, "amount-too-large"),
        ("1" * 100_000, "amount-too-large"),
        ("1000000000000", "amount-too-large"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_amount(text, "invoice_amount")
    assert [(problem.field, problem.code) for problem in refusal.value.problems] == [("invoice_amount", code)]


def test_a_negative_amount_is_read_where_it_is_allowed() -> None:
    assert parse_amount("-12.30", allow_negative=True) == -1230


@pytest.mark.parametrize(("text", "fen"), [("1,000.50", 1_000_50), ("12,345,678", 12_345_678_00), ("999,999,999,999.99", MAX_FEN)])
def test_grouped_digits_are_read_where_they_are_expected(text: str, fen: int) -> None:
    assert parse_amount(text, grouped=True) == fen


@pytest.mark.parametrize("text", ["1,00.00", "1,0000", ",100", "1234,567", "0,100", "1,,000", "1.000,00"])
def test_other_groups_are_no_amount(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_amount(text, grouped=True)
    assert refused.value.problems[0].code == "amount-comma"


def line(net_fen: int, tax_fen: int) -> InvoiceLine:
    return InvoiceLine("云服务费", "信息技术服务", "3040203000000000000", net_fen, tax_fen, 600)


@pytest.mark.parametrize(("tax_fen", "accepted"), [(600, True), (606, True), (607, False), (594, True), (593, False)])
def test_the_tax_of_a_line_may_be_six_fen_off(tax_fen: int, accepted: bool) -> None:
    assert tax_within_limits([line(10_000, tax_fen)]) is accepted
    assert tax_within_limits([line(-10_000, -tax_fen)]) is accepted


def test_the_tax_of_the_whole_invoice_may_be_127_fen_off() -> None:
    assert tax_within_limits([line(10_000, 606)] * 21)
    assert [problem.code for problem in tax_problems([line(10_000, 606)] * 22)] == ["tax-off-invoice"]


def test_the_line_that_is_off_is_named() -> None:
    assert [dict(problem.params) for problem in tax_problems([line(10_000, 600), line(10_000, 700)])] == [{"line": "2"}]


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=100), RATES)
def test_tax_taken_from_prices_with_tax_is_always_accepted(grosses: list[int], rate_bp: int) -> None:
    lines = [InvoiceLine("云服务费", "信息技术服务", "3040203000000000000", *net_and_tax(g, rate_bp), rate_bp) for g in grosses]
    assert tax_within_limits(lines)
