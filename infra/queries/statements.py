"""Monthly statements: a customer's consumption by month and issuing entity, from running totals (features 7 and 8)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.calendar import opens_on
from domain.choosing import RecordQuery
from domain.ledger import Bucket
from infra.queries.scope import Scope
from infra.tables import BalanceRow, EntityRow

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Statement:
    """One month of one issuing entity; fen by bucket. It is there from `opens_on` on, and is invoiced whole."""

    period: str
    entity: str
    entity_name: str
    buckets: Mapping[str, int]
    opens_on: date

    def of(self, bucket: str) -> int:
        return self.buckets.get(bucket, 0)

    @property
    def consumed_fen(self) -> int:
        return -self.of(Bucket.CONSUMED)

    @property
    def free_fen(self) -> int:
        """What applying for it would bring, but for what arrears take."""
        return self.of(Bucket.AVAILABLE)

    @property
    def query(self) -> str:
        """How it is ticked."""
        return RecordQuery(self.period, None, self.entity).text

    def is_out(self, today: date) -> bool:
        return self.opens_on <= today


def statements(session: Session, scope: Scope) -> tuple[Statement, ...]:
    """The newest 24 months with consumption, newest first, the entities of a month by code."""
    row: Any = BalanceRow
    columns = select(row.period, row.entity, row.bucket, func.sum(row.amount_fen))
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for period, entity, bucket, amount in session.execute(scope.narrow(columns, row).group_by(row.period, row.entity, row.bucket)):
        found[period, entity][bucket] = int(amount)
    months = sorted({period for period, _ in found}, reverse=True)[:MONTHS]
    names = {each.code: each.name for each in session.execute(select(col(EntityRow.code), col(EntityRow.name)))}
    return tuple(
        Statement(period, entity, names.get(entity, entity), found[period, entity], opens_on(period))
        for period in months
        for entity in sorted(entity for of, entity in found if of == period)
    )
