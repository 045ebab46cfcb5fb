"""Invoices and their lines, blue and red."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class InvoiceRow(SQLModel, table=True):
    """One invoice, frozen by the split; number and date come from the tax bureau alone.

    The red-letter invoice that reverses it stands in the `red_` columns; its request id at the bureau is `<id>:red`.
    """

    __tablename__ = "invoice"

    id: str = Field(primary_key=True, max_length=40)
    application_number: str = Field(foreign_key="application.number", index=True, max_length=30)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    entity: str = Field(foreign_key="entity.code", max_length=20)
    rate_bp: int
    kind: str = Field(max_length=10)
    medium: str = Field(max_length=12)
    state: str = Field(max_length=12, index=True)
    delivery: str = Field(default="pending", max_length=12)
    return_state: str = Field(default="none", max_length=16)
    net_fen: int = Field(sa_type=BigInteger)
    tax_fen: int = Field(sa_type=BigInteger)
    total_fen: int = Field(sa_type=BigInteger)
    created_at: datetime
    asked_at: datetime | None = None
    attempt: int = 0
    """The newest attempt that may talk to the bureau; an older one is fenced off."""
    unknown_since: datetime | None = None
    """When the bureau first said that it does not know a request we may have sent."""
    number: str | None = Field(default=None, unique=True, max_length=20)
    issued_at: datetime | None = None
    issued_on: date | None = None
    window_closes_at: datetime | None = None
    refusal_code: str = Field(default="", max_length=60)
    parked_reason: str = Field(default="", max_length=300)
    pdf_sha256: str = Field(default="", max_length=64)
    xml_sha256: str = Field(default="", max_length=64)
    replaces: str = Field(default="", max_length=40, index=True)
    return_reason: str = Field(default="", max_length=500)
    return_requested_at: datetime | None = None
    original_received_at: datetime | None = None
    red_asked_at: datetime | None = None
    red_attempt: int = 0
    red_unknown_since: datetime | None = None
    red_number: str | None = Field(default=None, unique=True, max_length=20)
    red_sheet_number: str = Field(default="", max_length=20)
    red_issued_at: datetime | None = None
    red_pdf_sha256: str = Field(default="", max_length=64)
    red_xml_sha256: str = Field(default="", max_length=64)
    ended_at: datetime | None = None
    agreement_number: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    check_key: str = Field(default="", max_length=8, sa_column_kwargs={"server_default": ""})
    """Which key made the check value (`infra.check_keys`)."""
    check_facts: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    """What it was computed over, as the template had it then."""
    check_value: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    """What stands in the remarks beside the agreement number (feature 19); empty without a template."""


class InvoiceLineRow(SQLModel, table=True):
    """A printed line; amounts in fen, `quantity` exact decimal text or empty."""

    __tablename__ = "invoice_line"

    invoice_id: str = Field(primary_key=True, foreign_key="invoice.id", max_length=40)
    position: int = Field(primary_key=True)
    name: str = Field(max_length=200)
    category: str = Field(max_length=40)
    classification_code: str = Field(max_length=19)
    specification: str = Field(default="", max_length=100)
    unit: str = Field(default="", max_length=22)
    quantity: str = Field(default="", max_length=40)
    net_fen: int = Field(sa_type=BigInteger)
    tax_fen: int = Field(sa_type=BigInteger)
    rate_bp: int
