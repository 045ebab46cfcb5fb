"""What people who are away had taken goes to who stands in for them, or back to the queue."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from domain.absences import stand_in
from domain.lifecycle import ApplicationState
from domain.review_levels import HANDED
from infra.books.life import application_life, tell
from infra.books.reviewers import why_not_person
from infra.queries.review_absences import away_on
from infra.tables import ApplicationRow

BATCH = 200


def pass_on_absent(session: Session, today: date, now: datetime) -> int:
    """A batch of what was taken before its person was away. What they take while they are away stays theirs; so a repeat does nothing."""
    away = away_on(session, today)
    passed = 0
    for each in away.values():
        instead = stand_in(each.person, away)
        statement = (
            select(ApplicationRow)
            .where(
                col(ApplicationRow.state) == ApplicationState.REVIEWING,
                col(ApplicationRow.claimed_by) == each.person,
                col(ApplicationRow.claimed_until) > now,
                col(ApplicationRow.claimed_at) < each.since,
            )
            .order_by(col(ApplicationRow.number))
            .limit(BATCH - passed)
            .with_for_update()
        )
        for application in session.exec(statement).all():
            _pass(session, application, each.person, instead, now)
            passed += 1
    return passed


def _pass(session: Session, application: ApplicationRow, person: int, instead: int | None, now: datetime) -> None:
    can = instead is not None and not why_not_person(session, application, instead)
    if can:
        application.claimed_by, application.claimed_at, application.claimed_until = instead, now, now + HANDED
    else:
        application.claimed_by = application.claimed_at = application.claimed_until = None
    session.add(application)
    kind = "passed-on" if can else "passed-back"
    facts = {"meant": person, "to": instead or 0}
    tell(session, application_life(application.number), f"passed-on-{person}-{now.isoformat()}", kind, now, facts=facts)
