"""Consumption records for choosing: one page of originals with their negatives, each with the reason when it cannot be ticked."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import func, literal_column, select, tuple_, union, union_all
from sqlmodel import Session, col

from domain.calendar import period_of
from domain.choosing import Free, Group, RecordQuery
from domain.eligibility import RecordFacts, Standing, earliest_day, why_not
from domain.errors import Problem
from domain.focus_file import EXACT
from domain.splitting import SplitItem
from infra.queries.holders import holders
from infra.queries.invoiced_originals import invoices_of_originals
from infra.queries.open_months import OpenMonths, is_open, is_out, months_of, of_record
from infra.queries.scope import Scope
from infra.queries.time_limits import past_limit, within_limit
from infra.tables import (
    AccountRow,
    AssistedProductRow,
    BalanceRow,
    ConsumptionRecordRow,
    EntityRow,
    StatementRow,
)

PAGE = 50
MOST_TICKED = 1000
"""Records ticked one by one: what a form and its address can carry. More are ticked as a query."""
MOST_CHOSEN = 20_000
"""Records in one application."""
_MOST_READ = MOST_CHOSEN + MOST_TICKED
"""Records ticked one by one beside queries: more than an application takes, so that who reads them can say so."""
COUNTED_TO = 1000


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """The picker's filters, as they stand in the address. `show` is all, can, cannot, or a bucket of the balance."""

    show: str = "all"
    period: str = ""
    account: int | None = None
    entity: str = ""
    order: str = ""
    rate: int | None = None
    """Tax rate in basis points."""
    after: tuple[date, int] | None = None
    """The last record of the page before: day and id."""


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


def _free(record: Any) -> Any:
    return record.invoiceable_fen - record.reserved_fen - record.invoiced_fen


class Which(Enum):
    """Of the records of a standing, those that are meant."""

    ALL = "all"
    WITHIN = "within"
    """Open, and within their time limit today."""
    PAST = "past"
    """Open, and past it."""
    NOT_OPEN = "not-open"


Part = tuple[Standing, Which]

_TICKABLE: tuple[Part, ...] = ((Standing.FREE, Which.WITHIN), (Standing.HELD, Which.WITHIN))
_PAST: tuple[Part, ...] = ((Standing.EXPIRED, Which.ALL), (Standing.FREE, Which.PAST), (Standing.HELD, Which.PAST))
_NOT_OPEN: tuple[Part, ...] = ((Standing.FREE, Which.NOT_OPEN), (Standing.WAITING, Which.ALL))
_ELSEWHERE = (Standing.SELLER, Standing.ASSISTED, Standing.RESERVED, Standing.INVOICED, Standing.NOTHING)
_ALL: tuple[Part, ...] = tuple((standing, Which.ALL) for standing in Standing if standing is not Standing.BOUND)
_SHOWN: dict[str, tuple[Part, ...]] = {
    "can": _TICKABLE,
    "cannot": (*_PAST, *_NOT_OPEN, *((standing, Which.ALL) for standing in _ELSEWHERE)),
    "not-open": (*_NOT_OPEN, (Standing.NOTHING, Which.NOT_OPEN)),
    "expired": _PAST,
    "seller": ((Standing.SELLER, Which.ALL),),
    "assisted": ((Standing.ASSISTED, Which.ALL),),
}
"""What a `show` value lists, as parts that the database finds by an index each: a filter never reads a million records."""

_PARTLY = ("excluded", "reserved", "invoiced", "held")
"""`show` values for records of which a part is there, whatever the rest is."""
_ZERO: Any = literal_column("0")
"""Written out, so that the databases know that it is what their partial indexes leave out."""


def _conditions(show: str, today: date, months: OpenMonths) -> list[Any]:
    """The parts of a `show` value as SQL, each to be looked up by itself. They do not overlap."""
    record: Any = ConsumptionRecordRow
    if show in _PARTLY:
        return [record.original_id.is_(None) & (getattr(record, f"{show}_fen") != _ZERO)]
    return [part for standing, which in _SHOWN.get(show, _ALL) for part in _parts(standing, which, today, months)]


def _parts(standing: Standing, which: Which, today: date, months: OpenMonths) -> list[Any]:
    record: Any = ConsumptionRecordRow
    here = record.standing == standing
    match which:
        case Which.ALL:
            return [here]
        case Which.PAST:
            return [here & past_limit(today) & is_open()]
        case Which.NOT_OPEN:
            return [here & month for month in months.not_open()]
        case Which.WITHIN:
            return [here & month & within_limit(today) for month in months.opened(_first(today))] + [here & _granted(today)]


def _first(today: date) -> str:
    """The month of the oldest day within its limit."""
    return period_of(earliest_day(today))


def _granted(today: date) -> Any:
    """SQL: of older months, what was granted and is not over; a few records, before which few others are."""
    record: Any = ConsumptionRecordRow
    first = _first(today)
    return (record.day < date.fromisoformat(f"{first}-01")) & (record.period < first) & (record.extended_to >= today) & is_open()


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
    conditions = _conditions(chosen.show, today, months_of(session, scope, chosen.period))
    found = session.execute(_newest(scope, chosen, conditions, PAGE + 1)).all() if conditions else ()
    rows: Sequence[Any] = ()
    if found:
        statement = _columns().where(record.id.in_([row.id for row in found[:PAGE]]))
        rows = session.execute(statement.order_by(record.day.desc(), record.id.desc())).all()
    older = (found[PAGE - 1].day, found[PAGE - 1].id) if len(found) > PAGE else None
    return RecordPage(_with_negatives(session, scope, rows, today), older)


def _newest(scope: Scope, chosen: RecordFilter, conditions: Sequence[Any], most: int) -> Any:
    return _in_order(scope, chosen, conditions, most, newest=True)


def _in_order(scope: Scope, chosen: RecordFilter, conditions: Sequence[Any], most: int, *, newest: bool, beside: Sequence[Any] = ()) -> Any:
    """Day, id and columns `beside` of the newest (or oldest) records under the filters, at most so many: of each part, then of all."""
    record: Any = ConsumptionRecordRow

    def ordered(columns: Any) -> list[Any]:
        return [columns.day.desc(), columns.id.desc()] if newest else [columns.day, columns.id]

    parts = []
    for condition in conditions:
        statement = _filtered(select(record.day, record.id, *beside).where(condition), scope, chosen)
        if chosen.after:
            place, after = tuple_(record.day, record.id), tuple_(*chosen.after)
            statement = statement.where(place < after if newest else place > after)
        parts.append(statement.order_by(*ordered(record)).limit(most))
    if len(parts) == 1:
        return parts[0]
    together = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(together).order_by(*ordered(together.c)).limit(most)


def _filtered(statement: Any, scope: Scope, chosen: RecordFilter) -> Any:
    record: Any = ConsumptionRecordRow
    statement = scope.narrow(statement, record)
    if chosen.period:
        statement = statement.where(record.period == chosen.period)
    if chosen.account is not None:
        statement = statement.where(record.account_id == chosen.account)
    if chosen.entity:
        statement = statement.where(record.entity == chosen.entity)
    if chosen.order:
        statement = statement.where(record.order_number == chosen.order)
    if chosen.rate is not None:
        statement = statement.where(record.rate_bp == chosen.rate)
    return statement


def chosen_records(session: Session, scope: Scope, ids: Collection[int], today: date) -> tuple[Record, ...]:
    """The records with these ids that the scope may see (originals only), with their negatives, oldest first."""
    if not ids:
        return ()
    record: Any = ConsumptionRecordRow
    statement = scope.narrow(_columns(), record).where(record.id.in_(sorted(set(ids))[:_MOST_READ]), record.original_id.is_(None))
    return _with_negatives(session, scope, session.execute(statement.order_by(record.day, record.id)).all(), today)


def ids_of_all(session: Session, scope: Scope, chosen: RecordFilter, today: date) -> list[int]:
    """Ids of what can be ticked under these filters, the newest 1,000 at most."""
    conditions = _tickable(chosen.show, today, months_of(session, scope, chosen.period))
    if not conditions:
        return []
    return list(session.execute(select(_newest(scope, chosen, conditions, MOST_TICKED).subquery().c.id)).scalars())


def ids_of_queries(session: Session, scope: Scope, queries: Sequence[RecordQuery], today: date, most: int = MOST_CHOSEN) -> list[int]:
    """Ids of what can be ticked under these queries, each once, the oldest first, at most so many together."""
    return [row.id for row in session.execute(queried(session, scope, queries, today, most))] if queries else []


def queried(
    session: Session,
    scope: Scope,
    queries: Sequence[RecordQuery],
    today: date,
    most: int = MOST_CHOSEN,
    columns: Sequence[Any] = (),
    after: tuple[date, int] | None = None,
) -> Any:
    """SQL of what can be ticked under one or more queries (after a day and id): day, id and columns, the oldest so many."""
    found = []
    for query in queries:
        chosen = RecordFilter("can", query.period, query.account_id, query.entity, query.order, query.rate_bp, after)
        conditions = _tickable("can", today, months_of(session, scope, query.period))
        found.append(_in_order(scope, chosen, conditions, most, newest=False, beside=columns))
    if len(found) == 1:
        return found[0]
    together = union(*(select(each.subquery()) for each in found)).subquery()
    return select(together).order_by(together.c.day, together.c.id).limit(most)


def _tickable(show: str, today: date, months: OpenMonths) -> list[Any]:
    """What of a `show` value can be ticked, as SQL like `_conditions`."""
    if show in _PARTLY:
        can = col(ConsumptionRecordRow.standing).in_([standing for standing, _ in _TICKABLE])
        return [_conditions(show, today, months)[0] & can & within_limit(today) & is_open()]
    return _conditions("can", today, months) if show == "can" or show not in _SHOWN else []


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
        _count(session, scope, _tickable("can", today, months)),
        _count(session, scope, _conditions("all", today, months)),
    )


def _count(session: Session, scope: Scope, conditions: Sequence[Any]) -> int:
    """How many records, counted no further than 1,000, in the order of an index: without, PostgreSQL would begin with the whole table."""
    found = _in_order(scope, RecordFilter(), conditions, COUNTED_TO, newest=True).subquery()
    return int(session.execute(select(func.count()).select_from(found)).scalar_one())


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
        period=row.period,
        month=period_of(row.day),
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
        item=item,
        why_not=why_not(facts, today),
        negatives=negatives,
        voucher_fen=row.voucher_fen,
        coupon_fen=row.coupon_fen,
        bonus_fen=row.bonus_fen,
        remainder=row.remainder,
        assisted=Assisted(row.reason_zh, row.reason_en, row.manager, row.hotline) if row.manager is not None else None,
    )
