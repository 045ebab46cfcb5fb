"""Who is told of a round of material, by mail and SMS (`domain.books.MaterialBooks`)."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from domain.material import MaterialNews, MaterialNotice, MaterialState
from domain.review_phrases import reason_in
from infra.books.contacts import contact_of
from infra.books.life import application_life
from infra.books.material import newest_round
from infra.database import Database, insert_once
from infra.queries.review_phrases import chosen_phrase
from infra.queries.scope import utc
from infra.tables import ApplicationRow, EnterpriseRow, MaterialRequestRow, NoticeRow, UserRow


class SqlMaterial:
    """One transaction a call. The applicant is told, or whom the company is reached by when the applicant cannot be."""

    def __init__(self, database: Database, default_locale: str) -> None:
        self._database = database
        self._default_locale = default_locale

    def owed(self, number: str, news: MaterialNews, due_at: datetime) -> Sequence[MaterialNotice]:
        with self._database.read() as session:
            row = newest_round(session, number)
            holds = MaterialState.LAPSED if news is MaterialNews.LAPSED else MaterialState.OPEN
            if row is None or row.state != holds or utc(row.due_at) != due_at:
                return ()
            told = set(session.exec(select(NoticeRow.id).where(NoticeRow.life == application_life(number))))
            notices = self._notices(session, row, news)
        return [notice for notice in notices if notice.to and notice.id not in told]

    def record_notice(self, notice: MaterialNotice, now: datetime) -> None:
        life = application_life(notice.number)
        values = {"id": notice.id, "life": life, "channel": notice.channel, "sent_to": notice.to, "sent_at": now}
        with self._database.write() as session:
            insert_once(session, NoticeRow, values)

    def _notices(self, session: Session, row: MaterialRequestRow, news: MaterialNews) -> list[MaterialNotice]:
        application = session.get_one(ApplicationRow, row.application_number)
        applicant = session.get_one(UserRow, application.applicant_id)
        contact = contact_of(session, application.enterprise_id, self._default_locale)
        here = not applicant.disabled
        email = applicant.email if here and applicant.email_confirmed else ""
        phone = applicant.phone if here and applicant.phone_confirmed else ""
        own = applicant.locale or self._default_locale
        phrase = chosen_phrase(session, row.phrase)

        def notice(channel: str, to: str, locale: str) -> MaterialNotice:
            return MaterialNotice(
                id=f"material.{row.application_number}.{row.round}-{news}.{channel}",
                number=row.application_number,
                round=row.round,
                news=news,
                channel=channel,
                to=to,
                locale=locale,
                customer=session.get_one(EnterpriseRow, application.enterprise_id).name,
                title=application.title_name,
                amount_fen=application.amount_fen,
                due_at=utc(row.due_at),
                wanted=tuple(json.loads(row.wanted)),
                note=reason_in(locale, phrase, row.note),
            )

        mail = notice("mail", email, own) if email else notice("mail", contact.email, contact.locale)
        return [mail, notice("sms", phone or _masters_phone(session, application.enterprise_id), own)]


def _masters_phone(session: Session, enterprise_id: int) -> str:
    """Of the oldest master account that has a confirmed one."""
    masters = (
        select(UserRow.phone)
        .where(UserRow.enterprise_id == enterprise_id, UserRow.role == "customer-master", UserRow.phone != "")
        .where(~col(UserRow.disabled), col(UserRow.phone_confirmed))
    )
    return session.exec(masters.order_by(col(UserRow.id)).limit(1)).first() or ""
