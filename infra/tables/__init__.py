"""The tables, one file per word of the trade. Importing this package makes `SQLModel.metadata` complete."""

from infra.tables.applications import ApplicationItemRow, ApplicationRow, LifeEventRow, NoteRow
from infra.tables.catalogue import EntityRow, ExchangeRateRow, ReconciliationRow, ServiceClassRow
from infra.tables.consumption import ConsumptionRecordRow, ImportBatchRow, ImportedLineRow
from infra.tables.delivery import DocumentRow, NoticeRow, ParcelEventRow, ParcelRow
from infra.tables.invoices import InvoiceLineRow, InvoiceRow
from infra.tables.ledger import BalanceRow, LedgerEntryRow, LedgerTransactionRow
from infra.tables.people import AccountRow, EnterpriseRow, ReceiverRow, SessionRow, TitleRow, UserRow

__all__ = [
    "AccountRow",
    "ApplicationItemRow",
    "ApplicationRow",
    "BalanceRow",
    "ConsumptionRecordRow",
    "DocumentRow",
    "EnterpriseRow",
    "EntityRow",
    "ExchangeRateRow",
    "ImportBatchRow",
    "ImportedLineRow",
    "InvoiceLineRow",
    "InvoiceRow",
    "LedgerEntryRow",
    "LedgerTransactionRow",
    "LifeEventRow",
    "NoteRow",
    "NoticeRow",
    "ParcelEventRow",
    "ParcelRow",
    "ReceiverRow",
    "ReconciliationRow",
    "ServiceClassRow",
    "SessionRow",
    "TitleRow",
    "UserRow",
]
