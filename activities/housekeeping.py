"""Steps of the scheduled lives: opening months, time limits, comparing the bureau's book with ours, closing and removing what is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.beating import beating
from activities.clock import utc_now
from domain.books import ReconciliationBooks, StatementBooks
from domain.files import AttachmentBooks
from domain.ports import AttachmentStore, OutsideUnavailable, TaxBureau
from domain.statements import CustomersMonth
from domain.support import QuietTickets

CUSTOMERS_PER_STEP = 500
MONTHS_PER_STEP = 5_000
"""Customers' months made and opened in one step, in transactions of many customers each."""
LOOK_BACK = timedelta(days=40)
"""Longer than a month and the correction window, so that every red-letter meets its original."""
FILES_PER_STEP = 500


@dataclass
class StatementActivities:
    books: StatementBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def open_months(self, today: date, only: CustomersMonth | None = None) -> int:
        """Make and open a batch of customers' months whose statement day has come; 0 says that none is left.

        Safe to repeat: a statement is unique, and opens once.
        """
        with beating():
            return self.books.open_periods(today, MONTHS_PER_STEP, only)

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


@dataclass
class QuietTicketActivities:
    books: QuietTickets
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def close_quiet_tickets(self, today: date) -> int:
        """Close a batch of answered tickets whose last day is before today; 0 says that none is left."""
        return self.books.close_quiet(today, self.clock())


@dataclass(frozen=True, slots=True)
class SweepStep:
    """Files sent before a moment, from after a hash on."""

    before: datetime
    after: str = ""


@dataclass
class AttachmentActivities:
    books: AttachmentBooks
    store: AttachmentStore

    @activity.defn
    def forget_unsent(self, step: SweepStep) -> int:
        """Forget a batch of files whose form was not sent; 0 says that none is left. Their bytes go with `remove_unused`."""
        return self.books.forget_unsent(step.before)

    @activity.defn
    def remove_unused(self, step: SweepStep) -> str | None:
        """Look at the next files in the store and remove the old ones that no row speaks of. Gives where to go on, None at the end.

        The store is asked for the age once more right before: a form that sends the same bytes again has put them anew by then.
        """
        try:
            files = self.store.listed(step.after, FILES_PER_STEP)
            unused = self.books.unused([sha256 for sha256, put_at in files if put_at < step.before])
            for sha256 in sorted(unused):
                put_at = self.store.put_at(sha256)
                if put_at is not None and put_at < step.before and self.books.unused([sha256]):
                    self.store.remove(sha256)
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The store does not answer: {failure}", type="store-unavailable") from failure
        return files[-1][0] if len(files) == FILES_PER_STEP else None
