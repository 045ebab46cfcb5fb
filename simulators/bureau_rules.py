"""What the tax bureau refuses, and why. Each rule raises `Refused` with a code that never changes."""

from dataclasses import dataclass
from decimal import Decimal

from simulators.bureau_wire import LineIn, RequestIn, cents

PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65".split()  # noqa: SIM905
)
RATES = frozenset(Decimal(rate) for rate in ("0", "0.01", "0.015", "0.03", "0.05", "0.06", "0.09", "0.13"))
LINE_TOLERANCE = Decimal("0.06")
WHOLE_TOLERANCE = Decimal("1.27")
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class Refused(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Blue:
    """What the book knows of the invoice that a red one corrects; `red_*` are the sums of its reds so far, negative."""

    kind: str
    seller_tax_id: str
    buyer_name: str
    buyer_tax_id: str
    total: int
    tax: int
    red_total: int
    red_tax: int
    is_red: bool


def check(request: RequestIn, blue: Blue | None) -> None:
    """Raise Refused for the first rule that is broken. `blue` is the entry of `original_number`, if any."""
    if request.province not in PROVINCES:
        raise Refused("unknown-province", request.province)
    _check_parties(request)
    _check_sums(request)
    _check_tax(request)
    if request.is_red:
        _check_red(request, blue)
    else:
        _check_blue(request)


def _check_parties(request: RequestIn) -> None:
    if not 15 <= len(request.seller.tax_id) <= 20 or not _plain(request.seller.tax_id):
        raise Refused("seller-tax-id", "15 to 20 letters and digits")
    buyer = request.buyer.tax_id
    if request.kind == "special" and not buyer:
        raise Refused("buyer-tax-id-missing", "a special invoice names the buyer's tax id")
    if request.kind == "special" and not valid_credit_code(buyer):
        raise Refused("buyer-tax-id", "not a unified social credit code")
    if buyer and (not 15 <= len(buyer) <= 20 or not _plain(buyer)):
        raise Refused("buyer-tax-id", "15 to 20 letters and digits")


def _plain(tax_id: str) -> bool:
    return tax_id.isascii() and tax_id.isalnum()


def valid_credit_code(code: str) -> bool:
    """GB 32100: eighteen characters, the last one a check character modulo 31."""
    if len(code) != 18 or any(character not in ALPHABET for character in code):
        return False
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(code[:17]))
    return ALPHABET.index(code[17]) == (31 - total % 31) % 31


def _check_sums(request: RequestIn) -> None:
    tax = sum(cents(line.tax) for line in request.lines)
    total = sum(cents(line.net) for line in request.lines) + tax
    if total != cents(request.total) or tax != cents(request.tax):
        raise Refused("sums", f"the lines add up to {total} cents with {tax} tax")


def _check_tax(request: RequestIn) -> None:
    """The tolerances of `domain.md` 1.8.5: 0.06 a line, 1.27 the whole."""
    difference = Decimal(0)
    for position, line in enumerate(request.lines, start=1):
        if Decimal(line.rate) not in RATES:
            raise Refused("rate", f"line {position}: {line.rate}")
        off = Decimal(line.net) * Decimal(line.rate) - Decimal(line.tax)
        if abs(off) > LINE_TOLERANCE:
            raise Refused("tax-of-line", f"line {position}: off by {off}")
        difference += off
    if abs(difference) > WHOLE_TOLERANCE:
        raise Refused("tax-of-whole", f"off by {difference}")


def _check_blue(request: RequestIn) -> None:
    if request.reason:
        raise Refused("reason", "only a red-letter request has a reason")
    if cents(request.total) <= 0:
        raise Refused("not-positive", "a blue invoice has a total above zero")
    before: LineIn | None = None
    for position, line in enumerate(request.lines, start=1):
        if cents(line.net) < 0:
            _check_discount(line, before, position)
            before = None
        else:
            if cents(line.tax) < 0 or (line.quantity is not None and Decimal(line.quantity) <= 0):
                raise Refused("sign", f"line {position}: signs differ")
            before = line


def _check_discount(line: LineIn, before: LineIn | None, position: int) -> None:
    """`domain.md` 1.8.6: directly after what it discounts, same name and rate, no quantity, not more than that."""
    if before is None or (before.name, before.rate) != (line.name, line.rate):
        raise Refused("discount", f"line {position}: does not follow the line it discounts")
    if line.quantity is not None or cents(before.net) + cents(line.net) < 0 or cents(line.tax) > 0:
        raise Refused("discount", f"line {position}: more than the discounted line, or with a quantity")


def _check_red(request: RequestIn, blue: Blue | None) -> None:
    if blue is None or blue.is_red:
        raise Refused("original-unknown", "there is no blue invoice with this number")
    same = (blue.kind, blue.seller_tax_id, blue.buyer_name, blue.buyer_tax_id)
    if same != (request.kind, request.seller.tax_id, request.buyer.name, request.buyer.tax_id):
        raise Refused("original-differs", "kind, seller or buyer is not that of the blue invoice")
    if not request.reason:
        raise Refused("reason", "a red-letter request says why")
    for position, line in enumerate(request.lines, start=1):
        quantity = Decimal(line.quantity or "0")
        if cents(line.net) >= 0 or cents(line.tax) > 0 or quantity > 0:
            raise Refused("sign", f"line {position}: amounts of a red invoice are negative")
        if request.reason == "04" and line.quantity is not None:
            raise Refused("quantity", f"line {position}: a sales discount has no quantity")
    total, tax = cents(request.total), cents(request.tax)
    if blue.total + blue.red_total + total < 0 or blue.tax + blue.red_tax + tax < 0:
        raise Refused("above-original", "the red invoices would exceed the blue one")
    if request.reason == "01" and (total, tax) != (-blue.total, -blue.tax):
        raise Refused("not-whole", "a wrongly issued invoice is corrected as a whole")
