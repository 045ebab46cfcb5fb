"""Refunds that came while an application holds the order they name: they are bound once it is free again."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from infra.queries.holders import HOLDING
from infra.tables import ApplicationItemRow, ApplicationRow, ConsumptionRecordRow

_MOST = 20


@dataclass(frozen=True, slots=True)
class WaitingRefund:
    """What of an order is to be taken back, fen above 0."""

    order_number: str
    amount_fen: int


def waiting_refunds(session: Session, number: str) -> tuple[WaitingRefund, ...]:
    """By order, of the orders that this application holds; of one that has let go of them nothing."""
    negative: Any = aliased(ConsumptionRecordRow)
    record: Any = ConsumptionRecordRow
    orders = (
        select(record.order_number)
        .join(ApplicationItemRow, col(ApplicationItemRow.record_id) == record.id)
        .where(col(ApplicationItemRow.application_number) == number, record.order_number != "")
        .where((record.reserved_fen != 0) | (record.invoiced_fen != 0))  # of a returned invoice they are free again
    )
    waits = negative.original_id.is_(None) & (negative.invoiceable_fen < 0)  # the condition of an index
    statement = (
        select(negative.original_order_number, func.sum(negative.invoiceable_fen).label("amount_fen"))
        .join(ApplicationRow, col(ApplicationRow.enterprise_id) == negative.enterprise_id)
        .where(col(ApplicationRow.number) == number, col(ApplicationRow.state).in_(HOLDING))
        .where(waits, negative.standing == "waiting", negative.original_order_number.in_(orders))
        .group_by(negative.original_order_number)
        .order_by(negative.original_order_number)
    )
    rows = session.execute(statement.limit(_MOST))
    return tuple(WaitingRefund(row.original_order_number, -int(row.amount_fen)) for row in rows)
