"""What can be invoiced and how that comes about, as a formula whose parts add up."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.eligibility import Standing
from domain.ledger import Bucket
from infra.queries.scope import Scope
from infra.queries.time_limits import past_limit
from infra.tables import BalanceRow, ConsumptionRecordRow, EntityRow


@dataclass(frozen=True, slots=True)
class Balance:
    """Fen in each bucket, and what is available by issuing entity.

    `consumed = excluded + not-open + expired + arrears + seller + assisted + reserved + invoiced + available`.
    """

    buckets: Mapping[str, int]
    available_by_entity: tuple[tuple[str, int], ...]

    def of(self, bucket: str) -> int:
        return self.buckets.get(bucket, 0)

    @property
    def available_fen(self) -> int:
        return self.of(Bucket.AVAILABLE)

    @property
    def consumed_fen(self) -> int:
        return -self.of(Bucket.CONSUMED)


def balance(session: Session, scope: Scope, today: date) -> Balance:
    """The scope's balance, from running totals. What passed its time limit since the last night counts as expired already."""
    rows = _sums(session, scope)
    buckets: dict[str, int] = defaultdict(int)
    available: dict[str, int] = defaultdict(int)
    for entity, bucket, amount in rows:
        buckets[bucket] += amount
        if bucket == Bucket.AVAILABLE:
            available[entity] += amount
    for bucket, (entity,), amount in just_expired(session, scope, today, ("entity",)):
        buckets[bucket] -= amount
        buckets[Bucket.EXPIRED] += amount
        if bucket == Bucket.AVAILABLE:
            available[entity] -= amount
    names = {row.code: row.name for row in session.execute(select(col(EntityRow.code), col(EntityRow.name)))}
    by_entity = tuple((names.get(entity, entity), amount) for entity, amount in sorted(available.items()) if amount)
    return Balance(dict(buckets), by_entity)


def just_expired(
    session: Session,
    scope: Scope,
    today: date,
    columns: Sequence[str],
    narrowed: Callable[[Any, Any], Any] = lambda statement, _row: statement,
) -> Iterator[tuple[str, tuple[Any, ...], int]]:
    """What passed its last day yesterday or, when no night's run took place, before: bucket, values of these columns, fen.

    `narrowed` puts further conditions on the statement.
    """
    record: Any = ConsumptionRecordRow
    due = scope.narrow(select(record.id).where(record.standing.in_((Standing.FREE, Standing.HELD)), past_limit(today)), record)
    free = record.invoiceable_fen - record.reserved_fen - record.invoiced_fen - record.held_fen
    keys = [getattr(record, name) for name in columns]
    # Two statements: with OR the database would read every record.
    for whose in (record.id, record.original_id):
        statement = narrowed(select(*keys, func.sum(free), func.sum(record.held_fen)), record).where(whose.in_(due.scalar_subquery()))
        for *key, free_fen, held_fen in session.execute(statement.group_by(*keys) if keys else statement):
            yield Bucket.AVAILABLE.value, tuple(key), int(free_fen or 0)
            yield Bucket.ARREARS.value, tuple(key), int(held_fen or 0)


def _sums(session: Session, scope: Scope) -> list[tuple[str, str, int]]:
    row: Any = BalanceRow
    statement = scope.narrow(select(row.entity, row.bucket, func.sum(row.amount_fen)), row)
    rows = session.execute(statement.group_by(row.entity, row.bucket))
    return [(entity, bucket, int(amount)) for entity, bucket, amount in rows]
