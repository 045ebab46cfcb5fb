"""Short letters to people, sent at once: by mail or SMS, as the address says. The slow ones go through the workflows."""

from dataclasses import dataclass
from typing import Protocol

from domain.contacts import Channel, channel_of
from domain.ports import Mailer, MailMessage, Sms
from infra.mail import SmtpMailer
from infra.settings import Settings
from infra.sms import HttpSms

PATIENCE_S = 5.0
"""Seconds for one wait of the mail server or SMS gateway: a person is waiting for the page."""


@dataclass(frozen=True, slots=True)
class Letter:
    """`sms` is the whole message for a phone; `subject` and `text` are those of a mail."""

    subject: str
    text: str
    sms: str


class Post(Protocol):
    def send(self, key: str, address: str, letter: Letter) -> None:
        """Raises OutsideRefused, OutsideUnavailable or OutsideDisagrees. `key` is new for each letter."""
        ...


class OutsidePost:
    """Implements Post on the adapters that the deliveries use."""

    def __init__(self, mailer: Mailer, sms: Sms) -> None:
        self._mailer = mailer
        self._sms = sms

    def send(self, key: str, address: str, letter: Letter) -> None:
        if channel_of(address) is Channel.MAIL:
            self._mailer.send(MailMessage(message_id=key, to=address, subject=letter.subject, text=letter.text, html="", attachments=()))
        else:
            self._sms.send(key, address, letter.sms)


def make_post(settings: Settings) -> OutsidePost:
    mailer = SmtpMailer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_from,
        PATIENCE_S,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
        starttls=settings.smtp_starttls,
    )
    return OutsidePost(mailer, HttpSms(settings.sms_url, PATIENCE_S))
