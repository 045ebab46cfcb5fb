"""Which records a filter or a query finds, as SQL that goes by the indexes: no list reads a million records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import func, literal_column, select, tuple_, union, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.calendar import period_of
from domain.choosing import BY_ORDER, PARTS, RecordQuery
from domain.eligibility import Standing, earliest_day
from infra.queries.open_months import OpenMonths, is_open, months_of
from infra.queries.scope import Scope
from infra.queries.time_limits import past_limit, within_limit
from infra.tables import ConsumptionRecordRow

MOST_TICKED = 1000
"""Records ticked one by one: what a form and its address can carry. More are ticked as a query."""
MOST_CHOSEN = 20_000
"""Records in one application."""
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

_ZERO: Any = literal_column("0")
_NO_ORDER: Any = literal_column("''")
"""Written out, so that the databases know that it is what their partial indexes leave out."""


def conditions_of(show: str, today: date, months: OpenMonths) -> list[Any]:
    """The parts of a `show` value as SQL, each to be looked up by itself. They do not overlap."""
    record: Any = ConsumptionRecordRow
    if show in PARTS:
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


def newest_of(scope: Scope, chosen: RecordFilter, conditions: Sequence[Any], most: int) -> Any:
    return in_order(scope, chosen, conditions, most, newest=True)


def in_order(scope: Scope, chosen: RecordFilter, conditions: Sequence[Any], most: int, *, newest: bool, beside: Sequence[Any] = ()) -> Any:
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
    statement = statement.where(record.id.in_(_of_order(scope, chosen.order))) if chosen.order else scope.narrow(statement, record)
    if chosen.period:
        statement = statement.where(record.period == chosen.period)
    if chosen.account is not None:
        statement = statement.where(record.account_id == chosen.account)
    if chosen.entity:
        statement = statement.where(record.entity == chosen.entity)
    if chosen.rate is not None:
        statement = statement.where(record.rate_bp == chosen.rate)
    return statement


def _of_order(scope: Scope, number: str) -> Any:
    """SQL of the scope's records of an order, and of its originals that a refund with this number is bound to.

    Nothing else narrows to the scope beside it: SQLite would go by that index through all of a customer's records.
    """
    record: Any = ConsumptionRecordRow
    original: Any = aliased(ConsumptionRecordRow)
    named = select(record.id).where(record.order_number == number, record.order_number != _NO_ORDER)
    theirs = scope.narrow(select(original.id).where(original.id == record.original_id), original).exists()
    # A refund may be billed to another account of the enterprise; it is listed with its original all the same.
    bound = scope.whole.narrow(named.with_only_columns(record.original_id).where(theirs), record)
    return union_all(scope.narrow(named, record), bound)


def ids_of_all(session: Session, scope: Scope, chosen: RecordFilter, today: date) -> list[int]:
    """Ids of what can be ticked under these filters, the newest 1,000 at most."""
    conditions = tickable(chosen.show, today, months_of(session, scope, chosen.period))
    if not conditions:
        return []
    return list(session.execute(select(newest_of(scope, chosen, conditions, MOST_TICKED).subquery().c.id)).scalars())


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
        show = query.show or BY_ORDER
        chosen = RecordFilter(show, query.period, query.account_id, query.entity, query.order, query.rate_bp, after)
        conditions = tickable(show, today, months_of(session, scope, query.period))
        found.append(in_order(scope, chosen, conditions, most, newest=False, beside=columns))
    if len(found) == 1:
        return found[0]
    together = union(*(select(each.subquery()) for each in found)).subquery()
    return select(together).order_by(together.c.day, together.c.id).limit(most)


def tickable(show: str, today: date, months: OpenMonths) -> list[Any]:
    """What of a `show` value can be ticked, as SQL like `conditions_of`."""
    if show in PARTS:
        can = col(ConsumptionRecordRow.standing).in_([standing for standing, _ in _TICKABLE])
        return [conditions_of(show, today, months)[0] & can & within_limit(today) & is_open()]
    return conditions_of("can", today, months) if show == "can" or show not in _SHOWN else []


def count_of(session: Session, scope: Scope, conditions: Sequence[Any]) -> int:
    """How many records, counted no further than 1,000, in the order of an index: without, PostgreSQL would begin with the whole table."""
    found = in_order(scope, RecordFilter(), conditions, COUNTED_TO, newest=True).subquery()
    return int(session.execute(select(func.count()).select_from(found)).scalar_one())
