"""Batches: applications or titles of one Excel sheet, from the dry run on."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class BatchRow(SQLModel, table=True):
    """One uploaded sheet of a customer. Its id is made of the bytes and whose they are: the same sheet again is the same batch."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_enterprise", "enterprise_id", "kind", "checked_at"),)

    id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=20)
    """One of domain.batches.BatchKind."""
    enterprise_id: int = Field(foreign_key="enterprise.id")
    account_id: int = Field(foreign_key="account.id")
    file_name: str = Field(max_length=300)
    state: str = Field(max_length=20)
    """One of domain.batches.BatchState."""
    checked_at: datetime
    checked_by: int = Field(foreign_key="user_account.id")
    submitted_at: datetime | None = None
    submitted_by: int | None = Field(default=None, foreign_key="user_account.id")
    done_at: datetime | None = None


class BatchEntryRow(SQLModel, table=True):
    """One row of the sheet: what stood in it, what the dry run made of it, and what came of it."""

    __tablename__ = "batch_entry"
    __table_args__ = (Index("ix_batch_entry_reference", "enterprise_id", "reference"),)

    batch_id: str = Field(primary_key=True, foreign_key="batch.id", max_length=32)
    line: int = Field(primary_key=True)
    """The row's number in Excel."""
    enterprise_id: int = Field(foreign_key="enterprise.id")
    reference: str = Field(default="", max_length=60)
    """The customer's own; of a title its name is enough, so it is empty."""
    number: str = Field(default="", max_length=30, index=True)
    """Of its application, drawn at the first dry run and kept: submitted twice, it is one application."""
    state: str = Field(max_length=20)
    """One of domain.batches.EntryState."""
    cells: str = "{}"
    """JSON object: the cells as they were, by column."""
    plan: str = "{}"
    """JSON object: what is asked for when it is submitted (domain.batches.ApplicationPlan); empty for a wrong row and for titles."""
    amount_fen: int = Field(default=0, sa_type=BigInteger)
    invoices: int = 0
    problems: str = "[]"
    """JSON list of field, code, params: why it cannot be submitted, or why it was refused then."""
