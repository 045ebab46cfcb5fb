"""Orders that come again: in another file, in another list, under another customer. They are booked once (decision 0016)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.calendar import china_date
from domain.consumption import PricedLine
from domain.focus import SHOWN, RowProblem
from domain.focus_file import EXACT
from infra.books.binding import chunks
from infra.queries.scope import utc
from infra.tables import ConsumptionRecordRow, ImportBatchRow, ImportedLineRow

LISTS = ("json", "xlsx")
"""Forms in which a row is an order, or its part of one account, service and day: there it stands once."""

_Same = tuple[str, int, str, date, str, Decimal]
"""Order, account, service, day, currency, amount."""


@dataclass(frozen=True, slots=True)
class _Known:
    file_name: str
    day: date


def repeated_orders(session: Session, priced: Sequence[PricedLine], batch_id: str, form: str) -> Iterator[RowProblem]:
    """Rows that name an order and may not be booked, each once: positive ones, and in a list also refunds, which are orders of their own.

    Codes: order-elsewhere (another customer has the order, in our books or in this file), order-known (file, day: the same order,
    account, service, day and amount came with another file), order-twice (first: the place in the same list).
    """
    is_list = form.partition(".")[0] in LISTS
    rows = [line for line in priced if line.line.order_number and (line.cost_yuan > 0 or (is_list and line.cost_yuan < 0))]
    owners, known = _stored(session, {line.line.order_number for line in rows}, batch_id, refunds=is_list)
    first: dict[tuple[Any, ...], int] = {}
    named: set[int] = set()
    for each in rows:
        line = each.line
        owner = owners.setdefault(line.order_number, each.enterprise_id)
        before = first.setdefault((line.order_number, each.account_id, line.service, line.day, each.cost_yuan < 0), line.line)
        same = known.get(_same(each))
        problem: tuple[str, dict[str, str]] | None = None
        if owner != each.enterprise_id:
            problem = ("order-elsewhere", {})
        elif same is not None:
            problem = ("order-known", {"file": same.file_name, "day": same.day.isoformat()})
        elif is_list and before != line.line:
            problem = ("order-twice", {"first": str(before)})
        if problem is not None and line.line not in named:
            named.add(line.line)
            yield RowProblem(line.line, "x_OrderNumber", line.order_number[:SHOWN], *problem)


def _same(priced: PricedLine) -> _Same:
    line = priced.line
    return line.order_number, priced.account_id, line.service, line.day, line.currency, line.billed_cost


def _stored(session: Session, orders: Iterable[str], batch_id: str, *, refunds: bool) -> tuple[dict[str, int], dict[_Same, _Known]]:
    """Whose each order is, and which of its rows came with other files; `refunds`: negative ones, too, each whole however it was cut."""
    record: Any = ConsumptionRecordRow
    row: Any = ImportedLineRow
    owners: dict[str, int] = {}
    known: dict[_Same, _Known] = {}
    batches: dict[str, _Known] = {}
    for chunk in chunks(sorted(set(orders))):
        # `<> ''` is the condition of the index.
        ours = record.order_number.in_(chunk) & (record.order_number != "") & (record.batch_id != batch_id)
        ours = ours if refunds else ours & (record.gross_fen >= 0)
        columns = (record.order_number, record.account_id, record.service, record.day, record.enterprise_id, record.batch_id)
        statement = select(*columns, row.line, row.currency, row.billed_cost).outerjoin(row, row.record_id == record.id).where(ours)
        amounts: dict[tuple[Any, ...], Decimal] = {}
        for found in session.execute(statement.order_by(record.id)):
            owners.setdefault(found.order_number, found.enterprise_id)
            if found.billed_cost is not None:
                of = (found.order_number, found.account_id, found.service, found.day, found.currency)
                place = (found.batch_id, found.line, of)
                amounts[place] = EXACT.add(amounts.get(place, Decimal(0)), Decimal(found.billed_cost))
        for (batch, _, of), amount in amounts.items():
            if batch not in batches:
                batches[batch] = _batch(session, batch)
            known[*of, amount] = batches[batch]
    return owners, known


def _batch(session: Session, batch_id: str) -> _Known:
    batch: Any = ImportBatchRow
    found = session.execute(select(batch.file_name, batch.imported_at).where(batch.id == batch_id)).one()
    return _Known(found.file_name, china_date(utc(found.imported_at)))
