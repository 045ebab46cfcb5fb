"""Word of a decision on a title to its customer, by mail. The decision itself is in the title's row and on its page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.ports import Mailer, MailMessage, OutsideRefused, OutsideUnavailable
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
