"""Reviews that nobody of ours can decide: whoever has the level applied for it, or decided a level of it before."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlmodel import Session

from domain.lifecycle import ApplicationState
from domain.review_policy import Level
from infra.books.reviewers import reviewers
from infra.tables import ApplicationRow, ReviewDecisionRow


def nobody_can_decide(session: Session) -> ColumnElement[bool]:
    """A condition on `ApplicationRow`: nobody, here or away, can decide the level that is asked now."""
    row: Any = ApplicationRow
    decision: Any = ReviewDecisionRow
    people = reviewers(session)
    blocked = []
    for step in (Level.ONE, Level.TWO, Level.SUPERVISOR):
        able = [person for person, level in people.items() if level >= step]
        # One applied and one decided at each level below: where there are more people, somebody is left, and no row has to be read.
        if len(able) <= step:
            blocked.append(and_(row.review_step == step, *(_cannot(person) for person in able)))
    open_states = (ApplicationState.REVIEWING, ApplicationState.AWAITING_MATERIAL)
    # Between the last approval and what comes of it the review still stands there, and waits for nobody.
    return and_(row.state.in_(open_states), or_(false(), *blocked), ~_decided(decision.step == row.review_step))


def _cannot(person: int) -> ColumnElement[bool]:
    row: Any = ApplicationRow
    decision: Any = ReviewDecisionRow
    return or_(row.applicant_id == person, _decided(decision.by == person))


def _decided(which: ColumnElement[bool]) -> ColumnElement[bool]:
    row: Any = ApplicationRow
    decision: Any = ReviewDecisionRow
    return exists().where(decision.application_number == row.number, which)
