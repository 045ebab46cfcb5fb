"""Reading an enterprise's own approval: that of one application, what waits for a person, and who sees it because of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from infra.people import Person
from infra.queries.scope import Scope, utc, utc_or_none
from infra.tables import ApplicationRow, SignOffDecisionRow, SignOffRow, SignOffSeatRow, UserRow

MOST = 10


@dataclass(frozen=True, slots=True)
class SignOffSaid:
    """A decision on one level. `by` is empty for the OA, whose `reference` it then has."""

    level: int
    by: str
    approved: bool
    reason: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SignOffSeen:
    """The sign-off of an application. `waiting_for` are the names, `waiting_ids` the ids of those whose turn it is."""

    state: str
    by_oa: bool
    version: int
    level: int
    levels: int
    asked_at: datetime
    due_at: datetime
    oa_asked_at: datetime | None
    trouble: str
    waiting_for: tuple[str, ...]
    waiting_ids: tuple[int, ...]
    said: tuple[SignOffSaid, ...]

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class WaitingSignOff:
    number: str
    amount_fen: int
    applicant: str
    due_at: datetime


def sign_off_of(session: Session, number: str) -> SignOffSeen | None:
    """None when its enterprise was not asked. Whoever asks must check who may see the application."""
    row = session.get(SignOffRow, number)
    if row is None:
        return None
    waiting = _seated(session, number)
    return SignOffSeen(
        state=row.state,
        by_oa=row.by_oa,
        version=row.version,
        level=row.level,
        levels=row.levels,
        asked_at=utc(row.asked_at),
        due_at=utc(row.due_at),
        oa_asked_at=utc_or_none(row.oa_asked_at),
        trouble=row.oa_trouble,
        waiting_for=tuple(name for _, name in waiting),
        waiting_ids=tuple(person for person, _ in waiting),
        said=_said(session, number),
    )


def _seated(session: Session, number: str) -> Sequence[tuple[int, str]]:
    seat: Any = SignOffSeatRow
    statement = (
        select(seat.user_id, col(UserRow.name))
        .join(UserRow, col(UserRow.id) == seat.user_id)
        .where(seat.application_number == number, seat.waits, ~col(UserRow.disabled))
        .order_by(seat.user_id)
    )
    return [(row.user_id, row.name) for row in session.execute(statement)]


def _said(session: Session, number: str) -> tuple[SignOffSaid, ...]:
    decision: Any = SignOffDecisionRow
    statement = (
        select(decision.level, col(UserRow.name), decision.verdict, decision.reason, decision.reference, decision.at)
        .join(UserRow, col(UserRow.id) == decision.by, isouter=True)
        .where(decision.application_number == number)
        .order_by(decision.level)
    )
    return tuple(
        SignOffSaid(row.level, row.name or "", row.verdict == "approve", row.reason, row.reference, utc(row.at))
        for row in session.execute(statement)
    )


def scope_on(session: Session, person: Person, number: str) -> Scope:
    """Whose rows the person may see of this one application: of all accounts of the enterprise for whoever was asked to sign it off."""
    scope = person.scope
    if scope.everybody or scope.account_id is None:
        return scope
    seat: Any = SignOffSeatRow
    asked = select(seat.level).where(seat.application_number == number, seat.user_id == person.id).limit(1)
    return scope.whole if session.execute(asked).first() is not None else scope


def waiting_sign_offs(session: Session, user_id: int) -> list[WaitingSignOff]:
    """What waits for this person to sign off, the first due first."""
    seat, row, application = _tables()
    statement = (
        select(application.number, application.amount_fen, col(UserRow.name), row.due_at)
        .select_from(seat)
        .join(row, row.application_number == seat.application_number)
        .join(application, application.number == seat.application_number)
        .join(UserRow, col(UserRow.id) == application.applicant_id)
        .where(seat.user_id == user_id, seat.waits)
        .order_by(row.due_at, application.number)
        .limit(MOST)
    )
    return [WaitingSignOff(found.number, found.amount_fen, found.name, utc(found.due_at)) for found in session.execute(statement)]


def _tables() -> tuple[Any, Any, Any]:
    return SignOffSeatRow, SignOffRow, ApplicationRow
