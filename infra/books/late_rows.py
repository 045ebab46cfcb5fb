"""Rows of a month whose statement is out: they go to the next statement that is not, so that what a customer was told stays (I14)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlmodel import Session

from domain.calendar import next_period, start_of
from domain.consumption import PricedLine, last_open_period
from domain.ledger import Bucket
from domain.statements import StatementState
from infra.books.binding import chunks
from infra.tables import BalanceRow, StatementRow

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
    """Those of the wanted that take no more rows: made before that day in China, or somebody relies on what they said.

    So it is when one is confirmed, disputed or charged, or when applications and invoices have taken all of it: a statement that was
    taken whole stays whole. Records of an open one that were taken one by one keep nothing else from it.
    """
    periods = sorted({period for _, _, period in wanted})
    found: set[Statement] = set()
    made: Any = StatementRow
    balance: Any = BalanceRow
    relied_on = or_(made.made_at < start_of(made_until), made.state != StatementState.OPEN, made.charged_on.is_not(None))
    for chunk in chunks(sorted({enterprise_id for enterprise_id, _, _ in wanted})):
        closed = select(made.enterprise_id, made.entity, made.period).where(
            made.enterprise_id.in_(chunk), made.period.in_(periods), relied_on
        )
        found |= {(row.enterprise_id, row.entity, row.period) for row in session.execute(closed)}
        # That a month has a statement at all need not be asked: what has none cannot be taken.
        keys = (balance.enterprise_id, balance.entity, balance.period)
        taken = (
            select(*keys)
            .where(balance.enterprise_id.in_(chunk), balance.period.in_(periods))
            .group_by(*keys)
            .having(_sum_of(Bucket.RESERVED, Bucket.INVOICED) != 0, _sum_of(Bucket.AVAILABLE, Bucket.ARREARS) == 0)
        )
        found |= {(row.enterprise_id, row.entity, row.period) for row in session.execute(taken)}
    return found & wanted


def _sum_of(*buckets: Bucket) -> Any:
    balance: Any = BalanceRow
    return func.sum(case((balance.bucket.in_(buckets), balance.amount_fen), else_=0))
