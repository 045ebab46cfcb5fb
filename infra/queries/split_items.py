"""A stored record as what a split takes: the one place that says which of its columns an invoice prints."""

from typing import Any

from domain.calendar import period_of
from domain.splitting import SplitItem


def split_item(record: Any, amount_fen: int) -> SplitItem:
    """`amount_fen` of a record; `record` is its row, or what a query read of these columns."""
    return SplitItem(
        record_id=record.id,
        entity=record.entity,
        rate_bp=record.rate_bp,
        service=record.service,
        category=record.category,
        classification_code=record.classification_code,
        unit=record.unit,
        amount_fen=amount_fen,
        original_id=record.original_id,
        period=record.period,
        month=period_of(record.day),
    )
