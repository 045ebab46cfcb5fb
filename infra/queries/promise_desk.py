"""Promises that will likely not hold, those that are broken, and those that were kept too late: for the supervisor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, false, func, or_, select
from sqlmodel import Session, col

from domain.calendar import china_date, start_of
from domain.lifecycle import ApplicationState
from domain.promises import Pace, working_hours
from infra.queries.calendar import calendar
from infra.queries.peak import peak_now
from infra.queries.queue_order import due, in_order, rank
from infra.queries.review_blocked import nobody_can_decide
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow, EnterpriseRow, UserRow

PAGE = 50
EXPORT_MOST = 10_000
SHOWS = ("risk", "broken", "late")
"""Likely not reached, or nobody can decide it; open and past its moment; decided after it."""
KINDS = ("expedited", "special", "ordinary")
PACE_DAYS = 5
"""Working days before today by whose decisions the pace is counted, and today up to now."""
SOON_HOURS = 4.0
"""Without any decision in these days, what is due within so many working hours is at risk."""


@dataclass(frozen=True, slots=True)
class PromiseFilter:
    """As it stands in the address. `after`: due moment and number of the last row of the page before."""

    show: str = "risk"
    kind: str = ""
    level: int = 0
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """An application whose promise is at risk or broken. `position` is its place in the queue, 0 of a decided one. Amount in fen."""

    number: str
    customer: str
    amount_fen: int
    kind: str
    medium: str
    rank: int
    level: int
    due_at: datetime
    submitted_at: datetime
    position: int
    holder: str
    """Who has it: who decided it, or holds it now; empty when nobody does."""
    decided_at: datetime | None = None
    blocked_step: int = 0
    """The level that is asked, where nobody of ours can decide it; 0 otherwise."""


@dataclass(frozen=True, slots=True)
class PromisePage:
    rows: tuple[PromiseRow, ...]
    next: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class PromiseCounts:
    waiting: int
    risk: int
    broken: int
    late: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """The pace of these days, and for each moment that something is promised for how many of the queue are decided by then."""

    pace: Pace
    reached: tuple[tuple[datetime, int], ...]


def outlook(session: Session, now: datetime) -> Outlook:
    """By the decisions of people in the last working days."""
    row: Any = ApplicationRow
    today = china_date(now)
    days = calendar(session).days(today - timedelta(days=60), today + timedelta(days=120))
    first, worked = today, 0
    while worked < PACE_DAYS:
        first -= timedelta(days=1)
        worked += days.is_working_day(first)
    recent = (row.decided_at >= start_of(first), row.decided_at <= now, row.decided_by.is_not(None))
    decided = session.execute(select(func.count()).where(*recent)).scalar_one()
    pace = Pace(decided, working_hours(days, start_of(first), now))
    moments = session.execute(select(row.promised_at).where(row.state == ApplicationState.REVIEWING, row.promised_at > now).distinct())
    reached = []
    for moment in sorted(utc(found) for found in moments.scalars()):
        hours = working_hours(days, now, min(moment, start_of(days.last)))
        reached.append((moment, pace.reaches(hours) if decided else (10**9 if hours > SOON_HOURS else 0)))
    return Outlook(pace, tuple(reached))


def promise_counts(session: Session, seen: Outlook, since: datetime, now: datetime) -> PromiseCounts:
    """How many there are of each list; `since` bounds those that were decided late."""
    row: Any = ApplicationRow
    reviewing = row.state == ApplicationState.REVIEWING
    waiting, broken = session.execute(
        select(func.count(), func.count().filter(due() <= now)).select_from(ApplicationRow).where(reviewing)
    ).one()
    queue = in_order(fair=peak_now(session, now) is not None)
    risk = session.execute(
        select(func.count()).select_from(queue).join(row, row.number == queue.c.number).where(_at_risk(session, queue.c, seen, now))
    ).scalar_one()
    late = session.execute(select(func.count()).select_from(ApplicationRow).where(*_late(since, now))).scalar_one()
    return PromiseCounts(waiting, risk, broken, late)


def promises_page(session: Session, chosen: PromiseFilter, seen: Outlook, since: datetime, now: datetime, limit: int = PAGE) -> PromisePage:
    """One page of a list, what is due first at the top."""
    row: Any = ApplicationRow
    queue = in_order(fair=peak_now(session, now) is not None)
    position = func.coalesce(queue.c.position, 0).label("position")
    statement: Select[Any] = select(
        row.number,
        col(EnterpriseRow.name).label("customer"),
        row.amount_fen,
        row.kind,
        row.medium,
        rank().label("rank"),
        row.level,
        due().label("due_at"),
        row.submitted_at,
        position,
        col(UserRow.name).label("holder"),
        row.decided_at,
        row.review_step,
        nobody_can_decide(session).label("blocked"),
    ).join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
    if chosen.show == "late":
        statement = statement.outerjoin(queue, false()).outerjoin(UserRow, col(UserRow.id) == row.decided_by).where(*_late(since, now))
    else:
        statement = statement.join(queue, queue.c.number == row.number).outerjoin(UserRow, col(UserRow.id) == _holder(now))
        statement = statement.where(due() <= now if chosen.show == "broken" else _at_risk(session, queue.c, seen, now))
    if chosen.kind in KINDS:
        statement = statement.where(rank() == KINDS.index(chosen.kind))
    if chosen.level:
        statement = statement.where(row.level == chosen.level)
    if chosen.after:
        moment, number = chosen.after
        statement = statement.where(or_(due() > moment, and_(due() == moment, row.number > number)))
    found = session.execute(statement.order_by(due(), row.number).limit(limit + 1)).all()
    rows = tuple(
        PromiseRow(
            number=each.number,
            customer=each.customer,
            amount_fen=each.amount_fen,
            kind=each.kind,
            medium=each.medium,
            rank=each.rank,
            level=each.level,
            due_at=utc(each.due_at),
            submitted_at=utc(each.submitted_at),
            position=each.position,
            holder=each.holder or "",
            decided_at=utc_or_none(each.decided_at),
            blocked_step=each.review_step if each.blocked else 0,
        )
        for each in found[:limit]
    )
    return PromisePage(rows, (rows[-1].due_at, rows[-1].number) if len(found) > limit else None)


def _holder(now: datetime) -> Any:
    """The person who has an open application to themselves."""
    row: Any = ApplicationRow
    return case((row.claimed_until > now, row.claimed_by))


def _at_risk(session: Session, queue: Any, seen: Outlook, now: datetime) -> Any:
    """Of the queue beside its applications: those that the pace does not reach, and those that nobody can decide."""
    slow = or_(false(), *(and_(queue.due_at == moment, queue.position > reached) for moment, reached in seen.reached))
    return or_(slow, and_(queue.due_at > now, nobody_can_decide(session)))


def _late(since: datetime, now: datetime) -> tuple[Any, ...]:
    row: Any = ApplicationRow
    return (row.promised_at >= since, row.promised_at <= now, row.decided_at > row.promised_at)
