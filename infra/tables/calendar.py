"""Operators' word on single days, over the published calendar; and every change of it."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel


class WorkingDayRow(SQLModel, table=True):
    """A day that is worked or off, whatever the libraries say."""

    __tablename__ = "working_day"

    day: date = Field(primary_key=True)
    worked: bool
    note: str = Field(default="", max_length=200)
    of_notice: bool = False
    """It came with a whole notice of the State Council: its year counts as published."""
    set_by: int | None = Field(default=None, foreign_key="user_account.id")
    set_at: datetime


class CalendarChangeRow(SQLModel, table=True):
    """A change of the operators' days. Its number is the version that promises carry; only added to."""

    __tablename__ = "calendar_change"

    id: int | None = Field(default=None, primary_key=True)
    changed_at: datetime
    changed_by: int | None = Field(default=None, foreign_key="user_account.id")
    note: str = Field(default="", max_length=200)
    days: str
    """JSON object: each day that changed to true (worked), false (off) or null (back to the libraries)."""
    digest: str = Field(max_length=64)
    """SHA-256 of all days as they stand after the change: what readers keep in memory is kept under it."""
