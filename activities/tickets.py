"""Word of a ticket's new message to the other side, by mail. The message itself is in its row and on the page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.ports import Mailer, MailMessage, OutsideRefused, OutsideUnavailable
from domain.ticket_notices import TicketNotice, TicketNoticeBooks


class TicketLetters(Protocol):
    def told(self, notice: TicketNotice) -> MailMessage: ...


@dataclass
class TicketActivities:
    mailer: Mailer
    letters: TicketLetters
    books: TicketNoticeBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def send_ticket_notices(self, key: str) -> int:
        """Mail what is owed and say how many. The message id is derived: a doubt repeats the same mail."""
        sent = 0
        for notice in self.books.owed(key, self.clock()):
            try:
                self.mailer.send(self.letters.told(notice))
            except OutsideUnavailable as failure:
                raise ApplicationError(f"The mail did not go out yet: {failure}", type="delivery-unavailable") from failure
            except OutsideRefused as refusal:  # one bad address must not keep the others' mail back
                activity.logger.warning("The receiver of %s was refused: %s", notice.id, refusal.code)
            else:
                sent += 1
            self.books.record(notice, self.clock())
        return sent
