"""Single values of a FOCUS file: amounts, moments, texts. What is not in the form below is refused, never guessed at."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from domain.titles import text_problems

APPROXIMATE = "≈"
"""Stands before an amount that came as a binary number which no written decimal can be told from: it is refused."""

WHOLE_DIGITS = 12
DECIMALS = 20


class BadValue(Exception):
    """A value that cannot be read; becomes a RowProblem."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def is_null(value: str) -> bool:
    """FOCUS 1.0 writes null as nothing; files exported from a database write `NULL`."""
    return value in ("", "NULL")


def bare(value: str) -> str:
    return "" if is_null(value) else value.strip()


@lru_cache(maxsize=20_000)
def text_faults(value: str, longest: int) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
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
            raise BadValue("value-missing")
        if text.startswith(APPROXIMATE):
            raise BadValue("amount-float")
        raise BadValue("amount-exponent" if _EXPONENT.fullmatch(text) else "amount-malformed")
    if len(match[1]) > WHOLE_DIGITS or len(match[2] or "") > DECIMALS:
        raise BadValue("amount-too-long", whole=str(WHOLE_DIGITS), decimals=str(DECIMALS))
    return Decimal(text)


def exact_or_none(text: str) -> Decimal | None:
    """The same, None for what is none."""
    try:
        return exact_amount(text)
    except BadValue:
        return None


_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)


@lru_cache(maxsize=20_000)
def read_moment(text: str) -> datetime:
    """`2026-10-01T00:00:00Z`. Without a zone it is UTC, which is what FOCUS 1.0 asks for and its own samples leave out."""
    if is_null(text):
        raise BadValue("value-missing")
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise BadValue("time-malformed")
    try:
        moment = datetime(*(int(match[i] or 0) for i in range(1, 7)), tzinfo=UTC)  # type: ignore[misc,arg-type]
        if not 2000 <= moment.year < 2100:
            raise BadValue("time-impossible")
        return moment - _offset(match[7])
    except ValueError as error:
        raise BadValue("time-impossible") from error


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 14 or minutes > 59:
        raise BadValue("time-impossible")
    size = timedelta(hours=hours, minutes=minutes)
    return -size if zone[0] == "-" else size
