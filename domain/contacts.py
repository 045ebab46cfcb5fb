"""Where a person is reached: a mobile number of mainland China or an e-mail address, in the one form we keep it in."""

import re
from enum import StrEnum

from domain.emails import LOG_IN_LONGEST, email_problem
from domain.errors import Problem

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_GAPS = re.compile(r"[\s\-()（）]+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９＠．＋－　", "0123456789@.+- ")


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


def channel_of(address: str) -> Channel:
    """Of an address as kept: mail when it has an @."""
    return Channel.MAIL if "@" in address else Channel.SMS


def kept_mobile(text: str) -> str:
    """`+86 138-0013 8826` as `13800138826`; anything else comes back without blanks and hyphens."""
    digits = _GAPS.sub("", text.translate(_FULL_WIDTH))
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and _MOBILE.fullmatch(digits.removeprefix(prefix)):
            return digits.removeprefix(prefix)
    return digits


def kept_address(text: str) -> str:
    """An e-mail address in small letters, a mobile number without its signs; what is neither comes back tidied."""
    tidy = text.translate(_FULL_WIDTH).strip()
    return tidy.lower() if "@" in tidy else kept_mobile(tidy)


def mobile_problem(field: str, text: str) -> Problem | None:
    """Codes: field-needed, mobile-form."""
    if not text.strip():
        return Problem(field, "field-needed")
    return None if _MOBILE.fullmatch(kept_mobile(text)) else Problem(field, "mobile-form")


def address_problem(field: str, text: str) -> Problem | None:
    """What is wrong with a mobile number or e-mail address. Codes: field-needed, address-form, and those of email_problem."""
    if not text.strip():
        return Problem(field, "field-needed")
    kept = kept_address(text)
    if "@" in kept:
        return email_problem(field, kept, LOG_IN_LONGEST)
    return None if _MOBILE.fullmatch(kept) else Problem(field, "address-form")
