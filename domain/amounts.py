"""Money in fen: rounding, splitting that adds up, unit prices, and amounts typed by people. Never a float."""

import re
from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction

from domain.errors import Problem, Refusal
from domain.invoices import InvoiceLine

MAX_FEN = 10**14 - 1
"""The largest amount typed or read, 999,999,999,999.99 yuan: within the 15 digits of the QR code (`domain.md` 1.7)."""

LINE_TAX_LIMIT_FEN = 6
"""How far the tax of one line may be from net x rate: 0.06 yuan (`domain.md` 1.8.5, Nuonuo)."""

INVOICE_TAX_LIMIT_FEN = 127
"""The same for the whole invoice: 1.27 yuan (`domain.md` 1.8.5; a rule of the tax-control era, not settled)."""

FULL_RATE_BP = 10_000
"""100 % in basis points."""

UNIT_PRICE_DECIMALS = 13


def half_up(value: Fraction) -> int:
    """The nearest integer; a half goes away from zero, so that red and blue mirror each other."""
    size = abs(value)
    nearest = (2 * size.numerator + size.denominator) // (2 * size.denominator)
    return nearest if value >= 0 else -nearest


def net_and_tax(gross_fen: int, rate_bp: int) -> tuple[int, int]:
    """Net and tax, in fen, of a price with tax (`domain.md` 1.8.2).

    The tax is the rest of the gross and not net x rate: so the price the customer paid is kept to the fen.
    `rate_bp` is the rate in basis points, 600 for 6 %.
    """
    if rate_bp < 0:
        raise ValueError("a tax rate is not negative")
    net_fen = half_up(Fraction(gross_fen * FULL_RATE_BP, FULL_RATE_BP + rate_bp))
    return net_fen, gross_fen - net_fen


def split_fen(total_fen: int, weights: Sequence[int]) -> list[int]:
    """Split by weight so that the parts add up: largest remainder, the earlier part first when they are equal.

    A negative total splits as the mirror of the positive one. Weights that are all zero share equally.
    Raises ValueError for a negative weight, and for no weights at all unless the total is zero.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is not negative")
    if not weights:
        if total_fen:
            raise ValueError("nothing to split over")
        return []
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    size = abs(total_fen)
    parts = [size * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-(size * shares[i] % whole), i))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return parts if total_fen >= 0 else [-part for part in parts]


def unit_price(net_fen: int, quantity: Decimal) -> str:
    """The printed unit price in yuan: net / quantity, at most 13 decimals, no trailing zeros (`domain.md` 1.8.3).

    Raises ValueError when the quantity is zero, or so large that price x quantity would miss the amount
    by more than 0.01 yuan.
    """
    if not quantity.is_finite() or quantity == 0:
        raise ValueError("a unit price needs a quantity")
    scale = 10**UNIT_PRICE_DECIMALS
    exact_quantity = Fraction(quantity)
    scaled = half_up(Fraction(net_fen * scale, 100) / exact_quantity)
    missed = net_fen and not scaled
    if missed or abs(half_up(Fraction(scaled * 100, scale) * exact_quantity) - net_fen) > 1:
        raise ValueError(f"no unit price of {UNIT_PRICE_DECIMALS} decimals fits a quantity of {quantity}")
    return plain(_scaled(scaled, UNIT_PRICE_DECIMALS))


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: `1E+2` is `100`, `0.50` is `0.5`."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("", "-0") else text


def fen_from_decimal(amount_yuan: Decimal) -> tuple[int, Decimal]:
    """Fen, half up, and what the rounding left over in yuan: `fen / 100 + remainder` is exactly the amount.

    Consumption is metered finer than a fen; keeping the remainder lets a month's records add up to its bill.
    Raises ValueError for NaN, infinity and amounts above `MAX_FEN`.
    """
    if not amount_yuan.is_finite() or abs(amount_yuan) > MAX_FEN:
        raise ValueError(f"not an amount: {amount_yuan}")
    fen = half_up(Fraction(amount_yuan) * 100)
    if abs(fen) > MAX_FEN:
        raise ValueError(f"not an amount: {amount_yuan}")
    decimals = max(2, -int(amount_yuan.as_tuple().exponent))
    exact = Context(prec=decimals + 20)
    return fen, exact.subtract(amount_yuan, _scaled(fen, 2))


def _scaled(digits: int, decimals: int) -> Decimal:
    """`digits / 10**decimals`, exact at any length (Decimal's own arithmetic would round to 28 digits)."""
    return Decimal((int(digits < 0), tuple(int(d) for d in str(abs(digits))), -decimals))


def yuan(fen: int) -> str:
    """`1234.05`: two decimals, a hyphen for minus, no thousands comma, as the document and the XML want it."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def tax_gap(line: InvoiceLine) -> int:
    """How far the tax is from net x rate, in ten-thousandths of a fen."""
    return line.net_fen * line.rate_bp - line.tax_fen * FULL_RATE_BP


def tax_problems(
    lines: Sequence[InvoiceLine],
    line_limit_fen: int = LINE_TAX_LIMIT_FEN,
    invoice_limit_fen: int = INVOICE_TAX_LIMIT_FEN,
) -> tuple[Problem, ...]:
    """Which lines, and whether the whole, are further from net x rate than the tax bureau accepts."""
    gaps = [tax_gap(line) for line in lines]
    problems = [
        Problem("lines", "tax-off-line", {"line": str(index)})
        for index, gap in enumerate(gaps, start=1)
        if abs(gap) > line_limit_fen * FULL_RATE_BP
    ]
    if abs(sum(gaps)) > invoice_limit_fen * FULL_RATE_BP:
        problems.append(Problem("lines", "tax-off-invoice"))
    return tuple(problems)


def tax_within_limits(lines: Sequence[InvoiceLine]) -> bool:
    """Whether the tax bureau would accept the tax of these lines (`domain.md` 1.8.5)."""
    return not tax_problems(lines)


_PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]{1,2})?")
_GROUPED = re.compile(r"-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]{1,2})?")
"""As we print amounts."""
_REASONS: tuple[tuple[str, str], ...] = (
    ("amount-full-width", "[\uff01-\uff5e]"),
    ("amount-chinese-numerals", "[〇零一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]"),
    ("amount-currency", r"[¥￥$€£元圆块]|(?i:rmb|cny|usd)"),
    ("amount-not-a-number", r"(?i:nan|inf)"),
    ("amount-other-base", r"(?i:^[+-]?0[xbo])"),
    ("amount-scientific", r"(?i:[0-9.]e)"),
    ("amount-comma", ","),
    ("amount-underscore", "_"),
    ("amount-plus-sign", r"^\+"),
    ("amount-leading-zeros", r"^-?0[0-9]"),
    ("amount-decimals", r"^-?[0-9]+\.[0-9]{3,}$"),
)
"""Why a text is not an amount; the first that fits is the one told to the person."""


def parse_amount(text: str, field: str = "amount", *, allow_negative: bool = False, grouped: bool = False) -> int:
    """Fen of an amount typed by a person: digits, at most two decimals, blanks around it forgiven.

    Nothing else is guessed at: `1,234` is 1.234 to some and 1234 to others. `grouped` takes it as 1234, for a field that stands
    beside amounts printed so; only whole groups of three digits. Raises Refusal with one problem whose code names the reason:
    amount-blank, amount-negative, amount-too-large, amount-malformed, or one of `_REASONS`.
    """
    typed = text.strip(" ")
    if grouped and _GROUPED.fullmatch(typed):
        typed = typed.replace(",", "")
    if not typed:
        raise Refusal(Problem(field, "amount-blank"))
    if not _PLAIN.fullmatch(typed):
        code = next((code for code, pattern in _REASONS if re.search(pattern, typed)), "amount-malformed")
        raise Refusal(Problem(field, code))
    if typed.startswith("-") and not allow_negative:
        raise Refusal(Problem(field, "amount-negative"))
    whole, _, cents = typed.lstrip("-").partition(".")
    if len(whole) > 15:
        raise Refusal(Problem(field, "amount-too-large", {"max": yuan(MAX_FEN)}))
    fen = int(whole) * 100 + int(cents.ljust(2, "0") or "0")
    if fen > MAX_FEN:
        raise Refusal(Problem(field, "amount-too-large", {"max": yuan(MAX_FEN)}))
    return -fen if typed.startswith("-") else fen
