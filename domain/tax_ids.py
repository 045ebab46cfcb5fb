"""Tax ids: the unified social credit code with both its check digits, and the older forms still in use.

Source of the arithmetic: GB 32100 (character 18), GB 11714 (character 17), GB 11643 (citizen ids); `domain.md` 1.10.
A wrong id is answered with the place and, where one change explains it, with what was probably meant.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import Problem
from domain.provinces import PROVINCES

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100: no I, O, S, V, Z. The index is the value."""

AUTHORITIES = "123456789ANY"
"""Who registered the body (character 1): 9 is the market regulator, A the army, N rural collectives, Y others."""

_WEIGHTS = tuple(3**i % 31 for i in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_LOOKALIKES = {"I": "1", "O": "0", "S": "5", "Z": "2", "V": "U"}
"""Letters the alphabet leaves out because they are misread, and what they are misread for."""

_CONFUSED = tuple(
    frozenset(pair) for pair in ("0D", "0Q", "8B", "6G", "1L", "1T", "7T", "UV", "MN", "38", "17", "PR", "EF", "CG", "KX", "WM", "UY")
)
"""Characters that are mistaken for each other when a licence is copied by eye."""

_CYRILLIC_GREEK = dict(zip("АВСЕНКМОРТХУІЅΑΒΕΗΚΜΝΟΡΤΧΥ", "ABCEHKM0PTXY15ABEHKMN0PTXY", strict=True))


class TaxIdKind(StrEnum):
    """Which form a tax id has. A special invoice needs a USCC."""

    NONE = "none"
    USCC = "uscc"
    OLD_15 = "old-15"
    OLD_17 = "old-17"
    OLD_20 = "old-20"
    CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class TaxIdFinding:
    """What a tax id turned out to be. `text` is how it is kept: half width, capitals, no blanks.

    `problem` makes it unusable; `warning` should be shown and can be overruled. `suggestion` is a whole id one slip away,
    or empty. It is `sure` when nothing else explains the typed one, or it is the id that is known of this body: of single
    wrong digits three in four can be mended in several ways that fit both checks, and a guess would be somebody else's id.
    """

    text: str
    kind: TaxIdKind
    problem: Problem | None = None
    warning: Problem | None = None
    suggestion: str = ""
    sure: bool = True

    @property
    def ok(self) -> bool:
        return self.problem is None

    @property
    def fits_special_invoice(self) -> bool:
        """A special invoice can be deducted, so its buyer must be a registered body (`domain.md` 1.10)."""
        return self.ok and self.kind is TaxIdKind.USCC


def tidy_tax_id(text: str) -> str:
    """Blanks out, full width to half width, capitals: differences of typing, not of the id."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def uscc_check_character(first_17: str) -> str:
    """Character 18 for the first 17. Raises ValueError for a character outside the alphabet."""
    total = sum(ALPHABET.index(c) * weight for c, weight in zip(first_17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check_character(first_8: str) -> str:
    """Character 9 of an organisation code (GB 11714), which is character 17 of a USCC; X stands for 10."""
    total = sum(int(c, 36) * weight for c, weight in zip(first_8, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def check_tax_id(text: str, field: str = "tax_id", verified: str = "") -> TaxIdFinding:
    """Say what a typed tax id is, and what is wrong with it. `verified` is the id that real-name authentication gave.

    Codes: tax-id-letter (position, found, suggestion), tax-id-length (length), tax-id-authority, tax-id-region,
    tax-id-check-digit (position, found, suggestion), tax-id-swapped (position, other), tax-id-citizen-check;
    warning tax-id-organisation-code. Positions count from 1. `suggestion` may be empty.
    """
    tidy = tidy_tax_id(text)
    if not tidy:
        return TaxIdFinding("", TaxIdKind.NONE)
    for index, character in enumerate(tidy):
        if not re.fullmatch("[0-9A-Z]", character):
            return _foreign(field, tidy, index, _CYRILLIC_GREEK.get(character, ""))
    match len(tidy):
        case 18:
            return _check_18(field, tidy, tidy_tax_id(verified))
        case 15 | 17 | 20 if _has_old_form(tidy):
            return TaxIdFinding(tidy, TaxIdKind(f"old-{len(tidy)}"))
        case length:
            return TaxIdFinding(tidy, TaxIdKind.USCC, Problem(field, "tax-id-length", {"length": str(length)}))


def _has_old_form(text: str) -> bool:
    """Old ids begin with a region; the 20-character one is a citizen id and a two-digit suffix."""
    return text[:2] in PROVINCES and text[:6].isdigit() and not (len(text) == 20 and not _is_citizen_id(text[:18]))


def _foreign(field: str, text: str, index: int, meant: str) -> TaxIdFinding:
    whole = text[:index] + meant + text[index + 1 :] if meant else ""
    params = {"position": str(index + 1), "found": text[index], "suggestion": meant}
    return TaxIdFinding(text, TaxIdKind.USCC, Problem(field, "tax-id-letter", params), suggestion=whole)


def _check_18(field: str, text: str, verified: str) -> TaxIdFinding:
    if _is_uscc(text):
        good = organisation_check_character(text[8:16]) == text[16]
        warning = None if good else Problem(field, "tax-id-organisation-code", {"position": "17", "found": text[16]})
        return TaxIdFinding(text, TaxIdKind.USCC, warning=warning)
    if _looks_like_citizen_id(text):
        if _is_citizen_id(text):
            return TaxIdFinding(text, TaxIdKind.CITIZEN)
        if text[0] not in AUTHORITIES or text[2:4] not in _REGIONS:
            return TaxIdFinding(text, TaxIdKind.CITIZEN, Problem(field, "tax-id-citizen-check", {"position": "18"}))
    for index, character in enumerate(text):
        if character not in ALPHABET:
            return _foreign(field, text, index, _LOOKALIKES.get(character, ""))
    return _explain_uscc(field, text, verified)


def _explain_uscc(field: str, text: str, verified: str) -> TaxIdFinding:
    """Name the place. The verified id if it is one slip away, else a change or swap that makes *both* check digits right."""
    mendings = dict.fromkeys(_mendings(text))
    meant = verified if _is_one_slip(text, verified) else next(iter(mendings), "")
    changed = [i for i in range(18) if meant and meant[i] != text[i]]
    sure = meant == verified or len(mendings) == 1 or len(changed) == 2

    def finding(code: str, params: dict[str, str]) -> TaxIdFinding:
        return TaxIdFinding(text, TaxIdKind.USCC, Problem(field, code, params), suggestion=meant, sure=sure)

    if len(changed) == 2:
        first, second = changed
        return finding("tax-id-swapped", {"position": str(first + 1), "other": str(second + 1)})
    if text[0] not in AUTHORITIES:
        return finding("tax-id-authority", {"position": "1", "found": text[0]})
    if not _has_region(text):
        return finding("tax-id-region", {"position": "3", "found": text[2:8]})
    position = changed[0] if changed and sure else 17
    suggestion = meant[position] if changed and sure else ""
    params = {"position": str(position + 1), "found": text[position], "suggestion": suggestion}
    return finding("tax-id-check-digit", params)


def _is_one_slip(text: str, meant: str) -> bool:
    """Whether one character differs, or two neighbours are swapped."""
    if len(meant) != len(text):
        return False
    changed = [i for i in range(len(text)) if meant[i] != text[i]]
    match changed:
        case [_]:
            return True
        case [first, second]:
            return second == first + 1 and text[first] == meant[second] and text[second] == meant[first]
        case _:
            return False


def _mendings(text: str) -> Iterator[str]:
    """Ids one slip away that are right in every respect, the likelier slips first.

    Two neighbours swapped; then character 18 alone; then characters that look alike; then any other. Character 18
    comes early because, once the organisation code holds, nothing else tells which of 1 to 8 is wrong.
    """
    for i in (*range(8, 17), *range(8)):
        yield from _if_right(text[:i] + text[i + 1] + text[i] + text[i + 2 :], text)
    changes = [(i, c) for i in (17, *range(8, 17), *range(8)) for c in ALPHABET if c != text[i]]
    last = [(i, c) for i, c in changes if i == 17]
    alike = [(i, c) for i, c in changes if {c, text[i]} in _CONFUSED]
    for i, c in (*last, *alike, *changes):
        yield from _if_right(text[:i] + c + text[i + 1 :], text)


def _if_right(candidate: str, text: str) -> Iterator[str]:
    if candidate != text and _is_uscc(candidate) and organisation_check_character(candidate[8:16]) == candidate[16]:
        yield candidate


_REGIONS = {*PROVINCES, "10", "71", "81", "82"}
"""10 is for bodies of the state as a whole; 71, 81, 82 are Taiwan, Hong Kong, Macau."""


def _has_region(text: str) -> bool:
    return text[2:8].isdigit() and text[2:4] in _REGIONS


def _is_uscc(text: str) -> bool:
    return all(c in ALPHABET for c in text) and text[0] in AUTHORITIES and _has_region(text) and uscc_check_character(text[:17]) == text[17]


def _looks_like_citizen_id(text: str) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", text) or text[:2] not in PROVINCES:
        return False
    try:
        born_on = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return 1900 <= born_on.year <= 2100


def _is_citizen_id(text: str) -> bool:
    if not _looks_like_citizen_id(text):
        return False
    total = sum(int(c) * weight for c, weight in zip(text[:17], _CITIZEN_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17]
