"""Confirming statements: by a customer, by silence, and reminding before that; a dispute is a ticket about the statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.statements import StatementNotice, StatementState, confirm_by
from infra.audit import note_deed
from infra.books.contacts import contact_of
from infra.database import Database, insert_once
from infra.tables import NoticeRow, StatementRow

CUSTOMERS_PER_STEP = 20
"""Mails in one step: it must end within its time."""


class UnknownStatement(Exception):
    """Not there, or not this customer's."""


class SqlConfirmations:
    """Implements `domain.statements.ConfirmationBooks`."""

    def __init__(self, database: Database, default_locale: str) -> None:
        self._database = database
        self._default_locale = default_locale

    def to_remind(self, period: str) -> Sequence[StatementNotice]:
        row: Any = StatementRow
        waiting = (
            select(row.enterprise_id, func.count().label("statements"), func.sum(row.consumed_fen).label("consumed"))
            .where(row.period == period, row.state == StatementState.OPEN, row.reminded_at.is_(None))
            .group_by(row.enterprise_id)
            .order_by(row.enterprise_id)
            .limit(CUSTOMERS_PER_STEP)
        )
        with self._database.read() as session:
            return [self._notice(session, period, found) for found in session.execute(waiting).all()]

    def record(self, notice: StatementNotice, now: datetime) -> None:
        row: Any = StatementRow
        with self._database.write() as session:
            if notice.to:
                values = {"id": notice.id, "life": f"statements:{notice.period}", "channel": "mail", "sent_to": notice.to, "sent_at": now}
                insert_once(session, NoticeRow, values)
            here = (row.enterprise_id == notice.enterprise_id) & (row.period == notice.period) & row.reminded_at.is_(None)
            session.execute(update(StatementRow).where(here).values(reminded_at=now))

    def confirm_silent(self, period: str, now: datetime, limit: int) -> int:
        row: Any = StatementRow
        with self._database.write() as session:
            waiting = select(row.id).where(row.period <= period, row.state == StatementState.OPEN).order_by(row.id).limit(limit)
            ids = list(session.execute(waiting.with_for_update()).scalars())
            values = {"state": StatementState.CONFIRMED, "confirmed_at": now}
            session.execute(update(StatementRow).where(row.id.in_(ids)).values(values))
        return len(ids)

    def _notice(self, session: Session, period: str, found: Any) -> StatementNotice:
        contact = contact_of(session, found.enterprise_id, self._default_locale)
        return StatementNotice(
            f"statement.{period}.{found.enterprise_id}",
            found.enterprise_id,
            period,
            contact.email,
            contact.locale,
            int(found.statements),
            int(found.consumed),
            confirm_by(period),
        )


def confirm(database: Database, enterprise_id: int | None, statement_id: int, by: int, now: datetime) -> None:
    """Confirm a statement; one that is confirmed stays as it is.

    Raises UnknownStatement, and Refusal statement-disputed (ticket).
    """
    with database.write() as session:
        row = session.get(StatementRow, statement_id, with_for_update=True)
        if row is None or row.enterprise_id != enterprise_id:
            raise UnknownStatement(str(statement_id))
        if row.state == StatementState.DISPUTED:
            raise Refusal(Problem("statement", "statement-disputed", {"ticket": row.ticket_number}))
        if row.state == StatementState.OPEN:
            row.state, row.confirmed_at, row.confirmed_by = StatementState.CONFIRMED, now, by
            session.add(row)
            note_deed(session, by, AuditAction.STATEMENT_CONFIRMED, f"statement:{row.id}", now, tenant=row.enterprise_id)


def note_dispute(session: Session, enterprise_id: int, statement_id: int, ticket_number: str) -> None:
    """A ticket about a statement that is open for confirmation disputes it; about another one it is only a ticket."""
    row: Any = StatementRow
    here = (row.id == statement_id) & (row.enterprise_id == enterprise_id) & (row.state == StatementState.OPEN)
    session.execute(update(StatementRow).where(here).values(state=StatementState.DISPUTED, ticket_number=ticket_number))
