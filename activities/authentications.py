"""Steps of a real-name authentication: check, read the picture, wait, end, tell the result."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from domain.authentication import AuthenticationState, picture_checks
from domain.books import Addressee, AuthenticationBooks
from domain.licences import LicenceReading
from domain.messages import Findings, Note, Policy
from domain.ports import AttachmentStore, Mailer, MailMessage, OutsideRefused, OutsideUnavailable, Sms

READING_TRIES = 3
"""After so many a picture that cannot be had or read is left to the person who decides."""


class AuthenticationLetters(Protocol):
    """The words of the result, in the customer's language."""

    def result(self, addressee: Addressee, message_id: str) -> MailMessage: ...

    def result_sms(self, addressee: Addressee) -> str: ...


@dataclass(frozen=True, slots=True)
class AwaitStep:
    number: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class AuthenticationEnding:
    """`note` answers the message that ended the authentication, if one did."""

    number: str
    state: AuthenticationState
    note: Note | None = None


@dataclass
class AuthenticationActivities:
    books: AuthenticationBooks
    store: AttachmentStore
    read_licence: Callable[[bytes], LicenceReading]
    mailer: Mailer
    sms: Sms
    letters: AuthenticationLetters
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def check_identity(self, number: str) -> Findings:
        """Run every automatic check on what was typed. A repeat writes the same checks."""
        return self.books.check(number, self.clock())

    @activity.defn
    def read_picture(self, number: str) -> Findings:
        """Compare the picture with what was typed: seconds, so this step is a remote one. A repeat writes the same checks."""
        sha256, submission = self.books.picture(number)
        if not sha256:
            return self.books.record_picture(number, (), self.clock())
        try:
            reading = self.read_licence(self.store.read(sha256))
        except OutsideUnavailable as failure:
            if activity.info().attempt < READING_TRIES:
                raise ApplicationError(f"The store of attachments does not answer: {failure}", type="store-unavailable") from failure
            reading = LicenceReading(problem="store-unavailable")
        return self.books.record_picture(number, picture_checks(submission, reading), self.clock())

    @activity.defn
    def await_person(self, step: AwaitStep) -> datetime:
        """Hand it to the identity desk; a repeat gives the first promise."""
        return self.books.await_person(step.number, step.policy, self.clock())

    @activity.defn
    def mark_identity_overdue(self, number: str) -> None:
        """Note a broken promise once."""
        self.books.mark_overdue(number, self.clock())

    @activity.defn
    def end_authentication(self, ending: AuthenticationEnding) -> None:
        """Bring it to its end; approved, the customer is verified in the same transaction."""
        self.books.end(ending.number, ending.state, ending.note, self.clock())

    @activity.defn
    def tell_result(self, number: str) -> None:
        """Mail and SMS, each once by its own key: looked up before it is sent, recorded after."""
        addressee = self.books.addressee(number)
        mail, text = f"authentication.{number}", f"sms.authentication.{number}"
        try:
            if addressee.email and not self.books.was_sent(mail):
                self.mailer.send(self.letters.result(addressee, mail))
                self.books.record_notice(mail, number, "mail", addressee.email, self.clock())
            if addressee.phone and not self.books.was_sent(text):
                self.sms.send(text, addressee.phone, self.letters.result_sms(addressee))
                self.books.record_notice(text, number, "sms", addressee.phone, self.clock())
        except OutsideUnavailable as failure:
            raise ApplicationError(f"Mail or SMS did not go out yet: {failure}", type="delivery-unavailable") from failure
        except OutsideRefused as refusal:
            raise ApplicationError(f"The receiver was refused: {refusal.code}", type="receiver-refused", non_retryable=True) from refusal
