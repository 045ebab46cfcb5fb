"""Word of a decision on a title: to whom, and which is still owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class TitleNews(StrEnum):
    """What customer service decided."""

    APPROVED = "approved"
    REFUSED = "refused"
    CLEARED = "cleared"
    """Opened for correction, because the customer asked for it."""
    TAX_ID_APPROVED = "tax-id-approved"
    """Of the tax id that was announced for a title."""
    TAX_ID_REFUSED = "tax-id-refused"


@dataclass(frozen=True, slots=True)
class TitleNotice:
    """A decision its customer has not been told of."""

    id: str
    """Our message id: `title.<key of the decision>`."""
    title_id: int
    name: str
    """The title's, so that the customer knows which one."""
    news: TitleNews
    to: str
    locale: str


def decision_key(title_id: int, decided_at: datetime) -> str:
    """Names a decision: a title is decided again only after it was changed."""
    return f"{title_id}-{round(decided_at.timestamp() * 1_000_000)}"


class TitleNoticeBooks(Protocol):
    def owed(self, key: str, now: datetime) -> Sequence[TitleNotice]:
        """The notice of this decision, and those of older ones that were never sent (Temporal was away then)."""

    def record(self, notice: TitleNotice, now: datetime) -> None:
        """The mail server took it, or refused its receiver for good."""
