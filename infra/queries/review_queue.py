"""The review desk's queue, in the order of work."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, or_, select
from sqlmodel import Session, col

from domain.calendar import CHINA, china_date
from domain.lifecycle import ApplicationState
from domain.material import MaterialState
from domain.review import read_checks
from infra.queries.scope import utc, utc_or_none
from infra.tables import (
    ApplicationRow,
    EnterpriseRow,
    MaterialRequestRow,
)

PAGE = 50
SHOWS = ("all", "expedited", "special", "overdue", "customer")
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
    came: bool = False
    """Whether its customer has sent what was asked for."""

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
    customer: int = 0
    """Of those that wait for their customer and not for us."""


def _row() -> Any:
    table: Any = ApplicationRow
    return table


def _rank() -> Any:
    return case((_row().expedited, 0), (_row().kind == "special", 1), else_=2)


def _due() -> Any:
    """The promised moment; one without a promise is due at once."""
    return func.coalesce(_row().promised_at, _row().submitted_at)


def _asked_until() -> Any:
    """When the material is due that an application waits for."""
    asked: Any = MaterialRequestRow
    return select(asked.due_at).where(asked.application_number == _row().number, asked.state == MaterialState.OPEN).scalar_subquery()


def _came() -> Any:
    asked: Any = MaterialRequestRow
    return exists().where(asked.application_number == _row().number, asked.state == MaterialState.ANSWERED)


def queue(session: Session, show: str, now: datetime, after: Place | None = None, limit: int = PAGE) -> QueuePage:
    """One page of the queue: expedited first, then special, then by due moment. `customer`: what waits for its customer instead."""
    table = _row()
    state = ApplicationState.AWAITING_MATERIAL if show == "customer" else ApplicationState.REVIEWING
    rank, due = _rank(), _asked_until() if show == "customer" else _due()
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
            _came().label("came"),
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == table.enterprise_id)
        .where(table.state == state)
    )
    if show == "expedited":
        statement = statement.where(table.expedited)
    elif show == "special":
        statement = statement.where(table.kind == "special")
    elif show == "overdue":
        statement = statement.where(due <= now)
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
        came=row.came,
    )


def queue_counts(session: Session, now: datetime) -> QueueCounts:
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
        ).where(table.state == ApplicationState.REVIEWING)
    ).one()
    asked = session.execute(select(func.count()).where(table.state == ApplicationState.AWAITING_MATERIAL)).scalar_one()
    return QueueCounts(row[0], int(row[1]), int(row[2]), int(row[3]), int(row[4]), utc_or_none(row[5]), asked)
