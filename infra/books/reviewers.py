"""Who may decide on an application next, by the rows."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from domain.access import Role
from domain.review_levels import level_of, needed_later, why_not
from domain.review_policy import Level
from infra.tables import ApplicationRow, ReviewDecisionRow, UserRow


def person_level(session: Session, person: int) -> Level:
    """The level of a person of ours; NONE for somebody who reviews nothing or cannot sign in."""
    row = session.get(UserRow, person)
    return level_of(row.role, row.level) if row is not None and not row.disabled else Level.NONE


def why_not_person(session: Session, application: ApplicationRow, person: int) -> str:
    """The code of what keeps a person from deciding next, as `domain.review_levels.why_not`; whoever has claimed it."""
    decided = _decided(session, application)
    level = person_level(session, person)
    return why_not(person, level, step=application.review_step, applicant=application.applicant_id, decided=decided)


def reviewers(session: Session) -> dict[int, Level]:
    """The level of everybody who reviews and is not disabled; of who is away too, as absences end."""
    statement = select(UserRow.id, UserRow.role, UserRow.level).where(
        col(UserRow.role).in_((Role.REVIEWER, Role.SUPERVISOR)), ~col(UserRow.disabled)
    )
    return {person: level_of(role, level) for person, role, level in session.exec(statement) if person is not None}


def left_for(session: Session, application: ApplicationRow) -> dict[int, Level]:
    """Who of them may still decide a level of it: not its applicant, and nobody who decided one before."""
    gone = {application.applicant_id, *_decided(session, application)}
    return {person: level for person, level in reviewers(session).items() if person not in gone}


def is_needed_later(session: Session, application: ApplicationRow, person: int) -> bool:
    """See `domain.review_levels.needed_later`."""
    step, last = application.review_step, application.level
    return step < last and needed_later(person, left_for(session, application), step, last)


def _decided(session: Session, application: ApplicationRow) -> Sequence[int]:
    return session.exec(select(ReviewDecisionRow.by).where(col(ReviewDecisionRow.application_number) == application.number)).all()
