"""What the rows of a sheet of applications are compared with, read once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from domain.batches import BatchState
from domain.calendar import china_date
from infra.batch_workbook import FilledSheet
from infra.books.arrears import arrears_of
from infra.people import Person
from infra.queries.consumption import Record, chosen_records
from infra.queries.library import entities_without_paper
from infra.tables import ApplicationRow, BatchEntryRow, BatchRow, ConsumptionRecordRow
from web.application_form import Offer, offer_of
from web.wanted import Wanted

MOST_AT_ONCE = 5_000
"""Records read in one query."""
LONGEST_REFERENCE = 60
WITHOUT_INVOICES = ("refused", "rejected", "cancelled", "lapsed", "not-issued")
"""States of an application whose reference may be used again."""


@dataclass(slots=True)
class Known:
    """What the rows are compared with: read once for the whole sheet."""

    session: Session
    person: Person
    now: datetime
    offer: Offer
    """Without anything ticked."""
    without_paper: dict[str, str]
    orders: dict[str, list[int]]
    """Records by order number, and by those of the refunds that are bound to them."""
    used: dict[str, str]
    """References of earlier batches, with the application's number."""
    records: dict[int, Record]
    """All that rows name by order number."""
    arrears_fen: int
    claimed: dict[int, int] = field(default_factory=dict)
    """The row that wants a record, by the record."""
    references: dict[str, int] = field(default_factory=dict)


def read_known(session: Session, person: Person, sheet: FilledSheet, now: datetime, batch: str) -> Known:
    record: Any = ConsumptionRecordRow
    original: Any = aliased(ConsumptionRecordRow)
    numbers = sorted({each for row in sheet.rows for each in numbers_in(row.cells["orders"])})
    orders: dict[str, list[int]] = {}
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        found = person.scope.narrow(select(record.id, record.order_number), record).where(
            record.order_number.in_(some), record.original_id.is_(None)
        )
        for each in session.execute(found.limit(20_000)):
            orders.setdefault(each.order_number, []).append(each.id)
        refunds = person.scope.whole.narrow(select(original.id, record.order_number), record).where(record.order_number.in_(some))
        of_theirs = person.scope.narrow(refunds.join(original, original.id == record.original_id), original)
        for each in session.execute(of_theirs.limit(20_000)):
            orders.setdefault(each.order_number, []).append(each.id)
    return Known(
        session,
        person,
        now,
        offer_of(session, person, Wanted(), now),
        entities_without_paper(session),
        orders,
        _used_references(session, person, [row.cells["reference"] for row in sheet.rows], batch),
        _named_records(session, person, orders, china_date(now)),
        sum(arrears_of(session, person.enterprise_id).values()) if person.enterprise_id else 0,
    )


def _named_records(session: Session, person: Person, orders: dict[str, list[int]], today: date) -> dict[int, Record]:
    ids = sorted({identity for found in orders.values() for identity in found})
    some = (ids[start : start + MOST_AT_ONCE] for start in range(0, len(ids), MOST_AT_ONCE))
    return {each.id: each for part in some for each in chosen_records(session, person.scope, part, today)}


def _used_references(session: Session, person: Person, references: Sequence[str], batch: str) -> dict[str, str]:
    """References that an application of this customer has which was taken: the same one again would be a second application."""
    entry: Any = BatchEntryRow
    over = select(col(ApplicationRow.number)).where(col(ApplicationRow.state).in_(WITHOUT_INVOICES))
    used: dict[str, str] = {}
    wanted = sorted({each[:LONGEST_REFERENCE] for each in references if each})
    for start in range(0, len(wanted), 500):
        found = (
            select(entry.reference, entry.number)
            .join(BatchRow, col(BatchRow.id) == entry.batch_id)
            .where(entry.enterprise_id == person.enterprise_id, entry.reference.in_(wanted[start : start + 500]))
            .where(entry.batch_id != batch, col(BatchRow.state) != BatchState.CHECKED, entry.state.in_(("waiting", "started")))
            .where(entry.number.not_in(over))
        )
        used |= {each.reference: each.number for each in session.execute(found)}
    return used


def numbers_in(text: str) -> list[str]:
    for sign in ",，;；、\n\t\u3000":
        text = text.replace(sign, " ")
    return list(dict.fromkeys(text.split()))
