"""Who agreed to which edition of which text, and when: written in the transaction of what was agreed for (feature 61)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from domain.consents import agreed_editions
from domain.messages import ApplicationRequest
from domain.terms import Document, Edition
from infra.queries.scope import utc
from infra.tables import ConsentRow


@dataclass(frozen=True, slots=True)
class Consent:
    document: str
    version: str
    agreed_at: datetime


def agree(session: Session, user_id: int, documents: Iterable[Edition], now: datetime, application_number: str = "") -> None:
    """Note that a person agreed, in the caller's transaction. The same twice for one application is noted once."""
    for edition in documents:
        if application_number and _has(session, edition.document, application_number):
            continue
        row = ConsentRow(
            user_id=user_id, document=edition.document, version=edition.version, agreed_at=now, application_number=application_number
        )
        session.add(row)
    session.flush()


def agree_for_application(session: Session, request: ApplicationRequest, now: datetime) -> None:
    """What the applicant ticked in the form, in the transaction that reserves; for a reissue in the return's form."""
    editions = agreed_editions(request.terms_version, request.privacy_version)
    agree(session, request.applicant_id, editions, request.agreed_at or now, request.number)


def consents_of(session: Session, application_number: str) -> tuple[Consent, ...]:
    """What was agreed to for an application."""
    statement = select(ConsentRow).where(col(ConsentRow.application_number) == application_number).order_by(col(ConsentRow.id))
    return tuple(Consent(row.document, row.version, utc(row.agreed_at)) for row in session.execute(statement).scalars())


def _has(session: Session, document: Document, application_number: str) -> bool:
    statement = select(col(ConsentRow.id)).where(
        col(ConsentRow.document) == document, col(ConsentRow.application_number) == application_number
    )
    return session.execute(statement).first() is not None
