"""Whether a consumption record can be invoiced, and if not, why (features 5, 7, 9, 11, 13, 15)."""

from dataclasses import dataclass
from datetime import date

from domain.calendar import opens_on, period_of
from domain.errors import Problem

INVOICEABLE_MONTHS = 6


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
    seller: str = ""
    original_id: int | None = None
    taken_by: str = ""

    @property
    def available_fen(self) -> int:
        return self.invoiceable_fen - self.reserved_fen - self.invoiced_fen


def last_day(day: date) -> date:
    """The last day on which consumption of that day can be invoiced without approval: six months later (feature 15)."""
    month = day.month - 1 + INVOICEABLE_MONTHS
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def why_not(record: RecordFacts, today: date) -> Problem | None:
    """The reason why a record cannot be ticked today, or None when it can."""
    field = f"record-{record.record_id}"
    if record.seller:
        return Problem(field, "invoiced-by-seller", {"seller": record.seller})
    if record.original_id is not None:
        return Problem(field, "comes-with-its-original", {"original": str(record.original_id)})
    if not record.opened and record.invoiceable_fen < 0:
        return Problem(field, "waits-for-its-original")
    if not record.opened:
        return Problem(field, "month-not-open", {"period": record.period, "opens_on": opens_on(record.period).isoformat()})
    if record.available_fen == 0 and record.reserved_fen:
        return Problem(field, "already-reserved", {"application": record.taken_by})
    if record.available_fen == 0 and record.invoiced_fen:
        return Problem(field, "already-invoiced", {"application": record.taken_by})
    if record.available_fen <= 0:
        return Problem(field, "nothing-to-invoice")
    if today > last_day(record.day):
        return Problem(field, "past-time-limit", {"last_day": last_day(record.day).isoformat(), "period": period_of(record.day)})
    return None
