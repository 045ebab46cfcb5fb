"""Negatives that are billed in another month than what they correct: they come along with their original's month."""

from collections import Counter
from collections.abc import Sequence, Set
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session

from domain.eligibility import TICKABLE, Standing
from infra.queries.open_months import is_open
from infra.queries.scope import Scope
from infra.queries.time_limits import past_limit, within_limit
from infra.tables import ConsumptionRecordRow

Sums = Counter[tuple[str, str]]
"""Fen by month and entity."""


def crossing_negatives(session: Session, scope: Scope, today: date, months: Sequence[str], out: Set[tuple[str, str]]) -> tuple[Sums, Sums]:
    """Free fen of negatives that are billed in another month, or to another account, than their originals that can be ticked.

    By their own month, and by their original's; of an account only what is its own.
    """
    original: Any = aliased(ConsumptionRecordRow)
    record: Any = ConsumptionRecordRow
    of_month = record.period.in_(months)
    if scope.account_id is not None:
        # What corrects this account's records may be billed to another account, in a month of which this one has nothing.
        of_month = or_(of_month, original.period.in_(months))
    of_these = of_month & original.standing.in_(TICKABLE) & within_limit(today, original)
    return _crossing(session, scope, original, of_these, out)


def crossing_expired(session: Session, scope: Scope, today: date) -> tuple[Sums, Sums]:
    """The same of originals that are past their time limit, tonight's run or not."""
    original: Any = aliased(ConsumptionRecordRow)
    due = original.standing.in_(TICKABLE) & past_limit(today, original) & is_open(original)
    return _crossing(session, scope, original, or_(original.standing == Standing.EXPIRED, due))


def _crossing(session: Session, scope: Scope, original: Any, of_these: Any, out: Set[tuple[str, str]] | None = None) -> tuple[Sums, Sums]:
    record: Any = ConsumptionRecordRow
    free = record.invoiceable_fen - record.reserved_fen - record.invoiced_fen
    keys = [record.period, original.period, record.entity]
    other = record.period != original.period
    if scope.account_id is not None:
        keys += [record.account_id, original.account_id]
        other = or_(record.period != original.period, record.account_id != original.account_id)
    statement = (
        scope.whole.narrow(select(func.sum(free), *keys), record)
        .join(original, original.id == record.original_id)
        .where(record.standing == Standing.BOUND, free != 0, other, of_these)
    )
    elsewhere: Sums = Counter()
    coming: Sums = Counter()
    for amount, own, originals, entity, *accounts in session.execute(statement.group_by(*keys)):
        if out is not None and (originals, entity) not in out:
            continue  # it waits with its original
        if not accounts or accounts[0] == scope.account_id:
            elsewhere[own, entity] += int(amount)
        if not accounts or accounts[1] == scope.account_id:
            coming[originals, entity] += int(amount)
    return elsewhere, coming
