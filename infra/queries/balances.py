"""What can be invoiced and how that comes about, as a formula whose parts add up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from domain.ledger import Bucket
from infra.queries.scope import Scope
from infra.tables import BalanceRow, ConsumptionRecordRow, EntityRow


@dataclass(frozen=True, slots=True)
class Balance:
    """Fen in each bucket, and what is available by issuing entity.

    `consumed = excluded + not-open + expired + arrears + seller + reserved + invoiced + available`.
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


def balance(session: Session, scope: Scope) -> Balance:
    """The scope's balance. An enterprise has running totals; one account's share is summed from its records."""
    rows = _of_enterprise(session, scope) if scope.account_id is None else _of_account(session, scope)
    buckets: dict[str, int] = defaultdict(int)
    available: dict[str, int] = defaultdict(int)
    for entity, bucket, amount in rows:
        buckets[bucket] += amount
        if bucket == Bucket.AVAILABLE:
            available[entity] += amount
    names = {row.code: row.name for row in session.execute(select(col(EntityRow.code), col(EntityRow.name)))}
    by_entity = tuple((names.get(entity, entity), amount) for entity, amount in sorted(available.items()) if amount)
    return Balance(dict(buckets), by_entity)


def _of_enterprise(session: Session, scope: Scope) -> list[tuple[str, str, int]]:
    statement = (
        select(col(BalanceRow.entity), col(BalanceRow.bucket), func.sum(col(BalanceRow.amount_fen)))
        .where(col(BalanceRow.enterprise_id) == scope.enterprise_id)
        .group_by(col(BalanceRow.entity), col(BalanceRow.bucket))
    )
    return [(entity, bucket, int(amount)) for entity, bucket, amount in session.execute(statement)]


def _of_account(session: Session, scope: Scope) -> list[tuple[str, str, int]]:
    record: Any = ConsumptionRecordRow
    free = record.invoiceable_fen - record.reserved_fen - record.invoiced_fen
    parts = {
        Bucket.CONSUMED: -record.gross_fen,
        Bucket.EXCLUDED: record.excluded_fen,
        Bucket.SELLER: case((record.seller != "", free), else_=0),
        Bucket.NOT_OPEN: case(((record.seller == "") & ~record.opened, free), else_=0),
        Bucket.AVAILABLE: case(((record.seller == "") & record.opened, free), else_=0),
        Bucket.RESERVED: record.reserved_fen,
        Bucket.INVOICED: record.invoiced_fen,
    }
    sums = [func.coalesce(func.sum(part), 0) for part in parts.values()]
    statement = select(record.entity, *sums).where(record.account_id == scope.account_id).group_by(record.entity)
    return [(row[0], str(bucket), int(amount)) for row in session.execute(statement) for bucket, amount in zip(parts, row[1:], strict=True)]
