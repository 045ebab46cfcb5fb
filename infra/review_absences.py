"""Saying that somebody of ours is away, and that they are back. Both are in the audit; what the person had taken moves at once."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.absences import AbsenceForm, absence_days
from domain.audit import AuditAction
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.review_policy import Level
from infra.audit import note_deed
from infra.books.passing_on import pass_on_absent
from infra.books.reviewers import person_level
from infra.database import Database
from infra.tables import ReviewAbsenceRow, UserRow


class UnknownAbsence(Exception):
    """There is no such absence, it has ended, or it is not theirs to end."""


def set_absence(database: Database, form: AbsenceForm, by: int, now: datetime) -> int:
    """Keep an absence; gives its number.

    Raises Refusal: those of `absence_days`, absence-person, absence-overlap (first_day, last_day), substitute-self, substitute-level,
    substitute-away (name, first_day, last_day) unless `chained`.
    """
    first, last = absence_days(form, china_date(now))
    with database.write() as session:
        person = session.get(UserRow, form.person, with_for_update=True)  # two absences at once would not see each other
        level = person_level(session, form.person)
        if person is None or level is Level.NONE:
            raise Refusal(Problem("person", "absence-person"))
        problems = [*_overlap(session, form.person, first, last), *_substitute(session, form, level, first, last)]
        if problems:
            raise Refusal(*problems)
        row = ReviewAbsenceRow(
            person=form.person, from_day=first, until_day=last, substitute=form.substitute, note=form.note.strip(), made_by=by, made_at=now
        )
        session.add(row)
        session.flush()
        facts = {"from": first.isoformat(), "until": last.isoformat(), "substitute": form.substitute}
        note_deed(session, by, AuditAction.ABSENCE_SET, f"person:{form.person}", now, reason=row.note, facts=facts)
        pass_on_absent(session, china_date(now), now)
        assert row.id is not None  # noqa: S101 (flushed)
        return row.id


def end_absence(database: Database, absence: int, by: int, now: datetime, *, supervises: bool) -> int:
    """The person is back, or does not go: their own one, or a supervisor anybody's; gives whose it was. Raises UnknownAbsence."""
    with database.write() as session:
        row = session.get(ReviewAbsenceRow, absence, with_for_update=True)
        if row is None or row.ended_at is not None or (row.person != by and not supervises):
            raise UnknownAbsence
        row.ended_at, row.ended_by = now, by
        session.add(row)
        note_deed(session, by, AuditAction.ABSENCE_ENDED, f"person:{row.person}", now)
        return row.person


def _overlap(session: Session, person: int, first: date, last: date) -> list[Problem]:
    found = _between(session, person, first, last)
    return [Problem("first_day", "absence-overlap", _days(found))] if found is not None else []


def _substitute(session: Session, form: AbsenceForm, level: Level, first: date, last: date) -> list[Problem]:
    if form.substitute is None:
        return []
    if form.substitute == form.person:
        return [Problem("substitute", "substitute-self")]
    if person_level(session, form.substitute) < level:
        return [Problem("substitute", "substitute-level")]
    found = _between(session, form.substitute, first, last)
    if found is None or form.chained:
        return []
    name = session.get_one(UserRow, form.substitute).name
    instead = session.get(UserRow, found.substitute) if found.substitute is not None else None
    params = {"name": name, **_days(found), **({"instead": instead.name} if instead else {})}
    return [Problem("substitute", "substitute-away" if instead else "substitute-away-alone", params)]


def _between(session: Session, person: int, first: date, last: date) -> ReviewAbsenceRow | None:
    """The first absence of a person that touches these days."""
    row: Any = ReviewAbsenceRow
    statement = (
        select(ReviewAbsenceRow)
        .where(row.person == person, row.from_day <= last, row.until_day >= first, row.ended_at.is_(None))
        .order_by(col(ReviewAbsenceRow.from_day))
        .limit(1)
    )
    found: ReviewAbsenceRow | None = session.execute(statement).scalars().first()
    return found


def _days(row: ReviewAbsenceRow) -> dict[str, str]:
    return {"first_day": row.from_day.isoformat(), "last_day": row.until_day.isoformat()}
