"""Industry templates and agreements: what a customer may choose, and the lists that operators keep."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from domain.invoice_templates import number_example, number_form, tidy_number
from infra.books.plans import value_of
from infra.check_keys import CheckKeys
from infra.queries.scope import utc, utc_or_none
from infra.tables import AgreementRow, ApplicationRow, EnterpriseRow, InvoiceRow, InvoiceTemplateRow

PAGE = 50


@dataclass(frozen=True, slots=True)
class OfferedTemplate:
    """A template that a customer has an agreement for; `numbers` are the agreements by number."""

    code: str
    name_zh: str
    name_en: str
    pattern: str
    numbers: dict[str, int]

    @property
    def example(self) -> str:
        return number_example(self.pattern)

    def fits(self, number: str) -> bool:
        form = number_form(self.pattern)
        return form is not None and form.fullmatch(tidy_number(number)) is not None


def offered_templates(session: Session, enterprise_id: int) -> tuple[OfferedTemplate, ...]:
    """The templates a customer may choose now, by name."""
    template: Any = InvoiceTemplateRow
    agreement: Any = AgreementRow
    statement = (
        select(template, agreement.id, agreement.number)
        .join(agreement, agreement.template_code == template.code)
        .where(agreement.enterprise_id == enterprise_id, agreement.ended_at.is_(None), template.offered)
        .order_by(template.name_zh, agreement.id)
    )
    found: dict[str, OfferedTemplate] = {}
    for row, identity, number in session.execute(statement):
        one = found.setdefault(row.code, OfferedTemplate(row.code, row.name_zh, row.name_en, row.pattern, {}))
        one.numbers[number] = identity
    return tuple(found.values())


def all_templates(session: Session) -> Sequence[InvoiceTemplateRow]:
    return session.execute(select(InvoiceTemplateRow).order_by(col(InvoiceTemplateRow.code)).limit(PAGE)).scalars().all()


@dataclass(frozen=True, slots=True)
class AgreementShown:
    id: int
    template: str
    customer: str
    number: str
    kept_at: datetime
    ended_at: datetime | None


def agreements(session: Session, text: str = "", before: int | None = None) -> tuple[list[AgreementShown], int | None]:
    """Fifty agreements, the newest first, of customers or with numbers that have the text; and where the next page begins."""
    row: Any = AgreementRow
    statement = select(row, col(EnterpriseRow.name)).join(EnterpriseRow, col(EnterpriseRow.id) == row.enterprise_id)
    if text:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(
            or_(row.number.like(f"%{escaped.upper()}%", escape="\\"), col(EnterpriseRow.name).like(f"%{escaped}%", escape="\\"))
        )
    if before is not None:
        statement = statement.where(row.id < before)
    found = session.execute(statement.order_by(row.id.desc()).limit(PAGE + 1)).all()
    shown = [
        AgreementShown(one.id or 0, one.template_code, name, one.number, utc(one.kept_at), utc_or_none(one.ended_at))
        for one, name in found[:PAGE]
    ]
    return shown, shown[-1].id if len(found) > PAGE else None


@dataclass(frozen=True, slots=True)
class Checked:
    """What an invoice's check value has to be. `expected` is empty when its key is gone; `stored` is what was printed."""

    invoice_id: str
    number: str
    agreement: str
    key: str
    stored: str
    expected: str


def checked_value(session: Session, keys: CheckKeys, invoice: str) -> Checked | None:
    """The check value of an invoice, by its number or our id, made again from our rows; None without such an invoice."""
    row: Any = InvoiceRow
    found = session.execute(select(InvoiceRow).where(or_(row.number == invoice, row.id == invoice)).limit(1)).scalar_one_or_none()
    if found is None or not found.check_value:
        return None
    application = session.get_one(ApplicationRow, found.application_number)
    expected = value_of(keys, application, found) or ""
    return Checked(found.id, found.number or "", found.agreement_number, found.check_key, found.check_value, expected)
