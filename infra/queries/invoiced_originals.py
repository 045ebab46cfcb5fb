"""Refunds that came after what they correct was invoiced: on which invoice it is."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session

from domain.eligibility import Standing
from infra.tables import ApplicationItemRow, ConsumptionRecordRow, InvoiceRow


def invoices_of_originals(session: Session, negative_ids: Iterable[int]) -> dict[int, str]:
    """The number of a valid invoice with what each of these waiting negatives corrects; those without one are left out."""
    wanted = list(negative_ids)
    if not wanted:
        return {}
    negative: Any = aliased(ConsumptionRecordRow)
    by_order, by_place = _number(negative, by_order=True), _number(negative, by_order=False)
    number = case((negative.original_order_number != "", by_order), else_=by_place)
    rows = session.execute(select(negative.id, number.label("number")).where(negative.id.in_(wanted)))
    return {row.id: row.number for row in rows if row.number}


def _number(negative: Any, *, by_order: bool) -> Any:
    """SQL: an invoice of a record that `domain.consumption.bind` would take, if it were free."""
    record: Any = aliased(ConsumptionRecordRow)
    item: Any = aliased(ApplicationItemRow)
    invoice: Any = aliased(InvoiceRow)
    same = (record.enterprise_id == negative.enterprise_id, record.entity == negative.entity)
    if by_order:
        alike = or_(record.service == negative.service, record.rate_bp == negative.rate_bp)
        fitting = (record.order_number == negative.original_order_number) & alike
    else:
        here = (record.account_id == negative.account_id) & (record.period == negative.period)
        fitting = here & (record.standing == Standing.INVOICED) & (record.service == negative.service)
    return (
        select(invoice.number)
        .join(item, item.invoice_id == invoice.id)
        .join(record, record.id == item.record_id)
        .where(*same, fitting, record.invoiced_fen > 0, record.original_id.is_(None))
        .where(invoice.number.is_not(None), or_(invoice.red_number.is_(None), invoice.red_number == ""))
        .limit(1)
        .correlate(negative)
        .scalar_subquery()
    )
