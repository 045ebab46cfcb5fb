"""One invoice: issue, documents, delivery, the correction window, return and reissue, end."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import FailureError
from temporalio.workflow import ParentClosePolicy

from workflows import names
from workflows.attributes import application_attributes
from workflows.inbox import Inbox
from workflows.lasting import to_its_end
from workflows.priorities import priority_of
from workflows.steps import LOCAL, OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.applications import ApplicationActivities
    from activities.delivery import DeliveryActivities, MailStep, ParcelStep, ParcelUpdateStep
    from activities.documents import DocumentActivities, DocumentStep
    from activities.issuing import IssueResult, IssueStep, IssuingActivities
    from activities.returns import OriginalStep, ReissueStep, RequestStep, ReturnActivities
    from domain.calendar import CorrectionWindow
    from domain.invoices import Medium
    from domain.lifecycle import DeliveryState, InvoiceState, ReturnState
    from domain.messages import (
        ApplicationRequest,
        InvoiceOrder,
        InvoiceOutcome,
        InvoiceSettled,
        Issued,
        LookAgain,
        Note,
        OriginalReceived,
        ParcelUpdate,
        ReturnRequest,
    )

T = TypeVar("T")

Message = ReturnRequest | OriginalReceived | ParcelUpdate | LookAgain


@workflow.defn
class InvoiceWorkflow:
    """Issuing -> issued -> delivered -> closed at the end of the window; refused, or returned and reissued, on the way."""

    @workflow.init
    def __init__(self, order: InvoiceOrder) -> None:
        self._order = order
        self._life = names.invoice_workflow_id(order.invoice_id)
        self._inbox: Inbox[Message] = Inbox()
        self._state = InvoiceState.ISSUING
        self._return_state = ReturnState.NONE
        self._request: ReturnRequest | None = None
        self._original: OriginalReceived | None = None
        self._look_again = False
        self._shipments = 0
        self._lost = False
        self._rounds = 0
        self._closes_at: datetime | None = None

    @workflow.run
    async def run(self, order: InvoiceOrder) -> InvoiceOutcome:  # noqa: ARG002 (the same input as __init__, as the SDK wants)
        return await to_its_end(self._live(), self._asked_to_stop)

    def _asked_to_stop(self) -> None:
        # What the tax bureau has issued cannot be taken back by ending the life: there is the return for that.
        workflow.logger.warning("%s goes on: an invoice is not cancelled in the Temporal UI, but returned", self._order.invoice_id)

    async def _live(self) -> InvoiceOutcome:
        issued = await self._issue()
        await self._tell_application()
        if issued is None:
            return await self._finish(InvoiceState.REFUSED)
        await self._deliver()
        while (request := await self._wait_for_return()) is not None:
            if await self._reverse(request):
                return await self._finish(InvoiceState.RETURNED)
        await self._local(ReturnActivities.close_window, self._order.invoice_id, "The correction window is over")
        return await self._finish(InvoiceState.CLOSED)

    @workflow.signal(description="The customer's online request to return the invoice, perhaps with its reissue.")
    def request_return(self, message: ReturnRequest) -> None:
        self._inbox.put(message)

    @workflow.signal(description="The receiving desk has the complete, undamaged paper original.")
    def receive_original(self, message: OriginalReceived) -> None:
        self._inbox.put(message)

    @workflow.signal(description="The courier's news of the parcel.")
    def parcel_moved(self, message: ParcelUpdate) -> None:
        self._inbox.put(message)

    @workflow.signal(description="An operator has cleared up a parked invoice: look into the tax bureau's book again.")
    def look_again(self, message: LookAgain) -> None:
        self._inbox.put(message)

    @workflow.query(description="Where the invoice is as a tax document.")
    def state(self) -> str:
        return self._state

    # The story's steps

    async def _issue(self) -> Issued | None:
        result = await self._ask_bureau(red=False)
        if result.issued is None:
            self._state = InvoiceState.REFUSED
            return None
        self._state = InvoiceState.ISSUED
        self._closes_at = CorrectionWindow(result.issued.issued_on, self._order.policy.correction_days).closes_at
        workflow.upsert_search_attributes(
            [
                names.STATE.value_set(self._state),
                names.INVOICE_NUMBER.value_set(result.issued.number),
                names.DUE.value_set(self._closes_at),
            ]
        )
        return result.issued

    async def _ask_bureau(self, *, red: bool) -> IssueResult:
        """Rounds of look, ask, record until issued or refused; a parked round waits for an operator."""
        what = "red-letter invoice" if red else "invoice"
        while True:
            self._rounds += 1
            self._show(f"Having the {what} issued by the tax bureau")
            result = await self._serving(
                workflow.execute_activity_method(
                    IssuingActivities.issue,
                    IssueStep(self._order.invoice_id, self._order.policy, self._rounds, red),
                    task_queue=names.ISSUING,
                    summary=f"Have the {what} issued: look, ask, record",
                    **OUTSIDE,
                )
            )
            if not result.parked:
                return result
            self._state = InvoiceState.PARKED
            workflow.upsert_search_attributes([names.STATE.value_set(self._state)])
            self._show(f"Parked: the tax bureau's answer for the {what} is not what was asked. Clear it up, then signal look_again")
            self._look_again = False
            await self._inbox.serve(self._answer, lambda: self._look_again)
            self._state = InvoiceState.ISSUED if red else InvoiceState.ISSUING
            workflow.upsert_search_attributes([names.STATE.value_set(self._state)])

    async def _tell_application(self) -> None:
        application = workflow.get_external_workflow_handle(names.application_workflow_id(self._order.application_number))
        try:
            await application.signal(names.INVOICE_SETTLED, InvoiceSettled(self._order.invoice_id, self._state))
        except FailureError as gone:
            workflow.logger.warning("The application of %s is gone: %s", self._order.invoice_id, gone)

    async def _deliver(self) -> None:
        self._show("Making and storing the documents")
        await self._serving(
            workflow.execute_activity_method(
                DocumentActivities.store_documents,
                DocumentStep(self._order.invoice_id),
                task_queue=names.DOCUMENTS,
                summary="Render, check and store the documents",
                **OUTSIDE,
            )
        )
        if self._order.medium is Medium.PAPER:
            await self._ship()
        else:
            await self._mail(red=False)

    async def _ship(self) -> None:
        self._shipments += 1
        self._lost = False
        self._show(f"Handing shipment {self._shipments} to the courier")
        await self._serving(
            workflow.execute_activity_method(
                DeliveryActivities.send_parcel,
                ParcelStep(self._order.invoice_id, self._shipments, self._order.policy),
                task_queue=names.DELIVERY,
                summary=f"Hand shipment {self._shipments} to the courier: look, ask, record",
                **OUTSIDE,
            )
        )

    async def _mail(self, *, red: bool) -> None:
        self._show("Sending the mail")
        try:
            await self._serving(
                workflow.execute_activity_method(
                    DeliveryActivities.send_invoice,
                    MailStep(self._order.invoice_id, red),
                    task_queue=names.DELIVERY,
                    summary="Mail the red-letter invoice, and an SMS" if red else "Mail the invoice",
                    **OUTSIDE,
                )
            )
        except FailureError as failure:
            # The invoice is valid and can be downloaded; an address that is refused must not stop its life.
            workflow.logger.warning("The mail of %s was refused: %s", self._order.invoice_id, failure)

    async def _wait_for_return(self) -> ReturnRequest | None:
        """The request once both halves are here (electronic: it alone); None at the end of the window."""
        closes_at = self._closes_at or workflow.now()
        self._show(f"Open for correction until {closes_at:%Y-%m-%d %H:%M %Z}")
        while True:
            in_time = await self._inbox.serve(
                self._answer,
                lambda: self._is_returnable or self._lost,
                within=closes_at - workflow.now(),
                summary="correction window",
            )
            if self._lost and not self._is_returnable:
                await self._ship()
            else:
                return self._request if in_time and self._is_returnable else None

    @property
    def _is_returnable(self) -> bool:
        return self._request is not None and (self._order.medium is Medium.ELECTRONIC or self._original is not None)

    async def _reverse(self, request: ReturnRequest) -> bool:
        """Have the red-letter invoice issued; False when the bureau refused it and the invoice stays as it was."""
        self._return_state = ReturnState.REVERSING
        result = await self._ask_bureau(red=True)
        if result.issued is None:
            self._request = self._original = None
            self._return_state = ReturnState.NONE
            return False
        self._state = InvoiceState.RETURNED
        self._return_state = ReturnState.DONE
        await self._serving(
            workflow.execute_activity_method(
                DocumentActivities.store_documents,
                DocumentStep(self._order.invoice_id, red=True),
                task_queue=names.DOCUMENTS,
                summary="Render, check and store the red-letter documents",
                **OUTSIDE,
            )
        )
        await self._mail(red=True)
        if request.reissue is not None:
            await self._reissue(request.reissue)
        return True

    async def _reissue(self, reissue: ApplicationRequest) -> None:
        """The corrected application is a life of its own; it starts after the amount is back, so that it can reserve it."""
        self._show(f"Starting the corrected application {reissue.number}")
        started = True
        try:
            await workflow.start_child_workflow(
                names.APPLICATION_WORKFLOW,
                reissue,
                id=names.application_workflow_id(reissue.number),
                parent_close_policy=ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=application_attributes(reissue),
                static_summary=f"Reissue of {self._order.invoice_id}",
                priority=priority_of(expedited=reissue.expedite, kind=reissue.kind, enterprise_id=reissue.enterprise_id),
            )
        except FailureError as failure:
            # Another life has the number. The amount is back, so the customer is told to apply again.
            workflow.logger.warning("The reissue %s was not started: %s", reissue.number, failure)
            started = False
        step = ReissueStep(self._order.invoice_id, reissue.number, started)
        await self._local(ReturnActivities.record_reissue, step, "Link the reissue" if started else "The reissue was not started")

    async def _finish(self, state: InvoiceState) -> InvoiceOutcome:
        self._state = state
        await self._inbox.drain(self._answer)
        workflow.upsert_search_attributes([names.STATE.value_set(state)])
        self._show(f"Ended: {state}")
        return InvoiceOutcome(self._order.invoice_id, state)

    # Answers

    async def _answer(self, message: Message) -> None:
        if isinstance(message, ParcelUpdate):
            await self._parcel_moved(message)
        elif isinstance(message, LookAgain):
            await self._answer_look_again(message)
        elif (code := self._why_no_return(message)) is not None:
            await self._refuse(message, code)
        elif isinstance(message, ReturnRequest):
            self._request = message
            await self._local(
                ReturnActivities.record_return_request,
                RequestStep(self._order.invoice_id, message, self._state_of_return()),
                "The online half of the return",
            )
        else:
            self._original = message
            await self._local(
                ReturnActivities.record_original,
                OriginalStep(self._order.invoice_id, message, self._state_of_return()),
                "The paper half of the return",
            )

    def _why_no_return(self, message: ReturnRequest | OriginalReceived) -> str | None:
        """The code of the reason why this half is not taken, or None."""
        if self._closes_at is None or self._state is InvoiceState.REFUSED:
            return "not-issued" if self._state is InvoiceState.REFUSED else "not-issued-yet"
        if self._state is InvoiceState.RETURNED:
            return "already-returned"
        if self._state is InvoiceState.CLOSED or workflow.now() >= self._closes_at:
            return "window-closed"
        if self._return_state is ReturnState.REVERSING:
            return "return-under-way"
        if isinstance(message, ReturnRequest):
            return "already-requested" if self._request is not None else None
        if self._order.medium is Medium.ELECTRONIC:
            return "nothing-to-send-back"
        return "already-received" if self._original is not None else None

    def _state_of_return(self) -> ReturnState:
        if self._is_returnable:
            self._return_state = ReturnState.REVERSING
        elif self._request is not None:
            self._return_state = ReturnState.REQUESTED
        else:
            self._return_state = ReturnState.ORIGINAL_HERE
        return self._return_state

    async def _parcel_moved(self, update: ParcelUpdate) -> None:
        await self._local(
            DeliveryActivities.record_parcel_update, ParcelUpdateStep(self._order.invoice_id, update), f"The parcel is {update.state}"
        )
        # Only the newest shipment can be sent anew: late news of an older one says nothing about it.
        if update.state == DeliveryState.LOST and update.shipment in (0, self._shipments):
            self._lost = True

    async def _answer_look_again(self, message: LookAgain) -> None:
        if self._state is not InvoiceState.PARKED:
            await self._refuse(message, "not-parked")
            return
        self._look_again = True
        await self._local(ApplicationActivities.answer, Note(self._life, message.key, "look-again", message.by, taken=True), "Look again")

    async def _refuse(self, message: ReturnRequest | OriginalReceived | LookAgain, code: str) -> None:
        kind = {ReturnRequest: "return", OriginalReceived: "original", LookAgain: "look-again"}[type(message)]
        await self._local(
            ApplicationActivities.answer, Note(self._life, message.key, kind, message.by, taken=False, code=code), f"Refuse: {code}"
        )

    # Machinery

    async def _serving(self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step and answer messages meanwhile, so that nobody waits for an answer until the bureau is back."""
        task = asyncio.create_task(step)
        await self._inbox.serve(self._answer, task.done)
        return await task

    async def _local(self, step: Any, argument: object, summary: str) -> None:
        await workflow.execute_local_activity_method(step, argument, summary=summary, **LOCAL)

    def _show(self, what: str) -> None:
        workflow.set_current_details(f"**{self._order.invoice_id}**: {what}")
