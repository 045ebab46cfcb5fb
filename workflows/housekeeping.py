"""Scheduled each night: what is over is closed, what belongs to nothing is removed."""

from datetime import timedelta

from temporalio import workflow

from workflows import names
from workflows.steps import OUTSIDE, OWN_ROWS

with workflow.unsafe.imports_passed_through():
    from activities.housekeeping import AttachmentActivities, QuietTicketActivities, SweepStep
    from activities.review import ReviewActivities
    from domain.calendar import china_date

UNSENT_FOR = timedelta(days=1)
"""How long a file waits for its form to be sent."""


@workflow.defn
class HousekeepingWorkflow:
    """Closes answered tickets that heard nothing since, passes on what absent reviewers had, removes files of forms never sent."""

    @workflow.run
    async def run(self, sweep: SweepStep | None = None) -> None:
        if sweep is None:
            await self._close_tickets()
            if workflow.patched("absences"):
                await self._pass_on()
            sweep = SweepStep(workflow.now() - UNSENT_FOR)
            await self._forget_unsent(sweep)
        while True:
            after = await workflow.execute_activity_method(
                AttachmentActivities.remove_unused,
                sweep,
                task_queue=names.DOCUMENTS,
                summary=f"Remove files that belong to nothing, after {sweep.after or 'none'}",
                **OUTSIDE,
            )
            if after is None:
                return
            sweep = SweepStep(sweep.before, after)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(sweep)

    async def _close_tickets(self) -> None:
        today, closed = china_date(workflow.now()), 0
        while batch := await workflow.execute_activity_method(
            QuietTicketActivities.close_quiet_tickets, today, summary=f"Close quiet tickets, after {closed}", **OWN_ROWS
        ):
            closed += batch
        workflow.set_current_details(f"{closed} quiet tickets closed")

    async def _pass_on(self) -> None:
        while await workflow.execute_activity_method(
            ReviewActivities.pass_on_absent, china_date(workflow.now()), summary="Pass on what absent reviewers had taken", **OWN_ROWS
        ):
            continue

    async def _forget_unsent(self, sweep: SweepStep) -> None:
        while await workflow.execute_activity_method(
            AttachmentActivities.forget_unsent, sweep, summary="Forget files of forms never sent", **OWN_ROWS
        ):
            continue
