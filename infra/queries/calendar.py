"""The calendar that every deadline goes through: the libraries' working days with the operators' own days over them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import extract, select
from sqlmodel import Session, col

from domain.calendar import Promise, WorkingDays, china_date
from infra.queries.scope import utc
from infra.tables import CalendarChangeRow, UserRow, WorkingDayRow
from infra.working_days import CALENDAR_VERSION, working_days

DAYS_AHEAD = 90
CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Calendar:
    """The libraries' years and what operators say of single days. `changes` counts the changes of the latter."""

    changes: int = 0
    digest: str = ""
    overrides: tuple[tuple[date, bool], ...] = ()
    noticed: tuple[int, ...] = ()
    """Years whose whole notice operators loaded."""

    @property
    def version(self) -> str:
        """Recorded beside a promise: by which calendar it was made. `calendar_change` says which days the number counted."""
        return f"{CALENDAR_VERSION}, days {self.changes}" if self.changes else CALENDAR_VERSION

    def days(self, first: date, last: date) -> WorkingDays:
        """The working days from `first` to `last`."""
        return _days(self.overrides, self.noticed, first, last)

    def after(self, first: date) -> WorkingDays:
        """The working days of the 90 days after a day: as far as deadlines reach."""
        return self.days(first, first + timedelta(days=DAYS_AHEAD))

    def promise(self, now: datetime, working: int, hour: int) -> Promise:
        return self.after(china_date(now)).promise(now, working, hour)


@lru_cache(maxsize=64)
def _days(overrides: tuple[tuple[date, bool], ...], noticed: tuple[int, ...], first: date, last: date) -> WorkingDays:
    return working_days(first, last, dict(overrides), noticed)


_known: dict[str, Calendar] = {}
"""Calendars by the digest of their days: the same in every database, and a change is another one."""
_KNOWN_MOST = 8


def calendar(session: Session) -> Calendar:
    """Today's calendar. One look at the newest change; the days themselves are read when it is a new one."""
    change: Any = CalendarChangeRow
    newest = session.execute(select(change.id, change.digest).order_by(change.id.desc()).limit(1)).first()
    if newest is None:
        return Calendar()
    known = _known.get(newest.digest)
    if known is None:
        day: Any = WorkingDayRow
        rows = session.execute(select(day.day, day.worked, day.of_notice).order_by(day.day)).all()
        known = Calendar(
            newest.id,
            digest_of((row.day, row.worked, row.of_notice) for row in rows),
            tuple((row.day, row.worked) for row in rows),
            tuple(sorted({row.day.year for row in rows if row.of_notice})),
        )
        if known.digest == newest.digest:  # else somebody changed the days between the two reads: good for this answer only
            while len(_known) >= _KNOWN_MOST:
                _known.pop(next(iter(_known)))
            _known[known.digest] = known
    return Calendar(newest.id, known.digest, known.overrides, known.noticed)


def digest_of(days: Any) -> str:
    """Of (day, worked, of notice) in the order of days."""
    return hashlib.sha256(json.dumps([[day.isoformat(), worked, notice] for day, worked, notice in days]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class DaySet:
    """A day that operators set."""

    day: date
    worked: bool
    note: str
    of_notice: bool
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """A change of the operators' days; `days` as in its row."""

    id: int
    changed_at: datetime
    changed_by: str
    note: str
    days: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year for the operators' page."""

    year: int
    calendar: Calendar
    days: WorkingDays
    set_days: Mapping[date, DaySet]
    changes: tuple[CalendarChange, ...]

    @property
    def estimated(self) -> bool:
        return self.year in self.days.estimated_years


def calendar_year(session: Session, year: int) -> CalendarYear:
    """A year's days, those that operators set, and the newest changes."""
    found = calendar(session)
    day, change, user = WorkingDayRow, CalendarChangeRow, UserRow
    rows = session.execute(
        select(col(day.day), col(day.worked), col(day.note), col(day.of_notice), col(day.set_at), col(user.name).label("name"))
        .outerjoin(UserRow, col(user.id) == col(day.set_by))
        .where(extract("year", col(day.day)) == year)
        .order_by(col(day.day))
    )
    changes = session.execute(
        select(col(change.id), col(change.changed_at), col(change.note), col(change.days), col(user.name).label("name"))
        .outerjoin(UserRow, col(user.id) == col(change.changed_by))
        .order_by(col(change.id).desc())
        .limit(CHANGES_SHOWN)
    )
    return CalendarYear(
        year,
        found,
        found.days(date(year, 1, 1), date(year, 12, 31)),
        {row.day: DaySet(row.day, row.worked, row.note, row.of_notice, row.name or "", utc(row.set_at)) for row in rows},
        tuple(CalendarChange(row.id, utc(row.changed_at), row.name or "", row.note, json.loads(row.days)) for row in changes),
    )
