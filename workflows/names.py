"""Task queues, workflow ids and search attributes, each named once.

Ids and attributes are never encrypted: they carry no name, tax id, address or telephone number.
"""

from temporalio.common import SearchAttributeKey

LIVES = "kaipiao-lives"
"""Workflows, and activities on our own rows."""
ISSUING = "kaipiao-issuing"
DOCUMENTS = "kaipiao-documents"
DELIVERY = "kaipiao-delivery"
IMPORTS = "kaipiao-imports"
"""Large files, one at a time: they never delay documents or signals."""

STATE = SearchAttributeKey.for_keyword("KpState")
CUSTOMER = SearchAttributeKey.for_int("KpCustomer")
ENTITY = SearchAttributeKey.for_keyword("KpEntity")
KIND = SearchAttributeKey.for_keyword("KpKind")
INVOICE_NUMBER = SearchAttributeKey.for_keyword("KpInvoiceNumber")
AMOUNT_FEN = SearchAttributeKey.for_int("KpAmountFen")
EXPEDITED = SearchAttributeKey.for_bool("KpExpedited")
DUE = SearchAttributeKey.for_datetime("KpDue")
"""What the life waits for next: the promised date, or the end of the correction window."""

SEARCH_ATTRIBUTES = (STATE, CUSTOMER, ENTITY, KIND, INVOICE_NUMBER, AMOUNT_FEN, EXPEDITED, DUE)


def application_workflow_id(number: str) -> str:
    return f"application:{number}"


def invoice_workflow_id(invoice_id: str) -> str:
    return f"invoice:{invoice_id}"


def invoice_id(application_number: str, position: int) -> str:
    """The invoice's own id, derived and readable: its application's number and its place in the split, from 1."""
    return f"{application_number}-{position}"


def authentication_workflow_id(number: str) -> str:
    return f"authentication:{number}"


def ticket_notice_workflow_id(key: str) -> str:
    """By the key of the message that is told of: started twice, it tells once."""
    return f"ticket-notice:{key}"


def title_notice_workflow_id(key: str) -> str:
    """By the key of the decision that is told of."""
    return f"title-notice:{key}"


def import_workflow_id(batch_id: str) -> str:
    """By the bytes' hash, whose first 40 signs also key the batch's postings: the same file twice is one import."""
    return f"import:{batch_id[:40]}"


def batch_workflow_id(batch_id: str) -> str:
    """By the sheet's bytes and whose they are (domain.batches.batch_id): submitted twice, it is one batch."""
    return f"batch:{batch_id}"


def statement_workflow_id(enterprise_id: int, period: str) -> str:
    """The run of one customer's month that an operator asked for: one at a time."""
    return f"statements:{period}:{enterprise_id}"


def parcel_key(invoice: str, shipment: int) -> str:
    """Our order key at the courier for the n-th shipment of an invoice."""
    return f"{invoice}:parcel:{shipment}"


APPLICATION_WORKFLOW = "ApplicationWorkflow"
"""An invoice starts its corrected application by this name: the two lives know each other only by name in that direction."""

INVOICE_SETTLED = "invoice_settled"
"""The signal by which an invoice tells its application how issuing ended."""

PROMISE_MOVED = "promise_moved"
"""The signal that tells an application to read its promise anew."""

STATEMENT_SCHEDULE = "schedule:statements"
CONFIRMATION_SCHEDULE = "schedule:confirmation"
LIMIT_NOTICE_SCHEDULE = "schedule:limit-notices"
EXPIRY_SCHEDULE = "schedule:expiry"
RECONCILIATION_SCHEDULE = "schedule:reconciliation"
HOUSEKEEPING_SCHEDULE = "schedule:housekeeping"
AUDIT_SCHEDULE = "schedule:audit"
TICKET_NOTICE_SCHEDULE = "schedule:ticket-notices"
TITLE_NOTICE_SCHEDULE = "schedule:title-notices"
PROMISE_SCHEDULE = "schedule:promises"
PROMISES_NOW = "promises-now"
"""The run that a change of the calendar asks for: one at a time."""
AUDIT_NOW = "audit-now"
"""The verification that somebody asked for on the audit's page: one at a time."""
