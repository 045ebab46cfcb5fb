"""Whether customer service is there now, as pages show it, and how long somebody has waited."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.calendar import china_date
from domain.support import CALENDAR_AHEAD, OfficeHours
from infra.queries.calendar import Calendar
from infra.settings import Settings
from web.figures import HOTLINE


@dataclass(frozen=True, slots=True)
class SupportShown:
    """How to reach us: `changes_at` is when it closes, or when it opens next."""

    hotline: str
    email: str
    is_open: bool
    changes_at: datetime


def office_hours(days: Calendar, now: datetime, since: datetime | None = None) -> OfficeHours:
    """The hours with a calendar from `since` (default: today) to as far as the next opening can be."""
    first = china_date(min(since or now, now))
    return OfficeHours(days.days(first, china_date(now) + CALENDAR_AHEAD))


def support_shown(settings: Settings, days: Calendar, now: datetime) -> SupportShown:
    hours = office_hours(days, now)
    is_open = hours.is_open(now)
    return SupportShown(HOTLINE, settings.support_email, is_open, hours.closing(now) if is_open else hours.next_opening(now))


def waited(days: Calendar, now: datetime, since: datetime) -> tuple[int, int]:
    """Hours and minutes of office time since a moment; a year at most."""
    since = max(since, now - timedelta(days=365))
    minutes = int(office_hours(days, now, since).between(since, now).total_seconds() // 60)
    return divmod(minutes, 60)
