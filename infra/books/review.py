"""The books of a review by people (`domain.books.ReviewBooks`): decisions level by level, claims, hand-overs."""

from datetime import date, datetime

from sqlmodel import Session, select

from domain.absences import stand_in
from domain.calendar import china_date
from domain.lifecycle import ApplicationState
from domain.messages import Note, ReviewDecision, Verdict
from domain.review_levels import CLAIM, HANDED
from domain.review_messages import HandOver, MaterialAnswer, MaterialOutcome, MaterialRequest, ReviewClaim, ReviewOutcome
from domain.review_policy import Level
from infra.books.ending import end_application
from infra.books.life import Fact, answer, application_life, tell
from infra.books.material import answer_material, ask_material
from infra.books.passing_on import pass_on_absent
from infra.books.reviewers import is_needed_later, person_level, why_not_person
from infra.database import Database
from infra.queries.review_absences import away_on
from infra.queries.review_phrases import kept_code
from infra.queries.scope import utc_or_none
from infra.tables import ApplicationRow, NoteRow, ReviewDecisionRow

ReviewMessage = ReviewDecision | ReviewClaim | HandOver


class SqlReview:
    """One transaction a call; a message's key makes a repeat give the first outcome."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decide(self, number: str, decision: ReviewDecision, now: datetime) -> ReviewOutcome:
        with self._database.write() as session:
            application = session.get_one(ApplicationRow, number, with_for_update=True)
            kept = _decision_of(session, number, decision.key)
            if kept is not None or _answered(session, number, decision.key) is not None:
                return _outcome(application, kept)
            code = _why_not(session, application, decision.by, now) or _stale(application, decision.version)
            code = code or _leaves_nobody(session, application, decision)
            if code:
                answer(session, _note(number, decision, taken=False, code=code), now)
                return ReviewOutcome(taken=False)
            row = _keep(session, application, decision, now)
            _let_go(application)
            if decision.verdict is Verdict.REJECT:
                end_application(session, number, ApplicationState.REJECTED, _note(number, decision, taken=True), now)
            elif application.review_step < application.level:
                _to_next_level(session, application, decision, now)
            session.add(application)
            session.flush()
            return _outcome(application, row)

    def claim(self, number: str, claim: ReviewClaim, now: datetime) -> ReviewOutcome:
        with self._database.write() as session:
            application = session.get_one(ApplicationRow, number, with_for_update=True)
            said = _answered(session, number, claim.key)
            if said is not None:
                return ReviewOutcome(said.taken)
            holder = holder_of(application, now)
            supervises = person_level(session, claim.by) is Level.SUPERVISOR
            if claim.release:
                code = "" if holder == claim.by or (holder is not None and supervises) else "not-claimed"
            else:
                code = _why_not(session, application, claim.by, now)
            answer(session, _note(number, claim, taken=not code, code=code), now)
            if code:
                return ReviewOutcome(taken=False)
            if claim.release:
                _let_go(application)
            else:
                application.claimed_by, application.claimed_at, application.claimed_until = claim.by, now, now + CLAIM
            session.add(application)
            kind = "let-go" if claim.release else "claimed"
            tell(session, application_life(number), f"{kind}-{claim.key}", kind, now, by=claim.by)
            return ReviewOutcome(taken=True)

    def hand_over(self, number: str, message: HandOver, now: datetime) -> ReviewOutcome:
        with self._database.write() as session:
            application = session.get_one(ApplicationRow, number, with_for_update=True)
            said = _answered(session, number, message.key)
            if said is not None:
                return ReviewOutcome(said.taken)
            holder, level = holder_of(application, now), person_level(session, message.by)
            to = stand_in(message.to, away_on(session, china_date(now)))
            code = ""
            if level is Level.NONE:
                code = "level-too-low"
            elif holder not in (None, message.by) and level is not Level.SUPERVISOR:
                code = "claimed-by-other"
            elif to is None:
                code = "hand-over-away"
            elif why_not_person(session, application, to):
                code = "hand-over-cannot"
            answer(session, _note(number, message, taken=not code, code=code), now)
            if code:
                return ReviewOutcome(taken=False)
            application.claimed_by, application.claimed_at, application.claimed_until = to, now, now + HANDED
            session.add(application)
            facts: dict[str, Fact] = {"to": to or 0, "reason": message.reason}
            if to != message.to:
                facts["meant"] = message.to
            tell(session, application_life(number), f"handed-over-{message.key}", "handed-over", now, by=message.by, facts=facts)
            return ReviewOutcome(taken=True)

    def ask(self, number: str, request: MaterialRequest, working_days: int, now: datetime) -> MaterialOutcome:
        with self._database.write() as session:
            application = session.get_one(ApplicationRow, number, with_for_update=True)
            said = _answered(session, number, request.key)
            code = "" if said else _why_not(session, application, request.by, now) or _stale(application, request.version)
            return ask_material(session, application, request, working_days, now, said=said, code=code)

    def answer(self, number: str, message: MaterialAnswer, working_days: int, hour: int, now: datetime) -> MaterialOutcome:
        with self._database.write() as session:
            application = session.get_one(ApplicationRow, number, with_for_update=True)
            said = _answered(session, number, message.key)
            code = "" if said or not message.waived else _why_not(session, application, message.by, now)
            return answer_material(session, application, message, working_days, hour, now, said=said, code=code)

    def promise(self, number: str) -> datetime | None:
        with self._database.read() as session:
            return utc_or_none(session.get_one(ApplicationRow, number).promised_at)

    def pass_on(self, today: date, now: datetime) -> int:
        with self._database.write() as session:
            return pass_on_absent(session, today, now)


def holder_of(application: ApplicationRow, now: datetime) -> int | None:
    """Who has the application to themselves now; nobody once their time is over."""
    until = utc_or_none(application.claimed_until)
    return application.claimed_by if until is not None and now < until else None


def _answered(session: Session, number: str, key: str) -> NoteRow | None:
    return session.get(NoteRow, (application_life(number), key))


def _decision_of(session: Session, number: str, key: str) -> ReviewDecisionRow | None:
    statement = select(ReviewDecisionRow).where(ReviewDecisionRow.application_number == number, ReviewDecisionRow.key == key)
    return session.exec(statement).one_or_none()


def _outcome(application: ApplicationRow, row: ReviewDecisionRow | None) -> ReviewOutcome:
    if row is None:
        return ReviewOutcome(taken=False)
    approved = row.verdict == Verdict.APPROVE and row.step >= max(application.level, 1)
    return ReviewOutcome(taken=True, approved=approved, state=ApplicationState(application.state))


def _why_not(session: Session, application: ApplicationRow, person: int, now: datetime) -> str:
    """The code of what keeps a person from acting on this step; a claim of another holds off all but a supervisor."""
    code = why_not_person(session, application, person)
    if code:
        return code
    holder = holder_of(application, now)
    held = holder not in (None, person) and person_level(session, person) is not Level.SUPERVISOR
    return "claimed-by-other" if held else ""


def _stale(application: ApplicationRow, version: int) -> str:
    return "" if version == application.version else "stale-version"


def _leaves_nobody(session: Session, application: ApplicationRow, decision: ReviewDecision) -> str:
    """The code of an approval by somebody whom a level above needs; a rejection ends it, so it takes nobody away."""
    needed = decision.verdict is Verdict.APPROVE and is_needed_later(session, application, decision.by)
    return "leaves-nobody" if needed else ""


def _keep(session: Session, application: ApplicationRow, decision: ReviewDecision, now: datetime) -> ReviewDecisionRow:
    row = ReviewDecisionRow(
        application_number=application.number,
        step=application.review_step,
        by=decision.by,
        verdict=decision.verdict,
        reason=decision.reason,
        phrase=kept_code(session, decision.phrase),
        version=decision.version,
        key=decision.key,
        at=now,
    )
    session.add(row)
    return row


def _let_go(application: ApplicationRow) -> None:
    application.claimed_by = application.claimed_at = application.claimed_until = None


def _to_next_level(session: Session, application: ApplicationRow, decision: ReviewDecision, now: datetime) -> None:
    """What another saw is another version now: a decision made on the screen of the level before counts for nothing."""
    number, step = application.number, application.review_step
    application.review_step += 1
    application.version += 1
    answer(session, _note(number, decision, taken=True, code="next-level"), now)
    facts = {"level": step, "next": application.review_step}
    tell(session, application_life(number), f"approved-level-{step}", "approved-level", now, by=decision.by, facts=facts)


def _note(number: str, message: ReviewMessage, *, taken: bool, code: str = "") -> Note:
    reason = "" if isinstance(message, ReviewClaim) else message.reason
    phrase = message.phrase if isinstance(message, ReviewDecision) else ""
    return Note(application_life(number), message.key, kind_of(message), message.by, taken, code, reason, phrase)


def kind_of(message: ReviewMessage) -> str:
    if isinstance(message, ReviewClaim):
        return "release" if message.release else "claim"
    return "hand-over" if isinstance(message, HandOver) else str(message.verdict)
