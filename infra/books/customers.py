"""Holding a customer: whoever changes where its records stand does so one at a time, and takes its locks in one order.

The customer's row comes first, then its records by id, then running totals. Two that took records first, each in the order of
its own query, could wait for each other: PostgreSQL ends one of them then.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import Session, col

from infra.books.binding import chunks
from infra.tables import ConsumptionRecordRow, EnterpriseRow


def hold_customers(session: Session, enterprise_ids: Iterable[int]) -> None:
    """Hold these customers' rows, in order, until the transaction ends: one changes their records at a time."""
    for chunk in chunks(sorted(set(enterprise_ids))):
        row = col(EnterpriseRow.id)
        session.execute(select(row).where(row.in_(chunk)).order_by(row).with_for_update(key_share=True)).all()


def hold_customers_of(session: Session, record_ids: Iterable[int]) -> None:
    """The same for the customers that these records are of."""
    enterprise, identity = col(ConsumptionRecordRow.enterprise_id), col(ConsumptionRecordRow.id)
    found: set[int] = set()
    for chunk in chunks(sorted(set(record_ids))):
        found.update(session.execute(select(enterprise).where(identity.in_(chunk)).distinct()).scalars())
    hold_customers(session, found)
