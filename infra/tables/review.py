"""What people decided in a review, and what they asked the customer for."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class ReviewDecisionRow(SQLModel, table=True):
    """One person's decision at one level. `version` is the application's that they saw."""

    __tablename__ = "review_decision"

    application_number: str = Field(primary_key=True, foreign_key="application.number", max_length=30)
    step: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """The level of review, from 1."""
    by: int = Field(foreign_key="user_account.id", index=True)
    verdict: str = Field(max_length=10)
    reason: str = Field(default="", max_length=500)
    phrase: str = Field(default="", max_length=40)
    version: int
    key: str = Field(max_length=80)
    at: datetime


class MaterialRequestRow(SQLModel, table=True):
    """One round of asking the customer for more. `by` None: an alarm of the automatic review asked."""

    __tablename__ = "material_request"

    application_number: str = Field(primary_key=True, foreign_key="application.number", max_length=30)
    round: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    """From 1."""
    by: int | None = Field(default=None, foreign_key="user_account.id")
    wanted: str
    """JSON list of codes of what is asked for."""
    note: str = Field(default="", max_length=500)
    phrase: str = Field(default="", max_length=40)
    """The code of the ready note that stands before it."""
    state: str = Field(max_length=10)
    """`domain.material.MaterialState`."""
    asked_at: datetime
    remind_at: datetime
    due_at: datetime
    answered_by: int | None = Field(default=None, foreign_key="user_account.id")
    answered_at: datetime | None = None
    text: str = Field(default="", max_length=2000)
    """What the customer wrote with it."""
