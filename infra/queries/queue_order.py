"""The order of the review's queue, and which place an application has in it.

Expedited first, then special, then by the promised moment. Equals go by submission; while a peak is on, customers take turns
among equals, so that nobody's five hundred applications keep the others waiting.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, and_, case, func, literal_column, or_, select
from sqlmodel import Session

from domain.lifecycle import ApplicationState
from infra.queries.scope import utc
from infra.tables import ApplicationRow

RANKS = 3
Place = tuple[int, datetime, int, datetime, str]
"""Rank (0 expedited, 1 special, 2 ordinary), due moment, turn (0 without turns), when submitted, number."""


def rank(row: Any = ApplicationRow) -> Any:
    return case((row.expedited, literal_column("0")), (row.kind == "special", literal_column("1")), else_=literal_column("2"))


def due(row: Any = ApplicationRow) -> Any:
    """The promised moment; one without a promise is due at once."""
    return func.coalesce(row.promised_at, row.submitted_at)


Group = tuple[int, datetime, int]
"""Rank and due moment of equals, and how many of them wait."""


def groups(session: Session, condition: Any = None) -> list[Group]:
    """Those that wait (and fit), by rank and due moment, in the queue's order: one look at them, without turns."""
    row: Any = ApplicationRow
    parts = (rank().label("rank"), due().label("due_at"))
    statement = select(*parts, func.count()).where(row.state == ApplicationState.REVIEWING).group_by(*parts).order_by(*parts)
    if condition is not None:
        statement = statement.where(condition)
    return [(found[0], utc(found[1]), found[2]) for found in session.execute(statement)]


def took_time() -> Any:
    """A condition: not let through by the policy, which takes nobody's time and so no turn."""
    row: Any = ApplicationRow
    return or_(row.decided_at.is_(None), row.decided_by.is_not(None))


def turns(moments: Collection[datetime] | None = None) -> Subquery:
    """`number` and `turn`: which of its customer's applications of one rank and promised moment an application is, from 1.

    Of what is promised for these moments alone, where they are named: a page of a long queue needs few.

    Those that people have decided or customers have ended count, too: so a turn stays when the ones before it leave the queue,
    and a page's place stays right. Those that the policy let through took nobody's time and do not count.
    """
    row: Any = ApplicationRow
    unpromised = and_(row.promised_at.is_(None), row.state == ApplicationState.REVIEWING)
    asked: Any = moments
    if moments is None:
        asked = select(row.promised_at).where(row.state == ApplicationState.REVIEWING).distinct()
    turn = func.row_number().over(partition_by=(rank(), due(), row.enterprise_id), order_by=(row.submitted_at, row.number))
    return select(row.number, turn.label("turn")).where(or_(row.promised_at.in_(asked), unpromised), took_time()).subquery("turns")


def in_order(moments: Collection[datetime] | None = None, *, fair: bool = False, placed: bool = True) -> Subquery:
    """What waits for a decision, with the parts of its place: number, rank, due_at, turn, submitted_at, enterprise_id.

    With turns when `fair`, or of what is due at these moments alone; `placed` adds the position in the queue, from 1.
    """
    row: Any = ApplicationRow
    taking = turns(moments) if fair or moments is not None else None
    # Not a bare 0: a number alone in ORDER BY is the place of a column.
    turn: Any = literal_column("(0 + 0)") if taking is None else taking.c.turn
    parts = (rank(), due(), turn, row.submitted_at, row.number)
    columns = [
        row.number,
        parts[0].label("rank"),
        parts[1].label("due_at"),
        turn.label("turn"),
        row.submitted_at,
        row.enterprise_id,
    ]
    if placed:
        columns.append(func.row_number().over(order_by=parts).label("position"))
    statement = select(*columns).where(row.state == ApplicationState.REVIEWING)
    if taking is not None:
        # Not an outer join: SQLite would read all turns anew for each row.
        statement = statement.join(taking, taking.c.number == row.number)
    return statement.subquery("queue")


def next_turn(session: Session, enterprise_id: int, of_rank: int, due_at: datetime, before: Any = None) -> int:
    """The turn that comes after those of this customer (`before`: of them alone), of one rank and promised moment."""
    row: Any = ApplicationRow
    equals = select(func.count()).where(row.promised_at == due_at, row.enterprise_id == enterprise_id, rank() == of_rank, took_time())
    return int(session.execute(equals if before is None else equals.where(before)).scalar_one()) + 1


def place_of(session: Session, number: str, *, fair: bool) -> Place | None:
    """Where an application stands, or would if it still waited; None of an unknown one."""
    row: Any = ApplicationRow
    own = session.execute(select(rank(), due(), row.submitted_at, row.enterprise_id).where(row.number == number)).first()
    if own is None:
        return None
    of_rank, due_at, submitted_at, enterprise_id = own[0], utc(own[1]), utc(own[2]), own[3]
    before = or_(row.submitted_at < submitted_at, and_(row.submitted_at == submitted_at, row.number < number))
    return (of_rank, due_at, next_turn(session, enterprise_id, of_rank, due_at, before) if fair else 0, submitted_at, number)


def parts_of(waiting: Any) -> tuple[Any, ...]:
    """The columns of `in_order` that make a place."""
    return (waiting.rank, waiting.due_at, waiting.turn, waiting.submitted_at, waiting.number)


def behind(parts: Sequence[Any], place: Sequence[Any]) -> Any:
    """A condition: comes after this place."""
    return _compared(parts, place, lambda part, value: part > value)


def ahead(parts: Sequence[Any], place: Sequence[Any]) -> Any:
    """A condition: comes before this place."""
    return _compared(parts, place, lambda part, value: part < value)


def _compared(parts: Sequence[Any], place: Sequence[Any], differs: Any) -> Any:
    return or_(
        *(
            and_(
                *(part == value for part, value in zip(parts[:length], place[:length], strict=True)), differs(parts[length], place[length])
            )
            for length in range(len(parts))
        )
    )
