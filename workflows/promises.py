"""Promises follow the calendar: begun after a change of it, and every few minutes for what was left."""

import asyncio

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows import names
from workflows.steps import OWN_ROWS

with workflow.unsafe.imports_passed_through():
    from activities.promises import PromiseActivities
    from domain.messages import Policy
    from domain.promises import MovedPromise
    from domain.review_messages import PromiseMoved


@workflow.defn
class PromiseWorkflow:
    """Moves what is not by today's calendar yet, then tells each life whose promise comes earlier. Running it again tells nobody twice."""

    @workflow.run
    async def run(self, after: str = "") -> None:
        if not after:
            moved = await workflow.execute_activity_method(
                PromiseActivities.move_promises, Policy(), summary="Bring promises in line with the calendar", **OWN_ROWS
            )
            workflow.set_current_details(f"{moved} promises moved")
        while True:
            batch = await workflow.execute_activity_method(
                PromiseActivities.promises_to_tell, after, summary=f"Whose life is to be told, after {after or 'none'}", **OWN_ROWS
            )
            if not batch:
                return
            await asyncio.gather(*(self._tell(each) for each in batch))
            await workflow.execute_activity_method(PromiseActivities.promises_told, batch, summary=f"{len(batch)} are told", **OWN_ROWS)
            after = batch[-1].number
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(after)

    async def _tell(self, moved: MovedPromise) -> None:
        life = workflow.get_external_workflow_handle(names.application_workflow_id(moved.number))
        try:
            await life.signal(names.PROMISE_MOVED, PromiseMoved(moved.key))
        except FailureError as over:
            workflow.logger.warning("The application %s is over: %s", moved.number, over)
