"""One real-name authentication: automatic checks, a person's decision, and the result told by mail and SMS."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows import names
from workflows.attributes import authentication_attributes as authentication_attributes  # where it starts, pages look for it here
from workflows.inbox import Inbox
from workflows.lasting import to_its_end
from workflows.steps import LOCAL, OUTSIDE, READING

with workflow.unsafe.imports_passed_through():
    from activities.applications import ApplicationActivities
    from activities.authentications import AuthenticationActivities, AuthenticationEnding, AwaitStep
    from domain.authentication import AuthenticationOutcome, AuthenticationRequest, AuthenticationState
    from domain.messages import Cancellation, Note, ReviewDecision, Verdict

T = TypeVar("T")

Message = Cancellation | ReviewDecision


@workflow.defn
class AuthenticationWorkflow:
    """Checking -> waiting for a person -> approved or refused; withdrawn or lapsed on the way."""

    @workflow.init
    def __init__(self, request: AuthenticationRequest) -> None:
        self._request = request
        self._life = names.authentication_workflow_id(request.number)
        self._inbox: Inbox[Message] = Inbox()
        self._state = AuthenticationState.SUBMITTED
        self._version = 1
        self._stopped = False

    @workflow.run
    async def run(self, request: AuthenticationRequest) -> AuthenticationOutcome:  # noqa: ARG002 (the same input as __init__, as the SDK wants)
        outcome = await to_its_end(self._live(), self._stop)
        if self._stopped and outcome.state is AuthenticationState.WITHDRAWN:
            raise asyncio.CancelledError
        return outcome

    def _stop(self) -> None:
        """An operator ends the life in the Temporal UI: like the customer's withdrawal, while it is open."""
        self._stopped = True

    async def _live(self) -> AuthenticationOutcome:
        raised = await self._check()
        if not self._over and not raised and self._request.policy.automatic_authentication:
            await self._end(AuthenticationState.APPROVED)
        if not self._over:
            await self._wait_for_person()
        if not self._over:
            await self._end(AuthenticationState.WITHDRAWN if self._stopped else AuthenticationState.LAPSED)
        if self._state is not AuthenticationState.WITHDRAWN:
            await self._tell_result()
        await self._inbox.drain(self._answer)
        self._show(f"Ended: {self._state}")
        return AuthenticationOutcome(self._request.number, self._state)

    @workflow.signal(description="The customer takes the authentication back; wins until it is decided.")
    def withdraw(self, message: Cancellation) -> None:
        self._inbox.put(message)

    @workflow.signal(description="Customer service approves or refuses the version that was on the screen.")
    def decide(self, message: ReviewDecision) -> None:
        self._inbox.put(message)

    @workflow.query(description="Where the authentication is.")
    def state(self) -> str:
        return self._state

    # The story's steps

    async def _check(self) -> bool:
        """Whether any check asks for a look. The picture is read beside the messages: a withdrawal need not wait for it."""
        self._state = AuthenticationState.CHECKING
        self._show("Checking what was typed")
        typed = await workflow.execute_local_activity_method(
            AuthenticationActivities.check_identity, self._request.number, summary="Check what was typed", **LOCAL
        )
        self._show("Reading the picture")
        try:
            read = await self._serving(
                workflow.execute_activity_method(
                    AuthenticationActivities.read_picture,
                    self._request.number,
                    task_queue=names.DOCUMENTS,
                    summary="Compare the picture with what was typed",
                    **READING,
                )
            )
        except FailureError as failure:
            # A picture that breaks its reader is looked at by a person.
            workflow.logger.warning("The picture of %s was not read: %s", self._request.number, failure)
            return True
        return bool(typed.raised or read.raised)

    async def _wait_for_person(self) -> None:
        due_at = await workflow.execute_local_activity_method(
            AuthenticationActivities.await_person,
            AwaitStep(self._request.number, self._request.policy),
            summary="Hand it to the identity desk",
            **LOCAL,
        )
        self._state = AuthenticationState.WAITING
        workflow.upsert_search_attributes([names.STATE.value_set(self._state), names.DUE.value_set(due_at)])
        lapses_at = workflow.now() + timedelta(days=self._request.policy.review_lapse_days)
        if not await self._wait_until(due_at, "promised decision"):
            await workflow.execute_local_activity_method(
                AuthenticationActivities.mark_identity_overdue, self._request.number, summary="The promised moment passed", **LOCAL
            )
            await self._wait_until(lapses_at, "lapse of the undecided authentication")

    async def _wait_until(self, moment: datetime, summary: str) -> bool:
        """False when the moment passed first."""
        self._show(f"Waiting for a person: {summary} by {moment:%Y-%m-%d %H:%M} UTC")
        return await self._inbox.serve(self._answer, lambda: self._over or self._stopped, within=moment - workflow.now(), summary=summary)

    async def _tell_result(self) -> None:
        self._show(f"Telling the customer: {self._state}")
        try:
            await self._serving(
                workflow.execute_activity_method(
                    AuthenticationActivities.tell_result,
                    self._request.number,
                    task_queue=names.DELIVERY,
                    summary="Tell the result by mail and SMS",
                    **OUTSIDE,
                )
            )
        except FailureError as failure:
            # The result stands on the page; an address that is refused must not keep the life open.
            workflow.logger.warning("The result of %s was not told: %s", self._request.number, failure)

    # Answers

    @property
    def _over(self) -> bool:
        return self._state.is_final

    async def _answer(self, message: Message) -> None:
        """The first withdrawal or decision that is allowed ends it; whatever comes after it is too late."""
        if self._over:
            await self._refuse(message, f"already-{self._state}")
        elif isinstance(message, Cancellation):
            await self._end(AuthenticationState.WITHDRAWN, self._note(message, taken=True))
        elif self._state is not AuthenticationState.WAITING:
            await self._refuse(message, "still-checking")
        elif message.by == self._request.submitted_by:
            await self._refuse(message, "own-authentication")
        elif message.version != self._version:
            await self._refuse(message, "stale-version")
        else:
            approved = message.verdict is Verdict.APPROVE
            await self._end(AuthenticationState.APPROVED if approved else AuthenticationState.REFUSED, self._note(message, taken=True))

    async def _refuse(self, message: Message, code: str) -> None:
        await workflow.execute_local_activity_method(
            ApplicationActivities.answer, self._note(message, taken=False, code=code), summary=f"Refuse: {code}", **LOCAL
        )

    def _note(self, message: Message, *, taken: bool, code: str = "") -> Note:
        if isinstance(message, Cancellation):
            return Note(self._life, message.key, "withdraw", message.by, taken, code)
        return Note(self._life, message.key, f"identity-{message.verdict}", message.by, taken, code, message.reason)

    async def _end(self, state: AuthenticationState, note: Note | None = None) -> None:
        self._state = state
        await workflow.execute_local_activity_method(
            AuthenticationActivities.end_authentication,
            AuthenticationEnding(self._request.number, state, note),
            summary=f"End: {state}",
            **LOCAL,
        )
        workflow.upsert_search_attributes([names.STATE.value_set(state)])

    # Machinery

    async def _serving(self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step and answer messages meanwhile."""
        task = asyncio.create_task(step)
        await self._inbox.serve(self._answer, task.done)
        return await task

    def _show(self, what: str) -> None:
        workflow.set_current_details(f"**{self._request.number}**: {what}")
