"""The text in the QR code of an invoice: what the tax bureau's app and the buyer's scanner read (`domain.md` 1.7)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date

from domain.amounts import yuan
from domain.errors import Problem, Refusal
from domain.invoices import InvoiceFace, InvoiceKind

QR_TYPES = {InvoiceKind.SPECIAL: "31", InvoiceKind.ORDINARY: "32"}
"""Field 2 of a digital invoice. Digital invoices printed on paper keep their 20-digit number and the same type."""

LEGACY_TYPES = {"01", "04", "08", "10"}
_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class QrContent:
    """The eight fields, read. `amount_fen` is with tax on a digital invoice, without tax on a legacy one."""

    type: str
    code: str
    number: str
    amount_fen: int
    issued_on: date
    check_code: str
    tail: str

    @property
    def is_digital(self) -> bool:
        return self.type in QR_TYPES.values()


def qr_text(face: InvoiceFace) -> str:
    """`01,31,,26332000000418203947,49480.40,20261113,,3F2A`; a red-letter invoice has a negative amount."""
    fields = ("01", QR_TYPES[face.kind], "", face.number, yuan(face.total_fen), f"{face.issued_on:%Y%m%d}", "")
    return ",".join((*fields, tail_of(",".join(fields))))


def tail_of(first_seven: str) -> str:
    """Field 8: the first 4 hex digits of the SHA-256 of fields 1 to 7 with their commas, in capitals.

    Ours alone: the bureau's function is not known (`domain.md` 1.7), so on reading the field is opaque
    and nothing may be concluded from a tail that is not this one.
    """
    return hashlib.sha256(first_seven.encode()).hexdigest()[:4].upper()


def parse_qr(text: str) -> QrContent:
    """Read a scanned QR text, ours or a peer's, digital or legacy.

    Strict, because the text comes from strangers: raises Refusal with one of qr-fields, qr-version, qr-type,
    qr-number, qr-amount, qr-date, qr-check-code, qr-tail. A ninth, empty field (a comma at the end) is allowed.
    """
    fields = text.split(",")
    if len(fields) == 9 and not fields[8]:
        fields.pop()
    if len(fields) != 8:
        raise Refusal(Problem("qr", "qr-fields", {"count": str(len(fields))}))
    version, kind, code, number, amount, day, check_code, tail = fields
    digital = kind in QR_TYPES.values()
    _expect(version == "01", "qr-version")
    _expect(digital or kind in LEGACY_TYPES, "qr-type")
    numbered = (
        re.fullmatch("[0-9]{20}", number) and not code
        if digital
        else re.fullmatch("[0-9]{8}", number) and re.fullmatch("[0-9]{10}|[0-9]{12}", code)
    )
    _expect(bool(numbered), "qr-number")
    _expect(bool(re.fullmatch("" if digital else "|[0-9]{20}", check_code)), "qr-check-code")
    _expect(bool(re.fullmatch("|[0-9A-Fa-f]{4}", tail)), "qr-tail")
    return QrContent(kind, code, number, _amount_fen(amount), _day(day), check_code, tail)


def _expect(holds: bool, code: str) -> None:
    if not holds:
        raise Refusal(Problem("qr", code))


def _amount_fen(text: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Refusal(Problem("qr", "qr-amount"))
    sign, whole, cents = match.groups(default="")
    fen = int(whole) * 100 + int(cents.ljust(2, "0") or "0")
    return -fen if sign else fen


def _day(text: str) -> date:
    if not re.fullmatch("[0-9]{8}", text):
        raise Refusal(Problem("qr", "qr-date"))
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise Refusal(Problem("qr", "qr-date")) from error
