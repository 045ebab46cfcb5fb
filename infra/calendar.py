"""Operators set single days, or load a year's whole notice. Every change is a row of its own, with its number as the version.

Promises of what is under review move with it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlmodel import Session, col, delete

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.messages import Policy
from domain.notices import NoticedDay
from infra.audit import note_deed
from infra.database import Database, insert_once
from infra.promises import move_promises
from infra.queries.calendar import calendar, digest_of
from infra.tables import CalendarChangeRow, WorkingDayRow

NOTE_LONGEST = 200
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2099, 12, 31)


def set_day(database: Database, day: date, worked: bool | None, note: str, seen: int, by: int, now: datetime) -> None:
    """Set one day, or (None) leave it to the libraries again. Raises Refusal: day-far, day-note-needed, day-note-long, calendar-changed."""
    problems = []
    if not FIRST_DAY <= day <= LAST_DAY:
        problems.append(Problem("day", "day-far", {"first": FIRST_DAY.isoformat(), "last": LAST_DAY.isoformat()}))
    if not note.strip():
        problems.append(Problem("note", "day-note-needed"))
    if len(note) > NOTE_LONGEST:
        problems.append(Problem("note", "day-note-long", {"max": str(NOTE_LONGEST)}))
    if problems:
        raise Refusal(*problems)
    with database.write() as session:
        changed = {day.isoformat(): worked}
        change_id = _claim(session, seen, note.strip(), changed, by, now)
        row = session.get(WorkingDayRow, day)
        if worked is None:
            session.execute(delete(WorkingDayRow).where(col(WorkingDayRow.day) == day))
        else:
            of_notice = row.of_notice if row is not None else False
            session.merge(WorkingDayRow(day=day, worked=worked, note=note.strip(), of_notice=of_notice, set_by=by, set_at=now))
        _seal(session, change_id, note.strip(), changed, by, now)
    move_promises(database, Policy(), now)


def load_notice(database: Database, days: Sequence[NoticedDay], note: str, seen: int, by: int, now: datetime) -> int:
    """Take over a whole notice; says how many days it set. Raises Refusal: calendar-changed when another operator was first."""
    with database.write() as session:
        changed = {each.day.isoformat(): each.worked for each in days}
        change_id = _claim(session, seen, note, changed, by, now)
        for each in days:
            session.merge(WorkingDayRow(day=each.day, worked=each.worked, note=each.note or note, of_notice=True, set_by=by, set_at=now))
        _seal(session, change_id, note, changed, by, now)
    move_promises(database, Policy(), now)
    return len(days)


def _claim(session: Session, seen: int, note: str, days: Mapping[str, bool | None], by: int, now: datetime) -> int:
    """Write the change's row first: of two at the same moment only one gets the next number. Raises Refusal: calendar-changed."""
    values = {"id": seen + 1, "changed_at": now, "changed_by": by, "note": note, "days": json.dumps(days), "digest": ""}
    if calendar(session).changes != seen or not insert_once(session, CalendarChangeRow, values):
        raise Refusal(Problem("calendar", "calendar-changed"))
    return seen + 1


def _seal(session: Session, change_id: int, note: str, days: Mapping[str, bool | None], by: int, now: datetime) -> None:
    """The digest of the days as they stand now, and the audit's entry."""
    session.flush()
    day, change = WorkingDayRow, CalendarChangeRow
    rows = session.execute(select(col(day.day), col(day.worked), col(day.of_notice)).order_by(col(day.day))).all()
    digest = digest_of(tuple(row) for row in rows)
    session.execute(update(CalendarChangeRow).where(col(change.id) == change_id).values(digest=digest))
    note_deed(session, by, AuditAction.CALENDAR_CHANGED, f"calendar:{change_id}", now, reason=note, facts={"days": dict(days)})
