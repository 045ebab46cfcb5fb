"""FOCUS billing rows: the columns we need, and one row of text to a billing line or to what is wrong with it.

Source: FinOps Open Cost and Usage Specification 1.0 to 1.3. Nothing is guessed at: an amount or a time that is not in the
form below is refused with its place, because a wrong guess would be somebody's money.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from domain.calendar import china_date, next_period, period_of
from domain.month_parts import FINE, WHOLE_FEN, MonthPart, month_parts, rest, shares, together
from domain.titles import text_problems

NEEDED = (
    "BilledCost",
    "BillingAccountId",
    "SubAccountId",
    "BillingCurrency",
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ChargeCategory",
    "InvoiceIssuerName",
    "PublisherName",
    "ProviderName",
    "ServiceCategory",
    "ServiceName",
    "ChargeDescription",
)
"""Columns without which a file cannot be read; all are mandatory in FOCUS 1.0 to 1.2."""

NEEDED_NEWER = (*(column for column in NEEDED if column not in ("PublisherName", "ProviderName")), "ServiceProviderName")
"""The same for a file without PublisherName: FOCUS 1.3 calls it and ProviderName deprecated, and has ServiceProviderName instead."""

PARTS = ("x_VoucherCost", "x_CouponCost", "x_BonusCost")
"""The parts of BilledCost that a voucher, a coupon or a bonus balance paid: they are excluded (feature 6), the rest was paid in cash."""

OPTIONAL = (
    "BillingAccountName",
    "SubAccountName",
    "ServiceProviderName",
    "ChargePeriodEnd",
    *PARTS,
    "x_OrderNumber",
    "x_OriginalOrderNumber",
)
"""FOCUS names, and ours with the x_ that FOCUS asks for: `PARTS`, the 18-digit order number, and the order that a negative row corrects."""

_INTRODUCED = {
    "1.3": (
        "AllocatedMethodDetails",
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        "AllocatedTags",
        "ContractApplied",
        "HostProviderName",
        "ServiceProviderName",
    ),
    "1.2": (
        "BillingAccountType",
        "InvoiceId",
        "PricingCurrency",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
        "SubAccountType",
    ),
    "1.1": (
        "CapacityReservationId",
        "CapacityReservationStatus",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountUnit",
        "ServiceSubcategory",
        "SkuMeter",
        "SkuPriceDetails",
    ),
}
"""The columns that each version brought, the newest first: a file does not say its version, but has them."""

APPROXIMATE = "≈"
"""Stands before an amount that came as a binary number which no written decimal can be told from: it is refused."""

SHOWN = 80
"""Characters of a wrong value that a report keeps."""

WHOLE_DIGITS = 12
DECIMALS = 20
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
        """The line itself, or its parts by month, whose amounts add up to its own."""
        if not self.months:
            return (self,)
        # Cash is shared out for itself, so that no part has more excluded than it costs.
        cash = rest(self.billed_cost, self.excluded_parts)
        places = WHOLE_FEN if self.currency == "CNY" else FINE
        return tuple(
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
            for place, (month, of) in enumerate(zip(self.months, shares((cash, *self.excluded_parts), self.months, places), strict=True))
        )

    @property
    def excluded_parts(self) -> tuple[Decimal, Decimal, Decimal]:
        """Voucher, coupon, bonus: in the order of `PARTS`."""
        return self.voucher_cost, self.coupon_cost, self.bonus_cost


def focus_version(columns: Collection[str]) -> str:
    """The version whose columns a file has: `1.3` when it has any that 1.3 brought, else 1.2, 1.1, or 1.0."""
    present = set(columns)
    return next((version for version, brought in _INTRODUCED.items() if present.intersection(brought)), "1.0")


def needed_columns(columns: Collection[str]) -> tuple[str, ...]:
    """The columns that a file with these must have. The older names of who sells and who made it win where a file has both."""
    return NEEDED_NEWER if "ServiceProviderName" in columns and "PublisherName" not in columns else NEEDED


class _Bad(Exception):
    """A value that cannot be read; becomes a RowProblem."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read_row(line: int, cells: Mapping[str, str]) -> BillingLine | tuple[RowProblem, ...]:
    """A row's cells by column name (those of `needed_columns`, and of `OPTIONAL` as far as the file has them).

    Every problem of the row is found, not only the first. Codes: value-missing, amount-exponent, amount-malformed, amount-float,
    amount-too-long (whole, decimals), voucher-exceeds, time-malformed, time-impossible, period-after, period-turned,
    charge-category-tax, charge-category-unknown, currency-malformed, order-number-form, and those of `text_problems`.
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
    names = [_bare(cells.get(column, ""))[:NAME_LENGTH] for column in ("BillingAccountName", "SubAccountName")]
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
        description=" ".join(_bare(cells["ChargeDescription"]).split())[:DESCRIPTION_LENGTH],
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
        except _Bad as bad:
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
            return _moment(self.cells[column])
        except _Bad as bad:
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
        value = _bare(self.cells[column])
        if not value and needed:
            self.wrong(column, "value-missing")
        for code, params in _text_faults(value, longest):
            self.wrong(column, code, **dict(params))
        return value

    def order(self, column: str) -> str:
        value = _bare(self.cells.get(column, ""))
        if value and not re.fullmatch("[0-9]{18}", value):
            self.wrong(column, "order-number-form")
        return value


def is_null(value: str) -> bool:
    """FOCUS 1.0 writes null as nothing; files exported from a database write `NULL`."""
    return value in ("", "NULL")


def _bare(value: str) -> str:
    return "" if is_null(value) else value.strip()


@lru_cache(maxsize=20_000)
def _text_faults(value: str, longest: int) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((found.code, tuple(found.params.items())) for found in text_problems("", value, longest))


_AMOUNT = re.compile(r"-?(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_EXPONENT = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+")


def exact_amount(text: str) -> Decimal:
    """`-12.0000345` as an exact decimal: a minus, digits, a point; never a float.

    FOCUS also allows an exponent (`1E-7`). It is refused, with a code of its own: it is what spreadsheets and
    floats leave behind in a file that was precise before.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        if is_null(text) or not text.strip():
            raise _Bad("value-missing")
        if text.startswith(APPROXIMATE):
            raise _Bad("amount-float")
        raise _Bad("amount-exponent" if _EXPONENT.fullmatch(text) else "amount-malformed")
    if len(match[1]) > WHOLE_DIGITS or len(match[2] or "") > DECIMALS:
        raise _Bad("amount-too-long", whole=str(WHOLE_DIGITS), decimals=str(DECIMALS))
    return Decimal(text)


_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


@lru_cache(maxsize=20_000)
def _moment(text: str) -> datetime:
    """`2026-10-01T00:00:00Z`. Without a zone it is UTC, which is what FOCUS 1.0 asks for and its own samples leave out."""
    if is_null(text):
        raise _Bad("value-missing")
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise _Bad("time-malformed")
    try:
        moment = datetime(*(int(match[i] or 0) for i in range(1, 7)), tzinfo=UTC)  # type: ignore[misc,arg-type]
        if not 2000 <= moment.year < 2100:
            raise _Bad("time-impossible")
        return moment - _offset(match[7])
    except ValueError as error:
        raise _Bad("time-impossible") from error


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 14 or minutes > 59:
        raise _Bad("time-impossible")
    size = timedelta(hours=hours, minutes=minutes)
    return -size if zone[0] == "-" else size
