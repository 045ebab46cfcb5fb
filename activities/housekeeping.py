"""Steps of the scheduled lives: opening months, time limits, and comparing the bureau's book with ours."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.books import ReconciliationBooks, StatementBooks
from domain.ports import OutsideUnavailable, TaxBureau

CUSTOMERS_PER_STEP = 500
LOOK_BACK = timedelta(days=40)
"""Longer than a month and the correction window, so that every red-letter meets its original."""


@dataclass
class StatementActivities:
    books: StatementBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def open_months(self, today: date) -> int:
        """Open a batch of customers' months whose statement day has come; 0 says that none is left. Repeats open nothing twice."""
        return self.books.open_periods(today, CUSTOMERS_PER_STEP)

    @activity.defn
    def expire(self, today: date) -> int:
        """Move what is past its time limit out of what is available, for a batch of customers; 0 says that none is left."""
        return self.books.expire(today, CUSTOMERS_PER_STEP)


@dataclass
class ReconciliationActivities:
    bureau: TaxBureau
    books: ReconciliationBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def compare_with_bureau(self, day: date) -> int:
        """Compare both books; the day's row is written anew by a repeat. Gives the number of differences."""
        since = self.clock() - LOOK_BACK
        try:
            theirs = list(self.bureau.book(since))
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The tax bureau does not answer: {failure}", type="bureau-unavailable") from failure
        return self.books.compare(day, theirs, since)
