"""Whether a consumption record can be invoiced, and if not, why (features 5, 7, 9, 11, 13, 15)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from domain.calendar import opens_on, period_of
from domain.errors import Problem
from domain.statements import charged_by

INVOICEABLE_MONTHS = 6
BACK_INVOICING_MONTHS = 12
"""Until then what is past its six months can be invoiced when a supervisor grants it."""


class Standing(StrEnum):
    """Where a record stands, as the database computes it from its row; time limits that passed today come on top.

    So does whether its month is open: a record that is not is `FREE` (or `NOTHING`) all the same.
    """

    FREE = "free"
    HELD = "held"
    """All of it is held for arrears; it can be ticked to cover them."""
    EXPIRED = "expired"
    WAITING = "waiting"
    """A negative whose original is not known yet."""
    BOUND = "bound"
    """A negative that comes with its original."""
    SELLER = "seller"
    ASSISTED = "assisted"
    RESERVED = "reserved"
    INVOICED = "invoiced"
    NOTHING = "nothing"


TICKABLE = (Standing.FREE, Standing.HELD)


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What the rules need to know of a record. Amounts in fen; `taken_by` is the application that has it."""

    record_id: int
    day: date
    period: str
    invoiceable_fen: int
    reserved_fen: int
    invoiced_fen: int
    opened: bool
    """Its month's statement is out."""
    seller: str = ""
    assisted: str = ""
    original_id: int | None = None
    taken_by: str = ""
    extended_to: date | None = None
    """Until when back-invoicing was granted."""
    corrects_invoice: str = ""
    """Of a negative without an original: the invoice that has what it corrects."""

    @property
    def available_fen(self) -> int:
        return self.invoiceable_fen - self.reserved_fen - self.invoiced_fen


def last_day(day: date, extended_to: date | None = None) -> date:
    """The last day on which consumption of that day can be invoiced: six months later, or as long as was granted (feature 15)."""
    own = months_after(day, INVOICEABLE_MONTHS)
    return own if extended_to is None else max(own, extended_to)


def last_day_by_approval(day: date) -> date:
    """The last day on which consumption of that day can be invoiced at all: after a year a difference adjustment is left."""
    return months_after(day, BACK_INVOICING_MONTHS)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


@lru_cache(maxsize=32)
def earliest_day(today: date) -> date:
    """The oldest day whose consumption is within its six months today."""
    return _oldest(today, INVOICEABLE_MONTHS)


@lru_cache(maxsize=32)
def earliest_day_by_approval(today: date) -> date:
    """The oldest day whose consumption can still be granted today."""
    return _oldest(today, BACK_INVOICING_MONTHS)


def _oldest(today: date, months: int) -> date:
    day = today - timedelta(days=31 * months + 4)
    while months_after(day, months) < today:
        day += timedelta(days=1)
    return day


def why_not(record: RecordFacts, today: date) -> Problem | None:
    """The reason why a record cannot be ticked today, or None when it can."""
    field = f"record-{record.record_id}"
    if record.seller:
        return Problem(field, "invoiced-by-seller", {"seller": record.seller})
    if record.original_id is not None:
        return Problem(field, "comes-with-its-original", {"original": str(record.original_id)})
    if record.assisted:
        return Problem(field, "outside-self-service", {"product": record.assisted})
    if record.invoiceable_fen < 0 and record.corrects_invoice:
        return Problem(field, "original-is-invoiced", {"invoice": record.corrects_invoice})
    if record.invoiceable_fen < 0:
        return Problem(field, "waits-for-its-original")
    if not record.opened and today >= opens_on(record.period):
        return Problem(field, "month-not-charged", {"period": record.period, "due": charged_by(record.period).isoformat()})
    if not record.opened:
        return Problem(field, "month-not-open", {"period": record.period, "opens_on": opens_on(record.period).isoformat()})
    if record.available_fen == 0 and record.reserved_fen:
        return _taken(field, "already-reserved", record.taken_by)
    if record.available_fen == 0 and record.invoiced_fen:
        return _taken(field, "already-invoiced", record.taken_by)
    if record.available_fen <= 0:
        return Problem(field, "nothing-to-invoice")
    limit = last_day(record.day, record.extended_to)
    if today > limit:
        code = "past-time-limit" if today <= last_day_by_approval(record.day) else "past-one-year"
        return Problem(field, code, {"last_day": limit.isoformat(), "period": period_of(record.day)})
    return None


def _taken(field: str, code: str, taken_by: str) -> Problem:
    """An application has it; without a number it is one that this reader may not open."""
    return Problem(field, code, {"application": taken_by}) if taken_by else Problem(field, f"{code}:elsewhere")


PAST_LIMITS = frozenset({"past-time-limit", "past-one-year"})
"""Codes of `why_not` that say that a record is too old."""
