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
from infra.queries.queue_order import Place, ahead, in_order, next_turn, parts_of, place_of
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
    asked = select(row.enterprise_id).where(row.number == number, row.state == ApplicationState.REVIEWING)
    enterprise_id = session.execute(asked).scalar()
    place = place_of(session, number, fair=fair)
    if enterprise_id is None or place is None:
        return None
    return _standing(session, place, min(sooner, place[1]), enterprise_id, now, fair=fair)


def standing_of_new(session: Session, enterprise_id: int, of_rank: int, due_at: datetime, sooner: datetime, now: datetime) -> Standing:
    """Of an application that would be submitted now, and promised for `due_at`."""
    fair = peak_now(session, now) is not None
    turn = next_turn(session, enterprise_id, of_rank, due_at) if fair else 0
    return _standing(session, (of_rank, due_at, turn, now, LAST), min(sooner, due_at), enterprise_id, now, fair=fair)


def _standing(session: Session, place: Place, sooner: datetime, enterprise_id: int, now: datetime, *, fair: bool) -> Standing:
    if not fair:
        return _counted(session, in_order(placed=False).c, place, sooner, 0, now)
    # The turns of the two groups alone that it stands in, or would: of others the rank and the moment decide.
    moments = [place[1], sooner]
    turn = next_turn(session, enterprise_id, 0, sooner)
    others, equals = in_order(placed=False).c, in_order(moments, placed=False).c
    far = _counted(session, others, place, sooner, turn, now, others.due_at.not_in(moments))
    near = _counted(session, equals, place, sooner, turn, now, equals.due_at.in_(moments))
    passed = Passed(far.passed.count + near.passed.count, far.passed.due_today + near.passed.due_today)
    return Standing(far.ahead + near.ahead, far.expedited + near.expedited, passed)


def _counted(session: Session, row: Any, place: Place, sooner: datetime, turn: int, now: datetime, *only: Any) -> Standing:
    """Of the waiting `row`s that come before the place; `turn` would be its own among the expedited ones that are due as soon."""
    # Expedited, it stands behind the other expedited ones that are due as soon.
    stays = and_(row.rank == 0, or_(row.due_at < sooner, and_(row.due_at == sooner, row.turn <= turn)))
    today = row.due_at <= end_of(china_date(now))

    def number(condition: Any) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    counts = (func.count(), number(row.rank == 0), number(~stays), number(and_(~stays, today)))
    found = session.execute(select(*counts).where(ahead(parts_of(row), place), *only)).one()
    return Standing(found[0], int(found[1]), Passed(int(found[2]), int(found[3])))


def waiting_by_kind(session: Session, enterprise_id: int, now: datetime) -> dict[str, Standing]:
    """Of an application that would be submitted now, by its kind of invoice."""
    days, policy = calendar(session), Policy()
    due_at, sooner = days.promise(now, policy.review_working_days, policy.promise_hour).due_at, same_day(days, now, policy).due_at
    kinds = {"special": 1, "ordinary": 2}
    return {kind: standing_of_new(session, enterprise_id, rank, due_at, sooner, now) for kind, rank in kinds.items()}
