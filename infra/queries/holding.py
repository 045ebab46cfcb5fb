"""Which applications and invoices hold a part of the balance: the last step down its tree."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import and_, select

from infra.tables import ApplicationItemRow, ApplicationRow, ConsumptionRecordRow, InvoiceRow

_TEXT = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))\.([A-Za-z0-9-]{1,20})\.(\d{1,5})\.(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Holding:
    """A month's records of one account, entity and rate. As text: `2026-10.HZ.600.12`."""

    period: str
    entity: str
    rate_bp: int
    account_id: int

    @property
    def text(self) -> str:
        return f"{self.period}.{self.entity}.{self.rate_bp}.{self.account_id}"


def read_holding(text: str) -> Holding | None:
    """What a text names, None for anything else."""
    match = _TEXT.fullmatch(text)
    return Holding(match[1], match[2], int(match[3]), int(match[4])) if match else None


def reserves(holding: Holding) -> Any:
    """SQL: an application that is under way and has taken a record of it."""
    item: Any = ApplicationItemRow
    row: Any = ApplicationRow
    taken = _items(holding).where(item.application_number == row.number).correlate(ApplicationRow).exists()
    return and_(row.state.in_(("awaiting-approval", "reviewing", "awaiting-material", "issuing")), _since(row.submitted_at, holding), taken)


def invoiced(holding: Holding) -> Any:
    """SQL: a valid invoice that has a record of it."""
    item: Any = ApplicationItemRow
    row: Any = InvoiceRow
    same = and_(row.entity == holding.entity, row.rate_bp == holding.rate_bp, row.number.is_not(None), row.red_number.is_(None))
    taken = _items(holding).where(item.invoice_id == row.id).correlate(InvoiceRow).exists()
    return and_(same, _since(row.created_at, holding), taken)


def _since(moment: Any, holding: Holding) -> Any:
    """Nothing took a month's records before the month."""
    return moment >= datetime.combine(date.fromisoformat(f"{holding.period}-01"), datetime.min.time(), tzinfo=UTC)


def _items(holding: Holding) -> Any:
    item: Any = ApplicationItemRow
    record: Any = ConsumptionRecordRow
    return (
        select(item.record_id)
        .join(ConsumptionRecordRow, record.id == item.record_id)
        .where(
            record.period == holding.period,
            record.entity == holding.entity,
            record.rate_bp == holding.rate_bp,
            record.account_id == holding.account_id,
        )
    )
