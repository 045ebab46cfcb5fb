"""Reviewers who are away."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class ReviewAbsenceRow(SQLModel, table=True):
    """From a day until another one, both of them away; ended early when `ended_at` is there."""

    __tablename__ = "review_absence"
    __table_args__ = (Index("ix_review_absence_days", "until_day", "from_day"),)

    id: int | None = Field(default=None, primary_key=True)
    person: int = Field(foreign_key="user_account.id", index=True)
    from_day: date
    until_day: date
    substitute: int | None = Field(default=None, foreign_key="user_account.id")
    note: str = Field(default="", max_length=200)
    made_by: int = Field(foreign_key="user_account.id")
    made_at: datetime
    ended_by: int | None = Field(default=None, foreign_key="user_account.id")
    ended_at: datetime | None = None
