"""The tables, one file per word of the trade. Importing this package makes `SQLModel.metadata` complete."""

from infra.tables.absences import ReviewAbsenceRow
from infra.tables.applications import ApplicationItemRow, ApplicationRow, LifeEventRow, NoteRow
from infra.tables.audit import AuditCheckRow, AuditRow
from infra.tables.authentications import AuthenticationRow
from infra.tables.back_invoicing import BackInvoicingRecordRow, BackInvoicingRow
from infra.tables.batches import BatchEntryRow, BatchRow
from infra.tables.calendar import CalendarChangeRow, WorkingDayRow
from infra.tables.catalogue import AssistedProductRow, EntityRow, ExchangeRateRow, ReconciliationRow, ServiceClassRow
from infra.tables.consumption import ConsumptionRecordRow, ImportBatchRow, ImportedLineRow, ImportRunRow, TopUpRow
from infra.tables.delivery import DocumentRow, NoticeRow, ParcelEventRow, ParcelRow
from infra.tables.invoices import InvoiceLineRow, InvoiceRow
from infra.tables.ledger import ArrearsRow, BalanceRow, LedgerEntryRow, LedgerTransactionRow
from infra.tables.library import ReceiverRow, TitleRow
from infra.tables.machine_access import ApiAnswerRow, ImportKeyRow
from infra.tables.people import AccountRow, CodeRow, ConsentRow, EnterpriseRow, SessionRow, TryRow, UserRow
from infra.tables.promises import MovedPromiseRow, PeakPlanRow
from infra.tables.review import MaterialRequestRow, ReviewDecisionRow
from infra.tables.review_desk import ReviewPhraseRow, ReviewPresenceRow
from infra.tables.review_policy import ReviewPolicyRow
from infra.tables.sign_offs import SignOffDecisionRow, SignOffRow, SignOffRuleRow, SignOffSeatRow
from infra.tables.statements import StatementLineRow, StatementRow
from infra.tables.support import AnnouncementRow, AttachmentRow, ServiceStatusRow, TicketMessageRow, TicketRow
from infra.tables.templates import AgreementRow, InvoiceTemplateRow

__all__ = [
    "AccountRow",
    "AgreementRow",
    "AnnouncementRow",
    "ApiAnswerRow",
    "ApplicationItemRow",
    "ApplicationRow",
    "ArrearsRow",
    "AssistedProductRow",
    "AttachmentRow",
    "AuditCheckRow",
    "AuditRow",
    "AuthenticationRow",
    "BackInvoicingRecordRow",
    "BackInvoicingRow",
    "BalanceRow",
    "BatchEntryRow",
    "BatchRow",
    "CalendarChangeRow",
    "CodeRow",
    "ConsentRow",
    "ConsumptionRecordRow",
    "DocumentRow",
    "EnterpriseRow",
    "EntityRow",
    "ExchangeRateRow",
    "ImportBatchRow",
    "ImportKeyRow",
    "ImportRunRow",
    "ImportedLineRow",
    "InvoiceLineRow",
    "InvoiceRow",
    "InvoiceTemplateRow",
    "LedgerEntryRow",
    "LedgerTransactionRow",
    "LifeEventRow",
    "MaterialRequestRow",
    "MovedPromiseRow",
    "NoteRow",
    "NoticeRow",
    "ParcelEventRow",
    "ParcelRow",
    "PeakPlanRow",
    "ReceiverRow",
    "ReconciliationRow",
    "ReviewAbsenceRow",
    "ReviewDecisionRow",
    "ReviewPhraseRow",
    "ReviewPolicyRow",
    "ReviewPresenceRow",
    "ServiceClassRow",
    "ServiceStatusRow",
    "SessionRow",
    "SignOffDecisionRow",
    "SignOffRow",
    "SignOffRuleRow",
    "SignOffSeatRow",
    "StatementLineRow",
    "StatementRow",
    "TicketMessageRow",
    "TicketRow",
    "TitleRow",
    "TopUpRow",
    "TryRow",
    "UserRow",
    "WorkingDayRow",
]
