"""What the review did day by day: arrivals, decisions, how old the queue was, and which promises were kept. Counted by the database."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlmodel import Session

from domain.calendar import china_date, end_of, start_of
from domain.lifecycle import ApplicationState
from domain.material import MaterialState
from domain.promises import ReviewDay
from domain.sign_off import SignOffState
from infra.queries.queue_order import rank
from infra.queries.scope import utc
from infra.tables import ApplicationRow, LifeEventRow, MaterialRequestRow, SignOffRow

_ENDED = (str(ApplicationState.CANCELLED), str(ApplicationState.LAPSED))
LONGEST_REVIEW = timedelta(days=120)
"""Older applications are not looked at: each review has ended by then, by its own time limit."""


def review_days(session: Session, first: date, last: date, now: datetime) -> tuple[ReviewDay, ...]:
    """Each day from `first` to `last`, as far as it has come."""
    last = min(last, china_date(now))
    if last < first:
        return ()
    spans = _spans(session, first, last)
    promises = _promises(session, first, last, now)
    found = []
    for day in _each(first, last):
        arrived = sum(count for began, _, _, count in spans if began == day)
        people = sum(count for _, ended, by_people, count in spans if ended == day and by_people)
        policy = sum(count for _, ended, by_people, count in spans if ended == day and by_people is False)
        waits = sorted(((day - began).days, count) for began, ended, _, count in spans if began <= day and (ended is None or ended > day))
        waiting = sum(count for _, count in waits)
        kept = promises[day]
        found.append(ReviewDay(day, arrived, people, policy, waiting, waits[-1][0] if waits else 0, _middle(waits, waiting), *kept))
    return tuple(found)


def _each(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))


def _middle(waits: list[tuple[int, int]], waiting: int) -> int:
    """Half of them wait at least so many days."""
    passed = 0
    for days, count in waits:
        passed += count
        if 2 * passed >= waiting:
            return days
    return 0


def _spans(session: Session, first: date, last: date) -> list[tuple[date, date | None, bool | None, int]]:
    """Day of arrival, day of the end or None, and how many: decided by people (True), by the policy (False), or ended else (None)."""
    row: Any = ApplicationRow
    event: Any = LifeEventRow
    sign_off: Any = SignOffRow
    material = _material()
    approved = case((sign_off.state == SignOffState.APPROVED, sign_off.closed_at))
    since = func.coalesce(material.c.at, approved, row.submitted_at)
    began = _china_day(session, since).label("began")
    ended = _china_day(session, func.coalesce(row.decided_at, event.at)).label("ended")
    how = case((row.decided_at.is_(None), None), (row.decided_by.is_(None), 0), else_=1).label("how")
    statement = (
        select(began, ended, how, func.count())
        .select_from(row)
        .outerjoin(sign_off, sign_off.application_number == row.number)
        .outerjoin(material, material.c.number == row.number)
        .outerjoin(event, and_(row.state.in_(_ENDED), event.life == literal("application:") + row.number, event.key == row.state))
        .where(row.promised_at.is_not(None), row.submitted_at >= start_of(first) - LONGEST_REVIEW, row.submitted_at < end_of(last))
        .group_by(began, ended, how)
    )
    spans = []
    for begins, ends, by, count in session.execute(statement):
        ends_on = _day(ends)
        if ends_on is None or ends_on >= first:
            spans.append((_day(begins) or first, ends_on, None if by is None else bool(by), count))
    return spans


def _material() -> Any:
    """When the last material that was asked for came: meanwhile it waited for its customer, not for us."""
    row: Any = MaterialRequestRow
    came = select(row.application_number.label("number"), func.max(row.answered_at).label("at"))
    return came.where(row.state.in_((MaterialState.ANSWERED, MaterialState.WAIVED))).group_by(row.application_number).subquery("material")


def _promises(session: Session, first: date, last: date, now: datetime) -> dict[date, tuple[int, int, int, int]]:
    """By the day they were due: promises to expedited and special applications kept and broken, then to the others."""
    row: Any = ApplicationRow
    event: Any = LifeEventRow
    passed = select(event.key).where(event.life == literal("application:") + row.number, event.key == "overdue").exists()
    late = or_(row.decided_at > row.promised_at, and_(row.state == ApplicationState.REVIEWING, row.promised_at <= now), passed)
    kept = and_(row.decided_at.is_not(None), ~late)
    first_ones = case((rank() < 2, 1), else_=0).label("first_ones")
    # By moment, not by day: there are few moments a day, and the index gives them in order.
    statement = (
        select(row.promised_at, first_ones, func.sum(case((kept, 1), else_=0)), func.sum(case((late, 1), else_=0)))
        .where(row.promised_at >= start_of(first), row.promised_at < end_of(last))
        .group_by(row.promised_at, first_ones)
    )
    found: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for moment, is_first, held, broken in session.execute(statement):
        counts = found[china_date(utc(moment))]
        place = 0 if is_first else 2
        counts[place] += held
        counts[place + 1] += broken
    return defaultdict(lambda: (0, 0, 0, 0), {day: (one, two, three, four) for day, (one, two, three, four) in found.items()})


def _china_day(session: Session, moment: Any) -> Any:
    """The date in China of a stored moment."""
    if session.get_bind().dialect.name == "postgresql":
        return func.date(func.timezone("Asia/Shanghai", moment))
    return func.date(moment, "+8 hours")


def _day(found: object) -> date | None:
    if found is None or isinstance(found, date):
        return found
    return date.fromisoformat(str(found))
