"""Conditions on the review's queue that depend on people: who has an application to themselves, and who may decide it."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, false, func, not_, or_
from sqlmodel import col

from domain.review_levels import level_of
from infra.people import Person
from infra.tables import ApplicationRow, ReviewDecisionRow

_APPLICATION: Any = ApplicationRow


def held(now: datetime) -> Any:
    return and_(_APPLICATION.claimed_by.is_not(None), _APPLICATION.claimed_until > now)


def of_people(now: datetime, me: Person | None) -> dict[str, Any]:
    """The filters of who has it: mine, nobody's, and what this person can decide."""
    taken = held(now)
    return {
        "mine": and_(taken, _APPLICATION.claimed_by == (me.id if me else 0)),
        "free": not_(func.coalesce(taken, false())),
        "level": decidable_by(me, now) if me else false(),
    }


def decidable_by(me: Person, now: datetime) -> Any:
    """What this person may decide, as `domain.review_levels.why_not` says, and nobody else has to themselves."""
    earlier = exists().where(col(ReviewDecisionRow.application_number) == _APPLICATION.number, col(ReviewDecisionRow.by) == me.id)
    return and_(
        _APPLICATION.applicant_id != me.id,
        func.coalesce(_APPLICATION.review_step, 1) <= int(level_of(me.role, me.level)),
        not_(earlier),
        or_(not_(func.coalesce(held(now), false())), _APPLICATION.claimed_by == me.id),
    )
