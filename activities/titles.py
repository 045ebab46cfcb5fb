"""Word of a decision on a title to its customer, by mail. The decision itself is in the title's row and on its page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.clock import utc_now
from activities.notices import send_owed
from domain.ports import Mailer, MailMessage
from domain.title_notices import TitleNotice, TitleNoticeBooks


class TitleLetters(Protocol):
    def told(self, notice: TitleNotice) -> MailMessage: ...


@dataclass
class TitleActivities:
    mailer: Mailer
    letters: TitleLetters
    books: TitleNoticeBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def send_title_notices(self, key: str) -> int:
        """Mail what is owed and say how many."""
        return send_owed(self.mailer, self.letters, self.books, key, self.clock)
