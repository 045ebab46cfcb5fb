"""Reading the files of an application: those on it, the drafts of a form, and one to be downloaded."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from infra.books.life import application_life
from infra.queries.scope import Scope, utc
from infra.tables import ApplicationRow, AttachmentRow, UserRow


@dataclass(frozen=True, slots=True)
class EvidenceSeen:
    """A file. `kind` is one of domain.evidence.EvidenceKind; `size` in bytes."""

    id: int
    kind: str
    file_name: str
    media_type: str
    size: int
    by: int
    by_name: str
    at: datetime


def evidence_of(session: Session, number: str) -> tuple[EvidenceSeen, ...]:
    """The files of an application, as they came. Whoever asks must check who may see the application."""
    theirs = (
        col(AttachmentRow.enterprise_id)
        == select(col(ApplicationRow.enterprise_id)).where(col(ApplicationRow.number) == number).scalar_subquery()
    )
    return _seen(session, number, theirs)


def evidence_of_many(session: Session, numbers: Collection[str]) -> dict[str, tuple[EvidenceSeen, ...]]:
    """The same for many applications, by number; none where there are no files."""
    lives = {application_life(number): number for number in numbers}
    application: Any = ApplicationRow
    file: Any = AttachmentRow
    theirs = file.subject == application_life("") + application.number
    statement = _columns().join(application, theirs & (file.enterprise_id == application.enterprise_id))
    found: dict[str, tuple[EvidenceSeen, ...]] = {}
    for row in session.execute(statement.where(file.subject.in_(lives)).order_by(file.id)):
        number = lives[row.subject]
        found[number] = (*found.get(number, ()), _named(row))
    return found


def drafts_of(session: Session, user_id: int, number: str) -> tuple[EvidenceSeen, ...]:
    """What this person sent in for a form that is not an application yet."""
    return _seen(session, number, col(AttachmentRow.uploaded_by) == user_id)


def evidence_file(session: Session, scope: Scope, number: str, attachment_id: int) -> AttachmentRow | None:
    """A file of an application that the scope may see."""
    application: Any = ApplicationRow
    owner = session.execute(scope.narrow(select(application.enterprise_id), application).where(application.number == number)).scalar()
    file = session.get(AttachmentRow, attachment_id) if owner is not None else None
    fits = file is not None and (file.subject, file.enterprise_id) == (application_life(number), owner)
    return file if fits else None


def draft_file(session: Session, user_id: int, number: str, attachment_id: int) -> AttachmentRow | None:
    """A file that this person sent in for a form."""
    file = session.get(AttachmentRow, attachment_id)
    fits = file is not None and (file.subject, file.uploaded_by) == (application_life(number), user_id)
    return file if fits else None


def evidence_mark(files: Sequence[EvidenceSeen]) -> str:
    """Changes when a file is added or taken back; empty without files."""
    return hashlib.sha256(repr([(each.id, each.at) for each in files]).encode()).hexdigest()[:16] if files else ""


def _seen(session: Session, number: str, whose: Any) -> tuple[EvidenceSeen, ...]:
    file: Any = AttachmentRow
    statement = _columns().where(file.subject == application_life(number), whose).order_by(file.id)
    return tuple(_named(row) for row in session.execute(statement))


def _columns() -> Any:
    file: Any = AttachmentRow
    person = col(UserRow.name)
    columns = (file.id, file.kind, file.file_name, file.media_type, file.size, file.uploaded_by, person, file.uploaded_at, file.subject)
    return select(*columns).join(UserRow, col(UserRow.id) == file.uploaded_by)


def _named(row: Any) -> EvidenceSeen:
    return EvidenceSeen(row.id, row.kind, row.file_name, row.media_type, row.size, row.uploaded_by, row.name, utc(row.uploaded_at))
