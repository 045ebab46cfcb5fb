"""How many wait before an application, and whom an expedite would go before: counted from the queue as it is."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlmodel import Session

from domain.calendar import china_date, end_of
from domain.lifecycle import ApplicationState
from domain.messages import Policy
from domain.promises import Passed
from infra.promises import same_day
from infra.queries.calendar import calendar
from infra.queries.peak import peak_now
from infra.queries.queue_order import Place, ahead, due, in_order, parts_of, rank, took_time
from infra.queries.scope import utc
from infra.tables import ApplicationRow

LAST = "~"
"""After every number: the place of one that is not submitted yet."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many wait before an application; `expedited` of them are expedited. `passed`: those that it would go before, expedited now."""

    ahead: int = 0
    expedited: int = 0
    passed: Passed = field(default_factory=Passed)


def standing_of(session: Session, number: str, sooner: datetime, now: datetime) -> Standing | None:
    """Of an application under review; None of one that does not wait. `sooner` is what an expedite would promise."""
    fair = peak_now(session, now) is not None
    row: Any = ApplicationRow
    columns = (rank(), due(), row.submitted_at, row.enterprise_id)
    own = session.execute(select(*columns).where(row.number == number, row.state == ApplicationState.REVIEWING)).first()
    if own is None:
        return None
    of_rank, due_at, submitted_at, enterprise_id = own[0], utc(own[1]), utc(own[2]), own[3]
    before = or_(row.submitted_at < submitted_at, and_(row.submitted_at == submitted_at, row.number < number))
    turn = _turn(session, enterprise_id, of_rank, due_at, before) if fair else 0
    return _standing(session, (of_rank, due_at, turn, submitted_at, number), min(sooner, due_at), enterprise_id, now, fair=fair)


def standing_of_new(session: Session, enterprise_id: int, of_rank: int, due_at: datetime, sooner: datetime, now: datetime) -> Standing:
    """Of an application that would be submitted now, and promised for `due_at`."""
    fair = peak_now(session, now) is not None
    turn = _turn(session, enterprise_id, of_rank, due_at) if fair else 0
    return _standing(session, (of_rank, due_at, turn, now, LAST), min(sooner, due_at), enterprise_id, now, fair=fair)


def _standing(session: Session, place: Place, sooner: datetime, enterprise_id: int, now: datetime, *, fair: bool) -> Standing:
    # The turns of the two groups alone that it stands in, or would: of others the rank and the moment decide.
    row: Any = in_order([place[1], sooner] if fair else None, placed=False).c
    turn = _turn(session, enterprise_id, 0, sooner) if fair else 0
    # Expedited, it stands behind the other expedited ones that are due as soon.
    stays = and_(row.rank == 0, or_(row.due_at < sooner, and_(row.due_at == sooner, row.turn <= turn)))
    today = row.due_at <= end_of(china_date(now))

    def number(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    counts = (func.count(), number(row.rank == 0), number(~stays), number(and_(~stays, today)))
    found = session.execute(select(*counts).where(ahead(parts_of(row), place))).one()
    return Standing(found[0], int(found[1]), Passed(int(found[2]), int(found[3])))


def _turn(session: Session, enterprise_id: int, of_rank: int, due_at: datetime, before: Any = None) -> int:
    """The turn that comes after those of this customer (`before`: of them alone), of one rank and promised moment."""
    row: Any = ApplicationRow
    equals = select(func.count()).where(row.promised_at == due_at, row.enterprise_id == enterprise_id, rank() == of_rank, took_time())
    return int(session.execute(equals if before is None else equals.where(before)).scalar_one()) + 1


def waiting_by_kind(session: Session, enterprise_id: int, now: datetime) -> dict[str, Standing]:
    """Of an application that would be submitted now, by its kind of invoice."""
    days, policy = calendar(session), Policy()
    due_at, sooner = days.promise(now, policy.review_working_days, policy.promise_hour).due_at, same_day(days, now, policy).due_at
    kinds = {"special": 1, "ordinary": 2}
    return {kind: standing_of_new(session, enterprise_id, rank, due_at, sooner, now) for kind, rank in kinds.items()}
