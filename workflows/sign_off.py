"""The part of an application's life before our review: its own enterprise signs it off, or it ends (feature 23)."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError

from workflows import names
from workflows.steps import LOCAL, OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.sign_offs import OfficeStep, SettleStep, SignOffActivities, TellStep
    from domain.messages import Policy, SignOffAsked, SignOffDecision, SignOffOutcome
    from domain.sign_off import SignOffNews

_ASKING = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=10))
"""A customer's OA may be away for a night; it is asked until its time is over."""
_LOOKING = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_attempts=4)
_TELLING = timedelta(days=1)
"""For so long a mail server may be away; what the mail says stands on the page."""


class SignOffSteps:
    """What the life asks of others while it waits, beside its messages. `take` gets what the OA decided, by whichever way it came.

    No step is called back once it is settled: each finds that in the rows and does nothing.
    """

    def __init__(self, number: str, policy: Policy, asked: SignOffAsked, take: Callable[[SignOffDecision], None]) -> None:
        self._number = number
        self._policy = policy
        self._asked = asked
        self._take = take
        self._running: list[asyncio.Task[None]] = []

    @property
    def cuts(self) -> bool:
        return self._asked.cuts

    @property
    def is_telling(self) -> bool:
        return any(not task.done() for task in self._running)

    def ask(self) -> None:
        """Tell those whose turn it is, or ask the OA."""
        self._run(self._ask_office(self._asked.due_at, ask=True) if self._asked.by_oa else self._tell(SignOffNews.ASKED))

    def remind(self) -> None:
        self._run(self._tell(SignOffNews.REMINDER))
        if self._asked.by_oa:
            self._run(self.look())

    async def look(self) -> None:
        """Whether the OA has decided: its callback may have been lost."""
        await self._ask_office(None, ask=False)

    def tell_end(self, news: SignOffNews) -> asyncio.Task[None]:
        """Word to the applicant of how it ended."""
        return asyncio.create_task(self._tell(news))

    async def settle(self, decision: SignOffDecision) -> SignOffOutcome:
        return await workflow.execute_local_activity_method(
            SignOffActivities.settle_sign_off,
            SettleStep(self._number, decision, self._policy),
            summary=f"Sign-off: {decision.verdict}",
            **LOCAL,
        )

    def _run(self, step: Coroutine[Any, Any, None]) -> None:
        self._running.append(asyncio.create_task(step))

    async def _ask_office(self, until: datetime | None, *, ask: bool) -> None:
        try:
            decision = await workflow.execute_activity_method(
                SignOffActivities.ask_office,
                OfficeStep(self._number, ask),
                task_queue=names.DELIVERY,
                summary="Ask the customer's OA" if ask else "Look what the customer's OA has decided",
                start_to_close_timeout=OUTSIDE["start_to_close_timeout"],
                schedule_to_close_timeout=until - workflow.now() if until is not None else timedelta(minutes=5),
                retry_policy=_ASKING if ask else _LOOKING,
            )
        except FailureError as failure:
            workflow.logger.warning("The OA was not reached for %s: %s", self._number, failure)
            return
        if decision is not None:
            self._take(decision)

    async def _tell(self, news: SignOffNews) -> None:
        try:
            await workflow.execute_activity_method(
                SignOffActivities.tell_sign_off,
                TellStep(self._number, news),
                task_queue=names.DELIVERY,
                summary=f"Tell by mail: {news}",
                schedule_to_close_timeout=_TELLING,
                **OUTSIDE,
            )
        except FailureError as failure:
            workflow.logger.warning("Not told of %s of %s: %s", news, self._number, failure)
