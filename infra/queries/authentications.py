"""What pages show of real-name authentications: the customer's own, and the identity desk's queue and case."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.authentication import OPEN_STATES, AuthenticationState, IdentityCheck, Submission, shown_number
from infra.books.life import authentication_life
from infra.queries.lives import LifeEvent, events_of
from infra.queries.scope import utc, utc_or_none
from infra.tables import AttachmentRow, AuthenticationRow, EnterpriseRow, LifeEventRow, UserRow

MOST = 50


@dataclass(frozen=True, slots=True)
class Authentication:
    """One authentication as its customer sees it. `licence_number` is masked for a person."""

    number: str
    kind: str
    name: str
    licence_number: str
    legal_person: str
    contact: str
    phone: str
    email: str
    state: str
    reason: str
    submitted_at: datetime
    decided_at: datetime | None
    due_at: datetime | None
    """The promised moment of the decision; None before it waits for a person."""

    @property
    def is_open(self) -> bool:
        return not AuthenticationState(self.state).is_final


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the identity desk's queue."""

    number: str
    kind: str
    name: str
    customer: str
    submitted_at: datetime
    due_at: datetime | None
    doubts: int


@dataclass(frozen=True, slots=True)
class IdentityCase:
    """Everything that the person who decides sees. `picture_id` and `picture_type` are those of the attachment."""

    shown: Authentication
    customer: str
    enterprise_id: int
    verified_name: str
    """What the customer was verified as before; empty for the first time."""
    submitted_by: int
    submitter: str
    version: int
    checks: tuple[IdentityCheck, ...]
    picture_id: int
    picture_type: str
    events: tuple[LifeEvent, ...]
    names: Mapping[int, str]

    @property
    def doubts(self) -> int:
        return sum(not check.passed for check in self.checks)


def authentications_of(session: Session, enterprise_id: int) -> tuple[Authentication, ...]:
    """The customer's authentications, newest first."""
    row: Any = AuthenticationRow
    statement = (
        select(AuthenticationRow).where(row.enterprise_id == enterprise_id).order_by(row.submitted_at.desc(), row.number).limit(MOST)
    )
    found = session.execute(statement).scalars().all()
    due = _due(session, [each.number for each in found])
    return tuple(_shown(each, due.get(each.number)) for each in found)


def own_authentication(session: Session, enterprise_id: int, number: str) -> Authentication | None:
    """One of the customer's own; None for another's or none."""
    row = session.get(AuthenticationRow, number)
    return None if row is None or row.enterprise_id != enterprise_id else _shown(row, _due(session, [number]).get(number))


def kind_of_customer(session: Session, enterprise_id: int) -> str:
    """Which kind of customer it was verified as, or says it is: one of domain.authentication.AuthenticationKind."""
    return session.get_one(EnterpriseRow, enterprise_id).kind


def authentication_owner(session: Session, number: str) -> int | None:
    """The enterprise whose authentication has this number; None when none has."""
    row = session.get(AuthenticationRow, number)
    return None if row is None else row.enterprise_id


def is_under_way(session: Session, number: str, submission: Submission) -> bool:
    """Whether the authentication of this number says the same and has not ended."""
    row = session.get(AuthenticationRow, number)
    typed = submission.tidied()
    same = row is not None and all(
        getattr(row, name) == getattr(typed, name)
        for name in ("kind", "name", "licence_number", "legal_person", "contact", "phone", "email")
    )
    return same and row is not None and row.state in OPEN_STATES


def submitter_of(session: Session, number: str) -> int:
    """Who sent the form."""
    return session.get_one(AuthenticationRow, number).submitted_by


def own_picture(session: Session, enterprise_id: int, number: str, picture_id: int) -> AttachmentRow | None:
    """A picture that was sent for this number by this customer; None for another's."""
    row = session.get(AttachmentRow, picture_id)
    fits = row is not None and (row.enterprise_id, row.subject) == (enterprise_id, authentication_life(number))
    return row if fits else None


def identity_queue(session: Session) -> tuple[Waiting, ...]:
    """What waits for a person, the oldest first."""
    row: Any = AuthenticationRow
    statement = (
        select(row.number, row.kind, row.name, col(EnterpriseRow.name).label("customer"), row.submitted_at, row.checks)
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .where(row.state == AuthenticationState.WAITING)
        .order_by(row.submitted_at, row.number)
        .limit(MOST)
    )
    rows = session.execute(statement).all()
    due = _due(session, [each.number for each in rows])
    return tuple(
        Waiting(
            each.number,
            each.kind,
            each.name,
            each.customer,
            utc(each.submitted_at),
            due.get(each.number),
            sum(not check.passed for check in _checks(each.checks)),
        )
        for each in rows
    )


def identity_count(session: Session) -> int:
    """How many wait for a person."""
    statement = select(func.count()).select_from(AuthenticationRow).where(col(AuthenticationRow.state) == AuthenticationState.WAITING)
    found: int = session.execute(statement).scalar_one()
    return found


def identity_case(session: Session, number: str) -> IdentityCase | None:
    row = session.get(AuthenticationRow, number)
    if row is None:
        return None
    enterprise = session.get_one(EnterpriseRow, row.enterprise_id)
    attachment: Any = AttachmentRow
    life = authentication_life(number)
    statement = (
        select(attachment.id, attachment.media_type)
        .where(attachment.subject == life, attachment.sha256 == row.picture)
        .order_by(attachment.id)
    )
    picture = session.execute(statement).first()
    events = tuple(events_of(session, life))
    people = {event.by for event in events if event.by is not None} | {row.submitted_by}
    user: Any = UserRow
    names: dict[int, str] = {each.id: each.name for each in session.execute(select(user.id, user.name).where(user.id.in_(people)))}
    return IdentityCase(
        shown=_shown(row, _due(session, [number]).get(number)),
        customer=enterprise.name,
        enterprise_id=row.enterprise_id,
        verified_name=enterprise.name if enterprise.verified else "",
        submitted_by=row.submitted_by,
        submitter=names.get(row.submitted_by, ""),
        version=row.version,
        checks=_checks(row.checks),
        picture_id=picture.id if picture else 0,
        picture_type=picture.media_type if picture else "",
        events=events,
        names=names,
    )


def _shown(row: AuthenticationRow, due_at: datetime | None) -> Authentication:
    return Authentication(
        row.number,
        row.kind,
        row.name,
        shown_number(row.kind, row.licence_number),
        row.legal_person,
        row.contact,
        row.phone,
        row.email,
        row.state,
        row.reason,
        utc(row.submitted_at),
        utc_or_none(row.decided_at),
        due_at,
    )


def _checks(text: str) -> tuple[IdentityCheck, ...]:
    return tuple(IdentityCheck(**each) for each in json.loads(text))


def _due(session: Session, numbers: list[str]) -> dict[str, datetime]:
    """The promised moments, which stand in the events."""
    event: Any = LifeEventRow
    lives = [authentication_life(number) for number in numbers]
    statement = select(event.life, event.facts).where(event.life.in_(lives), event.key == "identity-waiting")
    return {
        each.life.removeprefix(authentication_life("")): datetime.fromisoformat(json.loads(each.facts)["moment"])
        for each in session.execute(statement)
    }


@dataclass(frozen=True, slots=True)
class SentPicture:
    """The picture of an authentication, in the store under its hash."""

    sha256: str
    media_type: str
    kind: str
    enterprise_id: int


def picture_of(session: Session, number: str) -> SentPicture | None:
    """None when there is no such authentication, or no picture of it."""
    row = session.get(AuthenticationRow, number)
    if row is None or not row.picture:
        return None
    attachment: Any = AttachmentRow
    statement = select(attachment.media_type).where(attachment.subject == authentication_life(number), attachment.sha256 == row.picture)
    media_type = session.execute(statement).scalars().first()
    return None if media_type is None else SentPicture(row.picture, media_type, row.kind, row.enterprise_id)
