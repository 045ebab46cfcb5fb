"""Promises of review: what an expedite brings, and how promises move when the calendar does (features 21, 44)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import Promise, china_date
from domain.lifecycle import ApplicationState
from domain.messages import Policy
from domain.promises import BEGINNINGS
from infra.books.life import application_life, tell
from infra.database import Database, insert_once
from infra.queries.calendar import Calendar, calendar
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow, LifeEventRow, MovedPromiseRow

_AT_ONCE = 200
"""Applications of one transaction."""

LEAST_LEFT = timedelta(minutes=30)
"""An expedite that comes later than so long before the promise hour is promised for the next working day: nobody could keep it today."""


def same_day(days: Calendar, now: datetime, policy: Policy) -> Promise:
    """Expedited: today by the promise hour when today is worked and there is time left for it, else on the next working day."""
    promise = days.promise(now - timedelta(days=1), 1, policy.promise_hour)
    if promise.due_on == china_date(now) and promise.due_at - now >= LEAST_LEFT:
        return promise
    return days.promise(now, 1, policy.promise_hour)


def move_promises(database: Database, policy: Policy, now: datetime) -> int:
    """Bring the promise of each application under review in line with today's calendar; says how many moved.

    It is counted anew from the submission, from the enterprise's own approval or from the answer with material; what was expedited is
    promised for the same day, counted from the expedite or from an answer that came after it. A
    promise that was broken stays broken, and none moves into the past. A life that waits for a promise that comes earlier now has to be
    told (`moved_promise`); one that comes later it finds by itself, when the moment that it waits for has come.
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
    key = f"promise-moved-{days.changes}"
    if promise.due_at < before:
        values = {"application_number": row.number, "key": key, "moved_at": now}
        if not insert_once(session, MovedPromiseRow, values):
            session.get_one(MovedPromiseRow, row.number).key = key
    return tell(session, application_life(row.number), key, "promise-moved", now, facts=facts)


def _promise(session: Session, row: ApplicationRow, days: Calendar, policy: Policy) -> Promise:
    since = _begins_at(session, row)
    plain = days.promise(since, policy.review_working_days, policy.promise_hour)
    expedited = session.get(LifeEventRow, (application_life(row.number), "expedited")) if row.expedited else None
    if expedited is None:
        return plain
    return min(plain, same_day(days, max(since, utc(expedited.at)), policy), key=lambda promise: promise.due_at)


def _begins_at(session: Session, row: ApplicationRow) -> datetime:
    """What the promise is counted from: the submission, or what began it anew since."""
    event = LifeEventRow
    statement = select(func.max(col(event.at))).where(
        col(event.life) == application_life(row.number), col(event.kind).in_(list(BEGINNINGS))
    )
    return utc(session.execute(statement).scalar_one() or row.submitted_at)
