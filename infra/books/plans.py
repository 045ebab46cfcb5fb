"""The invoices that an application will make: worked out when it is reserved, and again, the same, when it is approved."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from domain.choosing import Choice
from domain.errors import Problem
from domain.invoice_templates import CheckedFact, InvoiceFacts, template_remark
from domain.messages import ApplicationRequest, Policy
from domain.split_choice import SplitChoice, choice_problems, read_choice
from domain.splitting import NegativeAlone, PlannedInvoice, plan_digest, plan_problems, split
from infra.books.agreements import agreement_of
from infra.check_keys import CheckKeys
from infra.queries.scope import Scope
from infra.queries.sellers import seller_sum
from infra.queries.split_items import split_item
from infra.tables import ApplicationItemRow, ApplicationRow, ConsumptionRecordRow, InvoiceRow, InvoiceTemplateRow

Records = Mapping[int, ConsumptionRecordRow]
Plan = tuple[PlannedInvoice, ...]


def plan_of(application: ApplicationRow, items: Iterable[ApplicationItemRow], records: Records, policy: Policy) -> Plan:
    """The invoices of an application, as it was reserved."""
    taken = [(item.record_id, item.amount_fen) for item in items]
    return _plan(taken, records, policy, read_choice(application.split))


def planned(request: ApplicationRequest, choice: Choice, records: Records) -> Plan:
    """The invoices that a request makes of what was chosen for it; none of records that were refunded whole."""
    try:
        return _plan(choice.items, records, request.policy, request.split)
    except NegativeAlone:
        return ()


def note_plan(
    session: Session, application: ApplicationRow, request: ApplicationRequest, plan: Plan, months: Iterable[str], scope: Scope
) -> None:
    """Write into an application's row how it is split, which invoices that makes, what sellers invoice beside, and its template."""
    application.split = "" if request.split.is_plain else request.split.text
    application.plan_digest = plan_digest(plan) if plan else ""
    application.seller_fen = 0 if request.replaces else seller_sum(session, scope, months)
    agreement = agreement_of(session, request)
    if agreement is not None:
        application.template_code, application.agreement_id, application.agreement_number = (
            agreement.template_code,
            agreement.id,
            agreement.number,
        )


def problems_of_plan(request: ApplicationRequest, plan: Plan) -> list[Problem]:
    """Why these invoices are not made: a split that is not possible, or other invoices than the customer saw (split-changed)."""
    if not plan:
        return [Problem("records", "nothing-to-invoice")]
    if request.expected_plan and request.expected_plan != plan_digest(plan):
        return [Problem("split", "split-changed")]
    problems = plan_problems(plan, request.split)
    return problems if request.replaces else [*choice_problems(request.split, request.queries, request.limit_fen), *problems]


def _plan(taken: Iterable[tuple[int, int]], records: Records, policy: Policy, choice: SplitChoice) -> Plan:
    items = (split_item(records[record_id], amount_fen) for record_id, amount_fen in taken)
    return split(items, limit_net_fen=policy.single_invoice_limit_fen, choice=choice)


def write_check_value(session: Session, keys: CheckKeys, application: ApplicationRow, invoice: InvoiceRow) -> None:
    """Give an invoice of a template its check value, once, by the newest key. Raises MissingCheckKeys."""
    template = session.get(InvoiceTemplateRow, application.template_code) if application.template_code else None
    if template is None:
        return
    invoice.agreement_number = application.agreement_number
    invoice.check_key = keys.newest
    invoice.check_facts = template.facts
    invoice.check_value = value_of(keys, application, invoice) or ""


def value_of(keys: CheckKeys, application: ApplicationRow, invoice: InvoiceRow) -> str | None:
    """An invoice's check value, worked out from its row; None when its key is gone."""
    facts = InvoiceFacts(
        invoice_id=invoice.id,
        agreement=invoice.agreement_number,
        buyer=application.title_name,
        tax_id=application.title_tax_id,
        seller=invoice.entity,
        net_fen=invoice.net_fen,
        tax_fen=invoice.tax_fen,
        total_fen=invoice.total_fen,
    )
    return keys.value(invoice.check_key, facts, [CheckedFact(fact) for fact in invoice.check_facts.split()])


def remark_of(invoice: InvoiceRow) -> str:
    """What stands under 备注: the customer finds the application by it; a template's agreement and check value follow."""
    said = f"申请编号：{invoice.application_number}"
    return f"{said} {template_remark(invoice.agreement_number, invoice.check_value)}" if invoice.check_value else said
