"""Scheduled each night: the tax bureau's book against ours."""

from datetime import date

from temporalio import workflow

from workflows import names
from workflows.steps import OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.housekeeping import ReconciliationActivities
    from domain.calendar import china_date


@workflow.defn
class ReconciliationWorkflow:
    """One comparison in both directions; its differences are tasks on the operators' page."""

    @workflow.run
    async def run(self, day: date | None = None) -> int:
        today = day or china_date(workflow.now())
        differences = await workflow.execute_activity_method(
            ReconciliationActivities.compare_with_bureau,
            today,
            task_queue=names.ISSUING,
            summary=f"Compare the tax bureau's book with ours, {today}",
            **OUTSIDE,
        )
        workflow.set_current_details(f"{differences} differences on {today}")
        return differences
