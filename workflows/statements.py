"""Scheduled on the 3rd of each month: the month before becomes invoiceable."""

from datetime import date

from temporalio import workflow

from workflows.steps import OWN_ROWS

with workflow.unsafe.imports_passed_through():
    from activities.housekeeping import StatementActivities
    from domain.calendar import china_date


@workflow.defn
class StatementWorkflow:
    """Opens the months whose statement day has come, a batch of customers a step. Running it again opens nothing twice."""

    @workflow.run
    async def run(self, day: date | None = None) -> int:
        today = day or china_date(workflow.now())
        opened = 0
        while batch := await workflow.execute_activity_method(
            StatementActivities.open_months, today, summary=f"Open months up to {today}, after {opened}", **OWN_ROWS
        ):
            opened += batch
            workflow.set_current_details(f"{opened} customers' months opened by {today}")
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(today)
        return opened
