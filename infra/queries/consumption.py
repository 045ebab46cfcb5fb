"""Consumption records for choosing: one page of originals with their negatives, each with the reason when it cannot be ticked."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import period_of
from domain.choosing import Free, Group, Place, parts_of
from domain.eligibility import RecordFacts, why_not
from domain.errors import Problem
from domain.focus_file import EXACT
from domain.splitting import SplitItem
from infra.queries.finding_records import MOST_CHOSEN, MOST_TICKED, RecordFilter, conditions_of, count_of, newest_of, tickable
from infra.queries.holders import holders
from infra.queries.invoiced_originals import invoices_of_originals
from infra.queries.open_months import is_out, months_of, of_record
from infra.queries.scope import Scope
from infra.queries.split_items import split_item
from infra.tables import (
    AccountRow,
    AssistedProductRow,
    BalanceRow,
    ConsumptionRecordRow,
    EntityRow,
    StatementRow,
)

PAGE = 50
_MOST_READ = MOST_CHOSEN + MOST_TICKED
"""Records ticked one by one beside queries: more than an application takes, so that who reads them can say so."""


@dataclass(frozen=True, slots=True)
class Assisted:
    """Who arranges the invoices of a product outside self-service, and why, as operators keep it."""

    reason_zh: str
    reason_en: str
    manager: str
    hotline: str


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
    held_fen: int
    """What of it arrears hold."""
    original_id: int | None
    item: SplitItem
    account_id: int = 0
    why_not: Problem | None = None
    negatives: tuple["Record", ...] = field(default=())
    voucher_fen: int = 0
    coupon_fen: int = 0
    bonus_fen: int = 0
    """What paid the excluded part."""
    remainder: str = "0"
    """What rounding left over, exact yuan."""
    reserved_fen: int = 0
    invoiced_fen: int = 0
    assisted: Assisted | None = None

    @property
    def billed_late(self) -> str:
        """The month in which it was consumed when that is before the month it is billed in, else empty."""
        consumed = period_of(self.day)
        return consumed if consumed < self.period else ""

    @property
    def cash_fen(self) -> int:
        return self.gross_fen - self.excluded_fen

    @property
    def exact(self) -> str:
        """The lines' exact sum in yuan when it was rounded, else empty."""
        left = Decimal(self.remainder)
        return format(EXACT.add(Decimal(self.gross_fen).scaleb(-2, EXACT), left), "f") if left else ""

    @property
    def group(self) -> Group:
        negatives = tuple(Free(negative.id, negative.available_fen) for negative in self.negatives)
        return Group(self.id, self.available_fen, self.held_fen, negatives)

    @property
    def place(self) -> Place:
        orders = frozenset(each.order_number for each in (self, *self.negatives))
        parts = parts_of(self.excluded_fen, self.held_fen, self.reserved_fen, self.invoiced_fen)
        return Place(self.period, self.account_id, self.entity_code, orders, self.rate_bp, parts)

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
            col(StatementRow.id).is_not(None).label("opened"),
            record.held_fen,
            record.seller,
            record.assisted,
            record.original_id,
            record.extended_to,
            record.account_id,
            record.voucher_fen,
            record.coupon_fen,
            record.bonus_fen,
            record.remainder,
            col(AssistedProductRow.reason_zh),
            col(AssistedProductRow.reason_en),
            col(AssistedProductRow.manager),
            col(AssistedProductRow.hotline),
            col(AccountRow.name).label("account_name"),
            col(EntityRow.name).label("entity_name"),
        )
        .join(AccountRow, col(AccountRow.id) == record.account_id)
        .join(EntityRow, col(EntityRow.code) == record.entity)
        .outerjoin(AssistedProductRow, col(AssistedProductRow.match) == record.assisted)
        .outerjoin(StatementRow, of_record(record) & is_out())
    )


def records_page(session: Session, scope: Scope, chosen: RecordFilter, today: date) -> RecordPage:
    """Fifty originals by day, newest first, and the negatives bound to them."""
    record: Any = ConsumptionRecordRow
    conditions = conditions_of(chosen.show, today, months_of(session, scope, chosen.period))
    found = session.execute(newest_of(scope, chosen, conditions, PAGE + 1)).all() if conditions else ()
    rows: Sequence[Any] = ()
    if found:
        statement = _columns().where(record.id.in_([row.id for row in found[:PAGE]]))
        rows = session.execute(statement.order_by(record.day.desc(), record.id.desc())).all()
    older = (found[PAGE - 1].day, found[PAGE - 1].id) if len(found) > PAGE else None
    return RecordPage(_with_negatives(session, scope, rows, today), older)


def chosen_records(session: Session, scope: Scope, ids: Collection[int], today: date) -> tuple[Record, ...]:
    """The records with these ids that the scope may see (originals only), with their negatives, oldest first."""
    if not ids:
        return ()
    record: Any = ConsumptionRecordRow
    statement = scope.narrow(_columns(), record).where(record.id.in_(sorted(set(ids))[:_MOST_READ]), record.original_id.is_(None))
    return _with_negatives(session, scope, session.execute(statement.order_by(record.day, record.id)).all(), today)


def choices(session: Session, scope: Scope, today: date) -> Choices:
    """What stands in the filters for this scope."""
    balance: Any = BalanceRow
    periods = session.execute(scope.narrow(select(balance.period), balance).distinct().order_by(balance.period.desc()).limit(24))
    accounts = select(col(AccountRow.id), col(AccountRow.name)).where(col(AccountRow.enterprise_id) == scope.enterprise_id)
    if scope.account_id is not None:
        accounts = accounts.where(col(AccountRow.id) == scope.account_id)
    entities = session.execute(select(col(EntityRow.code), col(EntityRow.name)).order_by(col(EntityRow.code)))
    months = months_of(session, scope)
    return Choices(
        tuple(periods.scalars()),
        tuple((row.id, row.name) for row in session.execute(accounts.order_by(col(AccountRow.id)))),
        tuple((row.code, row.name) for row in entities),
        count_of(session, scope, tickable("can", today, months)),
        count_of(session, scope, conditions_of("all", today, months)),
    )


def _with_negatives(session: Session, scope: Scope, rows: Sequence[Any], today: date) -> tuple[Record, ...]:
    record: Any = ConsumptionRecordRow
    ids = [row.id for row in rows]
    negatives: Sequence[Any] = ()
    if ids:
        # A refund may be billed to another account of the enterprise; it comes along all the same.
        statement = scope.whole.narrow(_columns(), record).where(record.original_id.in_(ids)).order_by(record.day, record.id)
        negatives = session.execute(statement).all()
    taken_by = holders(session, scope, [row.id for row in [*rows, *negatives] if row.reserved_fen or row.invoiced_fen])
    corrected = invoices_of_originals(session, [row.id for row in rows if row.invoiceable_fen < 0 and row.original_id is None])
    bound: dict[int, list[Record]] = defaultdict(list)
    for row in negatives:
        bound[row.original_id].append(_record(row, today, taken_by))
    return tuple(_record(row, today, taken_by, tuple(bound[row.id]), corrected.get(row.id, "")) for row in rows)


def _record(row: Any, today: date, taken_by: dict[int, str], negatives: tuple[Record, ...] = (), corrects: str = "") -> Record:
    facts = RecordFacts(
        record_id=row.id,
        day=row.day,
        period=row.period,
        invoiceable_fen=row.invoiceable_fen,
        reserved_fen=row.reserved_fen,
        invoiced_fen=row.invoiced_fen,
        opened=row.opened,
        seller=row.seller,
        assisted=row.assisted,
        original_id=row.original_id,
        taken_by=taken_by.get(row.id, ""),
        extended_to=row.extended_to,
        corrects_invoice=corrects,
    )
    return Record(
        id=row.id,
        service=row.service,
        order_number=row.order_number,
        account=row.account_name,
        account_id=row.account_id,
        entity=row.entity_name,
        entity_code=row.entity,
        rate_bp=row.rate_bp,
        day=row.day,
        period=row.period,
        gross_fen=row.gross_fen,
        excluded_fen=row.excluded_fen,
        available_fen=facts.available_fen,
        held_fen=row.held_fen,
        original_id=row.original_id,
        item=split_item(row, facts.available_fen),
        why_not=why_not(facts, today),
        negatives=negatives,
        voucher_fen=row.voucher_fen,
        coupon_fen=row.coupon_fen,
        bonus_fen=row.bonus_fen,
        remainder=row.remainder,
        reserved_fen=row.reserved_fen,
        invoiced_fen=row.invoiced_fen,
        assisted=Assisted(row.reason_zh, row.reason_en, row.manager, row.hotline) if row.manager is not None else None,
    )
