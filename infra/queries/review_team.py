"""The supervisors' view: every application that is not decided, where it stands, with whom, and since when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, false, func, not_, or_, select
from sqlmodel import Session, col

from domain.lifecycle import UNDECIDED, ApplicationState
from domain.material import MaterialState
from infra.books.reviewers import why_not_person
from infra.queries.review_blocked import nobody_can_decide
from infra.queries.scope import utc, utc_or_none
from infra.tables import (
    ApplicationRow,
    EnterpriseRow,
    MaterialRequestRow,
    ReviewDecisionRow,
    SignOffRow,
    SignOffSeatRow,
    UserRow,
)

PAGE = 50
STAGES = ("all", "company", "material", "free", "held")
"""With its company, with its customer for material, with nobody of ours, with somebody of ours."""
Place = tuple[datetime, str]
"""When the last row before was submitted, and its number."""


@dataclass(frozen=True, slots=True)
class TeamRow:
    """An open application. Amount in fen. `who` is empty when it is nobody's in particular; `since` is when that began."""

    number: str
    customer: str
    amount_fen: int
    stage: str
    step: int
    levels: int
    holder_id: int
    who: tuple[str, ...]
    by_oa: bool
    since: datetime
    submitted_at: datetime
    due_at: datetime | None
    version: int
    blocked: bool = False
    """Nobody of ours can decide the level that is asked, today or later."""


@dataclass(frozen=True, slots=True)
class TeamPage:
    rows: tuple[TeamRow, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class PersonCount:
    id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class TeamCounts:
    """How many stand where; who of ours has how many."""

    stages: dict[str, int]
    people: tuple[PersonCount, ...]


def team(session: Session, stage: str, person: int, now: datetime, after: Place | None = None, limit: int = PAGE) -> TeamPage:
    """A page, the oldest application first. `person` 0 is everybody."""
    row: Any = ApplicationRow
    statement = _open(stage, person, now)
    if after is not None:
        statement = statement.where(or_(row.submitted_at > after[0], and_(row.submitted_at == after[0], row.number > after[1])))
    found = session.execute(statement.limit(limit + 1)).all()
    rows = _with_whom(session, [_row(each) for each in found[:limit]])
    return TeamPage(rows, (rows[-1].submitted_at, rows[-1].number) if len(found) > limit else None)


def team_rows(session: Session, numbers: Sequence[str], now: datetime) -> tuple[TeamRow, ...]:
    """Those of the numbers that are still open, the oldest first."""
    row: Any = ApplicationRow
    found = session.execute(_open("all", 0, now).where(row.number.in_(numbers))).all()
    return _with_whom(session, [_row(each) for each in found])


def team_export(session: Session, stage: str, person: int, now: datetime) -> Iterator[TeamRow]:
    """Every row under the filters, a page at a time."""
    after: Place | None = None
    while True:
        page = team(session, stage, person, now, after, limit=500)
        yield from page.rows
        after = page.next
        if after is None:
            return


def team_counts(session: Session, now: datetime) -> TeamCounts:
    row: Any = ApplicationRow
    stage = _stage(now)
    states = [str(state) for state in UNDECIDED]
    stages = session.execute(select(stage, func.count()).where(row.state.in_(states)).group_by(stage)).all()
    people = session.execute(
        select(row.claimed_by, col(UserRow.name).label("name"), func.count().label("count"))
        .join(UserRow, col(UserRow.id) == row.claimed_by)
        .where(row.state == ApplicationState.REVIEWING, _held(now))
        .group_by(row.claimed_by, col(UserRow.name))
        .order_by(func.count().desc(), col(UserRow.name))
    ).all()
    counted = {name: int(number) for name, number in stages}
    whole = {"all": sum(counted.values()), **{name: counted.get(name, 0) for name in STAGES[1:]}}
    return TeamCounts(whole, tuple(PersonCount(each[0], each[1], int(each[2])) for each in people))


def _held(now: datetime) -> Any:
    row: Any = ApplicationRow
    return func.coalesce(row.claimed_until > now, false())


def _stage(now: datetime) -> Any:
    row: Any = ApplicationRow
    return case(
        (row.state == ApplicationState.AWAITING_APPROVAL, "company"),
        (row.state == ApplicationState.AWAITING_MATERIAL, "material"),
        (_held(now), "held"),
        else_="free",
    )


def _open(stage: str, person: int, now: datetime) -> Select[Any]:
    row: Any = ApplicationRow
    statement = (
        select(
            row.number,
            col(EnterpriseRow.name).label("customer"),
            row.amount_fen,
            _stage(now).label("stage"),
            row.review_step,
            row.level,
            row.claimed_by,
            row.claimed_at,
            col(UserRow.name).label("holder"),
            row.submitted_at,
            row.promised_at,
            row.version,
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .outerjoin(UserRow, col(UserRow.id) == row.claimed_by)
        .where(row.state.in_(_states(stage)))
        .order_by(row.submitted_at, row.number)
    )
    if stage == "held" or person:
        statement = statement.where(row.state == ApplicationState.REVIEWING, _held(now))
    elif stage == "free":
        statement = statement.where(not_(_held(now)))
    return statement.where(row.claimed_by == person) if person else statement


def _states(stage: str) -> list[str]:
    one = {"company": ApplicationState.AWAITING_APPROVAL, "material": ApplicationState.AWAITING_MATERIAL}.get(stage)
    if one is not None:
        return [str(one)]
    return [str(ApplicationState.REVIEWING)] if stage in {"free", "held"} else [str(state) for state in UNDECIDED]


def _row(each: Any) -> TeamRow:
    held = each.stage == "held"
    return TeamRow(
        number=each.number,
        customer=each.customer,
        amount_fen=each.amount_fen,
        stage=each.stage,
        step=max(each.review_step, 1),
        levels=max(each.level, 1) if each.review_step else 1,
        holder_id=each.claimed_by if held else 0,
        who=(each.holder,) if held else (),
        by_oa=False,
        since=utc(each.claimed_at if held and each.claimed_at else each.submitted_at),
        submitted_at=utc(each.submitted_at),
        due_at=utc_or_none(each.promised_at),
        version=each.version,
    )


def _with_whom(session: Session, rows: Sequence[TeamRow]) -> tuple[TeamRow, ...]:
    """The rows with whom they wait for and since when: one look for each stage of the page."""
    numbers = [each.number for each in rows]
    offices, seats = _companies(session, [each.number for each in rows if each.stage == "company"])
    began, blocked = _began(session, numbers), _blocked(session, numbers)

    def told(each: TeamRow) -> TeamRow:
        since = each.since if each.stage == "held" else began.get(each.number, each.since)
        return replace(
            each, since=since, who=seats.get(each.number, each.who), by_oa=each.number in offices, blocked=each.number in blocked
        )

    return tuple(told(each) for each in rows)


def _blocked(session: Session, numbers: Sequence[str]) -> set[str]:
    row: Any = ApplicationRow
    return (
        set(session.execute(select(row.number).where(row.number.in_(numbers), nobody_can_decide(session))).scalars()) if numbers else set()
    )


def _companies(session: Session, numbers: Sequence[str]) -> tuple[set[str], dict[str, tuple[str, ...]]]:
    """Which wait for an OA, and the people in whose hands the others are."""
    if not numbers:
        return set(), {}
    sign_off: Any = SignOffRow
    seat: Any = SignOffSeatRow
    offices = session.execute(select(sign_off.application_number).where(sign_off.application_number.in_(numbers), sign_off.by_oa)).scalars()
    found = session.execute(
        select(seat.application_number, col(UserRow.name).label("name"))
        .join(UserRow, col(UserRow.id) == seat.user_id)
        .where(seat.application_number.in_(numbers), seat.waits)
        .order_by(col(UserRow.name))
    )
    seats: dict[str, tuple[str, ...]] = {}
    for each in found:
        seats[each.application_number] = (*seats.get(each.application_number, ()), each.name)
    return set(offices), seats


def _began(session: Session, numbers: Sequence[str]) -> dict[str, datetime]:
    """Since when each stands where it does: the newest of the company's approval, a decision of ours, a round of material."""
    decision: Any = ReviewDecisionRow
    material: Any = MaterialRequestRow
    sign_off: Any = SignOffRow
    asked = case((material.state == MaterialState.OPEN, material.asked_at), else_=material.answered_at)
    statements = (
        select(decision.application_number, func.max(decision.at))
        .where(decision.application_number.in_(numbers))
        .group_by(decision.application_number),
        select(material.application_number, func.max(asked))
        .where(material.application_number.in_(numbers))
        .group_by(material.application_number),
        select(sign_off.application_number, func.coalesce(sign_off.closed_at, sign_off.asked_at)).where(
            sign_off.application_number.in_(numbers)
        ),
    )
    began: dict[str, datetime] = {}
    for statement in statements if numbers else ():
        for number, moment in session.execute(statement):
            at = utc_or_none(moment)
            if at is not None:
                began[number] = max(began.get(number, at), at)
    return began


@dataclass(frozen=True, slots=True)
class Move:
    """What a release or a hand-over would do to one application; `why` is the code of what keeps it from it, empty when nothing does."""

    row: TeamRow
    why: str


def moves(session: Session, numbers: Sequence[str], to: int | None, now: datetime) -> tuple[Move, ...]:
    """What would become of open applications that are released (`to` None) or handed to somebody."""
    return tuple(Move(each, _why_not_moved(session, each, to)) for each in team_rows(session, numbers, now))


def _why_not_moved(session: Session, row: TeamRow, to: int | None) -> str:
    if row.stage in {"company", "material"}:
        return "awaiting-material" if row.stage == "material" else "over"
    if to is None:
        return "" if row.stage == "held" else "not-claimed"
    return "hand-over-cannot" if why_not_person(session, session.get_one(ApplicationRow, row.number), to) else ""
