"""Which reviewers are away, and who stands in for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.absences import Away
from domain.access import Role
from domain.calendar import CHINA, china_date
from domain.review_levels import level_of
from domain.review_policy import Level
from infra.queries.scope import utc
from infra.tables import ReviewAbsenceRow, UserRow

MOST = 200
"""Absences and people that a page lists; a team of reviewers is smaller."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of ours who reviews."""

    id: int
    name: str
    level: Level


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence that has not ended: from a day until another one, both away."""

    id: int
    person_id: int
    person: str
    first_day: date
    last_day: date
    substitute_id: int | None
    substitute: str
    note: str
    made_by: str

    def is_on(self, today: date) -> bool:
        return self.first_day <= today <= self.last_day


def away_on(session: Session, today: date) -> Mapping[int, Away]:
    """Who is away on a day in China."""
    row: Any = ReviewAbsenceRow
    found = session.execute(
        select(row.person, row.from_day, row.until_day, row.substitute, row.made_at)
        .where(row.from_day <= today, row.until_day >= today, row.ended_at.is_(None))
        .order_by(row.id.desc())
    )
    away = {}
    for each in found:
        since = max(datetime.combine(each.from_day, time.min, tzinfo=CHINA), utc(each.made_at))
        away[each.person] = Away(each.person, utc(since), each.until_day, each.substitute)
    return away


def colleagues(session: Session) -> tuple[Colleague, ...]:
    """Everybody who reviews, by name."""
    person: Any = UserRow
    found = session.execute(
        select(person.id, person.name, person.role, person.level)
        .where(person.role.in_((Role.REVIEWER, Role.SUPERVISOR)), ~col(UserRow.disabled))
        .order_by(person.name, person.id)
        .limit(MOST)
    )
    return tuple(Colleague(each.id, each.name, level_of(each.role, each.level)) for each in found)


def absences(session: Session, now: datetime, person: int | None = None) -> tuple[Absence, ...]:
    """Absences that are not over, the next one first; of one person, or everybody's."""
    row: Any = ReviewAbsenceRow
    who, substitute, maker = aliased(UserRow), aliased(UserRow), aliased(UserRow)
    statement = (
        select(row, col(who.name).label("who"), col(substitute.name).label("instead"), col(maker.name).label("maker"))
        .join(who, col(who.id) == row.person)
        .outerjoin(substitute, col(substitute.id) == row.substitute)
        .join(maker, col(maker.id) == row.made_by)
        .where(row.until_day >= china_date(now), row.ended_at.is_(None))
        .order_by(row.from_day, row.id)
        .limit(MOST)
    )
    if person is not None:
        statement = statement.where(row.person == person)
    return tuple(
        Absence(
            each[0].id,
            each[0].person,
            each.who,
            each[0].from_day,
            each[0].until_day,
            each[0].substitute,
            each.instead or "",
            each[0].note,
            each.maker,
        )
        for each in session.execute(statement)
    )
