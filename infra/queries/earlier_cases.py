"""A customer's other applications, as a reviewer sees them beside a case."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from domain.lifecycle import ApplicationState
from domain.review_phrases import Phrase
from infra.queries.review_phrases import chosen_phrases
from infra.queries.scope import utc
from infra.tables import ApplicationRow, InvoiceRow

EARLIER = 10
"""Earlier applications that are listed; all of a year are counted."""


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """One of them. `reason` is what was typed at its decision, after the ready phrase."""

    number: str
    state: str
    amount_fen: int
    title_name: str
    submitted_at: datetime
    reason: str
    phrase: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The customer's other applications: the newest, and how many of the last 12 months ended how."""

    newest: tuple[EarlierCase, ...]
    year: int
    rejected: int
    returned: int


def earlier_of(session: Session, row: ApplicationRow, now: datetime) -> Earlier:
    """All but this one."""
    table: Any = ApplicationRow
    others = (table.enterprise_id == row.enterprise_id, table.number != row.number)
    columns = (table.number, table.state, table.amount_fen, table.title_name, table.submitted_at, table.reason, table.reason_phrase)
    newest = session.execute(select(*columns).where(*others).order_by(table.submitted_at.desc(), table.number.desc()).limit(EARLIER)).all()
    year = (*others, table.submitted_at >= now - timedelta(days=365))
    states = dict(session.execute(select(table.state, func.count()).where(*year).group_by(table.state)).all())
    invoice: Any = InvoiceRow
    returned = session.execute(
        select(func.count()).where(invoice.enterprise_id == row.enterprise_id, invoice.red_issued_at >= now - timedelta(days=365))
    ).scalar_one()
    phrases = chosen_phrases(session, (one.reason_phrase for one in newest))
    shown = tuple(
        EarlierCase(
            one.number, one.state, one.amount_fen, one.title_name, utc(one.submitted_at), one.reason, phrases.get(one.reason_phrase)
        )
        for one in newest
    )
    return Earlier(shown, sum(states.values()), states.get(str(ApplicationState.REJECTED), 0), returned)
