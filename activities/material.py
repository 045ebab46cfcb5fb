"""Telling a customer of a round of material: asked for, reminded of, lapsed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from activities.notices import send_mail
from domain.books import MaterialBooks
from domain.material import MaterialNews, MaterialNotice
from domain.ports import Mailer, MailMessage, OutsideRefused, OutsideUnavailable, Sms


class MaterialLetters(Protocol):
    def told(self, notice: MaterialNotice) -> MailMessage: ...

    def sms(self, notice: MaterialNotice) -> str: ...


@dataclass(frozen=True, slots=True)
class TellMaterialStep:
    """`due_at` names the round: the newest one that was due then."""

    number: str
    news: MaterialNews
    due_at: datetime


@dataclass
class MaterialActivities:
    books: MaterialBooks
    mailer: Mailer
    messages: Sms
    letters: MaterialLetters
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def tell_material(self, step: TellMaterialStep) -> int:
        """Mail and SMS that are owed, each once by its derived id; says how many. One that is away does not keep the other back."""
        sent, failure = 0, None
        for notice in self.books.owed(step.number, step.news, step.due_at):
            try:
                sent += self._send(notice)
            except ApplicationError as error:
                failure = error
            else:
                self.books.record_notice(notice, self.clock())
        if failure is not None:
            raise failure
        return sent

    def _send(self, notice: MaterialNotice) -> bool:
        """Whether its receiver was taken. Raises ApplicationError delivery-unavailable."""
        if notice.channel == "mail":
            return send_mail(self.mailer, self.letters.told(notice), notice.id)
        try:
            self.messages.send(notice.id, notice.to, self.letters.sms(notice))
        except OutsideUnavailable as failure:
            raise ApplicationError(f"The SMS did not go out yet: {failure}", type="delivery-unavailable") from failure
        except OutsideRefused as refusal:
            activity.logger.warning("The receiver of %s was refused: %s", notice.id, refusal.code)
            return False
        return True
