"""What operators keep of industry templates: the templates and customers' agreements. Each change is noted."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.invoice_templates import CheckedFact, form_problem_code, number_example, number_form, tidy_number
from domain.titles import text_problems
from infra.audit import note_deed
from infra.database import Database
from infra.tables import AgreementRow, EnterpriseRow, InvoiceTemplateRow

SHOWN_NUMBERS = 10

_CODE = re.compile(r"[a-z][a-z0-9-]{1,19}", re.ASCII)


class UnknownAgreement(Exception):
    """No agreement has this id."""


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """A template as typed; `facts` are those that the check value is computed over."""

    code: str
    name_zh: str
    name_en: str
    pattern: str
    facts: tuple[str, ...] = ()
    offered: bool = True


@dataclass(frozen=True, slots=True)
class AgreementForm:
    """An agreement as typed; `customer` is the customer's whole name or its tax id."""

    template: str
    customer: str
    number: str


def set_template(database: Database, typed: TemplateForm, by: int, now: datetime, *, keys_there: bool) -> None:
    """Keep a template.

    Raises Refusal: template-code-form, template-pattern, choose-one, template-pattern-breaks (numbers), template-not-ready and those of
    texts.
    """
    problems = [*text_problems("name_zh", typed.name_zh, 60, least=1), *text_problems("name_en", typed.name_en, 60, least=1)]
    if not _CODE.fullmatch(typed.code):
        problems.append(Problem("code", "template-code-form"))
    if number_form(typed.pattern) is None:
        problems.append(Problem("pattern", "template-pattern"))
    if not typed.facts or any(fact not in set(CheckedFact) for fact in typed.facts):
        problems.append(Problem("facts", "choose-one"))
    if not keys_there:
        problems.append(Problem("code", "template-not-ready"))
    if problems:
        raise Refusal(*problems)
    facts = " ".join(sorted(set(typed.facts)))
    with database.write() as session:
        old = session.get(InvoiceTemplateRow, typed.code, with_for_update=True)
        if old is not None and old.pattern != typed.pattern and (broken := _broken(session, typed)):
            raise Refusal(Problem("pattern", "template-pattern-breaks", {"numbers": broken}))
        said = [typed.name_zh, typed.name_en, typed.pattern, facts, typed.offered]
        if old is not None and [old.name_zh, old.name_en, old.pattern, old.facts, old.offered] == said:
            return
        session.merge(
            InvoiceTemplateRow(
                code=typed.code,
                name_zh=typed.name_zh,
                name_en=typed.name_en,
                pattern=typed.pattern,
                facts=facts,
                offered=typed.offered,
                changed_at=now,
            )
        )
        noted = {"pattern": typed.pattern, "facts": facts, "offered": typed.offered}
        note_deed(session, by, AuditAction.TEMPLATE_SET, f"template:{typed.code}", now, facts=noted)


def _broken(session: Session, typed: TemplateForm) -> str:
    """Numbers of agreements that count and do not fit the new form: the first ten."""
    form = number_form(typed.pattern)
    kept = select(AgreementRow.number).where(AgreementRow.template_code == typed.code, col(AgreementRow.ended_at).is_(None))
    numbers = sorted({number for number in session.exec(kept) if form is None or not form.fullmatch(number)})
    return ", ".join(numbers[:SHOWN_NUMBERS]) + (" …" if len(numbers) > SHOWN_NUMBERS else "")


def keep_agreement(database: Database, typed: AgreementForm, by: int, now: datetime) -> None:
    """Keep a customer's agreement; an ended one counts again. Raises Refusal: choose-one, customer-unknown, agreement-form and
    agreement-full-width (example), agreement-taken (customer): another customer has the number.
    """
    number = tidy_number(typed.number)
    with database.write() as session:
        problems: list[Problem] = []
        template = session.get(InvoiceTemplateRow, typed.template, with_for_update=True)
        customer = _customer(session, typed.customer)
        form = number_form(template.pattern) if template is not None else None
        if template is None or form is None:
            problems.append(Problem("template", "choose-one"))
        elif not form.fullmatch(number):
            problems.append(Problem("number", form_problem_code(typed.number), {"example": number_example(template.pattern)}))
        if customer is None:
            problems.append(Problem("customer", "customer-unknown"))
        elif not problems and (other := _holder(session, number, customer)):
            problems.append(Problem("number", "agreement-taken", {"customer": other}))
        if problems or customer is None or customer.id is None:
            raise Refusal(*problems)
        row = session.exec(
            select(AgreementRow)
            .where(AgreementRow.template_code == typed.template, AgreementRow.enterprise_id == customer.id, AgreementRow.number == number)
            .with_for_update()
        ).first()
        if row is not None and row.ended_at is None:
            return
        row = row or AgreementRow(template_code=typed.template, enterprise_id=customer.id, number=number, kept_by=by, kept_at=now)
        row.ended_at, row.kept_by, row.kept_at = None, by, now
        session.add(row)
        facts = {"template": typed.template, "number": number}
        note_deed(session, by, AuditAction.AGREEMENT_KEPT, f"enterprise:{customer.id}", now, tenant=customer.id, facts=facts)


def _holder(session: Session, number: str, customer: EnterpriseRow) -> str:
    """Another customer whose agreement has this number; empty when there is none."""
    statement = (
        select(EnterpriseRow.name)
        .join(AgreementRow, col(AgreementRow.enterprise_id) == col(EnterpriseRow.id))
        .where(AgreementRow.number == number, AgreementRow.enterprise_id != customer.id, col(AgreementRow.ended_at).is_(None))
    )
    return session.exec(statement.limit(1)).first() or ""


def _customer(session: Session, typed: str) -> EnterpriseRow | None:
    wanted = typed.strip()
    if not wanted:
        return None
    found = session.exec(
        select(EnterpriseRow).where(or_(col(EnterpriseRow.name) == wanted, col(EnterpriseRow.tax_id) == wanted.upper())).limit(2)
    ).all()
    return found[0] if len(found) == 1 else None


def end_agreement(database: Database, agreement_id: int, by: int, now: datetime) -> None:
    """New applications cannot use it any more; those on their way keep it. Raises UnknownAgreement."""
    with database.write() as session:
        row = session.get(AgreementRow, agreement_id, with_for_update=True)
        if row is None:
            raise UnknownAgreement(str(agreement_id))
        if row.ended_at is not None:
            return
        row.ended_at = now
        session.add(row)
        facts = {"template": row.template_code, "number": row.number}
        note_deed(session, by, AuditAction.AGREEMENT_ENDED, f"enterprise:{row.enterprise_id}", now, tenant=row.enterprise_id, facts=facts)
