"""Who uses Kaipiao: enterprises, their accounts and people, sign-in sessions, codes and tries."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import false as sa_false
from sqlalchemy import true as sa_true
from sqlmodel import Field, SQLModel


class EnterpriseRow(SQLModel, table=True):
    """A customer. `billing_account_id` is the payer in billing files (FOCUS BillingAccountId)."""

    __tablename__ = "enterprise"

    id: int | None = Field(default=None, primary_key=True)
    billing_account_id: str = Field(unique=True, max_length=64)
    name: str = Field(max_length=200)
    tax_id: str = Field(default="", max_length=20)
    kind: str = Field(default="enterprise", max_length=20, sa_column_kwargs={"server_default": "enterprise"})
    """`enterprise`, `individual-business` or `personal`."""
    verified: bool = False
    """Real-name authentication is done; without it nothing can be applied for."""
    consolidated_since: datetime | None = None
    """Since when one application may cover several of its accounts (feature 17); None: each account has its own."""
    consolidated_by: int | None = None
    """Who switched it on; None: it was so before it could be switched."""
    postpaid: bool = Field(default=False, sa_column_kwargs={"server_default": sa_false()})
    """Its billing account pays after the month: a statement can be invoiced once it is charged (feature 7)."""
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
    level: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """Of a reviewer: the level of review, from 1."""
    withdrawn: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    """Rights the enterprise has taken from this member, by comma (domain.access.WITHDRAWABLE)."""
    enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")
    phone: str = Field(default="", max_length=30)
    email: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    phone_confirmed: bool = Field(default=True, sa_column_kwargs={"server_default": sa_true()})
    email_confirmed: bool = Field(default=True, sa_column_kwargs={"server_default": sa_true()})
    """Whether a code sent there came back: only then the number or address signs in and resets."""
    locale: str = Field(default="", max_length=5, sa_column_kwargs={"server_default": ""})
    """The language chosen last, for mails and SMS; empty until one was chosen: then the deployment's default."""
    disabled: bool = Field(default=False, sa_column_kwargs={"server_default": sa_false()})
    """Left, or deleted: signs in no more. The row stays, because what the person did stays."""
    totp_secret: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    """Secret of the second factor, sealed (`infra.factor_keys`); empty until it is set up."""
    totp_used_step: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """The last 30-second step whose code was taken: no code counts twice."""


class SessionRow(SQLModel, table=True):
    """A signed-in browser. Only the hash of the cookie is kept."""

    __tablename__ = "session"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    csrf_token: str = Field(max_length=64)
    created_at: datetime
    seen_at: datetime
    passed: bool = Field(default=True, sa_column_kwargs={"server_default": sa_true()})
    """False while the second factor is still asked for: such a session opens nothing."""
    public_id: str = Field(default="", max_length=32, sa_column_kwargs={"server_default": ""})
    """Names the session in the person's list of them."""
    address: str = Field(default="", max_length=45, sa_column_kwargs={"server_default": ""})
    browser: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    """Network address and User-Agent at sign-in."""
    acting_for: int | None = None
    acting_reason: str = Field(default="", max_length=500, sa_column_kwargs={"server_default": ""})
    """Staff: the enterprise on whose behalf this session acts, and why."""
    acting_since: datetime | None = None


class CodeRow(SQLModel, table=True):
    """A one-time code of six digits, sent by mail or SMS. Only its hash is kept."""

    __tablename__ = "one_time_code"

    id: int | None = Field(default=None, primary_key=True)
    purpose: str = Field(max_length=20)
    """`register`, `sign-in`, `reset` or `contact`."""
    address: str = Field(max_length=200, index=True)
    """The e-mail address or mobile number it was sent to."""
    code_hash: str = Field(max_length=64)
    created_at: datetime
    tries: int = 0
    used_at: datetime | None = None


class TryRow(SQLModel, table=True):
    """One use of something limited: a failed sign-in, a code sent. Kept as long as the longest limit."""

    __tablename__ = "limited_try"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=200, index=True)
    """What is limited and for whom: `sign-in:login:lin`, `sign-in:address:10.0.0.1`, `code:13800138826`."""
    at: datetime


class ConsentRow(SQLModel, table=True):
    """An "I agree": who, to which version of which text, when, and with which application if one."""

    __tablename__ = "consent"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True)
    document: str = Field(max_length=20)
    """`terms` or `privacy`."""
    version: str = Field(max_length=20)
    agreed_at: datetime
    application_number: str = Field(default="", max_length=40)
