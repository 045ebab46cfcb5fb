"""What can be invoiced and how that comes about, as a formula whose parts add up."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, literal_column, select, true
from sqlmodel import Session, col

from domain.eligibility import Standing
from domain.ledger import WAITING, Bucket
from infra.books.arrears import held_of, to_hold
from infra.books.binding import chunks
from infra.queries.open_months import is_open
from infra.queries.scope import Scope
from infra.queries.time_limits import past_limit
from infra.tables import BalanceRow, ConsumptionRecordRow, EntityRow


@dataclass(frozen=True, slots=True)
class Balance:
    """Fen in each bucket, and what is available by issuing entity.

    `consumed = excluded + not-open + waiting + expired + arrears + seller + assisted + reserved + invoiced + available`: what waits for
    its original is not open in the books, and has a name of its own here.
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


def balance(session: Session, scope: Scope, today: date) -> Balance:
    """The scope's balance, from running totals. What passed its time limit since the last night counts as expired already."""
    rows = _sums(session, scope)
    buckets: dict[str, int] = defaultdict(int)
    available: dict[str, int] = defaultdict(int)
    for entity, bucket, amount in rows:
        buckets[bucket] += amount
        if bucket == Bucket.AVAILABLE:
            available[entity] += amount
    for bucket, (entity,), amount in just_expired(session, scope, today, ("entity",)):
        buckets[bucket] -= amount
        buckets[Bucket.EXPIRED] += amount
        if bucket == Bucket.AVAILABLE:
            available[entity] -= amount
    for (entity,), more in held_anew(session, scope, today, ("entity",)):
        buckets[Bucket.AVAILABLE] -= more
        buckets[Bucket.ARREARS] += more
        available[entity] -= more
    for amount in waiting_sums(session, scope, ()).values():
        buckets[Bucket.NOT_OPEN] -= amount
        buckets[WAITING] += amount
    names = {row.code: row.name for row in session.execute(select(col(EntityRow.code), col(EntityRow.name)))}
    by_entity = tuple((names.get(entity, entity), amount) for entity, amount in sorted(available.items()) if amount)
    return Balance(dict(buckets), by_entity)


_PLACE = ("account_id", "period", "entity", "rate_bp")


def waiting_sums(
    session: Session, scope: Scope, columns: Sequence[str], only: Mapping[str, Any] = MappingProxyType({})
) -> Mapping[tuple[Any, ...], int]:
    """What of not-open are refunds that wait for their original: fen below 0 by these columns, where others have these values."""
    found: dict[tuple[Any, ...], int] = defaultdict(int)
    for *values, amount in session.execute(waiting_by_place(scope)):
        place = dict(zip(_PLACE, values, strict=True))
        if all(place[name] == value for name, value in only.items()):
            found[tuple(place[name] for name in columns)] += int(amount)
    return found


def waiting_by_place(scope: Scope) -> Any:
    """SQL: the sums of all that wait. Narrowed here by nothing else, so that the databases go by the index that has no other records."""
    record: Any = ConsumptionRecordRow
    keys = [getattr(record, name) for name in _PLACE]
    # As an expression the account is no reason to go through all of its records.
    whose = record.account_id + 0 == scope.account_id if scope.account_id is not None else true()
    statement = scope.whole.narrow(select(*keys, func.sum(record.invoiceable_fen)), record)
    return statement.where(whose, is_waiting()).group_by(*keys)


def is_waiting(record: Any = ConsumptionRecordRow) -> Any:
    """SQL: a refund whose original is not known, or cannot carry it. The first two conditions are those of an index."""
    return record.original_id.is_(None) & (record.invoiceable_fen < literal_column("0")) & (record.standing == Standing.WAITING)


def just_expired(
    session: Session,
    scope: Scope,
    today: date,
    columns: Sequence[str],
    narrowed: Callable[[Any, Any], Any] = lambda statement, _row: statement,
) -> Iterator[tuple[str, tuple[Any, ...], int]]:
    """What passed its last day yesterday or, when no night's run took place, before: bucket, values of these columns, fen.

    `narrowed` puts further conditions on the statement.
    """
    record: Any = ConsumptionRecordRow
    # Of the whole enterprise: a negative goes with its original, also when that is another account's.
    past = scope.whole.narrow(select(record.id).where(past_limit(today)), record)
    due = past.where(record.standing.in_((Standing.FREE, Standing.HELD)), is_open())
    # By day and standing, one at most, which an index gives at once: after a night's run there is nothing, whatever PostgreSQL expects.
    some = [past.where(record.standing == standing).order_by(record.day, record.id).limit(1) for standing in (Standing.FREE, Standing.HELD)]
    if all(session.execute(each).first() is None for each in some):
        return
    free = record.invoiceable_fen - record.reserved_fen - record.invoiced_fen - record.held_fen
    keys = [getattr(record, name) for name in columns]
    # Two statements: with OR the database would read every record.
    for whose in (record.id, record.original_id):
        statement = scope.narrow(narrowed(select(*keys, func.sum(free), func.sum(record.held_fen)), record), record)
        statement = statement.where(whose.in_(due.scalar_subquery()))
        for *key, free_fen, held_fen in session.execute(statement.group_by(*keys) if keys else statement):
            yield Bucket.AVAILABLE.value, tuple(key), int(free_fen or 0)
            yield Bucket.ARREARS.value, tuple(key), int(held_fen or 0)


def held_anew(
    session: Session,
    scope: Scope,
    today: date,
    columns: Sequence[str],
    narrowed: Callable[[Any, Any], Any] = lambda statement, _row: statement,
) -> Iterator[tuple[tuple[Any, ...], int]]:
    """What arrears hold today in place of what just expired and was held: values of these columns, fen that are held more.

    `narrowed` puts further conditions on the statement.
    """
    record: Any = ConsumptionRecordRow
    past = scope.whole.narrow(select(record.id).where(record.held_fen != literal_column("0"), past_limit(today), is_open()), record)
    gone = set(session.execute(past).scalars()) if scope.enterprise_id is not None else set()
    if not gone or scope.enterprise_id is None:
        return
    held, wanted = held_of(session, scope.enterprise_id), to_hold(session, scope.enterprise_id, today)
    more = {key: wanted.get(key, 0) - held.get(key, 0) for key in (held.keys() | wanted.keys()) - gone}
    keys = [getattr(record, name) for name in columns]
    for chunk in chunks(sorted(key for key, amount in more.items() if amount)):
        for identity, *place in session.execute(
            scope.narrow(narrowed(select(record.id, *keys), record), record).where(record.id.in_(chunk))
        ):
            yield tuple(place), more[identity]


def _sums(session: Session, scope: Scope) -> list[tuple[str, str, int]]:
    row: Any = BalanceRow
    statement = scope.narrow(select(row.entity, row.bucket, func.sum(row.amount_fen)), row)
    rows = session.execute(statement.group_by(row.entity, row.bucket))
    return [(entity, bucket, int(amount)) for entity, bucket, amount in rows]
