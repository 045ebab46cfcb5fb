"""Refunds that a part of the balance has and the picker lists elsewhere: under their original, or (without one) nowhere yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.eligibility import TICKABLE, Standing
from domain.ledger import WAITING, Bucket
from infra.queries.balances import is_waiting
from infra.queries.open_months import is_open
from infra.queries.scope import Scope
from infra.queries.time_limits import past_limit
from infra.tables import AccountRow, ConsumptionRecordRow

PAGE = 50


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund and what it corrects. `amount_fen` is what the bucket has of it, below 0."""

    id: int
    service: str
    account: str
    day: date
    amount_fen: int
    order_number: str
    """The order that it names, or its original has; empty without one."""
    original_period: str = ""
    """The month in which the original is billed; empty while it waits, or when the original is not the reader's to see."""
    original_account: int = 0
    order_is_here: bool = False
    """Whether the reader's lists have that order."""


@dataclass(frozen=True, slots=True)
class Refunds:
    """The newest fifty of a place, whether there are more, and the fen of all of them by account."""

    newest: tuple[Refund, ...]
    more: bool
    sums: dict[int, int]


def refunds_of(session: Session, scope: Scope, today: date, bucket: str, place: tuple[str, str, int], account: int | None) -> Refunds:
    """Those of a month, entity and rate that correct another month or account, and of `WAITING` all. With `account` its own alone."""
    record: Any = ConsumptionRecordRow
    original: Any = aliased(ConsumptionRecordRow)
    amount = _amount(bucket)
    period, entity, rate_bp = place
    here = [record.period == period, record.entity == entity, record.rate_bp == rate_bp, amount != 0]
    here += [is_waiting()] if bucket == WAITING else [record.standing == Standing.BOUND, _is_elsewhere(original, bucket)]
    if bucket in (Bucket.AVAILABLE, Bucket.EXPIRED, Bucket.NOT_OPEN):
        here.append(_home(original, today) == bucket)
    if account is not None:
        here.append(record.account_id == account)

    def asked(*columns: Any) -> Any:
        statement = scope.narrow(select(*columns), record).outerjoin(original, original.id == record.original_id)
        return statement.where(*here)

    by_account = session.execute(asked(record.account_id, func.sum(amount)).group_by(record.account_id))
    sums = {account_id: int(fen) for account_id, fen in by_account}
    rows: Sequence[Any] = ()
    if sums:
        columns = asked(
            record.id,
            record.service,
            record.day,
            record.original_order_number,
            original.order_number,
            original.period.label("original_period"),
            original.account_id.label("original_account"),
            col(AccountRow.name).label("account"),
            amount.label("amount_fen"),
        ).join(AccountRow, col(AccountRow.id) == record.account_id)
        rows = session.execute(columns.order_by(record.day.desc(), record.id.desc()).limit(PAGE + 1)).all()
    orders = _orders_here(session, scope, [_order(row, scope) for row in rows])
    return Refunds(tuple(_refund(row, scope, orders) for row in rows[:PAGE]), len(rows) > PAGE, sums)


def _refund(row: Any, scope: Scope, orders: set[str]) -> Refund:
    order, known = _order(row, scope), _is_seen(row, scope)
    return Refund(
        row.id,
        row.service,
        row.account,
        row.day,
        row.amount_fen,
        order,
        row.original_period if known else "",
        row.original_account if known else 0,
        order in orders,
    )


def _is_seen(row: Any, scope: Scope) -> bool:
    return row.original_period is not None and scope.account_id in (None, row.original_account)


def _order(row: Any, scope: Scope) -> str:
    named: str = row.original_order_number
    return named or (row.order_number if _is_seen(row, scope) else "")


def _orders_here(session: Session, scope: Scope, numbers: list[str]) -> set[str]:
    """Those of these orders that the scope has consumption of."""
    record: Any = ConsumptionRecordRow
    wanted = sorted({number for number in numbers if number})
    if not wanted:
        return set()
    statement = scope.narrow(select(record.order_number), record).where(record.order_number != "", record.order_number.in_(wanted))
    statement = statement.where(record.original_id.is_(None), record.invoiceable_fen > 0)
    return set(session.execute(statement.distinct()).scalars())


def _amount(bucket: str) -> Any:
    """SQL: what of a refund is in a bucket."""
    record: Any = ConsumptionRecordRow
    columns: dict[str, Any] = {
        Bucket.CONSUMED: record.gross_fen,
        Bucket.EXCLUDED: record.excluded_fen,
        Bucket.RESERVED: record.reserved_fen,
        Bucket.INVOICED: record.invoiced_fen,
        Bucket.ARREARS: record.held_fen,
    }
    free = record.invoiceable_fen - record.reserved_fen - record.invoiced_fen - record.held_fen
    return columns.get(bucket, free)


def _is_elsewhere(original: Any, bucket: str) -> Any:
    """SQL: the list of this place's records does not have the original."""
    record: Any = ConsumptionRecordRow
    elsewhere = or_(original.period != record.period, original.account_id != record.account_id)
    return or_(elsewhere, original.excluded_fen == 0) if bucket == Bucket.EXCLUDED else elsewhere


def _home(original: Any, today: date) -> Any:
    """SQL: the bucket of what is free of a bound refund, which is its original's, also of what passed its limit since last night."""
    record: Any = ConsumptionRecordRow
    past = or_(record.expired, and_(original.standing.in_(TICKABLE), past_limit(today, original)))
    return case((~is_open(original), Bucket.NOT_OPEN.value), (past, Bucket.EXPIRED.value), else_=Bucket.AVAILABLE.value)
