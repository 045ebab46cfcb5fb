"""The review desk's queue, in the order of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, literal_column, select
from sqlmodel import Session, col

from domain.calendar import CHINA, china_date
from domain.lifecycle import ApplicationState
from domain.material import MaterialState
from domain.review import read_checks
from infra.people import Person
from infra.queries.peak import peak_now
from infra.queries.queue_order import Place, ahead, behind, due, groups, place_of, rank, turns
from infra.queries.queue_people import decidable_by, held, of_people
from infra.queries.scope import utc, utc_or_none
from infra.tables import (
    ApplicationRow,
    EnterpriseRow,
    MaterialRequestRow,
    UserRow,
)

PAGE = 50
SHOWS = ("all", "expedited", "special", "overdue", "mine", "free", "level", "customer")


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
    turn: int = 0
    """Which of its customer's among equals, while customers take turns; else 0."""
    step: int = 1
    """The level that is asked now."""
    holder: str = ""
    """Who has it to themselves now; empty for nobody."""
    came: bool = False
    """Whether its customer has sent what was asked for."""

    @property
    def place(self) -> Place:
        return (self.rank, self.due_at, self.turn, self.submitted_at, self.number)

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
    customer: int = 0
    """Of those that wait for their customer and not for us."""


def _row() -> Any:
    table: Any = ApplicationRow
    return table


def queue(
    session: Session, show: str, now: datetime, after: Place | None = None, limit: int = PAGE, *, me: Person | None = None
) -> QueuePage:
    """One page of the queue: expedited first, then special, then by due moment; equals by submission, in a peak by turns.

    A page after a place keeps the order that the place was taken from, also when the peak has begun or ended in between.
    `me` is whose `mine` and `level` are shown; `customer` shows what waits for its customer instead, by when that is due.
    """
    table = _row()
    fair = show != "customer" and (bool(after[2]) if after else peak_now(session, now) is not None)
    parts, taking = _parts(_of_page(session, show, now, after, limit, me) if fair else None, show)
    statement = (
        select(
            table.number,
            col(EnterpriseRow.name).label("customer"),
            table.title_name,
            table.amount_fen,
            table.kind,
            table.medium,
            table.expedited,
            parts[1].label("due_at"),
            table.submitted_at,
            table.findings,
            table.score,
            table.level,
            parts[0].label("rank"),
            parts[2].label("turn"),
            table.review_step,
            case((held(now), col(UserRow.name)), else_="").label("holder"),
            _came().label("came"),
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == table.enterprise_id)
        .outerjoin(UserRow, col(UserRow.id) == table.claimed_by)
        .where(table.state == _state_of(show))
    )
    statement = _shown(_joined(statement, taking), show, now, me)
    if after:
        statement = statement.where(behind(parts, after))
    found = session.execute(statement.order_by(*parts).limit(limit + 1)).all()
    rows = tuple(_queue_row(row) for row in found[:limit])
    return QueuePage(rows, rows[-1].place if len(found) > limit else None)


def in_order_of_work(statement: Any) -> Any:
    """A statement on applications in the queue's order without turns."""
    return statement.order_by(rank(), due(), _row().submitted_at, _row().number)


def neighbours(session: Session, show: str, now: datetime, number: str, me: Person | None = None) -> tuple[str, str]:
    """The numbers before and after an application in the queue, also where it does not wait any more; empty at the ends."""
    fair = show != "customer" and peak_now(session, now) is not None
    here = _place(session, show, number, fair=fair)
    if here is None:
        return "", ""
    parts, waiting = _others(show, now, number, me, _around(session, show, now, here, me) if fair else None)
    after = waiting.where(behind(parts, here)).order_by(*parts).limit(1)
    before = waiting.where(ahead(parts, here)).order_by(*(part.desc() for part in parts)).limit(1)
    return session.execute(before).scalar() or "", session.execute(after).scalar() or ""


def next_to_decide(session: Session, show: str, now: datetime, number: str, me: Person) -> str:
    """What this person can decide next: the first one after this, else the first at all; empty when nothing is left for them."""
    if show == "customer":
        return ""
    fair = peak_now(session, now) is not None
    here = _place(session, show, number, fair=fair)
    near = [_around(session, show, now, here, me)] if fair and here is not None else []
    everything = [moment for _, moment, _ in groups(session, _shown(select(), show, now, me).whereclause)] if fair else None
    for moments in (*near, everything):
        parts, waiting = _others(show, now, number, me, moments)
        waiting = waiting.where(decidable_by(me, now)).order_by(*parts).limit(1)
        found = session.execute(waiting.where(behind(parts, here))).scalar() if here is not None else None
        if found is None and moments is everything:
            found = session.execute(waiting).scalar()
        if found is not None:
            return str(found)
    return ""


def _others(show: str, now: datetime, number: str, me: Person | None, moments: Sequence[datetime] | None) -> tuple[tuple[Any, ...], Any]:
    """What else a filter shows, and the parts of its place; with turns of what is due at these moments."""
    table = _row()
    parts, taking = _parts(moments, show)
    others = select(table.number).where(table.state == _state_of(show), table.number != number)
    return parts, _shown(_joined(others, taking), show, now, me)


def _place(session: Session, show: str, number: str, *, fair: bool) -> Place | None:
    if show != "customer":
        return place_of(session, number, fair=fair)
    parts, _ = _parts(None, show)
    found: Any = session.execute(select(*parts).where(_row().number == number)).first()
    return None if found is None else tuple(found)


def _of_page(session: Session, show: str, now: datetime, after: Place | None, limit: int, me: Person | None) -> list[datetime]:
    """The due moments whose turns a page needs: of the groups that it can reach. Those behind them come later whatever their turns."""
    found, reached = [], 0
    for of_rank, moment, count in groups(session, _shown(select(), show, now, me).whereclause):
        if after is not None and (of_rank, moment) < after[:2]:
            continue
        found.append(moment)
        # Of the group that the page before ended in, nobody knows here how much is left.
        reached += 0 if after is not None and (of_rank, moment) == after[:2] else count
        if reached > limit:
            break
    return found


def _around(session: Session, show: str, now: datetime, here: Place, me: Person | None) -> list[datetime]:
    """The due moments whose turns its neighbours need: its own, and those of the groups before and after."""
    order = [(of_rank, moment) for of_rank, moment, _ in groups(session, _shown(select(), show, now, me).whereclause)]
    before = [group for group in order if group < here[:2]][-1:]
    after = [group for group in order if group > here[:2]][:1]
    return [here[1], *(moment for _, moment in before + after)]


def _parts(moments: Sequence[datetime] | None, show: str) -> tuple[tuple[Any, ...], Any]:
    """The parts of a place; with turns (of what is due at these moments) also what an application's row is joined with for them."""
    taking = turns(moments) if moments is not None else None
    # Not a bare 0: a number alone in ORDER BY is the place of a column.
    turn: Any = literal_column("(0 + 0)") if taking is None else taking.c.turn
    return (rank(), _asked_until() if show == "customer" else due(), turn, _row().submitted_at, _row().number), taking


def _state_of(show: str) -> ApplicationState:
    return ApplicationState.AWAITING_MATERIAL if show == "customer" else ApplicationState.REVIEWING


def _asked_until() -> Any:
    """When the material is due that an application waits for."""
    asked: Any = MaterialRequestRow
    open_round = (asked.application_number == _row().number) & (asked.state == MaterialState.OPEN)
    return func.coalesce(select(asked.due_at).where(open_round).scalar_subquery(), _row().submitted_at)


def _came() -> Any:
    asked: Any = MaterialRequestRow
    return exists().where(asked.application_number == _row().number, asked.state == MaterialState.ANSWERED)


def _joined(statement: Any, taking: Any) -> Any:
    return statement if taking is None else statement.join(taking, taking.c.number == _row().number)


def _shown(statement: Any, show: str, now: datetime, me: Person | None) -> Any:
    """What a filter leaves."""
    table = _row()
    if show == "expedited":
        return statement.where(table.expedited)
    if show == "special":
        return statement.where(table.kind == "special")
    if show == "overdue":
        return statement.where(due() <= now)
    return statement.where(of_people(now, me)[show]) if show in {"mine", "free", "level"} else statement


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
        turn=row.turn,
        step=max(row.review_step, 1),
        holder=row.holder or "",
        came=row.came,
    )


def queue_counts(session: Session, now: datetime, me: Person | None = None) -> QueueCounts:
    """The figures over the queue, in one statement."""
    table = _row()
    moment = due()
    end_of_day = datetime.combine(china_date(now) + timedelta(days=1), time.min, tzinfo=CHINA)

    def number(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = session.execute(
        select(
            func.count(),
            number(table.expedited),
            number(table.kind == "special"),
            number(and_(moment > now, moment <= utc(end_of_day))),
            number(moment <= now),
            func.min(table.submitted_at),
            *(number(condition) for condition in of_people(now, me).values()),
        ).where(table.state == ApplicationState.REVIEWING)
    ).one()
    asked = session.execute(select(func.count()).where(table.state == ApplicationState.AWAITING_MATERIAL)).scalar_one()
    people = (int(each) for each in (*row[6:], asked))
    return QueueCounts(row[0], int(row[1]), int(row[2]), int(row[3]), int(row[4]), utc_or_none(row[5]), *people)
