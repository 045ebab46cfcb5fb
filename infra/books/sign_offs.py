"""The books of an enterprise's own approval (`domain.books.SignOffBooks`) on the database."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.access import Role
from domain.errors import Problem
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Note, Policy, SignOffAsked, SignOffDecision, SignOffOutcome, Verdict
from domain.sign_off import Level, SignOffMode, SignOffRule, SignOffState, can_be_settled, reminded_at, seats_of
from infra.books.items import items_of, move_items
from infra.books.life import Fact, answer, application_life, tell
from infra.database import Database
from infra.queries.calendar import calendar
from infra.queries.scope import utc_or_none
from infra.tables import ApplicationRow, NoteRow, SignOffDecisionRow, SignOffRow, SignOffRuleRow, SignOffSeatRow, UserRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who has to sign off an application that is being reserved: a seat for each level, or the OA."""

    asked: SignOffAsked
    seats: tuple[tuple[int, ...], ...] = ()


def rule_of(row: SignOffRuleRow) -> SignOffRule:
    levels = tuple(Level(each["from_fen"], tuple(each["people"])) for each in json.loads(row.levels))
    return SignOffRule(SignOffMode(row.mode), levels, row.days, row.oa_url, row.oa_from_fen)


def wanted(session: Session, request: ApplicationRequest, amount_fen: int, now: datetime) -> tuple[Wanted | None, tuple[Problem, ...]]:
    """Who signs off this application; nobody for most. With problems it cannot be reserved: nobody could sign it off.

    What a master applies for needs nobody of its own people: it could change the rule. The OA is asked about everybody's.
    """
    row = session.get(SignOffRuleRow, request.enterprise_id)
    if row is None or row.mode == SignOffMode.OFF:
        return None, ()
    rule = rule_of(row)
    due_at = now + timedelta(days=rule.days)
    asked = SignOffAsked(due_at, reminded_at(now, due_at), by_oa=rule.mode is SignOffMode.OA, cuts=True)
    if asked.by_oa:
        return (Wanted(asked) if amount_fen >= rule.oa_from_fen else None), ()
    applicant = session.get(UserRow, request.applicant_id)
    if applicant is not None and applicant.role == Role.CUSTOMER_MASTER:
        return None, ()
    seats = seats_of(rule, amount_fen, request.applicant_id, _able(session, request.enterprise_id))
    if not seats:
        return None, ()
    if not can_be_settled(seats):
        return None, (Problem("sign_off", "sign-off-nobody-left"),)
    return Wanted(asked, seats), ()


def _able(session: Session, enterprise_id: int) -> set[int]:
    """The enterprise's people who can sign in."""
    user: Any = UserRow
    return set(session.execute(select(user.id).where(user.enterprise_id == enterprise_id, ~user.disabled)).scalars())


def begin(session: Session, application: ApplicationRow, wanted: Wanted, now: datetime) -> None:
    """The application, whose row is there, waits from now on."""
    session.add(
        SignOffRow(
            application_number=application.number,
            enterprise_id=application.enterprise_id,
            state=SignOffState.OPEN,
            by_oa=wanted.asked.by_oa,
            version=application.version,
            levels=max(len(wanted.seats), 1),
            asked_at=now,
            due_at=wanted.asked.due_at,
        )
    )
    session.flush()
    for level, people in enumerate(wanted.seats, start=1):
        for person in people:
            session.add(SignOffSeatRow(application_number=application.number, level=level, user_id=person, waits=level == 1))


def stored(session: Session, number: str) -> SignOffAsked | None:
    """What a sign-off began with, for a repeat of the reservation; None when the application waits for none."""
    row = session.get(SignOffRow, number)
    if row is None:
        return None
    asked_at, due_at = utc_or_none(row.asked_at), utc_or_none(row.due_at)
    assert asked_at is not None  # noqa: S101 (the columns are never empty)
    assert due_at is not None  # noqa: S101
    return SignOffAsked(due_at, reminded_at(asked_at, due_at), by_oa=row.by_oa, cuts=True)


def close(session: Session, number: str, state: SignOffState, now: datetime) -> None:
    """Nobody is asked any more; closed before, it stays as it is."""
    row = session.get(SignOffRow, number, with_for_update=True)
    if row is None or row.state != SignOffState.OPEN:
        return
    row.state, row.closed_at = state, now
    session.add(row)
    session.execute(update(SignOffSeatRow).where(col(SignOffSeatRow.application_number) == number).values(waits=False))


def settle(database: Database, number: str, decision: SignOffDecision, policy: Policy, now: datetime) -> SignOffOutcome:
    """See `domain.books.SignOffBooks.settle`."""
    life = application_life(number)
    with database.write() as session:
        application = session.get_one(ApplicationRow, number, with_for_update=True)
        row = session.get_one(SignOffRow, number, with_for_update=True)
        said = session.get(NoteRow, (life, decision.key))
        if said is not None:
            return _outcome(row, application, taken=said.taken)
        code = _why_not(session, row, application, decision)
        note = Note(life, decision.key, f"sign-off-{decision.verdict}", decision.by, not code, code, decision.reason)
        answer(session, note, now)
        if code:
            return SignOffOutcome(taken=False)
        _keep(session, row, decision, now)
        if decision.verdict is Verdict.REJECT:
            _decline(session, application, decision, now)
        elif row.level < row.levels:
            _ask_next_level(session, row, decision, now)
        else:
            _hand_to_review(session, application, decision, policy, now)
        session.add_all([row, application])
        session.flush()
        return _outcome(row, application, taken=True)


def _outcome(row: SignOffRow, application: ApplicationRow, *, taken: bool) -> SignOffOutcome:
    approved, declined = row.state == SignOffState.APPROVED, row.state == SignOffState.DECLINED
    level = 0 if row.by_oa or approved or declined or not taken else row.level
    return SignOffOutcome(taken, approved, declined, level, utc_or_none(application.promised_at))


def _why_not(session: Session, row: SignOffRow, application: ApplicationRow, decision: SignOffDecision) -> str:
    """The code of what keeps a decision from counting; empty when nothing does."""
    if row.state != SignOffState.OPEN:
        return "sign-off-over"
    if decision.by == application.applicant_id:
        return "own-application"
    if decision.version != row.version:
        return "stale-version"
    if row.by_oa:
        return "not-asked" if decision.by else ""
    seat = session.get(SignOffSeatRow, (row.application_number, row.level, decision.by))
    return "" if seat is not None and seat.waits else "not-asked"


def _keep(session: Session, row: SignOffRow, decision: SignOffDecision, now: datetime) -> None:
    session.add(
        SignOffDecisionRow(
            application_number=row.application_number,
            level=row.level,
            by=decision.by or None,
            verdict=decision.verdict,
            reason=decision.reason,
            reference=decision.reference,
            key=decision.key,
            at=now,
        )
    )


def _ask_next_level(session: Session, row: SignOffRow, decision: SignOffDecision, now: datetime) -> None:
    tell(session, application_life(row.application_number), f"signed-off-{row.level}", "signed-off-level", now, by=decision.by or None)
    row.level += 1
    seat: Any = SignOffSeatRow
    seats = update(SignOffSeatRow).where(seat.application_number == row.application_number)
    session.execute(seats.values(waits=False))
    # Whoever signed off a level has no part in the next one.
    session.execute(seats.where(seat.level == row.level, seat.user_id != decision.by).values(waits=True))


def _hand_to_review(session: Session, application: ApplicationRow, decision: SignOffDecision, policy: Policy, now: datetime) -> None:
    close(session, application.number, SignOffState.APPROVED, now)
    days = calendar(session)
    promise = days.promise(now, policy.review_working_days, policy.promise_hour)
    application.state = ApplicationState.REVIEWING
    application.promised_at, application.promise_estimated = promise.due_at, promise.estimated
    application.calendar_version = days.version
    facts: dict[str, Fact] = {"moment": promise.due_at.isoformat()}
    tell(session, application_life(application.number), "signed-off", "signed-off", now, by=decision.by or None, facts=facts)


def _decline(session: Session, application: ApplicationRow, decision: SignOffDecision, now: datetime) -> None:
    number = application.number
    close(session, number, SignOffState.DECLINED, now)
    application.state = ApplicationState.DECLINED
    application.version += 1
    tell(
        session, application_life(number), "declined", "declined", now, by=decision.by or None, facts={"amount_fen": application.amount_fen}
    )
    move_items(session, f"release:{number}", items_of(session, application=number), now, source=Bucket.RESERVED, target=Bucket.AVAILABLE)
