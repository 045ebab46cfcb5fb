"""The review policy, a row for each version: none is ever changed, so an application's reasons can be read for ever."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class ReviewPolicyRow(SQLModel, table=True):
    """One version. The newest counts for applications whose checks run from then on."""

    __tablename__ = "review_policy"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rules: str
    """JSON of `domain.review_policy.ReviewPolicy`."""
    made_at: datetime
    made_by: int | None = Field(default=None, foreign_key="user_account.id")
    """None: Kaipiao came with it."""
    reason: str = Field(default="", max_length=500)
