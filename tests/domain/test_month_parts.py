"""A charge over several months, cut by its hours."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.amounts import fen_from_decimal
from domain.focus import BillingLine, read_row
from domain.month_parts import MonthPart, month_parts, shares, together
from tests.billing import billing_row

CHINA_OCTOBER = datetime(2026, 9, 30, 16, tzinfo=UTC)
UTC_OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("billed_from", "begins", "ends", "parts"),
    [
        # 20 September 10:00 to 20 October 10:00 in China: 10 days and 14 hours, then 19 days and 10 hours.
        (CHINA_OCTOBER, "2026-09-20T02:00", "2026-10-20T02:00", [(date(2026, 9, 20), 254), (date(2026, 10, 1), 466)]),
        # The same row of a cloud that bills in UTC: its October begins eight hours later.
        (UTC_OCTOBER, "2026-09-20T02:00", "2026-10-20T02:00", [(date(2026, 9, 20), 262), (date(2026, 10, 1), 458)]),
        # Three months, to the last moment of the month it is billed in.
        (
            CHINA_OCTOBER,
            "2026-08-31T15:00",
            "2026-10-31T16:00",
            [(date(2026, 8, 31), 1), (date(2026, 9, 1), 720), (date(2026, 10, 1), 744)],
        ),
        # All of one month, as the file cuts it.
        (UTC_OCTOBER, "2026-10-01T00:00", "2026-11-01T00:00", []),
        (CHINA_OCTOBER, "2026-09-01T00:00", "2026-09-30T16:00", []),
        # Paid in advance: it is billed before it ends.
        (CHINA_OCTOBER, "2026-09-20T02:00", "2026-11-01T02:00", []),
        (CHINA_OCTOBER, "2026-10-20T02:00", "2027-10-20T02:00", []),
        (CHINA_OCTOBER, "2026-09-20T02:00", "2026-09-20T02:00", []),
    ],
)
def test_a_charge_is_cut_where_its_file_begins_a_month(
    billed_from: datetime, begins: str, ends: str, parts: list[tuple[date, int]]
) -> None:
    found = month_parts(billed_from, "2026-10", at(begins), at(ends))
    assert [(part.day, part.seconds / 3600) for part in found] == parts


def test_a_winter_month_follows_december() -> None:
    found = month_parts(datetime(2026, 12, 31, 16, tzinfo=UTC), "2027-01", at("2026-12-31T04:00"), at("2027-01-01T04:00"))
    assert found == (MonthPart(date(2026, 12, 31), 12 * 3600), MonthPart(date(2027, 1, 1), 12 * 3600))


@given(
    amounts=st.lists(st.decimals("-1e12", "1e12", places=20), min_size=1, max_size=4),
    seconds=st.lists(st.integers(1, 31 * 86400), min_size=2, max_size=8),
)
def test_shares_sum_to_the_amount_to_the_last_decimal(amounts: list[Decimal], seconds: list[int]) -> None:
    parts = [MonthPart(date(2026, 10, 1), each) for each in seconds]
    found = shares(amounts, parts)
    for place, amount in enumerate(amounts):
        assert sum((Fraction(of[place]) for of in found), Fraction(0)) == Fraction(amount)
        for of, each in zip(found, seconds, strict=True):
            assert abs(Fraction(of[place]) - Fraction(amount) * each / sum(seconds)) <= Fraction(len(seconds), 10**20)


def read(**cells: str) -> BillingLine:
    found = read_row(2, billing_row(**cells))
    assert isinstance(found, BillingLine), found
    return found


SPAN = {"ChargePeriodStart": "2026-09-20T02:00:00Z", "ChargePeriodEnd": "2026-10-20T02:00:00Z"}


def test_a_usage_row_becomes_a_line_a_month_that_add_up_to_it() -> None:
    whole = read(BilledCost="-100", x_VoucherCost="-99.99999999999999999999", **SPAN)
    september, october = whole.by_month
    assert [(line.part, line.day, line.period) for line in (september, october)] == [
        (0, date(2026, 9, 20), "2026-10"),
        (1, date(2026, 10, 1), "2026-10"),
    ]
    assert september.billed_cost + october.billed_cost == Decimal(-100)
    assert september.billed_cost == Decimal("-35.27")
    for line in (september, october):
        assert abs(line.voucher_cost) <= abs(line.billed_cost)
        assert not line.months


def test_a_purchase_and_a_row_without_an_end_stay_whole() -> None:
    assert len(read(ChargeCategory="Purchase", **SPAN).by_month) == 1
    assert len(read(ChargePeriodStart=SPAN["ChargePeriodStart"]).by_month) == 1
    assert len(read(ChargePeriodStart=SPAN["ChargePeriodStart"], ChargePeriodEnd="NULL").by_month) == 1


@pytest.mark.parametrize(
    ("end", "code"),
    [("2026-09-20T01:59:59Z", "period-turned"), ("the end", "time-malformed"), ("2026-02-30T00:00:00Z", "time-impossible")],
)
def test_an_end_that_cannot_be_is_named(end: str, code: str) -> None:
    found = read_row(2, billing_row(**{**SPAN, "ChargePeriodEnd": end}))
    assert isinstance(found, tuple)
    assert [(problem.column, problem.code) for problem in found] == [("ChargePeriodEnd", code)]


YEAR = {"ChargePeriodStart": "2025-10-31T16:00:00Z", "ChargePeriodEnd": "2026-10-31T16:00:00Z"}


@pytest.mark.parametrize(
    ("cost", "voucher"), [("1.00", ""), ("1.005", "0.333"), ("-99.99", "-99.98"), ("0.04", "0.01"), ("12345.678901", "5")]
)
def test_the_parts_of_a_row_add_up_to_its_own_fen(cost: str, voucher: str) -> None:
    """1.00 over twelve months was 0.96 when each part was rounded for itself."""
    whole = read(BilledCost=cost, x_VoucherCost=voucher, **YEAR)
    parts = whole.by_month
    assert sum(fen_from_decimal(part.billed_cost)[0] for part in parts) == fen_from_decimal(whole.billed_cost)[0]
    assert sum(fen_from_decimal(part.voucher_cost)[0] for part in parts) == fen_from_decimal(whole.voucher_cost)[0]
    assert together([part.billed_cost for part in parts]) == whole.billed_cost
    exact = whole.billed_cost / 12
    for part in parts:
        assert abs(part.voucher_cost) <= abs(part.billed_cost)
        assert abs(part.billed_cost) > 0
        assert abs(part.billed_cost - exact) < abs(exact) / 10 + Decimal("0.05")


def test_a_month_that_costs_nothing_has_no_part() -> None:
    assert [(line.day, line.billed_cost) for line in read(BilledCost="0.01", **YEAR).by_month] == [(date(2026, 10, 1), Decimal("0.01"))]
    assert [line.billed_cost for line in read(BilledCost="0", **YEAR).by_month] == [Decimal(0)]


def test_what_is_billed_in_another_currency_is_cut_fine() -> None:
    first = read(BilledCost="1.00", BillingCurrency="USD", **YEAR).by_month[0]
    assert str(first.billed_cost).startswith("0.08219178")


def test_a_charge_of_more_than_two_years_is_refused() -> None:
    assert len(read(ChargePeriodStart="2024-10-31T16:00:00Z", ChargePeriodEnd="2026-10-31T16:00:00Z").by_month) == 24
    found = read_row(2, billing_row(ChargePeriodStart="2024-10-31T15:59:59Z", ChargePeriodEnd="2026-10-31T16:00:00Z"))
    assert isinstance(found, tuple)
    assert [(problem.column, problem.code, dict(problem.params)) for problem in found] == [
        ("ChargePeriodEnd", "period-too-long", {"most": "24"})
    ]
