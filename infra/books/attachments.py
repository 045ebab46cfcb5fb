"""Files that belong to nothing: pictures of forms that were never sent, and bytes that no row speaks of (`domain.files`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlmodel import col

from infra.books.life import authentication_life
from infra.database import Database
from infra.tables import AttachmentRow, AuthenticationRow

MOST = 500
"""Rows looked at in one step."""


class SqlAttachments:
    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_unsent(self, before: datetime) -> int:
        life = authentication_life("")
        row: Any = AttachmentRow
        unsent = (
            select(row.id, row.subject)
            .where(
                row.subject.startswith(life, autoescape=True),
                row.uploaded_at < before,
                ~exists().where(life + col(AuthenticationRow.number) == row.subject),
            )
            .order_by(row.id)
            .limit(MOST)
        )
        with self._database.read() as session:
            found = session.execute(unsent).all()
        return sum(self._forget(one.id, one.subject.removeprefix(life)) for one in found)

    def unused(self, hashes: Sequence[str]) -> set[str]:
        with self._database.read() as session:
            used = set(session.execute(select(col(AttachmentRow.sha256)).where(col(AttachmentRow.sha256).in_(hashes))).scalars())
        return set(hashes) - used

    def _forget(self, attachment_id: int, number: str) -> bool:
        """Remove the row, unless its form is sent in this moment: that holds the row (`infra.authentications`)."""
        locked = select(AttachmentRow).where(col(AttachmentRow.id) == attachment_id).with_for_update(skip_locked=True)
        with self._database.write() as session:
            if session.execute(locked).scalar_one_or_none() is None or session.get(AuthenticationRow, number) is not None:
                return False
            session.execute(delete(AttachmentRow).where(col(AttachmentRow.id) == attachment_id))
        return True
