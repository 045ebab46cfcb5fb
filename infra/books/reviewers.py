"""Who may decide on an application next, by the rows."""

from sqlmodel import Session, col, select

from domain.review_levels import level_of, why_not
from domain.review_policy import Level
from infra.tables import ApplicationRow, ReviewDecisionRow, UserRow


def person_level(session: Session, person: int) -> Level:
    """The level of a person of ours; NONE for somebody who reviews nothing or cannot sign in."""
    row = session.get(UserRow, person)
    return level_of(row.role, row.level) if row is not None and not row.disabled else Level.NONE


def why_not_person(session: Session, application: ApplicationRow, person: int) -> str:
    """The code of what keeps a person from deciding next, as `domain.review_levels.why_not`; whoever has claimed it."""
    decided = session.exec(select(ReviewDecisionRow.by).where(col(ReviewDecisionRow.application_number) == application.number)).all()
    level = person_level(session, person)
    return why_not(person, level, step=application.review_step, applicant=application.applicant_id, decided=decided)
