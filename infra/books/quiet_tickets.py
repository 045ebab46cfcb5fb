"""Tickets that were answered and have heard nothing since (`domain.support.open_until`)."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.calendar import start_of
from domain.support import TicketState
from infra.audit import note_deed
from infra.database import Database
from infra.queries.calendar import Calendar, calendar
from infra.quiet_tickets import closes_after
from infra.tables import TicketMessageRow, TicketRow

MOST = 200
"""Tickets closed in one step."""


class SqlQuietTickets:
    """`quiet_days` are the working days of the settings; 0: nothing closes by itself."""

    def __init__(self, database: Database, quiet_days: int) -> None:
        self._database = database
        self._quiet_days = quiet_days

    def close_quiet(self, today: date, now: datetime) -> int:
        if not self._quiet_days:
            return 0
        with self._database.read() as session:
            # Working days are never shorter than days, so that nothing newer needs to be looked at.
            before = start_of(today) - timedelta(days=self._quiet_days)
            found = session.execute(_last_words().having(func.max(col(TicketMessageRow.written_at)) < before)).all()
            days = calendar(session)
        due = [one.number for one in found if self._is_over(days, one.last, today)]
        return sum(self._close(number, today, now) for number in due[:MOST])

    def _close(self, number: str, today: date, now: datetime) -> bool:
        """Under the ticket's lock, which a message of the same moment takes too."""
        with self._database.write() as session:
            row = session.get_one(TicketRow, number, with_for_update=True)
            last = _last_word(session, number)
            if row.state != TicketState.ANSWERED or last is None or not self._is_over(calendar(session), last, today):
                return False
            row.state, row.changed_at = TicketState.CLOSED, now
            row.version += 1
            session.add(row)
            facts = {"state": row.state, "working_days": self._quiet_days}
            note_deed(session, None, AuditAction.TICKET_CLOSED_QUIET, f"ticket:{number}", now, tenant=row.enterprise_id, facts=facts)
        return True

    def _is_over(self, days: Calendar, last: datetime, today: date) -> bool:
        until = closes_after(days, TicketState.ANSWERED, last, self._quiet_days)
        return until is not None and until < today


def _last_words() -> Any:
    message: Any = TicketMessageRow
    return (
        select(col(TicketRow.number), func.max(message.written_at).label("last"))
        .join(TicketMessageRow, message.ticket_number == col(TicketRow.number))
        .where(col(TicketRow.state) == TicketState.ANSWERED, ~message.internal)
        .group_by(col(TicketRow.number))
        .order_by(col(TicketRow.number))
    )


def _last_word(session: Session, number: str) -> datetime | None:
    statement = select(func.max(col(TicketMessageRow.written_at))).where(
        col(TicketMessageRow.ticket_number) == number, ~col(TicketMessageRow.internal)
    )
    return session.execute(statement).scalar_one_or_none()
