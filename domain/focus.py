"""FOCUS billing rows: one row of text to a billing line or to what is wrong with it.

Source: FinOps Open Cost and Usage Specification 1.0 to 1.3. Nothing is guessed at: an amount or a time that is not in the
form of `focus_values` is refused with its place, because a wrong guess would be somebody's money.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.calendar import china_date, next_period, period_of
from domain.focus_columns import PARTS
from domain.focus_values import BadValue, bare, exact_amount, is_null, read_moment, text_faults
from domain.month_parts import FEN, MOST_MONTHS, PLACES, MonthPart, month_parts, rest, shares, together

SHOWN = 80
"""Characters of a wrong value that a report keeps."""

NAME_LENGTH = 200
SERVICE_LENGTH = 90
"""What a line of an invoice may carry as its name (`domain.md` 1.8.7); the service becomes that name."""
DESCRIPTION_LENGTH = 1000
ID_LENGTH = 64


class ChargeCategory(StrEnum):
    """FOCUS ChargeCategory, but for Tax: our consumption is priced with tax, so a tax row means that the file's
    prices are without, and every invoice made of it would be wrong. Such a row is refused."""

    USAGE = "Usage"
    PURCHASE = "Purchase"
    CREDIT = "Credit"
    ADJUSTMENT = "Adjustment"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row: `line` counts from the header as 1 (0: the whole file), `value` is cut to `SHOWN`."""

    line: int
    column: str
    value: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BillingLine:
    """One row, read. Amounts are exact, in `currency`; the parts of `billed_cost` that vouchers, coupons and bonus paid are excluded."""

    line: int
    billing_account_id: str
    billing_account_name: str
    sub_account_id: str
    """Empty when the row belongs to the payer itself."""
    sub_account_name: str
    billed_cost: Decimal
    voucher_cost: Decimal
    coupon_cost: Decimal
    bonus_cost: Decimal
    currency: str
    billed_in: str
    """The month of the file's billing period, `2026-10`: it decides the exchange rate."""
    period: str
    """The month whose statement it is on, see `statement_period`."""
    day: date
    """The date in China on which the charge began."""
    charge_category: ChargeCategory
    issuer: str
    publisher: str
    provider: str
    service_category: str
    service: str
    description: str
    order_number: str
    original_order_number: str
    part: int = 0
    """Which of the row's months it is, from 0: a row that spans months is a line for each, see `by_month`."""
    months: tuple[MonthPart, ...] = ()

    @property
    def by_month(self) -> "tuple[BillingLine, ...]":
        """The line itself, or its parts by month, whose amounts add up to its own. Months of which it costs nothing have no part."""
        if not self.months:
            return (self,)
        # Cash is shared out for itself, so that no part has more excluded than it costs.
        cash = rest(self.billed_cost, self.excluded_parts)
        unit = FEN if self.currency == "CNY" else PLACES
        parts = tuple(
            replace(
                self,
                part=place,
                months=(),
                day=month.day,
                billed_cost=together(of),
                voucher_cost=of[1],
                coupon_cost=of[2],
                bonus_cost=of[3],
            )
            for place, (month, of) in enumerate(zip(self.months, shares((cash, *self.excluded_parts), self.months, unit), strict=True))
        )
        return tuple(part for part in parts if part.billed_cost) or parts[:1]

    @property
    def excluded_parts(self) -> tuple[Decimal, Decimal, Decimal]:
        """Voucher, coupon, bonus: in the order of `PARTS`."""
        return self.voucher_cost, self.coupon_cost, self.bonus_cost


def read_row(line: int, cells: Mapping[str, str]) -> BillingLine | tuple[RowProblem, ...]:
    """A row's cells by column name (those of `needed_columns`, and of `OPTIONAL` as far as the file has them).

    Every problem of the row is found, not only the first. Codes: value-missing, amount-exponent, amount-malformed, amount-float,
    amount-too-long (whole, decimals), voucher-exceeds, time-malformed, time-impossible, period-after, period-turned,
    period-too-long (most), charge-category-tax, charge-category-unknown, currency-malformed, order-number-form, and those of
    `text_problems`.
    """
    row = _Row(line, cells)
    billed = row.amount("BilledCost")
    parts = [row.amount(column, default=Decimal(0)) for column in PARTS]
    starts_at, charged_at = row.moment("BillingPeriodStart"), row.moment("ChargePeriodStart")
    category = row.category()
    currency = row.text("BillingCurrency", longest=3)
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        row.wrong("BillingCurrency", "currency-malformed")
    payer = row.text("BillingAccountId", ID_LENGTH)
    issuer, service = row.text("InvoiceIssuerName"), row.text("ServiceName", SERVICE_LENGTH)
    order_number, original = row.order("x_OrderNumber"), row.order("x_OriginalOrderNumber")
    if "PublisherName" in cells:
        publisher, provider = row.text("PublisherName", needed=False), row.text("ProviderName", needed=False)
    else:
        publisher, provider = row.text("ServiceProviderName"), ""
    service_category = row.text("ServiceCategory", needed=False)
    sub_account_id = row.text("SubAccountId", ID_LENGTH, needed=False)
    names = [bare(cells.get(column, ""))[:NAME_LENGTH] for column in ("BillingAccountName", "SubAccountName")]
    row.check_parts(billed, parts)
    period, day, billed_in = "", date.min, ""
    if starts_at and charged_at:
        billed_in, day = billing_month(starts_at), china_date(charged_at)
        try:
            period = statement_period(billed_in, day)
        except ValueError:
            row.wrong("ChargePeriodStart", "period-after", period=billed_in, day=str(day))
    ends_at = row.moment("ChargePeriodEnd") if not is_null(cells.get("ChargePeriodEnd", "")) else None
    if charged_at and ends_at and ends_at < charged_at:
        row.wrong("ChargePeriodEnd", "period-turned")
    if row.problems or billed is None or category is None:
        return tuple(row.problems)
    months: tuple[MonthPart, ...] = ()
    if starts_at and charged_at and ends_at and category is ChargeCategory.USAGE:
        months = month_parts(starts_at, billed_in, charged_at, ends_at)
    if len(months) > MOST_MONTHS:
        row.wrong("ChargePeriodEnd", "period-too-long", most=str(MOST_MONTHS))
        return tuple(row.problems)
    voucher, coupon, bonus = (part or Decimal(0) for part in parts)
    return BillingLine(
        line=line,
        billing_account_id=payer,
        billing_account_name=names[0],
        sub_account_id=sub_account_id,
        sub_account_name=names[1],
        billed_cost=billed,
        voucher_cost=voucher,
        coupon_cost=coupon,
        bonus_cost=bonus,
        currency=currency,
        billed_in=billed_in,
        period=period,
        day=day,
        charge_category=category,
        issuer=issuer,
        publisher=publisher,
        provider=provider,
        service_category=service_category,
        service=service,
        description=" ".join(bare(cells["ChargeDescription"]).split())[:DESCRIPTION_LENGTH],
        order_number=order_number,
        original_order_number=original,
        months=months,
    )


def billing_month(starts_at: datetime) -> str:
    """The month that a billing period beginning at this moment stands for.

    A month may be cut at midnight anywhere: for `2026-10` that is 2026-09-30 16:00 UTC in China, 2026-10-01 00:00 UTC
    for most clouds, later in America. Six hours are added, for the zones east of China.
    """
    return period_of(china_date(starts_at + timedelta(hours=6)))


def statement_period(billed_in: str, day: date) -> str:
    """The month whose statement a charge of that day stands on, when its file bills it in `billed_in`.

    Statements are cut at midnight in China and hold nothing of a later month (I14). So a charge of the last hours of
    a month that was cut in UTC, where it is the 1st already in China, is on the next statement; it is never
    invoiceable sooner than what is consumed beside it. A charge of an *earlier* month was billed late: its own
    statement is out, it goes on the one it is billed with (S1), and can be told by its day. Raises ValueError for
    a day further after the month than zones can explain.
    """
    month = period_of(day)
    if month <= billed_in:
        return billed_in
    if month == next_period(billed_in) and day.day == 1:
        return month
    raise ValueError(f"{day} is after {billed_in}")


class _Row:
    """The cells of a row; collects what is wrong with them."""

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        self.line = line
        self.cells = cells
        self.problems: list[RowProblem] = []

    def wrong(self, column: str, code: str, **params: str) -> None:
        self.problems.append(RowProblem(self.line, column, self.cells.get(column, "")[:SHOWN], code, params))

    def amount(self, column: str, default: Decimal | None = None) -> Decimal | None:
        value = self.cells.get(column, "")
        if is_null(value) and default is not None:
            return default
        try:
            return exact_amount(value)
        except BadValue as bad:
            self.wrong(column, bad.code, **bad.params)
            return None

    def check_parts(self, billed: Decimal | None, parts: Sequence[Decimal | None]) -> None:
        """Each part has the sign of the amount, and together they do not exceed it."""
        if billed is None:
            return
        rest = abs(billed)
        for column, part in zip(PARTS, parts, strict=True):
            if not part:
                continue
            rest -= abs(part)
            if (part < 0) != (billed < 0) or rest < 0:
                self.wrong(column, "voucher-exceeds", cost=format(billed, "f"))
                return

    def moment(self, column: str) -> datetime | None:
        try:
            return read_moment(self.cells[column])
        except BadValue as bad:
            self.wrong(column, bad.code, **bad.params)
            return None

    def category(self) -> ChargeCategory | None:
        value = self.cells["ChargeCategory"]
        try:
            return ChargeCategory(value)
        except ValueError:
            code = "value-missing" if is_null(value) else "charge-category-tax" if value == "Tax" else "charge-category-unknown"
            self.wrong("ChargeCategory", code)
            return None

    def text(self, column: str, longest: int = NAME_LENGTH, *, needed: bool = True) -> str:
        value = bare(self.cells[column])
        if not value and needed:
            self.wrong(column, "value-missing")
        for code, params in text_faults(value, longest):
            self.wrong(column, code, **dict(params))
        return value

    def order(self, column: str) -> str:
        value = bare(self.cells.get(column, ""))
        if value and not re.fullmatch("[0-9]{18}", value):
            self.wrong(column, "order-number-form")
        return value
