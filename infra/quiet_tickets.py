"""Until when an answered ticket stays open without a word, by the calendar of working days."""

from datetime import date, datetime, timedelta

from domain.calendar import china_date
from domain.support import TicketState, open_until
from infra.queries.calendar import Calendar
from infra.queries.scope import utc

_HOLIDAYS = timedelta(days=40)
"""More than the days off that any span of working days can have beside its weekends in a year."""


def closes_after(days: Calendar, state: str, last_word_at: datetime, quiet_days: int) -> date | None:
    """The last day of an answered ticket; None for one in another state, or when nothing closes by itself (`quiet_days` 0)."""
    if state != TicketState.ANSWERED or not quiet_days:
        return None
    answered_on = china_date(utc(last_word_at))
    return open_until(answered_on, days.days(answered_on, answered_on + timedelta(days=2 * quiet_days) + _HOLIDAYS), quiet_days)
