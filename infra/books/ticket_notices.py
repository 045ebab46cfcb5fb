"""Which messages of tickets somebody is still to be told of, and to which address (`domain.ticket_notices`)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from domain.support import QUIET_DAYS
from domain.ticket_notices import TicketNotice
from infra.database import Database, insert_once
from infra.queries.calendar import calendar
from infra.quiet_tickets import closes_after
from infra.tables import NoticeRow, ReceiverRow, TicketMessageRow, TicketRow, UserRow

FORGOTTEN = timedelta(minutes=10)
"""After this long a message without a notice was not told of: nobody is at it any more."""
NEWS = timedelta(days=3)
"""Older messages are no news: whoever waits has looked."""
MOST = 50


class SqlTicketNotices:
    def __init__(self, database: Database, default_locale: str, quiet_days: int = QUIET_DAYS) -> None:
        self._database = database
        self._default_locale = default_locale
        self._quiet_days = quiet_days

    def owed(self, key: str, now: datetime) -> Sequence[TicketNotice]:
        message, ticket, told = col(TicketMessageRow.key), TicketRow, NoticeRow
        written: Any = TicketMessageRow.written_at
        forgotten = and_(written < now - FORGOTTEN, written > now - NEWS)
        statement: Any = (
            select(TicketMessageRow, TicketRow)
            .join(TicketRow, col(ticket.number) == col(TicketMessageRow.ticket_number))
            .outerjoin(NoticeRow, col(told.id) == "ticket." + message)
            .where(~col(TicketMessageRow.internal), col(told.id).is_(None), or_(message == key, forgotten))
            .order_by(col(TicketMessageRow.id))
            .limit(MOST)
        )
        with self._database.read() as session:
            notices = [self._notice(session, *found) for found in session.execute(statement).all()]
        return [notice for notice in notices if notice.to]

    def record(self, notice: TicketNotice, now: datetime) -> None:
        values = {"id": notice.id, "life": f"ticket:{notice.number}", "channel": "mail", "sent_to": notice.to, "sent_at": now}
        with self._database.write() as session:
            insert_once(session, NoticeRow, values)

    def _notice(self, session: Session, message: TicketMessageRow, ticket: TicketRow) -> TicketNotice:
        """To the customer who asked, or to the colleague who has the ticket; nobody is told of a ticket nobody has."""
        author = session.get_one(UserRow, message.author_id)
        to_staff = author.enterprise_id == ticket.enterprise_id
        reader = session.get(UserRow, ticket.assigned_to or 0) if to_staff else session.get_one(UserRow, ticket.opened_by)
        address = reader.email if reader is not None and not reader.disabled else ""
        if not to_staff and not address:
            address = default_email(session, ticket.enterprise_id)
        locale = (reader.locale if reader else "") or self._default_locale
        until = None if to_staff else closes_after(calendar(session), ticket.state, message.written_at, self._quiet_days)
        return TicketNotice(f"ticket.{message.key}", ticket.number, address, locale, ticket.state, to_staff, until)


def default_email(session: Session, enterprise_id: int) -> str:
    """Where the enterprise has its invoices mailed; empty without such an address."""
    receiver: Any = ReceiverRow
    statement = (
        select(receiver.email)
        .where(receiver.enterprise_id == enterprise_id, receiver.kind == "email")
        .order_by(receiver.is_default.desc(), receiver.id)
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none() or ""
