"""Steps of confirming statements: reminding customers by mail, and what silence means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.clock import utc_now
from activities.notices import send_mail
from domain.ports import Mailer, MailMessage
from domain.statements import ConfirmationBooks, StatementNotice

STATEMENTS_PER_STEP = 2_000


class StatementLetters(Protocol):
    def reminder(self, notice: StatementNotice) -> MailMessage: ...


@dataclass
class ConfirmationActivities:
    mailer: Mailer
    letters: StatementLetters
    books: ConfirmationBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def remind_of_statements(self, period: str) -> int:
        """Remind a batch of customers; 0 says that none is left. The message id is derived: a doubt repeats the same mail."""
        notices = self.books.to_remind(period)
        for notice in notices:
            if notice.to:
                send_mail(self.mailer, self.letters.reminder(notice), notice.id)
            self.books.record(notice, self.clock())
        return len(notices)

    @activity.defn
    def confirm_silent(self, period: str) -> int:
        """Confirm a batch of statements of a month that nobody has said anything about; 0 says that none is left."""
        return self.books.confirm_silent(period, self.clock(), STATEMENTS_PER_STEP)
