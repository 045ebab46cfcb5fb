"""Append-only double entry. Every transaction balances to 0; the database refuses UPDATE and DELETE (I4)."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class LedgerTransactionRow(SQLModel, table=True):
    """`cause` says what made it, `reserve:KP-...`: it is the key, so a cause posts once."""

    __tablename__ = "ledger_transaction"

    cause: str = Field(primary_key=True, max_length=120)
    posted_at: datetime


class LedgerEntryRow(SQLModel, table=True):
    """One side of a posting: `amount_fen` of a record moves into (or, negative, out of) a bucket."""

    __tablename__ = "ledger_entry"

    id: int | None = Field(default=None, primary_key=True)
    cause: str = Field(foreign_key="ledger_transaction.cause", index=True, max_length=120)
    enterprise_id: int = Field(index=True)
    entity: str = Field(max_length=20)
    rate_bp: int
    bucket: str = Field(max_length=20)
    amount_fen: int = Field(sa_type=BigInteger)
    record_id: int = Field(index=True)


class BalanceRow(SQLModel, table=True):
    """The running total of a bucket; I1 compares it with the sum of its entries."""

    __tablename__ = "balance"

    enterprise_id: int = Field(primary_key=True)
    entity: str = Field(primary_key=True, max_length=20)
    rate_bp: int = Field(primary_key=True)
    bucket: str = Field(primary_key=True, max_length=20)
    amount_fen: int = Field(default=0, sa_type=BigInteger)
