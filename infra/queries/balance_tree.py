"""The balance as a tree: bucket, month, entity and rate, account. Every level is a few sums of running totals (feature 42)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.ledger import WAITING, Bucket
from infra.queries.balances import held_anew, just_expired, waiting_sums
from infra.queries.finding_records import RecordFilter, conditions_of, newest_of
from infra.queries.open_months import months_of
from infra.queries.refunds import Refunds, refunds_of
from infra.queries.scope import Scope
from infra.tables import AccountRow, BalanceRow, EntityRow

Sums = Mapping[tuple[Any, ...], int]
"""Fen by bucket and the columns that were asked for, in their order."""


@dataclass(frozen=True, slots=True)
class BalancePath:
    """How far down the tree, as it stands in the address. What is set below something that is not is a filter of every level."""

    bucket: str = ""
    period: str = ""
    entity: str = ""
    rate_bp: int | None = None
    account_id: int | None = None

    @property
    def depth(self) -> int:
        """How many levels are open: 0 shows the buckets, 1 the months of one, 2 a month's sales, 3 their accounts."""
        if not self.bucket:
            return 0
        if not self.period:
            return 1
        return 3 if self.entity and self.rate_bp is not None else 2

    def upto(self, level: int) -> "BalancePath":
        """The filters of the rows of a level: what is chosen above it, and what is no step of the way down."""
        chosen = self
        if level < 1 <= self.depth:
            chosen = replace(chosen, bucket="")
        if level < 2 <= self.depth:
            chosen = replace(chosen, period="")
        if level < 3 <= self.depth:
            chosen = replace(chosen, entity="", rate_bp=None)
        return chosen

    @property
    def fields(self) -> dict[str, str]:
        """As in an address, without what is empty."""
        rate = "" if self.rate_bp is None else str(self.rate_bp)
        account = "" if self.account_id is None else str(self.account_id)
        named = {"bucket": self.bucket, "period": self.period, "entity": self.entity, "rate": rate, "account": account}
        return {name: value for name, value in named.items() if value}


LEVELS: tuple[tuple[str, ...], ...] = ((), ("period",), ("entity", "rate_bp"), ("account_id",))
"""The columns that the rows of a level differ by, beside the bucket."""


@dataclass(frozen=True, slots=True)
class BalanceTree:
    """The open levels from the buckets down, the months of all buckets, and names. Amounts in fen."""

    path: BalancePath
    levels: tuple[Sums, ...]
    months: Sums
    """By bucket and month, under the filters of the first level: for the plot."""
    accounts: Mapping[int, str]
    entities: Mapping[str, str]
    periods: tuple[str, ...]
    rates: tuple[int, ...]
    refunds: Refunds | None = None
    """Of the deepest level: what the picker lists elsewhere."""
    empty: frozenset[int] = frozenset()
    """Accounts of the deepest level whose list of records is empty: all that they have are such refunds."""


def balance_tree(session: Session, scope: Scope, today: date, path: BalancePath, listed_as: str = "all") -> BalanceTree:
    """The tree as far as the path leads. What passed its limit since last night counts as expired, as on the home page.

    `listed_as` is the picker's filter for the path's bucket.
    """
    months = sums(session, scope, today, path.upto(0), ("period",))
    levels: list[Sums] = [_added_up(months)]
    if path.depth:
        wanted = path.upto(1)
        levels.append({key: amount for key, amount in months.items() if key[0] == wanted.bucket})
    levels += [sums(session, scope, today, path.upto(level), LEVELS[level]) for level in range(2, path.depth + 1)]
    refunds, empty = None, frozenset[int]()
    if path.depth == len(LEVELS) - 1 and path.rate_bp is not None:
        refunds = refunds_of(session, scope, today, path.bucket, (path.period, path.entity, path.rate_bp), path.account_id)
        empty = _empty(session, scope, today, path, listed_as, refunds)
    row: Any = BalanceRow
    rates = session.execute(scope.narrow(select(row.rate_bp), row).distinct().order_by(row.rate_bp)).scalars()
    periods = session.execute(scope.narrow(select(row.period), row).distinct().order_by(row.period.desc())).scalars()
    accounts = select(col(AccountRow.id), col(AccountRow.name)).where(col(AccountRow.enterprise_id) == scope.enterprise_id)
    if scope.account_id is not None:
        accounts = accounts.where(col(AccountRow.id) == scope.account_id)
    entities = session.execute(select(col(EntityRow.code), col(EntityRow.name)).order_by(col(EntityRow.code)))
    return BalanceTree(
        path,
        tuple(levels),
        months,
        {found.id: found.name for found in session.execute(accounts.order_by(col(AccountRow.id)))},
        {found.code: found.name for found in entities},
        tuple(periods),
        tuple(rates),
        refunds,
        empty,
    )


def _empty(session: Session, scope: Scope, today: date, path: BalancePath, listed_as: str, refunds: Refunds) -> frozenset[int]:
    """Of the accounts with such refunds, those of which the picker lists nothing."""
    conditions = conditions_of(listed_as, today, months_of(session, scope, path.period))

    def lists(account_id: int) -> bool:
        chosen = RecordFilter(listed_as, path.period, account_id, path.entity, rate=path.rate_bp)
        return bool(conditions) and session.execute(newest_of(scope, chosen, conditions, 1)).first() is not None

    return frozenset(account_id for account_id in refunds.sums if path.bucket == WAITING or not lists(account_id))


def sums(session: Session, scope: Scope, today: date, path: BalancePath, columns: tuple[str, ...]) -> Sums:
    """Fen by bucket and these columns of `balance`, under the path's filters; what is zero is left out."""
    row: Any = BalanceRow
    keys = [getattr(row, name) for name in columns]
    statement = _filtered(scope.narrow(select(row.bucket, *keys, func.sum(row.amount_fen)), row), row, path)
    found: dict[tuple[Any, ...], int] = defaultdict(int)
    for each in session.execute(statement.group_by(row.bucket, *keys)):
        found[tuple(each[:-1])] += int(each[-1])
    for bucket, place, amount in just_expired(session, scope, today, columns, lambda asked, record: _filtered(asked, record, path)):
        found[bucket, *place] -= amount
        found[Bucket.EXPIRED.value, *place] += amount
    for place, more in held_anew(session, scope, today, columns, lambda asked, record: _filtered(asked, record, path)):
        found[Bucket.AVAILABLE.value, *place] -= more
        found[Bucket.ARREARS.value, *place] += more
    wanted = path.bucket
    if wanted in ("", Bucket.NOT_OPEN, WAITING):
        filters = {"period": path.period or None, "entity": path.entity or None, "rate_bp": path.rate_bp, "account_id": path.account_id}
        only = {name: value for name, value in filters.items() if value is not None}
        for place, amount in waiting_sums(session, scope, columns, only).items():
            found[Bucket.NOT_OPEN.value, *place] -= amount
            found[WAITING, *place] += amount
    return {key: amount for key, amount in sorted(found.items()) if amount and wanted in ("", key[0])}


def _added_up(months: Sums) -> Sums:
    added: dict[tuple[Any, ...], int] = defaultdict(int)
    for (bucket, *_), amount in months.items():
        added[bucket,] += amount
    return {key: amount for key, amount in added.items() if amount}


def _filtered(statement: Any, table: Any, path: BalancePath) -> Any:
    """Without the bucket: what just expired changes it."""
    for name in ("period", "entity"):
        if getattr(path, name):
            statement = statement.where(getattr(table, name) == getattr(path, name))
    for name in ("rate_bp", "account_id"):
        if getattr(path, name) is not None:
            statement = statement.where(getattr(table, name) == getattr(path, name))
    return statement
