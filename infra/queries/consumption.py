"""Consumption records for choosing: one page of originals with their negatives, each with the reason when it cannot be ticked."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from domain.eligibility import RecordFacts, last_day, why_not
from domain.errors import Problem
from domain.splitting import SplitItem
from infra.queries.scope import Scope
from infra.tables import AccountRow, ApplicationItemRow, ApplicationRow, ConsumptionRecordRow, EntityRow

PAGE = 50
MOST_TICKED = 1000
"""Records in one application: what a form and its address can carry."""
COUNTED_TO = 1000
_HOLDING = ("reviewing", "issuing", "issued", "partly-issued")


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """The picker's filters, as they stand in the address. `show` is all, can, cannot, or a bucket of the balance."""

    show: str = "all"
    period: str = ""
    account: int | None = None
    entity: str = ""
    order: str = ""
    after: tuple[date, int] | None = None
    """The last record of the page before: day and id."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as shown. Amounts in fen; `available_fen` is what could still be invoiced of it alone."""

    id: int
    service: str
    order_number: str
    account: str
    entity: str
    entity_code: str
    rate_bp: int
    day: date
    period: str
    gross_fen: int
    excluded_fen: int
    available_fen: int
    original_id: int | None
    item: SplitItem
    why_not: Problem | None = None
    negatives: tuple["Record", ...] = field(default=())

    @property
    def group_fen(self) -> int:
        """With the negatives that come along."""
        return self.available_fen + sum(negative.available_fen for negative in self.negatives)


@dataclass(frozen=True, slots=True)
class RecordPage:
    records: tuple[Record, ...]
    older: tuple[date, int] | None
    """Where the next page begins, or None on the last."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: (value, word) pairs, and how many records can and cannot be ticked (at most 1,000 counted)."""

    periods: tuple[str, ...]
    accounts: tuple[tuple[int, str], ...]
    entities: tuple[tuple[str, str], ...]
    can: int
    everything: int


@lru_cache(maxsize=32)
def earliest_day(today: date) -> date:
    """The oldest day whose consumption is within its six months today."""
    day = today - timedelta(days=190)
    while last_day(day) < today:
        day += timedelta(days=1)
    return day


def _free(record: Any) -> Any:
    return record.invoiceable_fen - record.reserved_fen - record.invoiced_fen


def _can(today: date) -> Any:
    record: Any = ConsumptionRecordRow
    return (record.seller == "") & record.original_id.is_(None) & record.opened & (_free(record) > 0) & (record.day >= earliest_day(today))


def _shown(show: str, today: date) -> Any | None:
    """The condition of a `show` value, None for all."""
    record: Any = ConsumptionRecordRow
    conditions = {
        "can": _can(today),
        "cannot": ~_can(today),
        "excluded": record.excluded_fen != 0,
        "not-open": (record.seller == "") & ~record.opened,
        "expired": (record.seller == "") & record.opened & (record.day < earliest_day(today)) & (_free(record) > 0),
        "seller": record.seller != "",
        "reserved": record.reserved_fen != 0,
        "invoiced": record.invoiced_fen != 0,
    }
    return conditions.get(show)


def _columns() -> Any:
    record: Any = ConsumptionRecordRow
    return (
        select(
            record.id,
            record.service,
            record.category,
            record.classification_code,
            record.unit,
            record.order_number,
            record.entity,
            record.rate_bp,
            record.day,
            record.period,
            record.gross_fen,
            record.excluded_fen,
            record.invoiceable_fen,
            record.reserved_fen,
            record.invoiced_fen,
            record.opened,
            record.seller,
            record.original_id,
            col(AccountRow.name).label("account_name"),
            col(EntityRow.name).label("entity_name"),
        )
        .join(AccountRow, col(AccountRow.id) == record.account_id)
        .join(EntityRow, col(EntityRow.code) == record.entity)
    )


def records_page(session: Session, scope: Scope, chosen: RecordFilter, today: date) -> RecordPage:
    """Fifty originals by day, newest first, and the negatives bound to them."""
    record: Any = ConsumptionRecordRow
    statement = _filtered(_columns().where(record.original_id.is_(None)), scope, chosen, today)
    if chosen.after:
        day, last = chosen.after
        statement = statement.where(or_(record.day < day, (record.day == day) & (record.id < last)))
    rows = session.execute(statement.order_by(record.day.desc(), record.id.desc()).limit(PAGE + 1)).all()
    older = (rows[PAGE - 1].day, rows[PAGE - 1].id) if len(rows) > PAGE else None
    return RecordPage(_with_negatives(session, scope, rows[:PAGE], today), older)


def _filtered(statement: Any, scope: Scope, chosen: RecordFilter, today: date) -> Any:
    record: Any = ConsumptionRecordRow
    statement = scope.narrow(statement, record)
    condition = _shown(chosen.show, today)
    if condition is not None:
        statement = statement.where(condition)
    if chosen.period:
        statement = statement.where(record.period == chosen.period)
    if chosen.account is not None:
        statement = statement.where(record.account_id == chosen.account)
    if chosen.entity:
        statement = statement.where(record.entity == chosen.entity)
    if chosen.order:
        statement = statement.where(record.order_number == chosen.order)
    return statement


def chosen_records(session: Session, scope: Scope, ids: Collection[int], today: date) -> tuple[Record, ...]:
    """The records with these ids that the scope may see (originals only), with their negatives, oldest first."""
    if not ids:
        return ()
    record: Any = ConsumptionRecordRow
    statement = scope.narrow(_columns(), record).where(record.id.in_(sorted(set(ids))[:MOST_TICKED]), record.original_id.is_(None))
    return _with_negatives(session, scope, session.execute(statement.order_by(record.day, record.id)).all(), today)


def ids_of_all(session: Session, scope: Scope, chosen: RecordFilter, today: date) -> list[int]:
    """Ids of what can be ticked under these filters, at most 1,000."""
    record: Any = ConsumptionRecordRow
    statement = _filtered(select(record.id), scope, chosen, today).where(_can(today))
    return list(session.execute(statement.order_by(record.day.desc(), record.id.desc()).limit(MOST_TICKED)).scalars())


def choices(session: Session, scope: Scope, today: date) -> Choices:
    """What stands in the filters for this scope."""
    record: Any = ConsumptionRecordRow
    periods = session.execute(scope.narrow(select(record.period), record).distinct().order_by(record.period.desc()).limit(24))
    accounts = select(col(AccountRow.id), col(AccountRow.name)).where(col(AccountRow.enterprise_id) == scope.enterprise_id)
    if scope.account_id is not None:
        accounts = accounts.where(col(AccountRow.id) == scope.account_id)
    entities = session.execute(select(col(EntityRow.code), col(EntityRow.name)).order_by(col(EntityRow.code)))
    originals = scope.narrow(select(record.id), record).where(record.original_id.is_(None))
    return Choices(
        tuple(periods.scalars()),
        tuple((row.id, row.name) for row in session.execute(accounts.order_by(col(AccountRow.id)))),
        tuple((row.code, row.name) for row in entities),
        _count(session, originals.where(_can(today))),
        _count(session, originals),
    )


def _count(session: Session, statement: Any) -> int:
    """How many, counted no further than 1,000."""
    return int(session.execute(select(func.count()).select_from(statement.limit(COUNTED_TO).subquery())).scalar_one())


def _with_negatives(session: Session, scope: Scope, rows: Sequence[Any], today: date) -> tuple[Record, ...]:
    record: Any = ConsumptionRecordRow
    ids = [row.id for row in rows]
    negatives: Sequence[Any] = ()
    if ids:
        statement = scope.narrow(_columns(), record).where(record.original_id.in_(ids)).order_by(record.day, record.id)
        negatives = session.execute(statement).all()
    holders = _holders(session, [row.id for row in [*rows, *negatives] if row.reserved_fen or row.invoiced_fen])
    bound: dict[int, list[Record]] = defaultdict(list)
    for row in negatives:
        bound[row.original_id].append(_record(row, today, holders))
    return tuple(_record(row, today, holders, tuple(bound[row.id])) for row in rows)


def _holders(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """The application that has each of these records now."""
    wanted = list(ids)
    if not wanted:
        return {}
    item: Any = ApplicationItemRow
    statement = (
        select(item.record_id, item.application_number)
        .join(ApplicationRow, col(ApplicationRow.number) == item.application_number)
        .where(item.record_id.in_(wanted), col(ApplicationRow.state).in_(_HOLDING))
        .order_by(col(ApplicationRow.submitted_at))
    )
    return {row.record_id: row.application_number for row in session.execute(statement)}


def _record(row: Any, today: date, holders: dict[int, str], negatives: tuple[Record, ...] = ()) -> Record:
    facts = RecordFacts(
        record_id=row.id,
        day=row.day,
        period=row.period,
        invoiceable_fen=row.invoiceable_fen,
        reserved_fen=row.reserved_fen,
        invoiced_fen=row.invoiced_fen,
        opened=row.opened,
        seller=row.seller,
        original_id=row.original_id,
        taken_by=holders.get(row.id, ""),
    )
    item = SplitItem(
        record_id=row.id,
        entity=row.entity,
        rate_bp=row.rate_bp,
        service=row.service,
        category=row.category,
        classification_code=row.classification_code,
        unit=row.unit,
        amount_fen=facts.available_fen,
        original_id=row.original_id,
    )
    return Record(
        id=row.id,
        service=row.service,
        order_number=row.order_number,
        account=row.account_name,
        entity=row.entity_name,
        entity_code=row.entity,
        rate_bp=row.rate_bp,
        day=row.day,
        period=row.period,
        gross_fen=row.gross_fen,
        excluded_fen=row.excluded_fen,
        available_fen=facts.available_fen,
        original_id=row.original_id,
        item=item,
        why_not=why_not(facts, today),
        negatives=negatives,
    )
