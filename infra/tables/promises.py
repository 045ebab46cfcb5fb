"""What the review promises: lives still to be told that their promise moved, and the plan of peaks, a row for each version."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class MovedPromiseRow(SQLModel, table=True):
    """A promise that the calendar moved earlier. The row goes when its life is told."""

    __tablename__ = "moved_promise"

    application_number: str = Field(primary_key=True, foreign_key="application.number", max_length=30)
    key: str = Field(max_length=80)
    """Of the event that says so, and of the message to the life."""
    moved_at: datetime


class PeakPlanRow(SQLModel, table=True):
    """One version of the plan; the newest counts. Without a row, the one that Kaipiao comes with."""

    __tablename__ = "peak_plan"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rules: str
    """JSON of `domain.peak.PeakPlan`."""
    made_at: datetime
    made_by: int = Field(foreign_key="user_account.id")
    reason: str = Field(max_length=500)
