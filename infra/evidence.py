"""Files on an application: kept as drafts under the number drawn with the form, added and taken back while nobody has decided.

A draft is a row whose application is not there. What its form was sent for shows it: the life writes the application's row
under the same number. What was never sent goes at night (`infra.books.attachments`).
"""

import secrets
from datetime import datetime

from sqlmodel import Session, col, select, update

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.evidence import MOST, change_problem, kind_problem
from domain.files import CheckedFile
from infra.attachments import add_attachment
from infra.audit import note_deed
from infra.books.life import application_life, tell
from infra.database import Database
from infra.people import Person
from infra.queries.applications import application_is_seen
from infra.tables import ApplicationRow, AttachmentRow, UserRow


class UnknownEvidence(Exception):
    """No such application or file, or not this person's."""


def add_evidence(database: Database, person: Person, number: str, kind: str, file: CheckedFile, now: datetime) -> int:
    """The row of a file whose bytes are stored already; the same bytes of the same kind again are the same row.

    Raises UnknownEvidence for somebody else's number, and Refusal: choose-one, evidence-many (max), evidence-decided, evidence-over.
    """
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    life = application_life(number)
    with database.write() as session:
        application = _locked(session, person, number)
        rows = _rows(session, person, number)
        wrong = kind_problem(kind)
        for row in rows:
            if (row.sha256, row.kind) == (file.sha256, kind) and row.id is not None:
                return row.id
        if wrong is None and len(rows) >= MOST:
            wrong = Problem("file", "evidence-many", {"max": str(MOST)})
        if wrong is not None:
            raise Refusal(wrong)
        kept = add_attachment(session, file, person.enterprise_id, life, person.id, now, kind)
        if application is not None:
            _note(session, person, application, AuditAction.EVIDENCE_ADDED, kind, file.sha256, now)
        return kept


def take_back(database: Database, person: Person, number: str, attachment_id: int, now: datetime) -> str:
    """Remove one's own file; gives the hash of its bytes, which the caller removes.

    Raises UnknownEvidence, and Refusal: evidence-decided, evidence-over, evidence-of-another, evidence-gone-before.
    """
    with database.write() as session:
        application = _locked(session, person, number)
        row = next((each for each in _rows(session, person, number) if each.id == attachment_id), None)
        if row is None:
            raise Refusal(Problem("file", "evidence-gone-before"))
        if row.uploaded_by != person.id:
            raise Refusal(Problem("file", "evidence-of-another"))
        kind, sha256 = row.kind, row.sha256
        session.delete(row)
        session.flush()
        if application is not None:
            _note(session, person, application, AuditAction.EVIDENCE_TAKEN_BACK, kind, sha256, now)
        return sha256


def hold_drafts(database: Database, user_id: int, number: str, now: datetime) -> None:
    """The form was sent: its drafts wait a day from now on, so that none goes at night while its application begins."""
    with database.write() as session:
        mine = (col(AttachmentRow.subject) == application_life(number)) & (col(AttachmentRow.uploaded_by) == user_id)
        if session.get(ApplicationRow, number) is None:
            session.exec(update(AttachmentRow).where(mine).values(uploaded_at=now))


def _locked(session: Session, person: Person, number: str) -> ApplicationRow | None:
    """The application, held against a decision meanwhile; None while there is none and the files are drafts of this person.

    Raises UnknownEvidence, and Refusal when somebody has decided.
    """
    row = session.get(ApplicationRow, number, with_for_update=True)
    if row is None:
        session.get_one(UserRow, person.id, with_for_update=True)  # so that the same file sent twice at once is one row
        others = select(AttachmentRow.id).where(
            col(AttachmentRow.subject) == application_life(number), col(AttachmentRow.uploaded_by) != person.id
        )
        if session.exec(others.limit(1)).first() is not None:
            raise UnknownEvidence(number)
        return None
    if not application_is_seen(session, person.scope, number):
        raise UnknownEvidence(number)
    if wrong := change_problem(row.state):
        raise Refusal(wrong)
    return row


def _rows(session: Session, person: Person, number: str) -> list[AttachmentRow]:
    here = (col(AttachmentRow.subject) == application_life(number)) & (col(AttachmentRow.enterprise_id) == person.enterprise_id)
    return list(session.exec(select(AttachmentRow).where(here).order_by(col(AttachmentRow.id))))


def _note(
    session: Session, person: Person, application: ApplicationRow, action: AuditAction, kind: str, sha256: str, now: datetime
) -> None:
    """In the application's history and in the audit. Never the file's name, which people write names into."""
    life = application_life(application.number)
    tell(session, life, f"{action}:{secrets.token_hex(8)}", str(action), now, by=person.id, facts={"evidence": kind})
    note_deed(session, person.id, action, life, now, tenant=application.enterprise_id, facts={"kind": kind, "sha256": sha256})
