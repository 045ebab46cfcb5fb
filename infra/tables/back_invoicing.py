"""Requests to invoice what is past its six months (feature 15)."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class BackInvoicingRow(SQLModel, table=True):
    """What a customer asks for, a month or some records, and what a supervisor made of it. `number` was drawn with the form."""

    __tablename__ = "back_invoicing"

    number: str = Field(primary_key=True, max_length=30)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    """Whose records: one account's, or (None) the whole enterprise's."""
    asked_by: int = Field(foreign_key="user_account.id")
    asked_at: datetime
    period: str = Field(default="", max_length=7)
    """The whole month; empty when `back_invoicing_record` names the records."""
    reason: str = Field(max_length=500)
    amount_fen: int = Field(sa_type=BigInteger)
    """What was past its limit when it was asked for."""
    state: str = Field(index=True, max_length=20)
    """One of domain.back_invoicing.State."""
    version: int = 1
    decided_at: datetime | None = None
    decided_by: int | None = Field(default=None, foreign_key="user_account.id")
    decision_reason: str = Field(default="", max_length=500)
    extended_to: date | None = None
    """Until when what was granted can be invoiced."""
    done_at: datetime | None = None
    """When all its records could be invoiced again: a big month takes several transactions."""


class BackInvoicingRecordRow(SQLModel, table=True):
    """A record that a request names."""

    __tablename__ = "back_invoicing_record"

    number: str = Field(primary_key=True, foreign_key="back_invoicing.number", max_length=30)
    record_id: int = Field(primary_key=True, foreign_key="consumption_record.id")
