"""Moving the items of an application between buckets, together with the records' running totals."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from domain.ledger import Bucket, Posting, move
from infra.books.arrears import hold_for_arrears
from infra.books.customers import hold_customers_of
from infra.books.ledger import place_of, post
from infra.books.waiting_negatives import bind_waiting
from infra.tables import ApplicationItemRow, ConsumptionRecordRow

_COLUMNS = {Bucket.RESERVED: "reserved_fen", Bucket.INVOICED: "invoiced_fen"}


def lock_records(session: Session, record_ids: Iterable[int]) -> dict[int, ConsumptionRecordRow]:
    """The records, locked in id order behind their customers until the transaction ends (SQLite: the whole database is)."""
    record_ids = set(record_ids)
    hold_customers_of(session, record_ids)
    statement = select(ConsumptionRecordRow).where(col(ConsumptionRecordRow.id).in_(record_ids)).order_by(col(ConsumptionRecordRow.id))
    rows = session.exec(statement.with_for_update().execution_options(populate_existing=True)).all()
    return {row.id: row for row in rows if row.id is not None}


def items_of(session: Session, *, application: str = "", invoice_id: str | None = None) -> Sequence[ApplicationItemRow]:
    """The items of an application, or those frozen into one invoice."""
    statement = select(ApplicationItemRow).order_by(col(ApplicationItemRow.record_id), col(ApplicationItemRow.part))
    if invoice_id is not None:
        return session.exec(statement.where(ApplicationItemRow.invoice_id == invoice_id)).all()
    return session.exec(statement.where(ApplicationItemRow.application_number == application)).all()


def move_items(session: Session, cause: str, items: Sequence[ApplicationItemRow], at: datetime, *, source: Bucket, target: Bucket) -> bool:
    """Move every item from one bucket to another, once per cause. False, and nothing changed, when it was done before.

    `AVAILABLE` means where the record's free amount stands: of one past its time limit that is `EXPIRED`. Refunds that
    waited for what comes back are bound to it, and of the rest is held what is owed.
    """
    records = lock_records(session, (item.record_id for item in items))
    postings: list[Posting] = []
    for item in items:
        record = records[item.record_id]
        postings += move(place_of(record), item.amount_fen, source=_home(record, source), target=_home(record, target))
    if not post(session, cause, postings, at):
        return False
    for item in items:
        record = records[item.record_id]
        for bucket, sign in ((source, -1), (target, 1)):
            if bucket in _COLUMNS:
                setattr(record, _COLUMNS[bucket], getattr(record, _COLUMNS[bucket]) + sign * item.amount_fen)
        session.add(record)
    if target is Bucket.AVAILABLE:
        session.flush()
        customers = {record.enterprise_id for record in records.values()}
        bind_waiting(session, customers, at)
        for enterprise_id in sorted(customers):
            hold_for_arrears(session, enterprise_id, cause, at)
    return True


def _home(record: ConsumptionRecordRow, bucket: Bucket) -> Bucket:
    return Bucket.EXPIRED if bucket is Bucket.AVAILABLE and record.expired else bucket
