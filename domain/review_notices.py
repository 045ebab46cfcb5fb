"""Word of a review that ended without invoices: to whom, and whether it is still owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReviewEndNotice:
    """An application that was rejected, or that nobody decided in time. Amount in fen, available again.

    `reason` is in the receiver's language as far as it was chosen and not typed; `state` is rejected or lapsed.
    """

    id: str
    """Our message id: `review-end.<number>`."""
    number: str
    to: str
    locale: str
    state: str
    customer: str
    title: str
    amount_fen: int
    reason: str


class ReviewEndBooks(Protocol):
    def owed(self, key: str, now: datetime) -> Sequence[ReviewEndNotice]:
        """The notice of the application of this number; none when it was sent, or when the review did not end so."""

    def record(self, notice: ReviewEndNotice, now: datetime) -> None:
        """The mail server took it, or refused its receiver for good."""
