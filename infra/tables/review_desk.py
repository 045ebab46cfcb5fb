"""What the review desk keeps of its own: ready phrases of decisions, and who looks at what."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class ReviewPhraseRow(SQLModel, table=True):
    """A ready phrase in both languages. Its words never change: another wording is another row, and this one is retired."""

    __tablename__ = "review_phrase"

    code: str = Field(primary_key=True, max_length=40)
    chinese: str = Field(max_length=300)
    english: str = Field(max_length=300)
    verdict: str = Field(max_length=10)
    """What it is offered for: `domain.review_phrases.PhraseFor`."""
    position: int
    """The order in which they are offered, and the number key."""
    retired_at: datetime | None = None
    """Not offered from then on; decisions that chose it before still read it."""
    changed_at: datetime
    changed_by: int | None = Field(default=None, foreign_key="user_account.id")
    """None: Kaipiao came with it."""


class ReviewPresenceRow(SQLModel, table=True):
    """A person who has an application open at the desk, as long as `seen_at` is fresh."""

    __tablename__ = "review_presence"

    number: str = Field(primary_key=True, foreign_key="application.number", max_length=30)
    person_id: int = Field(primary_key=True, foreign_key="user_account.id")
    since: datetime
    seen_at: datetime = Field(index=True)
