"""Which companies have consumption whose time limit ends in a month, and who of them was reminded (`domain.limit_notices`)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session

from domain.eligibility import Standing
from domain.limit_notices import LimitNotice, LimitNotices, days_ending_in
from infra.books.contacts import contact_of
from infra.database import Database, insert_once
from infra.tables import ConsumptionRecordRow, EnterpriseRow, NoticeRow

LOOKED_AT = 500
"""Companies a step looks at."""
MOST = 20
"""Mails in one step: it must end within its time."""


class SqlLimitNotices:
    """Implements `domain.limit_notices.LimitBooks`."""

    def __init__(self, database: Database, default_locale: str) -> None:
        self._database = database
        self._default_locale = default_locale

    def to_remind(self, month: str, after: int) -> LimitNotices:
        enterprise: Any = EnterpriseRow
        row: Any = NoticeRow
        owed: list[LimitNotice] = []
        with self._database.read() as session:
            statement = select(enterprise.id).where(enterprise.id > after).order_by(enterprise.id).limit(LOOKED_AT)
            ids = list(session.execute(statement).scalars())
            found = self._notices(session, month, ids)
            told = set(session.execute(select(row.id).where(row.id.in_([notice.id for notice in found]))).scalars())
            for notice in found:
                if notice.id in told:
                    continue
                contact = contact_of(session, notice.enterprise_id, self._default_locale)
                if not contact.email:
                    continue
                if len(owed) == MOST:
                    return LimitNotices(owed, owed[-1].enterprise_id)
                owed.append(replace(notice, to=contact.email, locale=contact.locale))
        return LimitNotices(owed, ids[-1] if len(ids) == LOOKED_AT else None)

    def record(self, notice: LimitNotice, now: datetime) -> None:
        values = {"id": notice.id, "life": f"limits:{notice.month}", "channel": "mail", "sent_to": notice.to, "sent_at": now}
        with self._database.write() as session:
            insert_once(session, NoticeRow, values)

    def _notices(self, session: Session, month: str, enterprise_ids: Sequence[int]) -> list[LimitNotice]:
        """Of these companies, in their order, without an address yet.

        What arrears hold or an approval has extended is left out; bound negatives are taken off.
        """
        record: Any = aliased(ConsumptionRecordRow)
        negative: Any = aliased(ConsumptionRecordRow)
        begins, ends = days_ending_in(month)
        here: Any = (
            record.enterprise_id.in_(enterprise_ids)
            & (record.standing == Standing.FREE)
            & (record.day >= begins)
            & (record.day < ends)
            & record.extended_to.is_(None)
        )
        free: Any = record.invoiceable_fen - record.reserved_fen - record.invoiced_fen - record.held_fen
        sums = session.execute(
            select(
                record.enterprise_id,
                func.sum(free).label("fen"),
                func.min(record.day).label("oldest"),
                func.max(record.day).label("newest"),
            )
            .where(here)
            .group_by(record.enterprise_id)
            .order_by(record.enterprise_id)
        ).all()
        taken_off: Any = negative.invoiceable_fen - negative.reserved_fen - negative.invoiced_fen
        bound: dict[int, int] = {
            row.enterprise_id: int(row.fen)
            for row in session.execute(
                select(record.enterprise_id, func.sum(taken_off).label("fen"))
                .join(negative, negative.original_id == record.id)
                .where(here)
                .group_by(record.enterprise_id)
            )
        }
        notices = []
        for row in sums:
            amount = int(row.fen) + bound.get(row.enterprise_id, 0)
            if amount > 0:
                notices.append(LimitNotice(row.enterprise_id, month, "", "", amount, row.oldest, row.newest))
        return notices
