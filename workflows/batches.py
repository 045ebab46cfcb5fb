"""One batch by Excel: each good row becomes an application under the number of its dry run, or a title."""

import asyncio
import contextlib
from datetime import timedelta

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import FailureError
from temporalio.workflow import ParentClosePolicy

from workflows import names
from workflows.attributes import application_attributes
from workflows.lasting import to_its_end
from workflows.priorities import priority_of
from workflows.steps import OWN_ROWS

with workflow.unsafe.imports_passed_through():
    from activities.batches import BatchActivities
    from domain.batches import BatchBegun, BatchOutcome, BatchPart, BatchRequest, BatchStep
    from domain.messages import ApplicationRequest

LOOK_AGAIN = timedelta(seconds=1)
LOOKS = 120
"""How often it is looked whether the named consumption is reserved, before rows by amount go on all the same."""


@workflow.defn
class BatchWorkflow:
    """Named consumption first, then rows by amount, which take the oldest of what is left; a few rows at a time."""

    @workflow.init
    def __init__(self, request: BatchRequest) -> None:
        self._request = request
        self._submitted = 0

    @workflow.run
    async def run(self, request: BatchRequest) -> BatchOutcome:  # noqa: ARG002 (the same input as __init__, as the SDK wants)
        return await to_its_end(self._live(), self._go_on)

    def _go_on(self) -> None:
        """A batch takes seconds, and its applications can each be cancelled: it is not ended half done."""
        workflow.logger.warning("The batch %s goes on to its end", self._request.batch_id)

    async def _live(self) -> BatchOutcome:
        waiting = await workflow.execute_activity_method(
            BatchActivities.begin_batch, self._request, summary="The good rows wait", **OWN_ROWS
        )
        named = await self._carry_out(by_amount=False)
        await self._until_reserved(named)
        await self._carry_out(by_amount=True)
        await workflow.execute_activity_method(
            BatchActivities.end_batch, self._request.batch_id, summary="Every row was submitted or refused", **OWN_ROWS
        )
        workflow.set_current_details(f"Done: {self._submitted} of {waiting} rows began an application")
        return BatchOutcome(self._request.batch_id, self._submitted)

    async def _carry_out(self, *, by_amount: bool) -> tuple[str, ...]:
        """The numbers of the applications that have begun."""
        numbers: list[str] = []
        part = BatchPart(more=True)
        while part.more:
            part = await workflow.execute_activity_method(
                BatchActivities.prepare_entries,
                BatchStep(self._request, part.last, by_amount),
                summary=f"Rows after {part.last}",
                **OWN_ROWS,
            )
            begun = await asyncio.gather(*(self._begin(asked) for asked in part.applications))
            taken = tuple(asked.number for asked, is_ours in zip(part.applications, begun, strict=True) if not is_ours)
            ours = tuple(asked.number for asked in part.applications if asked.number not in taken)
            if part.applications:
                await self._note(BatchBegun(self._request.batch_id, ours, taken))
            numbers += ours
            self._submitted += len(ours)
            workflow.set_current_details(f"{self._submitted} applications have begun")
        return tuple(numbers)

    async def _begin(self, asked: ApplicationRequest) -> bool:
        """Whether the life under this number is ours: the number is the life's id, so it can begin only once."""
        try:
            await workflow.start_child_workflow(
                names.APPLICATION_WORKFLOW,
                asked,
                id=names.application_workflow_id(asked.number),
                parent_close_policy=ParentClosePolicy.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=application_attributes(asked),
                static_summary=f"{asked.kind} {asked.medium} application of a batch",
                priority=priority_of(expedited=asked.expedite, kind=asked.kind, enterprise_id=asked.enterprise_id),
            )
        except FailureError as failure:
            workflow.logger.warning("The application %s was not started: %s", asked.number, failure)
            return False
        return True

    async def _note(self, begun: BatchBegun) -> int:
        return await workflow.execute_activity_method(
            BatchActivities.note_begun, begun, summary=f"{len(begun.numbers)} applications have begun", **OWN_ROWS
        )

    async def _until_reserved(self, numbers: tuple[str, ...]) -> None:
        """Rows by amount must not take what a row above names: so the named ones reserve theirs first."""
        for _ in range(LOOKS if numbers else 0):
            if not await self._note(BatchBegun(self._request.batch_id, numbers)):
                return
            with contextlib.suppress(TimeoutError):  # nothing ends the wait but the second
                await workflow.wait_condition(lambda: False, timeout=LOOK_AGAIN, timeout_summary="named consumption first")
