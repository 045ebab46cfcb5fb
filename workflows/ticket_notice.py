"""Telling the other side of a ticket's new message: one step that is repeated until the mail server takes it."""

from temporalio import workflow

from workflows import names
from workflows.steps import OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.tickets import TicketActivities


@workflow.defn
class TicketNoticeWorkflow:
    """Started after the message's row is written. A ticket must be taken while Temporal is away, so it is no life of its own."""

    @workflow.run
    async def run(self, key: str) -> int:
        return await workflow.execute_activity_method(
            TicketActivities.send_ticket_notices,
            key,
            task_queue=names.DELIVERY,
            summary="Mail the other side of the ticket",
            **OUTSIDE,
        )
