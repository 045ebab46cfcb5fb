"""Who uses Kaipiao: enterprises, their accounts and people, titles and receivers, and sign-in sessions."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel, UniqueConstraint


class EnterpriseRow(SQLModel, table=True):
    """A customer. `billing_account_id` is the payer in billing files (FOCUS BillingAccountId)."""

    __tablename__ = "enterprise"

    id: int | None = Field(default=None, primary_key=True)
    billing_account_id: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=200)
    tax_id: str = Field(default="", max_length=20)
    verified: bool = False
    """Real-name authentication is done; without it nothing can be applied for."""
    consumption_version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """Grows with every change of the enterprise's records and accounts, and of any entity: the database counts, by triggers."""


class AccountRow(SQLModel, table=True):
    """One cloud account of an enterprise (FOCUS SubAccountId). The master account sees all of them."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    sub_account_id: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=200)
    is_master: bool = False


class UserRow(SQLModel, table=True):
    """A person who signs in. Customers belong to an account; staff to none."""

    __tablename__ = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True, max_length=100)
    password_hash: str = Field(max_length=200)
    name: str = Field(max_length=100)
    role: str = Field(max_length=20)
    """One of domain.access.Role."""
    enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")
    phone: str = Field(default="", max_length=30)


class SessionRow(SQLModel, table=True):
    """A signed-in browser. Only the hash of the cookie is kept."""

    __tablename__ = "session"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    csrf_token: str = Field(max_length=64)
    created_at: datetime
    seen_at: datetime


class TitleRow(SQLModel, table=True):
    """An invoice title 抬头: the buyer as it will be printed."""

    __tablename__ = "title"
    __table_args__ = (UniqueConstraint("enterprise_id", "name", "tax_id"),)

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    name: str = Field(max_length=200)
    tax_id: str = Field(default="", max_length=20)
    address: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=40)
    bank: str = Field(default="", max_length=100)
    bank_account: str = Field(default="", max_length=40)
    is_default: bool = False
    created_at: datetime


class ReceiverRow(SQLModel, table=True):
    """Where invoices go: an e-mail address or a postal one."""

    __tablename__ = "receiver"

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    kind: str = Field(max_length=10)
    """`email` or `postal`."""
    email: str = Field(default="", max_length=200)
    recipient: str = Field(default="", max_length=100)
    phone: str = Field(default="", max_length=40)
    address: str = Field(default="", max_length=300)
    postcode: str = Field(default="", max_length=10)
    is_default: bool = False
    created_at: datetime
