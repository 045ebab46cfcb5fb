"""The agreement under which an application's invoices follow an industry template (feature 19)."""

from sqlmodel import Session

from domain.errors import Problem
from domain.messages import ApplicationRequest
from infra.tables import AgreementRow, InvoiceTemplateRow


def agreement_problems(session: Session, request: ApplicationRequest, *, keys_there: bool) -> list[Problem]:
    """Why its agreement cannot be used. A reissue keeps what the returned invoice had, also of a template no longer offered."""
    if not request.agreement_id:
        return []
    row = session.get(AgreementRow, request.agreement_id)
    template = session.get(InvoiceTemplateRow, row.template_code) if row is not None else None
    if row is None or template is None or row.enterprise_id != request.enterprise_id:
        return [Problem("agreement", "agreement-unknown")]
    if not request.replaces and (row.ended_at is not None or not template.offered):
        return [Problem("agreement", "agreement-ended")]
    return [] if keys_there else [Problem("template", "template-not-ready")]


def agreement_of(session: Session, request: ApplicationRequest) -> AgreementRow | None:
    """The customer's agreement that a request names."""
    row = session.get(AgreementRow, request.agreement_id) if request.agreement_id else None
    return row if row is not None and row.enterprise_id == request.enterprise_id else None
