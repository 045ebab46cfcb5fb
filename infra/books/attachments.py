"""Files that belong to nothing: those of forms that were never sent, and bytes that no row speaks of (`domain.files`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlmodel import Session, col

from infra.books.life import application_life, authentication_life
from infra.database import Database
from infra.tables import ApplicationRow, AttachmentRow, AuthenticationRow

MOST = 500
"""Rows looked at in one step."""


class SqlAttachments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_unsent(self, before: datetime) -> int:
        forgotten = 0
        for life, form in _FORMS:
            row: Any = AttachmentRow
            unsent = (
                select(row.id)
                .where(row.subject.startswith(life, autoescape=True), row.uploaded_at < before, ~_sent(row, life, form))
                .order_by(row.id)
                .limit(MOST)
            )
            with self._database.read() as session:
                found = session.execute(unsent).scalars().all()
            forgotten += sum(self._forget(each, life, form) for each in found)
        return forgotten

    def unused(self, hashes: Sequence[str]) -> set[str]:
        with self._database.read() as session:
            used = set(session.execute(select(col(AttachmentRow.sha256)).where(col(AttachmentRow.sha256).in_(hashes))).scalars())
        return set(hashes) - used

    def _forget(self, attachment_id: int, life: str, form: Any) -> bool:
        """Remove the row, unless its form is sent in this moment: that holds the row (`infra.authentications`)."""
        locked = select(AttachmentRow).where(col(AttachmentRow.id) == attachment_id).with_for_update(skip_locked=True)
        with self._database.write() as session:
            row = session.execute(locked).scalar_one_or_none()
            if row is None or _is_sent(session, row, life, form):
                return False
            session.execute(delete(AttachmentRow).where(col(AttachmentRow.id) == attachment_id))
        return True


_FORMS: tuple[tuple[str, Any], ...] = ((authentication_life(""), AuthenticationRow), (application_life(""), ApplicationRow))
"""What stands before a form's number in `subject`, and the table in which a form that was sent has that number."""


def _sent(file: Any, life: str, form: Any) -> Any:
    """SQL: the file's form was sent, by its own customer."""
    return exists().where(life + form.number == file.subject, form.enterprise_id == file.enterprise_id)


def _is_sent(session: Session, row: AttachmentRow, life: str, form: Any) -> bool:
    sent = session.get(form, row.subject.removeprefix(life))
    return sent is not None and sent.enterprise_id == row.enterprise_id
