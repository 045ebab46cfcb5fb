"""Mailing what is owed of one kind of news: look what is, send, record; a repeat sends the same mails under the same ids."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.ports import Mailer, MailMessage, OutsideRefused, OutsideUnavailable


class Notice(Protocol):
    @property
    def id(self) -> str: ...


_N = TypeVar("_N", bound=Notice)
_N_contra = TypeVar("_N_contra", bound=Notice, contravariant=True)


class NoticeLetters(Protocol[_N_contra]):
    def told(self, notice: _N_contra) -> MailMessage: ...


class NoticeBooks(Protocol[_N]):
    def owed(self, key: str, now: datetime) -> Sequence[_N]: ...

    def record(self, notice: _N, now: datetime) -> None: ...


def send_owed(mailer: Mailer, letters: NoticeLetters[_N], books: NoticeBooks[_N], key: str, clock: Callable[[], datetime]) -> int:
    """Mail what is owed and say how many. The message id is derived: a doubt repeats the same mail.

    Raises ApplicationError delivery-unavailable.
    """
    sent = 0
    for notice in books.owed(key, clock()):
        sent += send_mail(mailer, letters.told(notice), notice.id)
        books.record(notice, clock())
    return sent


def send_mail(mailer: Mailer, message: MailMessage, notice_id: str) -> bool:
    """Send one of many mails; whether its receiver was taken. Raises ApplicationError delivery-unavailable."""
    try:
        mailer.send(message)
    except OutsideUnavailable as failure:
        raise ApplicationError(f"The mail did not go out yet: {failure}", type="delivery-unavailable") from failure
    except OutsideRefused as refusal:  # one bad address must not keep the others' mail back
        activity.logger.warning("The receiver of %s was refused: %s", notice_id, refusal.code)
        return False
    return True
