"""Industry templates of invoices and the agreements under which customers may use them; operators keep both (feature 19)."""

from datetime import datetime

from sqlalchemy import true as sa_true
from sqlmodel import Field, SQLModel, UniqueConstraint


class InvoiceTemplateRow(SQLModel, table=True):
    """What the invoices of an industry carry beside the application's number: an agreement number and a check value."""

    __tablename__ = "invoice_template"

    code: str = Field(primary_key=True, max_length=20)
    name_zh: str = Field(max_length=60)
    name_en: str = Field(max_length=60)
    pattern: str = Field(max_length=40)
    """The agreement number's form, as `domain.invoice_templates.number_form` reads it: `YB-####-######`."""
    facts: str = Field(max_length=200)
    """What the check value is computed over: words of `domain.invoice_templates.CheckedFact`, by blanks."""
    offered: bool = Field(default=True, sa_column_kwargs={"server_default": sa_true()})
    """Whether new applications may choose it."""
    changed_at: datetime


class AgreementRow(SQLModel, table=True):
    """An agreement of a customer under a template. It is ended, never deleted: invoices carry its number."""

    __tablename__ = "template_agreement"
    __table_args__ = (UniqueConstraint("template_code", "enterprise_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    template_code: str = Field(foreign_key="invoice_template.code", max_length=20)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    number: str = Field(max_length=40)
    kept_by: int | None = Field(default=None, foreign_key="user_account.id")
    kept_at: datetime
    ended_at: datetime | None = None
