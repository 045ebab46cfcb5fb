"""Promises of review: what an expedite brings, and how promises move when the calendar does (features 21, 44)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import Promise, china_date
from domain.lifecycle import ApplicationState
from domain.messages import Policy
from infra.books.life import application_life, tell
from infra.database import Database
from infra.queries.calendar import Calendar, calendar
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow, LifeEventRow, MaterialRequestRow

_AT_ONCE = 200
"""Applications of one transaction."""


def same_day(days: Calendar, now: datetime, policy: Policy) -> Promise:
    """Expedited: today by the promise hour when today is worked and the hour is not past, else on the next working day."""
    promise = days.promise(now - timedelta(days=1), 1, policy.promise_hour)
    if promise.due_on == china_date(now) and promise.due_at > now:
        return promise
    return days.promise(now, 1, policy.promise_hour)


def move_promises(database: Database, policy: Policy, now: datetime) -> int:
    """Bring the promise of each application under review in line with today's calendar; says how many moved.

    It is counted anew from the submission, from the enterprise's own approval, or from the material that came (or the expedite).
    A promise that was broken stays broken, and none moves into the past.
    What was moved stays so when this ends half-way, and the next call does the rest.
    """
    moved, after = 0, ""
    while True:
        with database.write() as session:
            days = calendar(session)
            statement = (
                select(ApplicationRow)
                .where(col(ApplicationRow.state) == ApplicationState.REVIEWING, col(ApplicationRow.number) > after)
                .where(col(ApplicationRow.calendar_version) != days.version)
                .order_by(col(ApplicationRow.number))
                .limit(_AT_ONCE)
                .with_for_update()
            )
            rows = list(session.execute(statement).scalars())
            moved += sum(_move(session, row, days, policy, now) for row in rows)
        if len(rows) < _AT_ONCE:
            return moved
        after = rows[-1].number


def _move(session: Session, row: ApplicationRow, days: Calendar, policy: Policy, now: datetime) -> bool:
    before = utc_or_none(row.promised_at)
    if before is None or before <= now:
        return False
    promise = _promise(session, row, days, policy)
    row.calendar_version = days.version
    session.add(row)
    if promise.due_at <= now:
        return False
    row.promise_estimated = promise.estimated
    if promise.due_at == before:
        return False
    row.promised_at = promise.due_at
    facts = {"moment": promise.due_at.isoformat(), "calendar": days.version}
    return tell(session, application_life(row.number), f"promise-moved-{days.changes}", "promise-moved", now, facts=facts)


def _promise(session: Session, row: ApplicationRow, days: Calendar, policy: Policy) -> Promise:
    signed_off = session.get(LifeEventRow, (application_life(row.number), "signed-off"))
    since = utc(_answered_at(session, row.number) or (signed_off.at if signed_off is not None else row.submitted_at))
    plain = days.promise(since, policy.review_working_days, policy.promise_hour)
    expedited = session.get(LifeEventRow, (application_life(row.number), "expedited")) if row.expedited else None
    if expedited is None:
        return plain
    return min(plain, same_day(days, max(since, utc(expedited.at)), policy), key=lambda promise: promise.due_at)


def _answered_at(session: Session, number: str) -> datetime | None:
    """When the newest material came, or was done without."""
    rows = select(func.max(MaterialRequestRow.answered_at)).where(col(MaterialRequestRow.application_number) == number)
    return session.execute(rows).scalar()
