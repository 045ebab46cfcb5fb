"""Telling a customer of a decision on its title: one step that is repeated until the mail server takes it."""

from temporalio import workflow

from workflows import names
from workflows.steps import OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.titles import TitleActivities


@workflow.defn
class TitleNoticeWorkflow:
    """Started after the decision is written. A title is decided while Temporal is away, too, so it is no life of its own."""

    @workflow.run
    async def run(self, key: str) -> int:
        return await workflow.execute_activity_method(
            TitleActivities.send_title_notices,
            key,
            task_queue=names.DELIVERY,
            summary="Mail the customer of the title",
            **OUTSIDE,
        )
