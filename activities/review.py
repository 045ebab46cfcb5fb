"""Steps of a review by people on our own rows: decisions, claims, hand-overs, material asked for and answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from temporalio import activity

from activities.clock import utc_now
from domain.books import ReviewBooks
from domain.messages import Policy, ReviewDecision
from domain.review_messages import HandOver, MaterialAnswer, MaterialOutcome, MaterialRequest, ReviewClaim, ReviewOutcome


@dataclass(frozen=True, slots=True)
class DecisionStep:
    number: str
    decision: ReviewDecision


@dataclass(frozen=True, slots=True)
class ClaimStep:
    number: str
    claim: ReviewClaim


@dataclass(frozen=True, slots=True)
class HandOverStep:
    number: str
    message: HandOver


@dataclass(frozen=True, slots=True)
class AskStep:
    number: str
    request: MaterialRequest
    policy: Policy


@dataclass(frozen=True, slots=True)
class AnswerStep:
    number: str
    message: MaterialAnswer
    policy: Policy


@dataclass
class ReviewActivities:
    """A message's key makes a repeat of its step give the first outcome."""

    books: ReviewBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def decide_level(self, step: DecisionStep) -> ReviewOutcome:
        """Take or refuse a decision at the level that decides next."""
        return self.books.decide(step.number, step.decision, self.clock())

    @activity.defn
    def claim_review(self, step: ClaimStep) -> ReviewOutcome:
        """A reviewer takes the application, or lets go of it."""
        return self.books.claim(step.number, step.claim, self.clock())

    @activity.defn
    def hand_over_review(self, step: HandOverStep) -> ReviewOutcome:
        """Give the application to another reviewer."""
        return self.books.hand_over(step.number, step.message, self.clock())

    @activity.defn
    def ask_material(self, step: AskStep) -> MaterialOutcome:
        """The application waits for its customer from now on."""
        return self.books.ask(step.number, step.request, step.policy.material_working_days, self.clock())

    @activity.defn
    def answer_material(self, step: AnswerStep) -> MaterialOutcome:
        """The customer's answer, or a reviewer's waiver: the review goes on."""
        policy = step.policy
        return self.books.answer(step.number, step.message, policy.review_working_days, policy.promise_hour, self.clock())

    @activity.defn
    def promise_of(self, number: str) -> datetime | None:
        """The promised moment as the rows say it now."""
        return self.books.promise(number)

    @activity.defn
    def pass_on_absent(self, today: date) -> int:
        """A batch of what people who are away had taken goes to who stands in for them; 0 says that none is left."""
        return self.books.pass_on(today, self.clock())
