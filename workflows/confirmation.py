"""Scheduled: on the 5th of each month unconfirmed statements are reminded of; those still open at its end count as confirmed."""

import contextlib
from datetime import date

from temporalio import workflow

from workflows import names
from workflows.steps import OUTSIDE, OWN_ROWS

with workflow.unsafe.imports_passed_through():
    from activities.statements import ConfirmationActivities
    from domain.calendar import china_date, end_of
    from domain.consumption import last_open_period
    from domain.statements import confirm_by


@workflow.defn
class ConfirmationWorkflow:
    """Reminds each customer once, waits for the end of the last day, and confirms what is open still. How many those were."""

    @workflow.run
    async def run(self, day: date | None = None) -> int:
        period = last_open_period(day or china_date(workflow.now()))
        while await workflow.execute_activity_method(
            ConfirmationActivities.remind_of_statements,
            period,
            task_queue=names.DELIVERY,
            summary=f"Remind of the statements of {period}",
            **OUTSIDE,
        ):
            pass
        left = end_of(confirm_by(period)) - workflow.now()
        if left.total_seconds() > 0:
            with contextlib.suppress(TimeoutError):  # nothing ends the wait but the day
                await workflow.wait_condition(lambda: False, timeout=left, timeout_summary=f"until {confirm_by(period)} is over")
        confirmed = 0
        while batch := await workflow.execute_activity_method(
            ConfirmationActivities.confirm_silent, period, summary=f"Confirm what is open of {period}", **OWN_ROWS
        ):
            confirmed += batch
        return confirmed
