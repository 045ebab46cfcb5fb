"""The operators' page of industry templates: the templates, customers' agreements, and whether a check value is ours (feature 19)."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.errors import Problem, Refusal
from domain.invoice_templates import CheckedFact, same_value
from infra.check_keys import CheckKeys, check_keys
from infra.queries.templates import agreements, all_templates, checked_value
from infra.tables import InvoiceTemplateRow
from infra.templates import AgreementForm, TemplateForm, UnknownAgreement, end_agreement, keep_agreement, set_template
from web.cursors import RecordId, whole_number
from web.dependencies import CurrentOperator, Held, Now, Read, Reads, Services, Write
from web.errors import NotFound

router = APIRouter(prefix="/reference/templates")

Line = Annotated[str, Form(max_length=300)]
_NEW = TemplateForm("", "", "", "", ("buyer", "tax-id", "total"))
_NO_AGREEMENT = AgreementForm("", "", "")


def _line(text: str) -> str:
    return " ".join(text.split())


@router.get("")
async def list_templates(
    request: Request,
    _operator: CurrentOperator,
    held: Held,
    reads: Read,
    change: Annotated[str, Query(max_length=20)] = "",
    text: Annotated[str, Query(max_length=60)] = "",
    before: Annotated[str, Query(max_length=12)] = "",
    invoice: Annotated[str, Query(max_length=40)] = "",
    value: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Templates and agreements; `change` fills the form with a template, `invoice` and `value` ask whether a check value is ours."""
    return await _page(request, held, reads, change=change, text=text.strip(), before=before, invoice=invoice.strip(), value=value)


@router.post("", status_code=303)
async def keep_template(
    request: Request,
    operator: CurrentOperator,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    code: Line = "",
    name_zh: Line = "",
    name_en: Line = "",
    pattern: Line = "",
    facts: Annotated[list[str] | None, Form(max_length=20)] = None,
    offered: Annotated[bool, Form()] = False,
) -> Response:
    """Add a template or change it. Invoices that are made keep their check value and what it was computed over."""
    typed = TemplateForm(code.strip(), _line(name_zh), _line(name_en), pattern.strip(), tuple(facts or ()), offered)
    try:
        await writes(set_template, typed, operator.id, now, keys_there=bool(await _keys(held)))
    except Refusal as refusal:
        return await _page(request, held, reads, typed=typed, problems=refusal.problems)
    return RedirectResponse("/reference/templates?done=1", 303)


@router.post("/agreements", status_code=303)
async def add_agreement(
    request: Request,
    operator: CurrentOperator,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    template: Line = "",
    customer: Line = "",
    number: Line = "",
) -> Response:
    """Keep a customer's agreement under a template."""
    typed = AgreementForm(template, _line(customer), number.strip())
    try:
        await writes(keep_agreement, typed, operator.id, now)
    except Refusal as refusal:
        return await _page(request, held, reads, agreement=typed, problems=refusal.problems)
    return RedirectResponse("/reference/templates?done=1", 303)


@router.post("/agreements/{agreement_id}/end", status_code=303)
async def end_one(agreement_id: RecordId, operator: CurrentOperator, writes: Write, now: Now) -> Response:
    """End an agreement for new applications."""
    try:
        await writes(end_agreement, agreement_id, operator.id, now)
    except UnknownAgreement as unknown:
        raise NotFound from unknown
    return RedirectResponse("/reference/templates?done=1", 303)


def _typed(row: InvoiceTemplateRow) -> TemplateForm:
    return TemplateForm(row.code, row.name_zh, row.name_en, row.pattern, tuple(row.facts.split()), row.offered)


async def _keys(held: Services) -> CheckKeys:
    """Read anew each time: a key is put into the file while we run."""
    return await held.in_thread(check_keys, held.settings)


async def _page(
    request: Request,
    held: Services,
    reads: Reads,
    *,
    change: str = "",
    text: str = "",
    before: str = "",
    invoice: str = "",
    value: str = "",
    typed: TemplateForm | None = None,
    agreement: AgreementForm = _NO_AGREEMENT,
    problems: tuple[Problem, ...] = (),
) -> Response:
    keys = await _keys(held)

    def read(session: Session) -> Any:
        checked = checked_value(session, keys, invoice) if invoice else None
        return all_templates(session), agreements(session, text, whole_number(before)), checked

    templates, (kept, older), checked = await reads(read)
    if typed is None:
        typed = next((_typed(each) for each in templates if each.code == change), _NEW)
    if not agreement.template and len(templates) == 1:
        agreement = replace(agreement, template=templates[0].code)
    return held.pages.page(
        request,
        "reference/templates.html",
        422 if problems else 200,
        active="reference",
        which="templates",
        done="done" in request.query_params and not problems,
        problems=list(problems),
        templates=templates,
        agreements=kept,
        older=older,
        before=before,
        text=text,
        typed=typed,
        agreement=agreement,
        facts=list(CheckedFact),
        keys_there=bool(keys),
        invoice=invoice,
        value=value,
        checked=checked,
        agrees=checked is not None and bool(checked.expected) and same_value(value or checked.stored, checked.expected),
    )
