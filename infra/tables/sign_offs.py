"""An enterprise's own approval: its rule, and for each application whom it asked and what they said."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel


class SignOffRuleRow(SQLModel, table=True):
    """What an enterprise asks for; without a row, nothing."""

    __tablename__ = "sign_off_rule"

    enterprise_id: int = Field(primary_key=True, foreign_key="enterprise.id")
    mode: str = Field(max_length=10)
    """One of domain.sign_off.SignOffMode."""
    levels: str = "[]"
    """JSON list of from_fen and people, the first level first."""
    days: int
    oa_url: str = Field(default="", max_length=500)
    oa_from_fen: int = Field(default=0, sa_type=BigInteger)
    oa_secret: str = Field(default="", max_length=200)
    """Signs what we and the OA send each other; sealed (`infra.factor_keys`)."""
    secret_made_at: datetime | None = None
    version: int = 1
    changed_at: datetime
    changed_by: int = Field(foreign_key="user_account.id")


class SignOffRow(SQLModel, table=True):
    """The sign-off of one application, as the rule was when it was sent."""

    __tablename__ = "sign_off"

    application_number: str = Field(primary_key=True, foreign_key="application.number", max_length=30)
    enterprise_id: int = Field(foreign_key="enterprise.id")
    state: str = Field(max_length=10)
    """One of domain.sign_off.SignOffState."""
    by_oa: bool
    version: int
    """The version of the application that is asked about."""
    level: int = 1
    """Which level is asked now, from 1."""
    levels: int = 1
    asked_at: datetime
    """When it began to wait."""
    due_at: datetime
    oa_asked_at: datetime | None = None
    """When the OA had taken the question."""
    oa_trouble: str = Field(default="", max_length=200)
    """Why the OA could not be asked yet, by a code."""
    closed_at: datetime | None = None


class SignOffSeatRow(SQLModel, table=True):
    """Somebody who can sign off a level of an application. `waits` while it is theirs to do."""

    __tablename__ = "sign_off_seat"
    __table_args__ = (Index("ix_sign_off_seat_waiting", "user_id", sqlite_where=text("waits"), postgresql_where=text("waits")),)

    application_number: str = Field(primary_key=True, foreign_key="sign_off.application_number", max_length=30)
    level: int = Field(primary_key=True)
    user_id: int = Field(primary_key=True, foreign_key="user_account.id")
    waits: bool


class SignOffDecisionRow(SQLModel, table=True):
    """What was said on a level: one decision each. Without a person the OA said it."""

    __tablename__ = "sign_off_decision"

    application_number: str = Field(primary_key=True, foreign_key="sign_off.application_number", max_length=30)
    level: int = Field(primary_key=True)
    by: int | None = Field(default=None, foreign_key="user_account.id")
    verdict: str = Field(max_length=10)
    reason: str = Field(default="", max_length=500)
    reference: str = Field(default="", max_length=60)
    """The OA's own number of the case."""
    key: str = Field(max_length=80)
    at: datetime
