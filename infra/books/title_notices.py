"""Which decisions on titles their customers are still to be told of, and to which address (`domain.title_notices`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.title_notices import TitleNews, TitleNotice, decision_key
from domain.title_states import TitleState
from infra.books.contacts import contact_of
from infra.books.ticket_notices import FORGOTTEN, MOST, NEWS
from infra.database import Database, insert_once
from infra.queries.scope import utc
from infra.tables import NoticeRow, TitleRow


class SqlTitleNotices:
    def __init__(self, database: Database, default_locale: str) -> None:
        self._database = database
        self._default_locale = default_locale

    def owed(self, key: str, now: datetime) -> Sequence[TitleNotice]:
        title: Any = TitleRow
        # What a person decided; a correction since has taken the decision out of the row, and nobody waits for word of it.
        decided = select(TitleRow).where(title.decided_by.is_not(None), title.decided_at > now - NEWS, title.removed_at.is_(None))
        with self._database.read() as session:
            rows = {_id(row): row for row in session.execute(decided.order_by(title.decided_at)).scalars()}
            waiting = {each: row for each, row in rows.items() if each == f"title.{key}" or utc(_moment(row)) < now - FORGOTTEN}
            notice: Any = NoticeRow
            told = set(session.execute(select(notice.id).where(notice.life.in_({_life(row) for row in waiting.values()}))).scalars())
            notices = [self._notice(session, each, row) for each, row in waiting.items() if each not in told]
        return [notice for notice in notices if notice.to][:MOST]

    def record(self, notice: TitleNotice, now: datetime) -> None:
        values = {"id": notice.id, "life": f"title:{notice.title_id}", "channel": "mail", "sent_to": notice.to, "sent_at": now}
        with self._database.write() as session:
            insert_once(session, NoticeRow, values)

    def _notice(self, session: Session, notice_id: str, row: TitleRow) -> TitleNotice:
        contact = contact_of(session, row.enterprise_id, self._default_locale)
        return TitleNotice(notice_id, row.id or 0, row.name, _news(row), contact.email, contact.locale)


def _news(row: TitleRow) -> TitleNews:
    """What was decided, as the row shows it: only an announced tax id leaves an approved title with a next tax id or a refusal."""
    if row.state == TitleState.CLEARED:
        return TitleNews.CLEARED
    if row.state == TitleState.REFUSED:
        return TitleNews.REFUSED
    if row.next_tax_id and row.next_tax_id_approved:
        return TitleNews.TAX_ID_APPROVED
    return TitleNews.TAX_ID_REFUSED if row.refusal else TitleNews.APPROVED


def _moment(row: TitleRow) -> datetime:
    assert row.decided_at is not None  # noqa: S101 (the statement asks for it)
    return row.decided_at


def _id(row: TitleRow) -> str:
    return f"title.{decision_key(row.id or 0, utc(_moment(row)))}"


def _life(row: TitleRow) -> str:
    return f"title:{row.id}"
