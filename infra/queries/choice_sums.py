"""What queries choose, added up by the database (features 8 to 11): a customer who ticks 20,000 records waits for none of them.

The rules are those of `domain.choosing.choose`; a property test compares both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, String, and_, case, cast, func, literal, or_, select
from sqlmodel import Session

from domain.choosing import Choice, RecordQuery, choose_sums, left_by_arrears
from domain.splitting import SplitItem
from infra.queries.finding_records import MOST_CHOSEN, queried
from infra.queries.scope import Scope
from infra.tables import ConsumptionRecordRow

_PRINTED = ("entity", "rate_bp", "service", "category", "classification_code", "unit", "period", "month")
"""What the lines of an invoice differ by, and the month in which they were billed; the month only where the customer splits by it."""

Place = tuple[date, int]
"""Day and id of a record: the order in which records are taken."""


@dataclass(frozen=True, slots=True)
class ChosenSums:
    """What is ticked by queries. `items` are one positive item for each printed line, and one negative when it has negatives."""

    choice: Choice
    items: tuple[SplitItem, ...]
    records: int
    """That are ticked."""
    taken: int
    """Of them, those that have a part in what is invoiced."""
    negatives: int
    """That come along with these and still bring something off."""
    left_fen: int
    """What could be invoiced of it without a limit."""
    by_account: tuple[tuple[int, int], ...]
    """Account and the fen that are ticked of it, arrears and amount left aside."""
    upto: Place | None
    """The newest record that is ticked; None when there is none."""


def choice_sums(
    session: Session,
    scope: Scope,
    queries: Sequence[RecordQuery],
    today: date,
    arrears_fen: int = 0,
    limit_fen: int = 0,
    most: int = MOST_CHOSEN,
) -> ChosenSums:
    """The sums of what the queries choose, at most so many originals, the oldest first; arrears and amount taken off."""
    groups = _groups(queried(session, scope, queries, today, most, _columns()).cte("picked"), scope)
    rows = session.execute(_all_of(groups)).all()
    held = sum(int(row.held_fen) for row in rows)
    choice = choose_sums(sum(int(row.positive_fen) + int(row.negative_fen) for row in rows), held, arrears_fen, limit_fen)
    by_account: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: row.account_id):
        by_account[row.account_id] = by_account.get(row.account_id, 0) + int(row.positive_fen) + int(row.negative_fen)
    records = sum(row.records for row in rows)
    left_fen = left_by_arrears(choice.ticked_fen, held, arrears_fen)
    upto = max(((row.newest, row.newest_id) for row in rows), default=None)
    if choice.amount_fen <= 0:
        rows = []
    elif choice.amount_fen < choice.ticked_fen or any(row.below for row in rows):
        taken: Sequence[Any] = ()
        if left_fen == choice.ticked_fen and not any(row.below for row in rows):
            # Nothing but the limit: a little more than its share of the oldest most often has it all.
            share = min(records, records * choice.amount_fen // left_fen * 2 + 100)
            fewer = _groups(queried(session, scope, queries, today, share, _columns()).cte("picked"), scope)
            taken = session.execute(_parts_of(fewer, left_fen, choice.amount_fen)).all()
        if sum(int(row.positive_fen) + int(row.negative_fen) for row in taken) != choice.amount_fen:
            taken = session.execute(_parts_of(groups, left_fen, choice.amount_fen)).all()
        rows = taken
    taken_records, negatives = sum(row.records for row in rows), sum(int(row.negatives) for row in rows)
    accounts = tuple(by_account.items())
    return ChosenSums(choice, tuple(_items(rows)), records, taken_records, negatives, max(0, left_fen), accounts, upto)


def is_more(session: Session, scope: Scope, queries: Sequence[RecordQuery], today: date, after: Place) -> bool:
    """Whether the queries find something newer than this, which did not go along."""
    return session.execute(queried(session, scope, queries, today, 1, after=after)).first() is not None


def _free(record: Any) -> Any:
    return record.invoiceable_fen - record.reserved_fen - record.invoiced_fen


def _columns() -> list[Any]:
    """With them the database reads each record once; by the ids of so many, PostgreSQL would read the whole table."""
    record: Any = ConsumptionRecordRow
    month = func.substr(cast(record.day, String), 1, 7).label("month")
    printed = [getattr(record, name) for name in _PRINTED if name != "month"]
    return [record.account_id, *printed, month, record.held_fen, _free(record).label("free_fen")]


def _groups(picked: Any, scope: Scope) -> Any:
    """SQL of the originals with the sum of the negatives that are bound to each."""
    record: Any = ConsumptionRecordRow
    bound = (
        scope.whole.narrow(select(record.original_id, func.sum(_free(record)).label("fen"), func.count().label("many")), record)
        .join(picked, picked.c.id == record.original_id)
        .where(record.original_id.is_not(None), _free(record) != 0)
        .group_by(record.original_id)
        .cte("bound")
    )
    negative = func.coalesce(_fen(bound.c.fen), 0)
    return (
        select(
            picked,
            negative.label("negative_fen"),
            func.coalesce(bound.c.many, 0).label("negatives"),
            (picked.c.free_fen + negative).label("net_fen"),
        )
        .outerjoin(bound, bound.c.original_id == picked.c.id)
        .cte("groups")
    )


def _fen(amount: Any) -> Any:
    """A sum of fen as a whole number: PostgreSQL makes it a decimal."""
    return cast(amount, BigInteger)


def _all_of(groups: Any) -> Any:
    """Everything that is ticked, by account and printed line."""
    keys = [groups.c.account_id, *(groups.c[name] for name in _PRINTED)]
    newest = select(func.max(groups.c.day)).scalar_subquery()
    return select(
        *keys,
        func.min(groups.c.id).label("first"),
        func.count().label("records"),
        _fen(func.sum(groups.c.free_fen)).label("positive_fen"),
        _fen(func.sum(groups.c.negative_fen)).label("negative_fen"),
        func.sum(groups.c.negatives).label("negatives"),
        _fen(func.sum(groups.c.held_fen)).label("held_fen"),
        func.sum(case((groups.c.net_fen < 0, 1), else_=0)).label("below"),
        func.max(groups.c.day).label("newest"),
        func.coalesce(func.max(case((groups.c.day == newest, groups.c.id))), 0).label("newest_id"),
    ).group_by(*keys)


def _parts_of(groups: Any, amount_fen: int, limit_fen: int) -> Any:
    """The parts that make up what is invoiced: the newest of what arrears leave, and of that the oldest up to the limit.

    As `domain.choosing.choose` takes them, with running sums for its loops. A group below 0 gives nothing.
    """
    rest = groups.c.net_fen - groups.c.held_fen
    left = select(groups, case((rest > 0, rest), else_=0).label("rest")).cte("rest_of_groups")
    newer = func.sum(left.c.rest).over(order_by=(left.c.day.desc(), left.c.id.desc())) - left.c.rest
    newest = select(left, _most(left.c.rest, literal(amount_fen, BigInteger) - newer).label("newest_fen")).cte("newest")
    older = func.sum(newest.c.newest_fen).over(order_by=(newest.c.day, newest.c.id)) - newest.c.newest_fen
    part = newest.c.newest_fen if limit_fen >= amount_fen else _most(newest.c.newest_fen, literal(limit_fen, BigInteger) - older)
    parts = select(newest, part.label("part_fen")).cte("parts")
    taken = parts.c.part_fen > 0
    if limit_fen >= amount_fen:
        taken = or_(taken, and_(parts.c.net_fen == 0, parts.c.free_fen != 0))
    keys = [parts.c[name] for name in _PRINTED]
    return (
        select(
            *keys,
            func.min(parts.c.id).label("first"),
            func.count().label("records"),
            func.sum(parts.c.negatives).label("negatives"),
            _fen(func.sum(parts.c.part_fen - parts.c.negative_fen)).label("positive_fen"),
            _fen(func.sum(parts.c.negative_fen)).label("negative_fen"),
        )
        .where(taken)
        .group_by(*keys)
    )


def _most(amount: Any, room: Any) -> Any:
    """As much of an amount as there is room for."""
    return case((room <= 0, 0), (amount < room, amount), else_=room)


def _items(rows: Sequence[Any]) -> list[SplitItem]:
    """For `domain.splitting.split`, which makes the same lines of their sums as of the records."""
    items: list[SplitItem] = []
    for row in rows:
        printed = {name: getattr(row, name) for name in _PRINTED}
        items.append(SplitItem(row.first, **printed, amount_fen=int(row.positive_fen)))
        if row.negative_fen:
            items.append(SplitItem(-row.first, **printed, amount_fen=int(row.negative_fen), original_id=row.first))
    return items
