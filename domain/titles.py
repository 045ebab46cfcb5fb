"""Titles (抬头): when two names are the same, where they differ, and what may stand in each field."""

import re
import unicodedata
from collections.abc import Iterator

from domain.errors import Problem
from domain.invoices import InvoiceKind, Party
from domain.phones import is_phone
from domain.tax_ids import check_tax_id

NAME_LENGTH = 100
"""Characters of a name that fit the face and the tax bureau's field (`domain.md` 2.1; a name in goods is 90)."""

ADDRESS_LENGTH = 200
BANK_LENGTH = 100
ACCOUNT_LENGTH = 30
PHONE_LENGTH = 30
REMARK_LENGTH = 230
ACCOUNT_DIGITS = (5, 30)
"""Fewest and most digits of a bank account."""

_FOLDED = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full width to half width: （ＡＢＣ） to (ABC)
    | dict.fromkeys(map(ord, "﹙⁽❨⟮"), "(")
    | dict.fromkeys(map(ord, "﹚⁾❩⟯"), ")")
    | dict.fromkeys(map(ord, "•‧∙・･"), "·")  # the dot inside a person's name, as keyboards differ
)


def normalised_name(name: str) -> str:
    """For comparing only, never for print (`domain.md` 1.10).

    Folded: composed form, full width to half width, the shapes of a bracket and of a middle dot, blanks out.
    Not folded, because it would make two companies one: simplified and traditional, large and small letters, and what
    NFKC would take apart (①, ㈱, ²).
    """
    return "".join(unicodedata.normalize("NFC", name).translate(_FOLDED).split())


def same_name(one: str, other: str) -> bool:
    """Whether two names are one: （）or (), blanks or not. A simplified and a traditional character differ."""
    return normalised_name(one) == normalised_name(other)


def first_difference(title: str, verified: str) -> str:
    """The piece of the title that differs from the verified name, for the message; empty when they are the same.

    Where the title lacks something, the piece is what is missing, taken from the verified name.
    """
    ours, theirs = normalised_name(title), normalised_name(verified)
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        start += 1
    tail = 0
    while tail < min(len(ours), len(theirs)) - start and ours[-1 - tail] == theirs[-1 - tail]:
        tail += 1
    return ours[start : len(ours) - tail] or theirs[start : len(theirs) - tail]


def title_problems(party: Party, kind: InvoiceKind = InvoiceKind.ORDINARY, verified: str = "") -> tuple[Problem, ...]:
    """Everything wrong with the fields of a title, so that all can be mended at once.

    Codes: those of `text_problems`, of `check_tax_id`, and phone-form, account-form, account-digits (min, max),
    tax-id-needed (a special invoice needs an 18-character USCC). Address and bank may be empty: the digital invoice dropped
    them from the face.
    `verified` is the tax id that real-name authentication gave: a wrong one is compared with it.
    """
    return tuple(_title_problems(party, kind, verified))


def _title_problems(party: Party, kind: InvoiceKind, verified: str) -> Iterator[Problem]:
    yield from text_problems("name", party.name, NAME_LENGTH, least=2)
    finding = check_tax_id(party.tax_id, verified=verified)
    if finding.problem:
        yield finding.problem
    elif kind is InvoiceKind.SPECIAL and not finding.fits_special_invoice:
        yield Problem("tax_id", "tax-id-needed")
    yield from text_problems("address", party.address, ADDRESS_LENGTH)
    yield from text_problems("bank", party.bank, BANK_LENGTH)
    phone, account = (
        tuple(text_problems("phone", party.phone, PHONE_LENGTH)),
        tuple(text_problems("bank_account", party.bank_account, ACCOUNT_LENGTH)),
    )
    yield from phone
    if party.phone and not phone and not is_phone(party.phone):
        yield Problem("phone", "phone-form")
    yield from account
    if party.bank_account and not account:
        yield from _account_problems(party.bank_account)


def _account_problems(account: str) -> Iterator[Problem]:
    digits = re.sub("[ -]", "", unicodedata.normalize("NFKC", account))
    fewest, most = ACCOUNT_DIGITS
    if not re.fullmatch("[0-9]+", digits):
        yield Problem("bank_account", "account-form")
    elif not fewest <= len(digits) <= most:
        yield Problem("bank_account", "account-digits", {"min": str(fewest), "max": str(most)})


def text_problems(field: str, text: str, longest: int, least: int = 0) -> tuple[Problem, ...]:
    """What keeps a text from standing on an invoice: its length, and characters that are not for print.

    Codes: text-blank, text-short (min), text-long (max), and the kinds of `character_fault` (position, character as
    `U+202E`). Rare hanzi are right; whether our font has them is asked where the document is made.
    """
    problems: list[Problem] = []
    if least and not text.strip():
        return (Problem(field, "text-blank"),)
    if len(text.strip()) < least:
        problems.append(Problem(field, "text-short", {"min": str(least)}))
    if len(text) > longest:
        problems.append(Problem(field, "text-long", {"max": str(longest)}))
    for position, character in enumerate(text, start=1):
        if fault := character_fault(character):
            params = {"position": str(position), "character": f"U+{ord(character):04X}"}
            problems.append(Problem(field, f"text-{fault}", params))
            break
    return tuple(problems)


def character_fault(character: str) -> str:
    """Why a character cannot be printed on an invoice, or an empty string.

    control, line-break, bidi, invisible, surrogate, private-use, unassigned, combining, emoji.
    A combining mark is refused whole: the form a person types is the composed one, and stacks of marks are an attack.
    """
    code = ord(character)
    if character in "\n\r\u2028\u2029\u0085\v\f":
        return "line-break"
    if code in _BIDI:
        return "bidi"
    if code in _INVISIBLE:
        return "invisible"
    if any(first <= code <= last for first, last in _EMOJI):
        return "emoji"
    if any(first <= code <= last for first, last in _NEWER_HANZI):
        return ""
    return _CATEGORY_FAULTS.get(unicodedata.category(character), "")


_BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_INVISIBLE = {
    0x00AD,
    0x034F,
    0x115F,
    0x1160,
    0x17B4,
    0x17B5,
    0x2800,
    0x3164,
    0xFEFF,
    0xFFA0,
    0xFFFC,
    *range(0x180B, 0x1810),
    *range(0x200B, 0x200E),
    *range(0x2060, 0x2066),
    *range(0xFE00, 0xFE10),
    *range(0xE0000, 0xE01F0),
}
_EMOJI = ((0x1F000, 0x1FBFF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x20E3, 0x20E3), (0x231A, 0x231B), (0x23E9, 0x23FA))
_NEWER_HANZI = ((0x2EBF0, 0x2EE5D), (0x31350, 0x323AF))
"""Extensions I and H, for names that GB 18030-2022 asks for: later than this Python's Unicode tables."""
_CATEGORY_FAULTS = {
    "Cc": "control",
    "Cf": "invisible",
    "Cs": "surrogate",
    "Co": "private-use",
    "Cn": "unassigned",
    "Mn": "combining",
    "Me": "combining",
    "Mc": "combining",
}
