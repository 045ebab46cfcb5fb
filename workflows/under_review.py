"""An application under review: what its life waits for until somebody of ours decides, and how it answers messages meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow

from workflows import names
from workflows.inbox import Inbox
from workflows.material import MaterialTelling
from workflows.review import MOST_EVENTS, Message, ReviewSteps, note_of, passes
from workflows.steps import LOCAL

with workflow.unsafe.imports_passed_through():
    from activities.applications import ApplicationActivities, CheckStep, Ending, ExpediteStep, PassedPromise
    from domain.lifecycle import UNDECIDED, ApplicationState
    from domain.material import MaterialNews
    from domain.messages import ApplicationRequest, Cancellation, Expedite, Note, Reservation, ReviewDecision, SignOffDecision, Verdict
    from domain.review_messages import MaterialAnswer, MaterialAsked, MaterialRequest, PromiseMoved, ReviewClaim, ReviewSoFar


class UnderReview:
    """The review's part of `ApplicationWorkflow`: its state, its waits and its answers. Signals only put messages in."""

    def __init__(self, request: ApplicationRequest) -> None:
        self._request = request
        self._life = names.application_workflow_id(request.number)
        before, signing = request.so_far, request.signing
        self._inbox: Inbox[Message] = Inbox(before.seen if before else signing.seen if signing else ())
        self._state: ApplicationState | None = before.state if before else ApplicationState.AWAITING_APPROVAL if signing else None
        self._version = 1
        self._expedited = before is not None and before.expedited
        self._promised_at: datetime | None = before.promised_at if before else None
        self._decision: ReviewDecision | None = None
        self._levels: int | None = before.levels if before else None
        self._asked: MaterialAsked | None = before.asked if before else None
        self._steps = ReviewSteps(request.number, request.policy)
        self._material = MaterialTelling(request.number)
        self._stopped = False

    async def _begin_review(self, reservation: Reservation) -> ReviewSoFar | None:
        """The automatic review; None when the policy let it through."""
        policy = self._request.policy
        findings = await workflow.execute_local_activity_method(
            ApplicationActivities.check_automatically,
            CheckStep(self._request.number, policy),
            summary="Automatic review",
            **LOCAL,
        )
        self._levels = findings.levels
        if findings.asked is None:
            self._expedite_with_form()
        if findings.asked is not None:
            self._wait_for_customer(findings.asked)
        elif passes(findings, reservation, policy):
            # A cancel that came during the checks came before the approval.
            await self._inbox.drain(self._answer_in_review)
            if not self._decided:
                return None
        return self._so_far(workflow.now() + timedelta(days=policy.review_lapse_days), overdue=False)

    async def _review(self, so_far: ReviewSoFar) -> bool:
        """True when approved. Else the application has ended, and `_state` says how."""
        lapses_at, overdue = so_far.lapses_at, so_far.overdue
        while not self._decided:
            self._cut_history(lapses_at, overdue=overdue)
            if self._state is ApplicationState.AWAITING_MATERIAL:
                if not await self._wait_for_material():
                    break
                if not self._is_waiting:
                    lapses_at, overdue = workflow.now() + timedelta(days=self._request.policy.review_lapse_days), False
            elif overdue:
                if not await self._wait_for_decision_until(partial(_moment, lapses_at), "lapse of the undecided review"):
                    break
            elif not await self._wait_for_decision_until(self._promised, "promised decision"):
                overdue = await self._is_overdue(lapses_at)
        if self._state not in (ApplicationState.REVIEWING, ApplicationState.AWAITING_MATERIAL):
            return False
        if self._decision is None:
            waited = self._is_waiting
            await self._end(ApplicationState.CANCELLED if self._stopped else ApplicationState.LAPSED)
            if waited and self._asked is not None and not self._stopped:
                telling = self._material.tell(MaterialNews.LAPSED, self._asked.due_at)
                await self._inbox.serve(self._answer_too_late, telling.done)
            return False
        return True

    def _cut_history(self, lapses_at: datetime, *, overdue: bool) -> None:
        """A review that has a long history and nothing under way goes on in a new run, at the same place."""
        if self._is_long and self._inbox.is_empty:
            workflow.continue_as_new(replace(self._request, so_far=self._so_far(lapses_at, overdue=overdue)))

    @property
    def _is_long(self) -> bool:
        """Whether its history is to be cut. Never in lives from before there were levels: they did not do so then."""
        long = workflow.info().get_current_history_length() >= MOST_EVENTS
        return long and self._levels is not None and not self._is_telling()

    def _is_telling(self) -> bool:
        """Whether somebody is still to be told something, which a cut would forget."""
        return self._material.is_telling

    def _so_far(self, lapses_at: datetime, *, overdue: bool) -> ReviewSoFar:
        state = self._state or ApplicationState.REVIEWING
        return ReviewSoFar(
            state, self._expedited, self._levels, lapses_at, self._promised_at, overdue, self._asked, tuple(sorted(self._inbox.seen))
        )

    async def _is_overdue(self, lapses_at: datetime) -> bool:
        """The promised moment passed: broken, unless the calendar has moved it."""
        moved_to = await workflow.execute_local_activity_method(
            ApplicationActivities.mark_overdue,
            PassedPromise(self._request.number, self._promised()),
            summary="The promised moment passed",
            **LOCAL,
        )
        if moved_to is None or not workflow.now() < moved_to < lapses_at:
            return True
        self._promise(moved_to)
        return False

    def _promise(self, moment: datetime | None) -> None:
        self._promised_at = moment
        workflow.upsert_search_attributes([names.DUE.value_set(self._promised())])

    async def _wait_for_decision_until(self, moment: Callable[[], datetime], summary: str) -> bool:
        """False when the moment passed first. An expedite moves the moment, so it is asked anew after each message."""
        self._show(f"Waiting for a decision: {summary} by {moment():%Y-%m-%d %H:%M} UTC")
        while True:
            awaited = moment()
            decided = await self._inbox.serve(
                self._answer_in_review,
                lambda awaited=awaited: self._decided or self._is_waiting or self._is_long or moment() != awaited,  # type: ignore[misc]
                within=awaited - workflow.now(),
                summary=summary,
            )
            if self._decided or self._is_waiting or self._is_long:
                return True
            if not decided:
                return False

    def _wait_for_customer(self, asked: MaterialAsked) -> None:
        self._state, self._asked, self._promised_at = ApplicationState.AWAITING_MATERIAL, asked, None
        workflow.upsert_search_attributes([names.STATE.value_set(self._state), names.DUE.value_set(asked.due_at)])
        self._material.tell(MaterialNews.ASKED, asked.due_at)

    async def _wait_for_material(self) -> bool:
        """False when nothing came by its due date; True as soon as there is something to do."""
        assert self._asked is not None  # noqa: S101 (the state says so)
        asked = self._asked
        if workflow.now() < asked.remind_at:  # else an earlier run has reminded
            if await self._wait_for_answer(asked.remind_at, "reminder of the material"):
                return True
            self._material.tell(MaterialNews.REMINDER, asked.due_at)
        return await self._wait_for_answer(asked.due_at, "the customer's material")

    async def _wait_for_answer(self, moment: datetime, summary: str) -> bool:
        """False when the moment passed first."""
        self._show(f"Waiting for its customer: {summary} by {moment:%Y-%m-%d %H:%M} UTC")
        left = moment - workflow.now()
        return await self._inbox.serve(
            self._answer_in_review, lambda: not self._is_waiting or self._stopped or self._is_long, within=left, summary=summary
        )

    def _promised(self) -> datetime:
        return self._promised_at or workflow.now()

    @property
    def _is_waiting(self) -> bool:
        return self._state is ApplicationState.AWAITING_MATERIAL

    @property
    def _decided(self) -> bool:
        undecided = self._state is ApplicationState.REVIEWING or self._is_waiting
        return self._decision is not None or self._stopped or not undecided

    # Answers

    async def _answer_in_review(self, message: Message) -> None:
        """The first cancel or decision that is allowed ends the review; whatever comes after it is too late."""
        if self._decided:
            await self._answer_too_late(message)
        elif isinstance(message, Cancellation):
            await self._end(ApplicationState.CANCELLED, self._note(message, taken=True))
        elif isinstance(message, SignOffDecision):
            await self._refuse(message, "sign-off-over")
        elif isinstance(message, MaterialAnswer):
            await self._take_material(message)
        elif self._is_waiting:
            await self._refuse(message, "awaiting-material")
        elif isinstance(message, Expedite):
            await self._expedite(message)
        elif isinstance(message, ReviewDecision):
            await self._decide(message)
        elif isinstance(message, MaterialRequest):
            outcome = await self._steps.ask(message)
            if outcome.asked is not None:
                self._wait_for_customer(outcome.asked)
        elif isinstance(message, PromiseMoved):
            self._promise(await self._steps.promise() or self._promised_at)
        elif isinstance(message, ReviewClaim):
            await self._steps.claim(message)
        else:
            await self._steps.hand_over(message)

    async def _take_material(self, message: MaterialAnswer) -> None:
        outcome = await self._steps.answer(message)
        if outcome.taken:
            self._state, self._asked, self._promised_at = ApplicationState.REVIEWING, None, outcome.promised_at
            workflow.upsert_search_attributes([names.STATE.value_set(self._state), names.DUE.value_set(self._promised())])
            self._expedite_with_form()

    def _expedite_with_form(self) -> None:
        """What the form asked for, once; where an alarm asks the customer first, it waits for the answer."""
        if self._request.expedite:
            self._inbox.put(Expedite(f"{self._request.number}:with-form", self._request.applicant_id))

    async def _expedite(self, message: Expedite) -> None:
        if self._expedited:
            await self._refuse(message, "already-expedited")
            return
        self._promised_at = await workflow.execute_local_activity_method(
            ApplicationActivities.expedite,
            ExpediteStep(self._request.number, message, self._request.policy),
            summary="Bring the promise forward",
            **LOCAL,
        )
        self._expedited = True
        workflow.upsert_search_attributes([names.EXPEDITED.value_set(True), names.DUE.value_set(self._promised())])

    async def _decide(self, message: ReviewDecision) -> None:
        if self._levels is None:
            await self._decide_alone(message)
            return
        outcome = await self._steps.decide(message)
        if outcome.approved:
            self._decision = message
        elif outcome.taken:
            self._state = outcome.state

    async def _decide_alone(self, message: ReviewDecision) -> None:
        """In lives that began before there were levels, one decision is enough."""
        if message.by == self._request.applicant_id:
            await self._refuse(message, "own-application")
        elif message.version != self._version:
            await self._refuse(message, "stale-version")
        elif message.verdict is Verdict.REJECT:
            await self._end(ApplicationState.REJECTED, self._note(message, taken=True))
        else:
            self._decision = message

    async def _answer_too_late(self, message: Message) -> None:
        state = self._state or ApplicationState.REVIEWING
        if state in UNDECIDED:
            state = ApplicationState.ISSUING if self._decision is not None else ApplicationState.CANCELLED
        await self._refuse(message, f"already-{state}")

    async def _refuse(self, message: Message, code: str) -> None:
        if isinstance(message, PromiseMoved):
            return  # nobody waits for its answer
        await workflow.execute_local_activity_method(
            ApplicationActivities.answer, self._note(message, taken=False, code=code), summary=f"Refuse: {code}", **LOCAL
        )

    def _note(self, message: Message, *, taken: bool, code: str = "") -> Note:
        return note_of(self._life, message, taken=taken, code=code)

    async def _end(self, state: ApplicationState, note: Note | None = None) -> None:
        """Write the end and release what is not invoiced."""
        self._state = state
        await workflow.execute_local_activity_method(
            ApplicationActivities.end_application, Ending(self._request.number, state, note), summary=f"End: {state}", **LOCAL
        )

    def _show(self, what: str) -> None:
        workflow.set_current_details(f"**{self._request.number}**: {what}")


def _moment(moment: datetime) -> datetime:
    return moment
