"""The step that reminds companies of consumption whose time limit ends soon."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity

from activities.clock import utc_now
from activities.notices import send_mail
from domain.limit_notices import LimitBooks, LimitNotice
from domain.ports import Mailer, MailMessage


class LimitLetters(Protocol):
    def ending(self, notice: LimitNotice) -> MailMessage: ...


@dataclass(frozen=True)
class LimitStep:
    """`month`: in which the limits end, `2026-12`. Companies up to `after` are done."""

    month: str
    after: int = 0


@dataclass
class LimitActivities:
    mailer: Mailer
    letters: LimitLetters
    books: LimitBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def remind_of_limits(self, step: LimitStep) -> int | None:
        """Remind a batch; the company to go on after, None at the end. The message id is derived: a doubt repeats the same mail."""
        batch = self.books.to_remind(step.month, step.after)
        for notice in batch.notices:
            send_mail(self.mailer, self.letters.ending(notice), notice.id)
            self.books.record(notice, self.clock())
        return batch.after
