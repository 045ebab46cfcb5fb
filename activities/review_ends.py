"""Word to the customer that a review ended without invoices, by mail. The page says the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.clock import utc_now
from activities.notices import send_owed
from domain.ports import Mailer, MailMessage
from domain.review_notices import ReviewEndBooks, ReviewEndNotice


class ReviewEndLetters(Protocol):
    def told(self, notice: ReviewEndNotice) -> MailMessage: ...


@dataclass
class ReviewEndActivities:
    mailer: Mailer
    letters: ReviewEndLetters
    books: ReviewEndBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def tell_review_end(self, number: str) -> int:
        """Mail what is owed and say how many. Raises ApplicationError delivery-unavailable."""
        return send_owed(self.mailer, self.letters, self.books, number, self.clock)
