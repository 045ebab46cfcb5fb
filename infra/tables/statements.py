"""Monthly statements: one for each customer, issuing entity and month, with what was on it when it was made."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel, UniqueConstraint


class StatementRow(SQLModel, table=True):
    """Sums in fen, as they were at `made_at`: consumed = excluded + seller + assisted + invoiceable.

    It is out, so that its records can be invoiced, when it is there and, if post-paid, charged.
    """

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("enterprise_id", "period", "entity"),)

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id")
    entity: str = Field(foreign_key="entity.code", max_length=20)
    period: str = Field(index=True, max_length=7)
    state: str = Field(default="open", max_length=20)
    """One of domain.statements.StatementState."""
    postpaid: bool = False
    """The customer's billing mode when it was made; a later change of mode concerns later statements."""
    records: int
    consumed_fen: int = Field(sa_type=BigInteger)
    excluded_fen: int = Field(sa_type=BigInteger)
    seller_fen: int = Field(sa_type=BigInteger)
    assisted_fen: int = Field(sa_type=BigInteger)
    invoiceable_fen: int = Field(sa_type=BigInteger)
    made_at: datetime
    charged_on: date | None = None
    """Of a post-paid one: the day it was charged."""
    charged_by: int | None = None
    confirmed_at: datetime | None = None
    confirmed_by: int | None = None
    """None for one that counts as confirmed because nobody said anything."""
    reminded_at: datetime | None = None
    ticket_number: str = Field(default="", max_length=40)
    """Of a disputed one: the ticket in which it is discussed."""


class StatementLineRow(SQLModel, table=True):
    """One account's use of one service at one tax rate on a statement, in fen; the lines sum to the statement."""

    __tablename__ = "statement_line"

    statement_id: int = Field(primary_key=True, foreign_key="statement.id")
    account_id: int = Field(primary_key=True)
    service: str = Field(primary_key=True, max_length=200)
    rate_bp: int = Field(primary_key=True)
    records: int
    consumed_fen: int = Field(sa_type=BigInteger)
    excluded_fen: int = Field(sa_type=BigInteger)
    elsewhere_fen: int = Field(sa_type=BigInteger)
    """Invoiced by marketplace sellers, or arranged by a sales manager."""
    invoiceable_fen: int = Field(sa_type=BigInteger)
