"""The part of an application's life in which people of ours decide: the steps behind their messages, and how they are named."""

from datetime import datetime

from temporalio import workflow

from workflows.steps import LOCAL

with workflow.unsafe.imports_passed_through():
    from activities.review import AnswerStep, AskStep, ClaimStep, DecisionStep, HandOverStep, ReviewActivities
    from domain.messages import Cancellation, Expedite, Findings, Note, Policy, Reservation, ReviewDecision, SignOffDecision
    from domain.review_messages import HandOver, MaterialAnswer, MaterialOutcome, MaterialRequest, PromiseMoved, ReviewClaim, ReviewOutcome

Message = (
    Cancellation | Expedite | ReviewDecision | SignOffDecision | MaterialRequest | MaterialAnswer | ReviewClaim | HandOver | PromiseMoved
)

MOST_EVENTS = 60
"""From so many events on, a review that waits goes on in a new run: none of its histories grows above 120."""


class ReviewSteps:
    """What the review asks of the rows, one short step a message."""

    def __init__(self, number: str, policy: Policy) -> None:
        self._number = number
        self._policy = policy

    async def decide(self, decision: ReviewDecision) -> ReviewOutcome:
        return await workflow.execute_local_activity_method(
            ReviewActivities.decide_level, DecisionStep(self._number, decision), summary=f"Decision: {decision.verdict}", **LOCAL
        )

    async def claim(self, claim: ReviewClaim) -> None:
        await workflow.execute_local_activity_method(
            ReviewActivities.claim_review, ClaimStep(self._number, claim), summary="Release" if claim.release else "Claim", **LOCAL
        )

    async def hand_over(self, message: HandOver) -> None:
        await workflow.execute_local_activity_method(
            ReviewActivities.hand_over_review, HandOverStep(self._number, message), summary="Hand over", **LOCAL
        )

    async def ask(self, request: MaterialRequest) -> MaterialOutcome:
        return await workflow.execute_local_activity_method(
            ReviewActivities.ask_material, AskStep(self._number, request, self._policy), summary="Ask the customer for material", **LOCAL
        )

    async def answer(self, message: MaterialAnswer) -> MaterialOutcome:
        return await workflow.execute_local_activity_method(
            ReviewActivities.answer_material,
            AnswerStep(self._number, message, self._policy),
            summary="Do without the material" if message.waived else "The customer's answer",
            **LOCAL,
        )

    async def promise(self) -> datetime | None:
        return await workflow.execute_local_activity_method(
            ReviewActivities.promise_of, self._number, summary="Read the moved promise", **LOCAL
        )


def passes(findings: Findings, reservation: Reservation, policy: Policy) -> bool:
    """The books decide; in histories from before they did, the rule of that time."""
    if findings.passes is not None:
        return findings.passes
    return not findings.raised and reservation.amount_fen <= policy.automatic_approval_up_to_fen


def note_of(life: str, message: Message, *, taken: bool, code: str = "") -> Note:
    """The outcome of a message to this life, as it is kept."""
    reason = message.reason if isinstance(message, ReviewDecision | SignOffDecision | HandOver) else ""
    phrase = message.phrase if isinstance(message, ReviewDecision) else ""
    return Note(life, message.key, _kind(message), message.by, taken, code, reason, phrase)


def _kind(message: Message) -> str:
    if isinstance(message, SignOffDecision):
        return f"sign-off-{message.verdict}"
    if isinstance(message, ReviewDecision):
        return str(message.verdict)
    if isinstance(message, ReviewClaim):
        return "release" if message.release else "claim"
    if isinstance(message, MaterialAnswer):
        return "waive" if message.waived else "answer"
    return _KINDS[type(message)]


_KINDS: dict[type, str] = {
    Cancellation: "cancel",
    Expedite: "expedite",
    MaterialRequest: "ask",
    HandOver: "hand-over",
    PromiseMoved: "promise",
}
