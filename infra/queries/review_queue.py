"""The review desk's queue, in the order of work."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, false, func, not_, or_, select
from sqlmodel import Session, col

from domain.calendar import CHINA, china_date
from domain.lifecycle import ApplicationState
from domain.review import read_checks
from domain.review_levels import level_of
from infra.people import Person
from infra.queries.scope import utc, utc_or_none
from infra.tables import (
    ApplicationRow,
    EnterpriseRow,
    UserRow,
)

PAGE = 50
SHOWS = ("all", "expedited", "special", "overdue", "mine", "free", "level")
Place = tuple[int, datetime, str]
"""Where a row stands in the queue: rank (0 expedited, 1 special, 2 ordinary), due moment, number."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """An application that waits for a decision. Amount in fen; `raised` counts the doubts of the automatic review."""

    number: str
    customer: str
    title_name: str
    amount_fen: int
    kind: str
    medium: str
    expedited: bool
    due_at: datetime
    submitted_at: datetime
    raised: int
    score: int
    level: int
    """Of those who review it, as `domain.review_policy.Level`."""
    rank: int
    step: int = 1
    """The level that is asked now."""
    holder: str = ""
    """Who has it to themselves now; empty for nobody."""

    @property
    def place(self) -> Place:
        return (self.rank, self.due_at, self.number)

    @property
    def group(self) -> tuple[str, datetime]:
        """What it is listed under: expedited, special or ordinary, and the due moment."""
        return (("expedited", "special", "ordinary")[self.rank], self.due_at)


@dataclass(frozen=True, slots=True)
class QueuePage:
    rows: tuple[QueueRow, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """How much waits, whatever filter is on; `oldest_at` is when the oldest was submitted."""

    waiting: int
    expedited: int
    special: int
    due_today: int
    overdue: int
    oldest_at: datetime | None
    mine: int = 0
    free: int = 0
    level: int = 0


def _row() -> Any:
    table: Any = ApplicationRow
    return table


def _rank() -> Any:
    return case((_row().expedited, 0), (_row().kind == "special", 1), else_=2)


def _due() -> Any:
    """The promised moment; one without a promise is due at once."""
    return func.coalesce(_row().promised_at, _row().submitted_at)


def queue(
    session: Session, show: str, now: datetime, after: Place | None = None, limit: int = PAGE, *, me: Person | None = None
) -> QueuePage:
    """One page of the queue: expedited first, then special, then by due moment. `me` is whose `mine` and `level` are shown."""
    table = _row()
    rank, due = _rank(), _due()
    statement = (
        select(
            table.number,
            col(EnterpriseRow.name).label("customer"),
            table.title_name,
            table.amount_fen,
            table.kind,
            table.medium,
            table.expedited,
            due.label("due_at"),
            table.submitted_at,
            table.findings,
            table.score,
            table.level,
            rank.label("rank"),
            table.review_step,
            case((_held(now), col(UserRow.name)), else_="").label("holder"),
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == table.enterprise_id)
        .outerjoin(UserRow, col(UserRow.id) == table.claimed_by)
        .where(table.state == ApplicationState.REVIEWING)
    )
    if show == "expedited":
        statement = statement.where(table.expedited)
    elif show == "special":
        statement = statement.where(table.kind == "special")
    elif show == "overdue":
        statement = statement.where(due <= now)
    elif show in {"mine", "free", "level"}:
        statement = statement.where(_of_people(now, me)[show])
    if after:
        last_rank, last_due, last_number = after
        statement = statement.where(
            or_(
                rank > last_rank,
                and_(rank == last_rank, due > last_due),
                and_(rank == last_rank, due == last_due, table.number > last_number),
            )
        )
    found = session.execute(statement.order_by(rank, due, table.number).limit(limit + 1)).all()
    rows = tuple(_queue_row(row) for row in found[:limit])
    return QueuePage(rows, rows[-1].place if len(found) > limit else None)


def _queue_row(row: Any) -> QueueRow:
    return QueueRow(
        number=row.number,
        customer=row.customer,
        title_name=row.title_name,
        amount_fen=row.amount_fen,
        kind=row.kind,
        medium=row.medium,
        expedited=row.expedited,
        due_at=utc(row.due_at),
        submitted_at=utc(row.submitted_at),
        raised=sum(check.raised for check in read_checks(row.findings)),
        score=row.score,
        level=row.level,
        rank=row.rank,
        step=max(row.review_step, 1),
        holder=row.holder or "",
    )


def _held(now: datetime) -> Any:
    return and_(_row().claimed_by.is_not(None), _row().claimed_until > now)


def _of_people(now: datetime, me: Person | None) -> dict[str, Any]:
    """The filters of who has it: mine, nobody's, and what asks for exactly my level."""
    own = level_of(me.role, me.level) if me else 0
    held = _held(now)
    return {
        "mine": and_(held, _row().claimed_by == (me.id if me else 0)),
        "free": not_(func.coalesce(held, false())),
        "level": func.coalesce(_row().review_step, 1) == int(own),
    }


def queue_counts(session: Session, now: datetime, me: Person | None = None) -> QueueCounts:
    """The figures over the queue, in one statement."""
    table = _row()
    due = _due()
    end_of_day = datetime.combine(china_date(now) + timedelta(days=1), time.min, tzinfo=CHINA)

    def number(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = session.execute(
        select(
            func.count(),
            number(table.expedited),
            number(table.kind == "special"),
            number(and_(due > now, due <= utc(end_of_day))),
            number(due <= now),
            func.min(table.submitted_at),
            *(number(condition) for condition in _of_people(now, me).values()),
        ).where(table.state == ApplicationState.REVIEWING)
    ).one()
    return QueueCounts(row[0], int(row[1]), int(row[2]), int(row[3]), int(row[4]), utc_or_none(row[5]), *(int(each) for each in row[6:]))
