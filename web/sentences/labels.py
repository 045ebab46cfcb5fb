"""Names of fields, kinds and media, as forms and tables show them."""

from web.sentences.access import ACCESS_LABELS
from web.sentences.api import API_LABELS
from web.sentences.audit import AUDIT_LABELS
from web.sentences.back_invoicing import BACK_LABELS
from web.sentences.balance import BALANCE_LABELS
from web.sentences.billing import BILLING_LABELS
from web.sentences.calendar import CALENDAR_LABELS
from web.sentences.evidence import EVIDENCE_LABELS
from web.sentences.identity import IDENTITY_FIELDS, IDENTITY_LABELS
from web.sentences.levels import LEVEL_LABELS
from web.sentences.material import MATERIAL_FIELDS, MATERIAL_LABELS
from web.sentences.people import PEOPLE_FIELDS, PEOPLE_LABELS
from web.sentences.promises import PEAK_FIELDS, PROMISE_LABELS
from web.sentences.records import RECORD_LABELS
from web.sentences.review import POLICY_FIELDS, REVIEW_LABELS
from web.sentences.service import SERVICE_LABELS
from web.sentences.sign_offs import SIGN_OFF_FIELDS, SIGN_OFF_LABELS
from web.sentences.splitting import SPLIT_FIELDS, SPLIT_LABELS
from web.sentences.staff import STAFF_LABELS
from web.sentences.statements import STATEMENT_LABELS
from web.sentences.support import SUPPORT_LABELS
from web.sentences.titles import TITLE_LABELS

FIELDS: dict[str, str] = {
    "name": "Name",
    "tax_id": "Tax ID",
    "address": "Address",
    "phone": "Phone",
    "bank": "Bank",
    "bank_account": "Account number",
    "email": "E-mail",
    "recipient": "Recipient",
    "postcode": "Postcode",
    "login": "User name",
    "password": "Password",
    "title": "Title",
    "title_id": "Title",
    "kind": "Invoice type",
    "medium": "Form of the invoice",
    "receiver": "Receiver",
    "receiver_id": "Receiver",
    "records": "Consumption",
    "record_ids": "Consumption",
    "terms": "Terms",
    "number": "Application number",
    "reason": "Reason",
    "amount": "Amount",
    "enterprise": "Company",
    "verified": "Verification",
    "sent_to": "Sent to",
    "next_tax_id": "New tax ID",
}

LABELS: dict[str, str] = {
    "special:electronic": "Special e-invoice",
    "ordinary:electronic": "Ordinary e-invoice",
    "special:paper": "Special paper invoice",
    "ordinary:paper": "Ordinary paper invoice",
    "role:customer-master": "Master account",
    "role:customer-member": "Member account",
    "role:reviewer": "Reviewer",
    "role:operator": "Operator",
}

LABELS.update(API_LABELS)
LABELS.update(STAFF_LABELS)
LABELS.update(SERVICE_LABELS)
LABELS.update(REVIEW_LABELS)
LABELS.update(LEVEL_LABELS)
FIELDS.update(POLICY_FIELDS)
LABELS.update(IDENTITY_LABELS)
FIELDS.update(IDENTITY_FIELDS)
LABELS.update(PEOPLE_LABELS)
FIELDS.update(PEOPLE_FIELDS)
LABELS.update(ACCESS_LABELS)
LABELS.update(AUDIT_LABELS)
LABELS.update(BACK_LABELS)
LABELS.update(EVIDENCE_LABELS)
LABELS.update(BALANCE_LABELS)
LABELS.update(BILLING_LABELS)
LABELS.update(CALENDAR_LABELS)
LABELS.update(RECORD_LABELS)
LABELS.update(PROMISE_LABELS)
FIELDS.update(PEAK_FIELDS)
LABELS.update(TITLE_LABELS)
LABELS.update(STATEMENT_LABELS)
LABELS.update(SPLIT_LABELS)
FIELDS.update(SPLIT_FIELDS)
LABELS.update(SIGN_OFF_LABELS)
FIELDS.update(SIGN_OFF_FIELDS)
LABELS.update(MATERIAL_LABELS)
FIELDS.update(MATERIAL_FIELDS)
LABELS.update(SUPPORT_LABELS)
