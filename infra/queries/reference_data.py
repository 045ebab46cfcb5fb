"""What operators keep for imports, as their pages list it; arrears and top-ups."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlmodel import Session, col

from infra.queries.scope import Scope, utc
from infra.tables import (
    AccountRow,
    ArrearsRow,
    AssistedProductRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    ExchangeRateRow,
    ImportBatchRow,
    ServiceClassRow,
    TopUpRow,
)

PAGE = 50
MOST = 500


def rates(session: Session, currency: str = "", before: date | None = None) -> tuple[list[ExchangeRateRow], date | None]:
    """Fifty rates, the newest day first, and the day before which the next page begins."""
    row: Any = ExchangeRateRow
    statement = select(ExchangeRateRow).order_by(row.day.desc(), row.currency).limit(PAGE + 1)
    if currency:
        statement = statement.where(row.currency == currency)
    if before is not None:
        statement = statement.where(row.day < before)
    found = list(session.execute(statement).scalars())
    if len(found) <= PAGE:
        return found, None
    # Whole days only, so that the day alone says where the next page begins.
    last = found[PAGE].day
    kept = [each for each in found if each.day > last]
    return (kept, kept[-1].day) if kept else (found[:PAGE], last)


def currencies(session: Session) -> list[str]:
    row: Any = ExchangeRateRow
    return list(session.execute(select(row.currency).distinct().order_by(row.currency)).scalars())


def classes(session: Session) -> Sequence[ServiceClassRow]:
    """Every service with a class of its own, by name."""
    return session.execute(select(ServiceClassRow).order_by(col(ServiceClassRow.match)).limit(MOST)).scalars().all()


def assisted_products(session: Session) -> Sequence[AssistedProductRow]:
    return session.execute(select(AssistedProductRow).order_by(col(AssistedProductRow.match)).limit(MOST)).scalars().all()


@dataclass(frozen=True, slots=True)
class Owed:
    """What an account owes by its newest word, in fen."""

    customer: str
    account: str
    number: str
    as_of: date
    amount_fen: int
    noted_at: datetime


def owed(session: Session) -> list[Owed]:
    """Accounts that owe something now, the most first."""
    row: Any = ArrearsRow
    place = func.row_number().over(partition_by=row.account_id, order_by=(row.as_of.desc(), row.id.desc())).label("place")
    newest = select(row.account_id, row.as_of, row.amount_fen, row.noted_at, place).subquery()
    account: Any = AccountRow
    statement = (
        select(col(EnterpriseRow.name).label("customer"), account.name, account.sub_account_id, newest)
        .join(newest, newest.c.account_id == account.id)
        .join(EnterpriseRow, col(EnterpriseRow.id) == account.enterprise_id)
        .where(newest.c.place == 1, newest.c.amount_fen > 0)
        .order_by(newest.c.amount_fen.desc(), account.id)
        .limit(MOST)
    )
    return [
        Owed(one.customer, one.name, one.sub_account_id, one.as_of, one.amount_fen, utc(one.noted_at)) for one in session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class TopUp:
    number: str
    customer: str
    account: str
    day: date
    amount_fen: int
    method: str


def top_ups(session: Session, scope: Scope, after: tuple[date, str] | None = None) -> tuple[list[TopUp], tuple[date, str] | None]:
    """Fifty payments by day, newest first, and where the next page begins."""
    row: Any = TopUpRow
    statement = (
        scope.narrow(
            select(row.number, row.day, row.amount_fen, row.method, col(AccountRow.name).label("account"), col(EnterpriseRow.name)), row
        )
        .join(AccountRow, col(AccountRow.id) == row.account_id)
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .order_by(row.day.desc(), row.number.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        statement = statement.where(tuple_(row.day, row.number) < tuple_(*after))
    found = [TopUp(one.number, one.name, one.account, one.day, one.amount_fen, one.method) for one in session.execute(statement)]
    older = (found[PAGE - 1].day, found[PAGE - 1].number) if len(found) > PAGE else None
    return found[:PAGE], older


@dataclass(frozen=True, slots=True)
class WaitingNegative:
    """A negative record that has waited too long for an original that can carry it; amount in fen, below 0."""

    record_id: int
    customer: str
    account: str
    service: str
    day: date
    order: str
    """The order that it corrects, by its file; empty when it names none."""
    amount_fen: int
    since: datetime


def waiting_negatives(session: Session, since: datetime) -> list[WaitingNegative]:
    """Negatives that came before `since` and wait still, the oldest first, at most 50."""
    row: Any = ConsumptionRecordRow
    waits = row.original_id.is_(None) & (row.invoiceable_fen < 0) & (row.standing == "waiting")
    statement = (
        select(
            row.id,
            row.service,
            row.day,
            row.original_order_number,
            row.invoiceable_fen,
            col(ImportBatchRow.imported_at),
            col(AccountRow.name).label("account"),
            col(EnterpriseRow.name).label("customer"),
        )
        .join(ImportBatchRow, col(ImportBatchRow.id) == row.batch_id)
        .join(AccountRow, col(AccountRow.id) == row.account_id)
        .join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
        .where(waits, col(ImportBatchRow.imported_at) <= since)
        .order_by(col(ImportBatchRow.imported_at), row.id)
        .limit(PAGE)
    )
    return [
        WaitingNegative(
            one.id, one.customer, one.account, one.service, one.day, one.original_order_number, one.invoiceable_fen, utc(one.imported_at)
        )
        for one in session.execute(statement)
    ]
