"""Finding the originals of negatives among what is stored: the held ones, and those of a new file."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Row, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col

from domain.calendar import next_period
from domain.consumption import Negative, Original, TaxClass, class_taken
from domain.ledger import Bucket, home_of
from infra.queries.open_months import Statement
from infra.tables import ConsumptionRecordRow as Record

CHUNK = 500
"""Values in one IN (...): SQLite takes at most 32,766 in a statement."""

_T = TypeVar("_T")


def chunks(values: Iterable[_T]) -> Iterator[list[_T]]:
    """The values in lists of at most `CHUNK`."""
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def is_held() -> Any:
    """SQL: a negative record without an original."""
    return col(Record.standing) == "waiting"


@dataclass(slots=True)
class Stored:
    """What is stored that new or held negatives may meet, locked in id order until the transaction ends."""

    held: list[Negative] = field(default_factory=list)
    originals: list[Original] = field(default_factory=list)
    statements: dict[int, Statement] = field(default_factory=dict)
    """Of each original, the statement that it is on."""
    expired: set[int] = field(default_factory=set)
    """Originals past their time limit."""
    classes: dict[int, TaxClass] = field(default_factory=dict)
    """Of each original, the tax class it was booked with."""
    services: dict[int, str] = field(default_factory=dict)

    def class_taken(self, negative: Negative, original_id: int) -> TaxClass | None:
        """What a negative takes of a stored original, see `domain.consumption.class_taken`."""
        return class_taken(negative, self.services[original_id], self.classes[original_id])

    def home(self, original_id: int, out: Collection[Statement]) -> Bucket:
        """Where an original is: what is bound to it goes there at once. `out` says which of the statements are."""
        return home_of(seller="", assisted="", opened=self.statements[original_id] in out, expired=original_id in self.expired)


def meet(session: Session, negatives: Sequence[Negative], enterprise_ids: Iterable[int]) -> Stored:
    """The held negatives of these enterprises, and the stored originals that may carry them or the given ones."""
    held_ids = _ids(session, [col(Record.enterprise_id).in_(chunk) & is_held() for chunk in chunks(sorted(set(enterprise_ids)))])
    # Read before they are locked, only to know where to look for originals; what is decided on is read again below.
    waiting = [*negatives, *(_negative(row) for row in _rows(session, held_ids, lock=False))]
    original_ids = _ids(session, _where_originals_are(waiting))
    stored = Stored()
    positives: list[Row[Any]] = []
    for row in _rows(session, held_ids | original_ids, lock=True):
        if row.invoiceable_fen > 0:
            positives.append(row)
        elif row.original_id is None:
            stored.held.append(_negative(row))
    carried = _carried(session, [row.id for row in positives])
    for row in positives:
        stored.originals.append(_original(row, carried.get(row.id, 0)))
        stored.statements[row.id] = (row.enterprise_id, row.period, row.entity)
        stored.expired |= {row.id} if row.expired else set()
        stored.classes[row.id] = TaxClass(row.classification_code, row.category, row.rate_bp, row.unit)
        stored.services[row.id] = row.service
    return stored


def _where_originals_are(negatives: Sequence[Negative]) -> list[Any]:
    """SQL conditions: a little more than `bind` would take, cheap to look up. Of an order also what is taken: it says the class."""
    ours = (col(Record.seller) == "") & (col(Record.assisted) == "") & (col(Record.invoiceable_fen) > 0)
    free = (col(Record.invoiceable_fen) > col(Record.reserved_fen) + col(Record.invoiced_fen)) & ours
    orders = sorted({(n.enterprise_id, n.original_order_number) for n in negatives if n.original_order_number})
    places = sorted({(n.account_id, n.period, n.service) for n in negatives if not n.original_order_number})
    by_order = (
        ours
        & col(Record.enterprise_id).in_({enterprise_id for enterprise_id, _ in chunk})
        & col(Record.order_number).in_({order for _, order in chunk})
        for chunk in chunks(orders)
    )
    by_place = (
        free
        & (col(Record.account_id) == account_id)
        & or_(col(Record.period).in_(periods := {p for _, p, _ in chunk}), *(_consumed_in(period) for period in periods))
        & col(Record.service).in_({s for _, _, s in chunk})
        for account_id in sorted({account_id for account_id, _, _ in places})
        for chunk in chunks([place for place in places if place[0] == account_id])
    )
    return [*by_order, *by_place]


def _consumed_in(period: str) -> Any:
    """SQL: of this month by its day, whatever statement it is on."""
    first = date.fromisoformat(f"{period}-01")
    return (col(Record.day) >= first) & (col(Record.day) < date.fromisoformat(f"{next_period(period)}-01"))


def _ids(session: Session, conditions: Iterable[Any]) -> set[int]:
    found: set[int] = set()
    for condition in conditions:
        found.update(session.execute(select_columns(col(Record.id)).where(condition)).scalars())
    return found


def _rows(session: Session, ids: Iterable[int], *, lock: bool) -> Iterator[Row[Any]]:
    statement = select_columns(
        *(
            col(column)
            for column in (
                Record.id,
                Record.enterprise_id,
                Record.account_id,
                Record.entity,
                Record.rate_bp,
                Record.classification_code,
                Record.category,
                Record.unit,
                Record.service,
                Record.period,
                Record.day,
                Record.order_number,
                Record.original_order_number,
                Record.invoiceable_fen,
                Record.reserved_fen,
                Record.invoiced_fen,
                Record.original_id,
                Record.expired,
            )
        )
    )
    for chunk in chunks(sorted(ids)):
        selected = statement.where(col(Record.id).in_(chunk)).order_by(col(Record.id))
        yield from session.execute(selected.with_for_update() if lock else selected)


def _carried(session: Session, original_ids: Iterable[int]) -> dict[int, int]:
    """What the negatives bound to each original still take from it, fen below 0."""
    carried: dict[int, int] = {}
    columns = (Record.original_id, Record.invoiceable_fen, Record.reserved_fen, Record.invoiced_fen)
    for chunk in chunks(original_ids):
        for row in session.execute(select_columns(*(col(column) for column in columns)).where(col(Record.original_id).in_(chunk))):
            carried[row.original_id] = carried.get(row.original_id, 0) + row.invoiceable_fen - row.reserved_fen - row.invoiced_fen
    return carried


def _negative(row: Row[Any]) -> Negative:
    return Negative(
        row.id,
        row.enterprise_id,
        row.account_id,
        row.entity,
        row.rate_bp,
        row.service,
        row.period,
        row.original_order_number,
        row.invoiceable_fen,
    )


def _original(row: Row[Any], carried_fen: int) -> Original:
    return Original(
        row.id,
        row.enterprise_id,
        row.account_id,
        row.entity,
        row.rate_bp,
        row.service,
        row.period,
        row.day,
        row.order_number,
        row.invoiceable_fen - row.reserved_fen - row.invoiced_fen + carried_fen,
    )
