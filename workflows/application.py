"""One application: reserve, the enterprise's own approval, review, split, until each of its invoices is issued or refused."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.workflow import ParentClosePolicy

from workflows import names
from workflows.attributes import application_attributes as application_attributes  # where it starts, pages look for it here
from workflows.attributes import invoice_attributes
from workflows.lasting import to_its_end
from workflows.priorities import priority_of
from workflows.review import MOST_EVENTS, Message
from workflows.review_end import tell_review_end
from workflows.sign_off import SignOffSteps
from workflows.steps import LOCAL
from workflows.under_review import UnderReview

with workflow.unsafe.imports_passed_through():
    from activities.applications import ApplicationActivities, Approval
    from domain.lifecycle import ApplicationState, InvoiceState
    from domain.messages import (
        ApplicationOutcome,
        ApplicationRequest,
        Cancellation,
        Expedite,
        InvoiceOrder,
        InvoiceSettled,
        Reservation,
        ReviewDecision,
        SignOffAsked,
        SignOffDecision,
        SignOffSoFar,
    )
    from domain.review_messages import HandOver, MaterialAnswer, MaterialRequest, PromiseMoved, ReviewClaim
    from domain.sign_off import SignOffNews
    from workflows.invoice import InvoiceWorkflow


@workflow.defn
class ApplicationWorkflow(UnderReview):
    """Reviewing -> issuing -> issued; refused, rejected, cancelled or lapsed on the way. Cancel wins until approval.

    When its enterprise wants to approve it first, it waits for that before the review: declined, cancelled or lapsed there.
    A review may ask its customer for material, and waits for that: cancelled or lapsed there, or back under review.
    """

    @workflow.init
    def __init__(self, request: ApplicationRequest) -> None:
        super().__init__(request)
        self._sign_off: SignOffSteps | None = None
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
        so_far, signing = self._request.so_far, self._request.signing
        if so_far is None:
            reservation = await self._reserve() if signing is None else Reservation(sign_off=signing.asked)
            if reservation.refused:
                return await self._finish(ApplicationState.REFUSED)
            if reservation.sign_off is not None and not await self._wait_for_sign_off(reservation.sign_off):
                return await self._finish(self._state or ApplicationState.LAPSED)
            so_far = await self._begin_review(reservation)
        if so_far is not None and not await self._review(so_far):
            await self._tell_end()
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

    @workflow.signal(description="A reviewer asks the customer for material; the review waits for it.")
    def ask(self, message: MaterialRequest) -> None:
        self._inbox.put(message)

    @workflow.signal(description="The customer has sent what was asked for, or a reviewer does without it.")
    def answer(self, message: MaterialAnswer) -> None:
        self._inbox.put(message)

    @workflow.signal(description="A reviewer takes the application for a while, or lets go of it.")
    def claim(self, message: ReviewClaim) -> None:
        self._inbox.put(message)

    @workflow.signal(description="The application is given to another reviewer.")
    def hand_over(self, message: HandOver) -> None:
        self._inbox.put(message)

    @workflow.signal(description="The rows have another promise: it is read anew, and its timer is set anew.")
    def promise_moved(self, message: PromiseMoved) -> None:
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
        reminded = self._request.signing is not None and workflow.now() >= asked.remind_at
        if self._request.signing is None:
            self._sign_off.ask()
        while not self._signed:
            if self._is_long_unsigned and self._inbox.is_empty:
                workflow.continue_as_new(replace(self._request, signing=SignOffSoFar(asked, tuple(sorted(self._inbox.seen)))))
            if not reminded:
                reminded = not await self._wait_unsigned(asked.remind_at, "reminder of the enterprise's approval")
                if reminded:
                    self._sign_off.remind()
            elif not await self._wait_unsigned(asked.due_at, "the enterprise's approval"):
                if asked.by_oa:
                    await self._look_at_last()
                break
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

    async def _look_at_last(self) -> None:
        """Its time is over: whether the OA had decided before, which its callback may not have said."""
        assert self._sign_off is not None  # noqa: S101 (the wait has made it)
        looking = asyncio.create_task(self._sign_off.look())
        await self._inbox.serve(self._answer_unsigned, lambda: self._signed or looking.done())
        await self._inbox.serve(self._answer_unsigned, lambda: self._signed, within=timedelta(0))

    async def _wait_unsigned(self, moment: datetime, summary: str) -> bool:
        """False when the moment passed first; True when it was signed, or its history grew long."""
        self._show(f"Waiting for its enterprise: {summary} by {moment:%Y-%m-%d %H:%M} UTC")
        left = moment - workflow.now()
        return await self._inbox.serve(self._answer_unsigned, lambda: self._signed or self._is_long_unsigned, within=left, summary=summary)

    @property
    def _is_long_unsigned(self) -> bool:
        """Whether its history is to be cut before its review. Never while its OA is still to be reached, or somebody to be told."""
        long = workflow.info().get_current_history_length() >= MOST_EVENTS
        return long and self._sign_off is not None and self._sign_off.cuts and not self._is_telling()

    @property
    def _signed(self) -> bool:
        return self._stopped or self._state is not ApplicationState.AWAITING_APPROVAL

    def _is_telling(self) -> bool:
        return super()._is_telling() or (self._sign_off is not None and self._sign_off.is_telling)

    async def _tell_end(self) -> None:
        """A review that ended without invoices is told by mail. Messages that come meanwhile are answered."""
        if self._state not in {ApplicationState.REJECTED, ApplicationState.LAPSED} or not workflow.patched("review-end-told"):
            return
        telling = asyncio.create_task(tell_review_end(self._request.number))
        await self._inbox.serve(self._answer_too_late, telling.done)

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
                priority=priority_of(expedited=order.expedited, kind=order.kind, enterprise_id=order.enterprise_id),
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
