"""Steps of an enterprise's own approval: settle a decision, ask its OA, tell people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clock import utc_now
from activities.notices import send_mail
from domain.books import SignOffBooks
from domain.messages import Policy, SignOffDecision, SignOffOutcome
from domain.ports import Mailer, MailMessage, OfficeAnswer, OfficeSystem, OutsideDisagrees, OutsideRefused, OutsideUnavailable
from domain.sign_off import SignOffNews, SignOffNotice


class SignOffLetters(Protocol):
    def told(self, notice: SignOffNotice) -> MailMessage: ...


@dataclass(frozen=True, slots=True)
class SettleStep:
    number: str
    decision: SignOffDecision
    policy: Policy


@dataclass(frozen=True, slots=True)
class OfficeStep:
    """`ask`: when the OA does not know the question yet it is asked; without it, it is only looked up."""

    number: str
    ask: bool = True


@dataclass(frozen=True, slots=True)
class TellStep:
    number: str
    news: SignOffNews


@dataclass
class SignOffActivities:
    books: SignOffBooks
    office: OfficeSystem
    mailer: Mailer
    letters: SignOffLetters
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def settle_sign_off(self, step: SettleStep) -> SignOffOutcome:
        """Take or refuse a decision; its key makes a repeat give the first outcome."""
        return self.books.settle(step.number, step.decision, step.policy, self.clock())

    @activity.defn
    def ask_office(self, step: OfficeStep) -> SignOffDecision | None:
        """Look, ask, record. Gives the OA's decision when it has one already; silence gives None, and never an approval."""
        found = self.books.question(step.number)
        if found is None:
            return None
        address, question = found
        try:
            answer = self.office.look(address, question.request_id)
            if answer is None and step.ask:
                answer = self.office.ask(address, question)
            if answer is not None and answer.version != question.version:
                raise OutsideDisagrees(f"version is {answer.version}, asked was {question.version}")
        except (OutsideUnavailable, OutsideRefused, OutsideDisagrees) as failure:
            kind = _TROUBLE[type(failure)]
            self.books.record_trouble(step.number, kind, self.clock())
            # Repeated until it is due, also after a refusal: the address may be mended meanwhile.
            raise ApplicationError(f"The OA did not take the question: {failure}", type=kind) from failure
        if answer is None:
            return None
        self.books.record_asked(step.number, self.clock())
        return _decision(answer)

    @activity.defn
    def tell_sign_off(self, step: TellStep) -> int:
        """Mail what is owed, each once by its derived id; says how many."""
        sent = 0
        for notice in self.books.owed(step.number, step.news):
            sent += send_mail(self.mailer, self.letters.told(notice), notice.id)
            self.books.record_notice(notice, self.clock())
        return sent


_TROUBLE: dict[type[Exception], str] = {
    OutsideUnavailable: "oa-unavailable",
    OutsideRefused: "oa-refuses",
    OutsideDisagrees: "oa-disagrees",
}


def _decision(answer: OfficeAnswer) -> SignOffDecision | None:
    if answer.verdict is None:
        return None
    return SignOffDecision(answer.event_id, 0, answer.verdict, answer.version, answer.reason, answer.reference)
