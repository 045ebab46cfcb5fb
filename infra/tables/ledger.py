"""Append-only double entry. Every transaction balances to 0; the database refuses UPDATE and DELETE (I4)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel


class LedgerTransactionRow(SQLModel, table=True):
    """`cause` says what made it, `reserve:KP-...`: it is the key, so a cause posts once."""

    __tablename__ = "ledger_transaction"

    cause: str = Field(primary_key=True, max_length=120)
    posted_at: datetime


class LedgerEntryRow(SQLModel, table=True):
    """One side of a posting: `amount_fen` of a record moves into (or, negative, out of) a bucket.

    What opens with a month moves in one sum for each account, entity and rate; such an entry names no record.
    """

    __tablename__ = "ledger_entry"

    id: int | None = Field(default=None, primary_key=True)
    cause: str = Field(foreign_key="ledger_transaction.cause", index=True, max_length=120)
    enterprise_id: int = Field(index=True)
    account_id: int
    period: str = Field(max_length=7)
    entity: str = Field(max_length=20)
    rate_bp: int
    bucket: str = Field(max_length=20)
    amount_fen: int = Field(sa_type=BigInteger)
    record_id: int | None = Field(default=None, index=True)


class ArrearsRow(SQLModel, table=True):
    """What an account owed on a day, as billing said. Of each account the newest counts; an account that owes nothing has 0 there."""

    __tablename__ = "arrears"

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    as_of: date
    amount_fen: int = Field(sa_type=BigInteger)
    noted_at: datetime
    noted_by: int | None = None


class BalanceRow(SQLModel, table=True):
    """The running total of a bucket, by account and month; I1 compares it with the sum of its entries.

    Pages sum a few of these and never the records: a customer may have a million (feature 42).
    """

    __tablename__ = "balance"
    __table_args__ = (Index("ix_balance_period", "period", "enterprise_id", "entity"),)

    enterprise_id: int = Field(primary_key=True)
    account_id: int = Field(primary_key=True)
    period: str = Field(primary_key=True, max_length=7)
    entity: str = Field(primary_key=True, max_length=20)
    rate_bp: int = Field(primary_key=True)
    bucket: str = Field(primary_key=True, max_length=20)
    amount_fen: int = Field(default=0, sa_type=BigInteger)
