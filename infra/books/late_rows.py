"""Rows of a month whose statement is out: they go to the next statement that is not, so that what a customer was told stays (I14)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import china_date, next_period
from domain.consumption import PricedLine, last_open_period
from infra.books.binding import chunks
from infra.queries.scope import utc
from infra.tables import StatementRow

GRACE_DAYS = 3
"""Days after it was made in which a statement still takes rows in: several files of one month come one after the other."""

Statement = tuple[int, str, str]
"""Enterprise, entity, month."""


def move_late_rows(
    session: Session, priced: Sequence[PricedLine], today: date, grace_days: int = GRACE_DAYS
) -> tuple[list[PricedLine], int]:
    """The lines with the month whose statement they come on, and how many of them came late.

    Negatives stay where they are: they go with what they correct, and lower what can be invoiced as soon as they are known.
    """
    out = _closed_statements(session, {_statement(line) for line in priced}, today - timedelta(days=grace_days))
    if not out:
        return list(priced), 0
    following = next_period(last_open_period(today))
    moved = [_is_late(line, out) for line in priced]
    lines = [replace(line, line=replace(line.line, period=following)) if late else line for line, late in zip(priced, moved, strict=True)]
    return lines, sum(moved)


def _statement(priced: PricedLine) -> Statement:
    return priced.enterprise_id, priced.entity, priced.line.period


def _is_late(priced: PricedLine, out: set[Statement]) -> bool:
    return priced.cost_yuan >= 0 and _statement(priced) in out


def _closed_statements(session: Session, wanted: set[Statement], made_until: date) -> set[Statement]:
    """Those of the wanted that were made before that day in China."""
    periods = sorted({period for _, _, period in wanted})
    found: set[Statement] = set()
    for chunk in chunks(sorted({enterprise_id for enterprise_id, _, _ in wanted})):
        row = StatementRow
        statement = select(col(row.enterprise_id), col(row.entity), col(row.period), col(row.made_at)).where(
            col(row.enterprise_id).in_(chunk), col(row.period).in_(periods)
        )
        found |= {(one.enterprise_id, one.entity, one.period) for one in session.execute(statement) if _day(one.made_at) < made_until}
    return found & wanted


def _day(moment: datetime) -> date:
    return china_date(utc(moment))
