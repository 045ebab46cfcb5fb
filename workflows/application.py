"""One application: reserve, the enterprise's own approval, review, split, until each of its invoices is issued or refused."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.workflow import ParentClosePolicy

from workflows import names
from workflows.attributes import application_attributes as application_attributes  # where it starts, pages look for it here
from workflows.attributes import invoice_attributes
from workflows.inbox import Inbox
from workflows.lasting import to_its_end
from workflows.sign_off import SignOffSteps
from workflows.steps import LOCAL

with workflow.unsafe.imports_passed_through():
    from activities.applications import ApplicationActivities, Approval, CheckStep, Ending, ExpediteStep, PassedPromise
    from domain.lifecycle import ApplicationState, InvoiceState
    from domain.messages import (
        ApplicationOutcome,
        ApplicationRequest,
        Cancellation,
        Expedite,
        Findings,
        InvoiceOrder,
        InvoiceSettled,
        Note,
        Policy,
        Reservation,
        ReviewDecision,
        SignOffAsked,
        SignOffDecision,
        Verdict,
    )
    from domain.sign_off import SignOffNews
    from workflows.invoice import InvoiceWorkflow

Message = Cancellation | Expedite | ReviewDecision | SignOffDecision


@workflow.defn
class ApplicationWorkflow:
    """Reviewing -> issuing -> issued; refused, rejected, cancelled or lapsed on the way. Cancel wins until approval.

    When its enterprise wants to approve it first, it waits for that before the review: declined, cancelled or lapsed there.
    """

    @workflow.init
    def __init__(self, request: ApplicationRequest) -> None:
        self._request = request
        self._life = names.application_workflow_id(request.number)
        self._inbox: Inbox[Message] = Inbox()
        self._state: ApplicationState | None = None
        self._version = 1
        self._expedited = False
        self._promised_at: datetime | None = None
        self._decision: ReviewDecision | None = None
        self._sign_off: SignOffSteps | None = None
        self._stopped = False
        self._settled: dict[str, InvoiceSettled] = {}
        self._orders: tuple[InvoiceOrder, ...] = ()

    @workflow.run
    async def run(self, request: ApplicationRequest) -> ApplicationOutcome:  # noqa: ARG002 (the same input as __init__, as the SDK wants)
        outcome = await to_its_end(self._live(), self._stop)
        if self._stopped and outcome.state is ApplicationState.CANCELLED:
            raise asyncio.CancelledError
        return outcome

    def _stop(self) -> None:
        """An operator ends the life in the Temporal UI: until approval that releases the amount, like the customer's cancel."""
        self._stopped = True

    async def _live(self) -> ApplicationOutcome:
        reservation = await self._reserve()
        if reservation.refused:
            return await self._finish(ApplicationState.REFUSED)
        if reservation.sign_off is not None and not await self._wait_for_sign_off(reservation.sign_off):
            return await self._finish(self._state or ApplicationState.LAPSED)
        if not await self._review(reservation):
            return await self._finish(self._state or ApplicationState.LAPSED)
        await self._split()
        await self._issue_all()
        return await self._finish(await self._conclude())

    @workflow.signal(description="The customer ends the application; wins until it is approved.")
    def cancel(self, message: Cancellation) -> None:
        self._inbox.put(message)

    @workflow.signal(description="The customer asks for review on the same day.")
    def expedite(self, message: Expedite) -> None:
        self._inbox.put(message)

    @workflow.signal(description="A reviewer approves or rejects the version that was on the screen.")
    def decide(self, message: ReviewDecision) -> None:
        self._inbox.put(message)

    @workflow.signal(description="Somebody of the enterprise, or its OA, approves or declines the version that they were asked about.")
    def sign_off(self, message: SignOffDecision) -> None:
        self._inbox.put(message)

    @workflow.signal(name=names.INVOICE_SETTLED, description="One of its invoices was issued, or refused by the tax bureau.")
    def invoice_settled(self, message: InvoiceSettled) -> None:
        self._settled[message.invoice_id] = message

    @workflow.query(description="Where the application is: its state, or nothing before the reservation.")
    def state(self) -> str:
        return self._state or ""

    # The story's steps

    async def _reserve(self) -> Reservation:
        self._show("Reserving the chosen records")
        reservation = await workflow.execute_local_activity_method(
            ApplicationActivities.reserve, self._request, summary="Reserve the chosen records", **LOCAL
        )
        self._promised_at = reservation.promised_at
        if not reservation.refused and reservation.promised_at is not None:
            self._state = ApplicationState.REVIEWING
            workflow.upsert_search_attributes(
                [
                    names.STATE.value_set(self._state),
                    names.AMOUNT_FEN.value_set(reservation.amount_fen),
                    names.DUE.value_set(reservation.promised_at),
                ]
            )
        elif reservation.sign_off is not None:
            self._state = ApplicationState.AWAITING_APPROVAL
            workflow.upsert_search_attributes(
                [
                    names.STATE.value_set(self._state),
                    names.AMOUNT_FEN.value_set(reservation.amount_fen),
                    names.DUE.value_set(reservation.sign_off.due_at),
                ]
            )
        return reservation

    async def _wait_for_sign_off(self, asked: SignOffAsked) -> bool:
        """True when the enterprise approved. Else the application has ended. Silence is never an approval."""
        self._sign_off = SignOffSteps(self._request.number, self._request.policy, asked, self._inbox.put)
        self._sign_off.ask()
        if not await self._wait_unsigned(asked.remind_at, "reminder of the enterprise's approval"):
            self._sign_off.remind()
            if not await self._wait_unsigned(asked.due_at, "the enterprise's approval") and asked.by_oa:
                looking = asyncio.create_task(self._sign_off.look())
                await self._inbox.serve(self._answer_unsigned, lambda: self._signed or looking.done())
                await self._inbox.serve(self._answer_unsigned, lambda: self._signed, within=timedelta(0))
        if not self._signed or self._state is ApplicationState.AWAITING_APPROVAL:
            await self._end(ApplicationState.CANCELLED if self._stopped else ApplicationState.LAPSED)
        if self._state is ApplicationState.REVIEWING:
            workflow.upsert_search_attributes([names.STATE.value_set(self._state), names.DUE.value_set(self._promised())])
            return True
        if self._state in (ApplicationState.DECLINED, ApplicationState.LAPSED):
            news = SignOffNews.DECLINED if self._state is ApplicationState.DECLINED else SignOffNews.LAPSED
            telling = self._sign_off.tell_end(news)
            await self._inbox.serve(self._answer_too_late, telling.done)
        return False

    async def _wait_unsigned(self, moment: datetime, summary: str) -> bool:
        """False when the moment passed first."""
        self._show(f"Waiting for its enterprise: {summary} by {moment:%Y-%m-%d %H:%M} UTC")
        left = moment - workflow.now()
        return await self._inbox.serve(self._answer_unsigned, lambda: self._signed, within=left, summary=summary)

    @property
    def _signed(self) -> bool:
        return self._stopped or self._state is not ApplicationState.AWAITING_APPROVAL

    async def _review(self, reservation: Reservation) -> bool:
        """True when approved. Else the application has ended, and `_state` says how."""
        policy = self._request.policy
        findings = await workflow.execute_local_activity_method(
            ApplicationActivities.check_automatically,
            CheckStep(self._request.number, policy),
            summary="Automatic review",
            **LOCAL,
        )
        if self._request.expedite:
            self._inbox.put(Expedite(f"{self._request.number}:with-form", self._request.applicant_id))
        if _passes(findings, reservation, policy):
            # A cancel that came during the checks came before the approval.
            await self._inbox.drain(self._answer_in_review)
            if not self._decided:
                return True
        lapses_at = workflow.now() + timedelta(days=policy.review_lapse_days)
        while not await self._wait_for_decision_until(self._promised, "promised decision"):
            moved_to = await workflow.execute_local_activity_method(
                ApplicationActivities.mark_overdue,
                PassedPromise(self._request.number, self._promised()),
                summary="The promised moment passed",
                **LOCAL,
            )
            if moved_to is not None and workflow.now() < moved_to < lapses_at:
                self._promised_at = moved_to
                workflow.upsert_search_attributes([names.DUE.value_set(moved_to)])
                continue
            await self._wait_for_decision_until(lambda: lapses_at, "lapse of the undecided review")
            break
        if self._state is not ApplicationState.REVIEWING:
            return False
        if self._decision is None:
            await self._end(ApplicationState.CANCELLED if self._stopped else ApplicationState.LAPSED)
            return False
        return True

    async def _wait_for_decision_until(self, moment: Callable[[], datetime], summary: str) -> bool:
        """False when the moment passed first. An expedite moves the moment, so it is asked anew after each message."""
        self._show(f"Waiting for a decision: {summary} by {moment():%Y-%m-%d %H:%M} UTC")
        while True:
            awaited = moment()
            decided = await self._inbox.serve(
                self._answer_in_review,
                lambda awaited=awaited: self._decided or moment() != awaited,  # type: ignore[misc]
                within=awaited - workflow.now(),
                summary=summary,
            )
            if self._decided:
                return True
            if not decided:
                return False

    def _promised(self) -> datetime:
        return self._promised_at or workflow.now()

    @property
    def _decided(self) -> bool:
        return self._decision is not None or self._stopped or self._state is not ApplicationState.REVIEWING

    async def _split(self) -> None:
        self._state = ApplicationState.ISSUING
        self._orders = await workflow.execute_local_activity_method(
            ApplicationActivities.approve,
            Approval(self._request.number, self._request.policy, self._decision),
            summary="Approve and freeze the split",
            **LOCAL,
        )
        workflow.upsert_search_attributes([names.STATE.value_set(self._state)])

    async def _issue_all(self) -> None:
        for order in self._orders:
            await workflow.start_child_workflow(
                InvoiceWorkflow.run,
                order,
                id=names.invoice_workflow_id(order.invoice_id),
                parent_close_policy=ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=invoice_attributes(order),
                static_summary=f"{order.kind} {order.medium} invoice of {order.entity}",
                priority=Priority(
                    priority_key=1 if order.expedited else 2 if order.kind == "special" else 3, fairness_key=str(order.enterprise_id)
                ),
            )
        self._show(f"Waiting for {len(self._orders)} invoices to be issued")
        await self._inbox.serve(self._answer_too_late, lambda: len(self._settled) >= len(self._orders))

    async def _conclude(self) -> ApplicationState:
        states = [settled.state for settled in self._settled.values()]
        refused = states.count(InvoiceState.REFUSED)
        state = ApplicationState.ISSUED
        if refused:
            state = ApplicationState.NOT_ISSUED if refused == len(states) else ApplicationState.PARTLY_ISSUED
        await self._end(state)
        return state

    async def _finish(self, state: ApplicationState) -> ApplicationOutcome:
        self._state = state
        await self._inbox.drain(self._answer_too_late)
        workflow.upsert_search_attributes([names.STATE.value_set(state)])
        self._show(f"Ended: {state}")
        return ApplicationOutcome(self._request.number, state)

    # Answers

    async def _answer_unsigned(self, message: Message) -> None:
        """The enterprise's word or the customer's cancel; our review has not begun."""
        assert self._sign_off is not None  # noqa: S101 (nobody else serves with this)
        if self._signed:
            await self._answer_too_late(message)
        elif isinstance(message, Cancellation):
            await self._end(ApplicationState.CANCELLED, self._note(message, taken=True))
        elif not isinstance(message, SignOffDecision):
            await self._refuse(message, "awaiting-approval")
        else:
            outcome = await self._sign_off.settle(message)
            if outcome.approved:
                self._state, self._promised_at = ApplicationState.REVIEWING, outcome.promised_at
            elif outcome.declined:
                self._state = ApplicationState.DECLINED
            elif outcome.next_level:
                self._sign_off.ask()

    async def _answer_in_review(self, message: Message) -> None:
        """The first cancel or decision that is allowed ends the review; whatever comes after it is too late."""
        if self._decided:
            await self._answer_too_late(message)
        elif isinstance(message, Cancellation):
            await self._end(ApplicationState.CANCELLED, self._note(message, taken=True))
        elif isinstance(message, Expedite):
            await self._expedite(message)
        elif isinstance(message, SignOffDecision):
            await self._refuse(message, "sign-off-over")
        else:
            await self._decide(message)

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
        if state is ApplicationState.REVIEWING:
            state = ApplicationState.ISSUING if self._decision is not None else ApplicationState.CANCELLED
        elif state is ApplicationState.AWAITING_APPROVAL:
            state = ApplicationState.CANCELLED
        await self._refuse(message, f"already-{state}")

    async def _refuse(self, message: Message, code: str) -> None:
        await workflow.execute_local_activity_method(
            ApplicationActivities.answer, self._note(message, taken=False, code=code), summary=f"Refuse: {code}", **LOCAL
        )

    def _note(self, message: Message, *, taken: bool, code: str = "") -> Note:
        reason = message.reason if isinstance(message, ReviewDecision | SignOffDecision) else ""
        phrase = message.phrase if isinstance(message, ReviewDecision) else ""
        return Note(self._life, message.key, _kind(message), message.by, taken, code, reason, phrase)

    async def _end(self, state: ApplicationState, note: Note | None = None) -> None:
        """Write the end and release what is not invoiced."""
        self._state = state
        await workflow.execute_local_activity_method(
            ApplicationActivities.end_application, Ending(self._request.number, state, note), summary=f"End: {state}", **LOCAL
        )

    def _show(self, what: str) -> None:
        workflow.set_current_details(f"**{self._request.number}**: {what}")


def _passes(findings: Findings, reservation: Reservation, policy: Policy) -> bool:
    """The books decide; in histories from before they did, the rule of that time."""
    if findings.passes is not None:
        return findings.passes
    return not findings.raised and reservation.amount_fen <= policy.automatic_approval_up_to_fen


def _kind(message: Message) -> str:
    if isinstance(message, Cancellation):
        return "cancel"
    if isinstance(message, SignOffDecision):
        return f"sign-off-{message.verdict}"
    return "expedite" if isinstance(message, Expedite) else str(message.verdict)
