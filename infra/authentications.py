"""Keeping what a customer submits for its real-name authentication, before its life begins.

Other than with applications the row comes first: what was typed is personal, so it may not travel through Temporal
(domain.messages). A form whose life did not start is found by its number and started by sending it again.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from domain.authentication import OPEN_STATES, AuthenticationState, Submission, kind_problem, submission_problems
from domain.errors import Problem, Refusal
from domain.files import CheckedFile
from domain.terms import Document
from infra.attachments import add_attachment
from infra.books.life import authentication_life, tell
from infra.database import Database
from infra.tables import AttachmentRow, AuthenticationRow, ConsentRow, EnterpriseRow


@dataclass(frozen=True, slots=True)
class Submitting:
    """Who submits what. `picture_id` is the attachment that `keep_picture` gave, or 0."""

    number: str
    enterprise_id: int
    user_id: int
    submission: Submission
    picture_id: int = 0
    consent_version: str = ""
    """The edition of the privacy policy that was agreed to with this form."""


def keep_picture(database: Database, file: CheckedFile, number: str, enterprise_id: int, user_id: int, now: datetime) -> int:
    """The row of a picture whose bytes are stored already; the same bytes again are the same row. Raises Refusal."""
    subject = authentication_life(number)
    with database.write() as session:
        if session.get(AuthenticationRow, number) is not None:
            raise Refusal(Problem("number", "form-used"))
        known = session.exec(
            select(AttachmentRow.id).where(
                AttachmentRow.subject == subject, AttachmentRow.enterprise_id == enterprise_id, AttachmentRow.sha256 == file.sha256
            )
        ).first()
        return known or add_attachment(session, file, enterprise_id, subject, user_id, now)


def picture_for(
    database: Database, enterprise_id: int, number: str, picture_id: int, new_number: str, user_id: int, now: datetime
) -> tuple[int, str]:
    """The picture of a used form, kept for a new one too: its id there, and its name; 0 when there is none of this customer's."""
    with database.write() as session:
        row = session.get(AttachmentRow, picture_id)
        if row is None or (row.enterprise_id, row.subject) != (enterprise_id, authentication_life(number)):
            return 0, ""
        again = AttachmentRow(
            sha256=row.sha256,
            file_name=row.file_name,
            media_type=row.media_type,
            size=row.size,
            enterprise_id=enterprise_id,
            subject=authentication_life(new_number),
            uploaded_by=user_id,
            uploaded_at=now,
        )
        session.add(again)
        session.flush()
        return again.id or 0, again.file_name


def submit_authentication(database: Database, asked: Submitting, now: datetime) -> None:
    """Keep a submission under its number; the same one again changes nothing.

    Raises Refusal with every problem: those of domain.authentication, file-needed, number-used (another's number),
    authentication-open (number) when the customer has one under way.
    """
    typed = asked.submission.tidied()
    with database.write() as session:
        there = session.get(AuthenticationRow, asked.number)
        if there is not None and there.enterprise_id == asked.enterprise_id:
            return
        enterprise = session.get_one(EnterpriseRow, asked.enterprise_id, with_for_update=True)
        problems = list(submission_problems(typed))
        if there is not None:
            problems.append(Problem("number", "number-used"))
        if wrong := kind_problem(enterprise.verified, enterprise.kind, typed.kind):
            problems.append(wrong)
        # Held until the form is kept, so that the sweep of files never sent does not take it away meanwhile.
        picture = session.get(AttachmentRow, asked.picture_id, with_for_update=True) if asked.picture_id else None
        if picture is None or (picture.subject, picture.enterprise_id) != (authentication_life(asked.number), asked.enterprise_id):
            problems.append(Problem("file", "file-needed"))
        open_one = session.exec(
            select(AuthenticationRow.number).where(
                AuthenticationRow.enterprise_id == asked.enterprise_id, col(AuthenticationRow.state).in_(OPEN_STATES)
            )
        ).first()
        if open_one is not None:
            problems.append(Problem("number", "authentication-open", {"number": open_one}))
        if problems or picture is None:
            raise Refusal(*problems)
        session.add(
            AuthenticationRow(
                number=asked.number,
                enterprise_id=asked.enterprise_id,
                kind=typed.kind,
                name=typed.name,
                licence_number=typed.licence_number,
                legal_person=typed.legal_person,
                contact=typed.contact,
                phone=typed.phone,
                email=typed.email,
                picture=picture.sha256,
                state=AuthenticationState.SUBMITTED,
                submitted_by=asked.user_id,
                submitted_at=now,
            )
        )
        if asked.consent_version:
            session.add(
                ConsentRow(
                    user_id=asked.user_id,
                    document=Document.PRIVACY,
                    version=asked.consent_version,
                    agreed_at=now,
                    application_number=asked.number,
                )
            )
        session.flush()
        tell(session, authentication_life(asked.number), "identity-submitted", "identity-submitted", now, by=asked.user_id)
