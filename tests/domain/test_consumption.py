"""Records: sums that lose nothing, tax classes, sellers, rates, months, and negatives bound to what they correct."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import opens_on
from domain.consumption import (
    Negative,
    Original,
    PricedLine,
    RecordTooLarge,
    TaxClass,
    bind,
    last_open_period,
    make_records,
    rate_day,
    rate_on,
    seller_of,
    tax_class_of,
)
from domain.focus import BillingLine, read_row
from tests.billing import billing_row

CLOUD = TaxClass("3040203000000000000", "信息技术服务", 600, "项")
GOODS = TaxClass("1090511010000000000", "电子计算机", 1300, "台")


def line(number: int = 2, **cells: str) -> BillingLine:
    found = read_row(number, billing_row(**cells))
    assert isinstance(found, BillingLine), found
    return found


def priced(
    number: int = 2, *, account_id: int = 1, tax_class: TaxClass = CLOUD, seller: str = "", rate: str = "1", **cells: str
) -> PricedLine:
    read = line(number, **cells)
    return PricedLine(
        line=read,
        enterprise_id=1,
        account_id=account_id,
        entity="HZ",
        tax_class=tax_class,
        seller=seller,
        assisted="",
        rate=Decimal(rate),
        cost_yuan=read.billed_cost * Decimal(rate),
        parts_yuan=(read.voucher_cost * Decimal(rate), read.coupon_cost * Decimal(rate), read.bonus_cost * Decimal(rate)),
    )


def test_lines_of_one_day_and_service_are_one_record_rounded_once() -> None:
    """Five lines of 0.4 fen each are 2 fen; rounded one by one they would be nothing."""
    (record,) = make_records(priced(number, BilledCost="0.004") for number in range(2, 7))
    assert (record.gross_fen, record.remainder, record.lines) == (2, Decimal(0), [(number, 0) for number in range(2, 7)])


@pytest.mark.parametrize(
    ("cost", "fen", "remainder"),
    [("0.005", 1, "-0.005"), ("0.0049999", 0, "0.0049999"), ("-0.005", -1, "0.005"), ("-0.0049", 0, "-0.0049"), ("12.34", 1234, "0")],
)
def test_half_a_fen_is_rounded_away_from_zero_and_the_remainder_kept(cost: str, fen: int, remainder: str) -> None:
    (record,) = make_records([priced(BilledCost=cost)])
    assert (record.gross_fen, record.remainder) == (fen, Decimal(remainder))


@pytest.mark.parametrize(
    "other",
    [
        {"ServiceName": "对象存储"},
        {"ChargePeriodStart": "2026-10-15T16:00:00Z"},
        {"x_OrderNumber": "202610150000183742"},
        {"BilledCost": "-1"},
        {"BillingPeriodStart": "2026-10-31T16:00:00Z"},
    ],
)
def test_another_service_day_order_sign_or_statement_is_another_record(other: dict[str, str]) -> None:
    records = make_records([priced(2), priced(3, **other)])  # type: ignore[arg-type]
    assert len(records) == 2
    assert len({record.key.natural_key for record in records}) == 2


def test_another_account_rate_or_seller_is_another_record() -> None:
    lines = [priced(2), priced(3, account_id=2), priced(4, tax_class=GOODS), priced(5, seller="观澜")]
    assert len({record.key.natural_key for record in make_records(lines)}) == 4


def test_what_vouchers_paid_is_excluded() -> None:
    (record,) = make_records([priced(2, BilledCost="48000", x_VoucherCost="4000"), priced(3, BilledCost="0.126", x_VoucherCost="0.126")])
    assert (record.gross_fen, record.excluded_fen, record.invoiceable_fen) == (4_800_013, 400_013, 4_400_000)


def test_a_sum_that_no_invoice_can_carry_is_refused_with_its_line() -> None:
    with pytest.raises(RecordTooLarge) as refused:
        make_records(priced(number, BilledCost="999999999999.99") for number in (7, 8))
    assert refused.value.line == 7


costs = st.decimals(min_value=-(10**6), max_value=10**6, places=11)


@given(
    st.lists(
        st.tuples(
            costs,
            st.sampled_from(["对象存储", "云服务器 ECS"]),
            st.integers(1, 3),
            st.sampled_from(["", "202610150000183742"]),
            st.sampled_from(["1", "7.0801"]),
        ),
        max_size=40,
    )
)
def test_records_and_remainders_add_up_to_the_lines_exactly(rows: list[tuple[Decimal, str, int, str, str]]) -> None:
    lines = [
        priced(
            number,
            rate=rate,
            BilledCost=format(cost, "f"),
            ServiceName=service,
            ChargePeriodStart=f"2026-10-{day:02d}T00:00:00Z",
            x_OrderNumber=order,
        )
        for number, (cost, service, day, order, rate) in enumerate(rows, start=2)
    ]
    records = make_records(lines)
    whole = sum((Fraction(cost) * Fraction(rate) for cost, _, _, _, rate in rows), Fraction(0))
    assert sum(Fraction(record.gross_fen, 100) + Fraction(record.remainder) for record in records) == whole
    assert all(abs(record.remainder) <= Decimal("0.005") for record in records)
    assert sorted(record_line for record in records for record_line in record.lines) == [(read.line.line, 0) for read in lines]
    assert all((record.gross_fen < 0) <= record.key.is_negative for record in records)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 100)), min_size=1, max_size=20), st.sampled_from([1, -1]))
def test_what_is_excluded_never_exceeds_what_was_consumed(rows: list[tuple[int, int]], sign: int) -> None:
    lines = [
        priced(number, BilledCost=f"{Decimal(sign * cost) / 10**6:f}", x_VoucherCost=f"{Decimal(sign * cost * part) / 10**8:f}")
        for number, (cost, part) in enumerate(rows, start=2)
    ]
    assert all(abs(record.excluded_fen) <= abs(record.gross_fen) for record in make_records(lines))


OURS = {"青屿云计算（杭州）有限公司", "青屿数据（上海）有限公司"}


@pytest.mark.parametrize(
    ("publisher", "seller"),
    [
        ("青屿云计算（杭州）有限公司", ""),  # the issuer itself
        ("青屿云", ""),  # the provider
        ("青屿数据（上海）有限公司", ""),  # sold by the marketplace itself, billed by a sister company
        ("NULL", ""),
        ("观澜日志（南京）软件有限公司", "观澜日志（南京）软件有限公司"),
    ],
)
def test_a_third_party_in_the_marketplace_invoices_its_own_sales(publisher: str, seller: str) -> None:
    assert seller_of(line(PublisherName=publisher), OURS) == seller


def test_the_tax_class_is_the_services_before_the_categorys_before_all_others() -> None:
    classes = {"云服务器 ECS": GOODS, "Compute": CLOUD}
    assert tax_class_of(line(), classes) is GOODS
    assert tax_class_of(line(ServiceName="函数计算"), classes) is CLOUD
    other = line(ServiceName="短信", ServiceCategory="Other")
    assert tax_class_of(other, classes) is None
    assert tax_class_of(other, {**classes, "*": CLOUD}) is CLOUD


@pytest.mark.parametrize(
    ("billed_in", "today", "day"),
    [
        ("2026-10", date(2026, 11, 21), date(2026, 10, 31)),
        ("2026-11", date(2026, 11, 21), date(2026, 11, 21)),
        ("2024-02", date(2026, 11, 21), date(2024, 2, 29)),
        ("2026-12", date(2027, 1, 5), date(2026, 12, 31)),
    ],
)
def test_the_rate_is_of_the_billing_months_last_day_or_of_today_while_it_runs(billed_in: str, today: date, day: date) -> None:
    assert rate_day(billed_in, today) == day


def test_a_rate_may_be_ten_days_old_but_not_eleven_and_never_from_the_future() -> None:
    day = date(2026, 10, 31)
    rates = [(day - timedelta(days=11), Decimal(6)), (day + timedelta(days=1), Decimal(9))]
    assert rate_on(day, rates) is None
    assert rate_on(day, [*rates, (day - timedelta(days=10), Decimal(7))]) == 7
    assert rate_on(day, [(day, Decimal(8)), (day - timedelta(days=1), Decimal(7))]) == 8


@pytest.mark.parametrize("worthless", ["0", "-7.08"])
def test_a_rate_of_nothing_is_no_rate(worthless: str) -> None:
    assert rate_on(date(2026, 10, 31), [(date(2026, 10, 31), Decimal(worthless))]) is None


@pytest.mark.parametrize(
    ("today", "period"),
    [
        (date(2026, 11, 2), "2026-09"),
        (date(2026, 11, 3), "2026-10"),
        (date(2026, 11, 30), "2026-10"),
        (date(2027, 1, 2), "2026-11"),
        (date(2027, 1, 3), "2026-12"),
        (date(2026, 3, 31), "2026-02"),
    ],
)
def test_a_month_is_open_from_the_third_of_the_next(today: date, period: str) -> None:
    assert last_open_period(today) == period
    assert opens_on(period) <= today


DEFAULT_NEGATIVE = Negative(
    id=10,
    enterprise_id=1,
    account_id=1,
    entity="HZ",
    rate_bp=600,
    service="ECS",
    period="2026-10",
    original_order_number="",
    amount_fen=-500,
)
DEFAULT_ORIGINAL = Original(
    id=1,
    enterprise_id=1,
    account_id=1,
    entity="HZ",
    rate_bp=600,
    service="ECS",
    period="2026-10",
    day=date(2026, 10, 15),
    order_number="",
    free_fen=1000,
)
ORDER = "202610150000183742"


def test_a_credit_without_a_reference_binds_within_account_service_and_month() -> None:
    assert bind([DEFAULT_NEGATIVE], [DEFAULT_ORIGINAL]) == {10: 1}


@pytest.mark.parametrize("other", [{"account_id": 2}, {"entity": "SH"}, {"service": "CDN"}, {"period": "2026-09"}, {"free_fen": 499}])
def test_it_is_held_when_nothing_fits(other: dict[str, int | str]) -> None:
    assert bind([DEFAULT_NEGATIVE], [replace(DEFAULT_ORIGINAL, **other)]) == {}  # type: ignore[arg-type]


def test_a_reference_binds_to_that_order_alone_in_any_month_and_account_of_the_enterprise() -> None:
    negative = replace(DEFAULT_NEGATIVE, original_order_number=ORDER, period="2026-11", account_id=2)
    order = replace(DEFAULT_ORIGINAL, id=2, order_number=ORDER)
    assert bind([negative], [DEFAULT_ORIGINAL, order]) == {10: 2}
    assert bind([negative], [DEFAULT_ORIGINAL]) == {}
    assert bind([negative], [replace(order, enterprise_id=2)]) == {}
    assert bind([negative], [replace(order, rate_bp=1300, service="CDN")]) == {}


def test_an_original_of_the_service_s_former_rate_is_bound_but_not_before_one_of_the_negative_s_own() -> None:
    former = replace(DEFAULT_ORIGINAL, rate_bp=1300, day=date(2026, 10, 1))
    own = replace(DEFAULT_ORIGINAL, id=2)
    assert bind([DEFAULT_NEGATIVE], [former]) == {10: 1}
    assert bind([DEFAULT_NEGATIVE], [former, own]) == {10: 2}


def test_of_an_order_another_service_carries_it_only_when_its_own_does_not_say_another_rate() -> None:
    negative = replace(DEFAULT_NEGATIVE, original_order_number=ORDER)
    taken = replace(DEFAULT_ORIGINAL, rate_bp=1300, order_number=ORDER, free_fen=0)
    other = replace(DEFAULT_ORIGINAL, id=2, order_number=ORDER, service="CDN")
    assert bind([negative], [other]) == {10: 2}
    assert bind([negative], [taken, other]) == {}
    assert bind([negative], [replace(taken, free_fen=500), other]) == {10: 1}
    assert bind([negative], [replace(taken, rate_bp=600), other]) == {10: 2}


def test_the_oldest_usage_that_can_carry_it_is_taken_before_orders() -> None:
    order = replace(DEFAULT_ORIGINAL, id=2, day=date(2026, 10, 1), order_number=ORDER)
    small = replace(DEFAULT_ORIGINAL, id=3, day=date(2026, 10, 2), free_fen=100)
    older = replace(DEFAULT_ORIGINAL, id=4, day=date(2026, 10, 3))
    assert bind([DEFAULT_NEGATIVE], [DEFAULT_ORIGINAL, order, small, older]) == {10: 4}


def test_two_negatives_never_take_more_than_there_is() -> None:
    second = replace(DEFAULT_NEGATIVE, id=11, amount_fen=-501)
    assert bind([DEFAULT_NEGATIVE, second], [DEFAULT_ORIGINAL]) == {10: 1}
    assert bind([DEFAULT_NEGATIVE, replace(second, amount_fen=-500)], [DEFAULT_ORIGINAL]) == {10: 1, 11: 1}


@given(
    amounts=st.lists(st.integers(-1000, -1), max_size=15),
    free=st.lists(st.integers(1, 1500), max_size=6),
    orders=st.lists(st.booleans(), min_size=15, max_size=15),
    shuffled=st.randoms(use_true_random=False),
)
def test_no_group_falls_below_zero_and_the_outcome_does_not_depend_on_the_order(
    amounts: Sequence[int], free: Sequence[int], orders: Sequence[bool], shuffled: Random
) -> None:
    negatives = [
        replace(DEFAULT_NEGATIVE, id=100 + i, amount_fen=amount, original_order_number=ORDER if orders[i] else "")
        for i, amount in enumerate(amounts)
    ]
    originals = [
        replace(DEFAULT_ORIGINAL, id=i, free_fen=amount, order_number=ORDER if i % 2 else "", day=date(2026, 10, 1 + i))
        for i, amount in enumerate(free)
    ]
    bound = bind(negatives, originals)
    taken: Counter[int] = Counter()
    for negative in negatives:
        if negative.id in bound:
            taken[bound[negative.id]] -= negative.amount_fen
    assert all(taken[original.id] <= original.free_fen for original in originals)
    left = {original.id: original.free_fen - taken[original.id] for original in originals}
    for negative in negatives:
        if negative.id not in bound:
            fitting = [o for o in originals if not negative.original_order_number or o.order_number]
            assert all(left[o.id] < -negative.amount_fen for o in fitting), "held although it could be carried"
    mixed, mixed_originals = list(negatives), list(originals)
    shuffled.shuffle(mixed)
    shuffled.shuffle(mixed_originals)
    assert bind(mixed, mixed_originals) == bound
