"""Application numbers: drawn with the form, the key of everything that follows."""

import re
from datetime import date, timedelta

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a number can be read out and typed."""

RANDOM_BYTES = 5
"""40 bits make 8 characters."""

_FORM = re.compile(f"KP-[0-9]{{6}}-[{ALPHABET}]{{8}}")


def application_number(random: bytes, today: date) -> str:
    """`KP-yymmdd-XXXXXXXX` of the day in China and five random bytes. Raises ValueError for another count of bytes."""
    return drawn_number("KP", random, today)


def drawn_number(kind: str, random: bytes, today: date) -> str:
    """The same for another kind of thing, by its two letters: KP application, RZ real-name authentication."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a number takes {RANDOM_BYTES} random bytes, not {len(random)}")
    value = int.from_bytes(random)
    drawn = "".join(ALPHABET[value >> shift & 31] for shift in range(35, -1, -5))
    return f"{kind}-{today:%y%m%d}-{drawn}"


def is_application_number(text: str) -> bool:
    """Whether a text has the form of a number we draw."""
    return _FORM.fullmatch(text) is not None


def is_fresh_number(text: str, today: date) -> bool:
    """Whether a text has the form of a number that a form drew today or yesterday, in China."""
    return is_application_number(text) and text[3:9] in (f"{today:%y%m%d}", f"{today - timedelta(days=1):%y%m%d}")


def is_drawn_number(kind: str, text: str) -> bool:
    """Whether a text has the form of a number of this kind."""
    return text.startswith(f"{kind}-") and is_application_number(f"KP-{text[3:]}")
