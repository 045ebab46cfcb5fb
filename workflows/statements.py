"""Scheduled: on the 3rd of each month the month before becomes invoiceable; each night what is past its time limit ceases to be."""

from datetime import date

from temporalio import workflow

from workflows.steps import MANY_ROWS, OWN_ROWS

with workflow.unsafe.imports_passed_through():
    from activities.housekeeping import StatementActivities
    from domain.calendar import china_date
    from domain.statements import CustomersMonth


@workflow.defn
class StatementWorkflow:
    """Makes the statements whose day has come and opens what is on them, a batch of customers a step; with `only`, one customer's month.

    Running it again makes and opens nothing twice.
    """

    @workflow.run
    async def run(self, day: date | None = None, only: CustomersMonth | None = None) -> int:
        today = day or china_date(workflow.now())
        opened = 0
        while batch := await workflow.execute_activity_method(
            StatementActivities.open_months, args=[today, only], summary=f"Open months up to {today}, after {opened}", **MANY_ROWS
        ):
            opened += batch
            workflow.set_current_details(f"{opened} customers' months opened by {today}")
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(args=[today, only])
        return opened


@workflow.defn
class ExpiryWorkflow:
    """Moves what is past its time limit out of what is available, a batch of customers a step. Running it again moves nothing twice."""

    @workflow.run
    async def run(self, day: date | None = None) -> int:
        today = day or china_date(workflow.now())
        expired = 0
        while batch := await workflow.execute_activity_method(
            StatementActivities.expire, today, summary=f"Expire what is too old on {today}, after {expired}", **OWN_ROWS
        ):
            expired += batch
            workflow.set_current_details(f"{expired} records past their time limit on {today}")
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(today)
        return expired
