"""Which months are open: what was consumed can be invoiced once its month's statement is out (feature 7).

That is a fact of the statement and stands in no record, so that opening a month of a million records changes none of them. A bound
negative is open when its original is, whatever month it is billed in.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, false, or_, select
from sqlmodel import Session

from domain.ledger import Bucket
from infra.queries.scope import Scope
from infra.tables import BalanceRow, ConsumptionRecordRow, StatementRow

Statement = tuple[int, str, str]
"""Enterprise, month, entity."""

_CHUNK = 500


def is_out(statement: Any = StatementRow) -> Any:
    """SQL: what is on it can be invoiced."""
    return ~statement.postpaid | statement.charged_on.is_not(None)


def of_record(record: Any, statement: Any = StatementRow) -> Any:
    """SQL: the statement that a record (or a running total) is on."""
    return and_(statement.enterprise_id == record.enterprise_id, statement.period == record.period, statement.entity == record.entity)


def is_open(record: Any = ConsumptionRecordRow) -> Any:
    """SQL: its month is open. Lists do not ask this of each record, see `OpenMonths`.

    A scalar and not EXISTS, which a database may turn into a join that begins with the statements and reads all their records.
    """
    made: Any = StatementRow
    return select(made.id).where(of_record(record), is_out()).scalar_subquery().is_not(None)


def out_of(session: Session, wanted: Iterable[Statement]) -> set[Statement]:
    """Those of these statements that are out."""
    row: Any = StatementRow
    places = set(wanted)
    periods = sorted({period for _, period, _ in places})
    customers = sorted({enterprise_id for enterprise_id, _, _ in places})
    found: set[Statement] = set()
    for start in range(0, len(customers), _CHUNK):
        here = row.enterprise_id.in_(customers[start : start + _CHUNK]) & row.period.in_(periods)
        found.update(
            (each[0], each[1], each[2]) for each in session.execute(select(row.enterprise_id, row.period, row.entity).where(here, is_out()))
        )
    return found & places


@dataclass(frozen=True, slots=True)
class OpenMonths:
    """A customer's months: the entities whose statement is out, and those with consumption whose statement is not.

    A list looks each month up by an index of its own: asking every record would read those that are not open, too.
    """

    out: Mapping[str, frozenset[str]]
    closed: Mapping[str, frozenset[str]]

    def opened(self, first: str) -> list[Any]:
        """SQL for each month that is open, from one on."""
        return [self._month(period, self.out, self.closed) for period in sorted(self.out) if period >= first]

    def not_open(self) -> list[Any]:
        """SQL for each month that is not."""
        return [self._month(period, self.closed, self.out) for period in sorted(self.closed)]

    def any_opened(self, first: str) -> Any:
        """SQL for all of them at once: for counting, where no order is asked for."""
        record: Any = ConsumptionRecordRow
        whole = [period for period in sorted(self.out) if period >= first and period not in self.closed]
        parts = [self._month(period, self.out, self.closed) for period in sorted(self.out.keys() & self.closed) if period >= first]
        return or_(record.period.in_(whole), *parts) if whole or parts else false()

    @staticmethod
    def _month(period: str, these: Mapping[str, frozenset[str]], others: Mapping[str, frozenset[str]]) -> Any:
        record: Any = ConsumptionRecordRow
        month = record.period == period
        return month & record.entity.in_(sorted(these[period])) if period in others else month


def months_of(session: Session, scope: Scope, period: str = "") -> OpenMonths:
    """The months of one customer, or one of them, from its statements and running totals."""
    if scope.enterprise_id is None:
        raise ValueError("months are asked for of one customer")
    made: Any = StatementRow
    balance: Any = BalanceRow
    out = select(made.period, made.entity).where(made.enterprise_id == scope.enterprise_id, is_out())
    all_of_it = select(balance.period, balance.entity).where(
        balance.enterprise_id == scope.enterprise_id, balance.bucket == Bucket.CONSUMED
    )
    closed = all_of_it.where(~is_open(balance)).distinct()
    if period:
        out, closed = out.where(made.period == period), closed.where(balance.period == period)
    return OpenMonths(_by_period(session.execute(out)), _by_period(session.execute(closed)))


def _by_period(rows: Iterable[Any]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row.period].add(row.entity)
    return {period: frozenset(entities) for period, entities in found.items()}
