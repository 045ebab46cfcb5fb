"""Industry templates (feature 19): the form of an agreement number, and the check value that stands beside it on the invoice.

The check value is HMAC-SHA-256 over the facts that the template names, cut to 100 bits: `1A2B3C4D-KQ5X-…`, the key's id and five
groups of four letters or digits that nobody mistakes for another. Whoever has the key can say whether an invoice is what we issued.
"""

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

NUMBER_LONGEST = 40
KEY_BYTES = 32
_GROUPS = 5
_PATTERN = re.compile(r"[A-Z0-9#?-]+", re.ASCII)
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_OPEN = {"#": "[0-9]", "?": "[A-Z0-9]"}


class CheckedFact(StrEnum):
    """What a check value can be computed over. The agreement number and the invoice's id always are."""

    BUYER = "buyer"
    TAX_ID = "tax-id"
    SELLER = "seller"
    NET = "net"
    TAX = "tax"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """Of an invoice before it is issued; amounts in fen. `seller` is the issuing entity's code."""

    invoice_id: str
    agreement: str
    buyer: str
    tax_id: str
    seller: str
    net_fen: int
    tax_fen: int
    total_fen: int

    def of(self, fact: CheckedFact) -> str:
        found = {
            CheckedFact.BUYER: self.buyer,
            CheckedFact.TAX_ID: self.tax_id,
            CheckedFact.SELLER: self.seller,
            CheckedFact.NET: str(self.net_fen),
            CheckedFact.TAX: str(self.tax_fen),
            CheckedFact.TOTAL: str(self.total_fen),
        }
        return found[fact]


def number_form(pattern: str) -> re.Pattern[str] | None:
    """The form of agreement numbers: `#` stands for a digit, `?` for a capital letter or digit, others of these stand for themselves.

    None for anything else, for a pattern that leaves nothing open, and for one that is too long.
    """
    if not _PATTERN.fullmatch(pattern) or not set(pattern) & set(_OPEN) or len(pattern) > NUMBER_LONGEST:
        return None
    return re.compile("".join(_OPEN.get(sign, re.escape(sign)) for sign in pattern), re.ASCII)


def number_example(pattern: str) -> str:
    """A number of that form, for a hint: `YB-2345-678901`."""
    return "".join(str((2 + at) % 10) if sign == "#" else "A" if sign == "?" else sign for at, sign in enumerate(pattern))


def tidy_number(typed: str) -> str:
    """As it is kept: capital letters, no blanks."""
    return "".join(typed.split()).upper()


def form_problem_code(typed: str) -> str:
    """Why a typed number does not have its form: agreement-full-width for letters of a Chinese keyboard, else agreement-form."""
    return "agreement-full-width" if _FULL_WIDTH.search(typed) else "agreement-form"


def key_id(key: bytes) -> str:
    """What a key is known by: 8 hexadecimal digits that tell nothing of it."""
    return sha256(b"check value key\x1f" + key).hexdigest()[:8].upper()


def check_value(key: bytes, facts: InvoiceFacts, checked: Iterable[CheckedFact]) -> str:
    """The check value as it is printed."""
    said = "\x1f".join(["1", facts.invoice_id, facts.agreement, *(f"{fact}={facts.of(fact)}" for fact in sorted(set(checked)))])
    letters = base64.b32encode(hmac.digest(key, said.encode(), "sha256")).decode()
    return "-".join([key_id(key), *(letters[4 * group : 4 * group + 4] for group in range(_GROUPS))])


def same_value(one: str, other: str) -> bool:
    """Whether two check values are one, blanks and small letters left aside."""
    return hmac.compare_digest(tidy_number(one).encode(), tidy_number(other).encode())


def template_remark(agreement: str, value: str) -> str:
    """What stands in the remarks (备注) after the application's number: at most 95 characters of their 230."""
    return f"协议编号：{agreement} 校验值：{value}"
