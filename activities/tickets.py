"""Word of a ticket's new message to the other side, by mail. The message itself is in its row and on the page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.clock import utc_now
from activities.notices import send_owed
from domain.ports import Mailer, MailMessage
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
        """Mail what is owed and say how many."""
        return send_owed(self.mailer, self.letters, self.books, key, self.clock)
