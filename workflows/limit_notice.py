"""Scheduled: on the 20th of each month companies hear what of their consumption can last be invoiced in the next one."""

from temporalio import workflow

from workflows import names
from workflows.steps import OUTSIDE

with workflow.unsafe.imports_passed_through():
    from activities.limit_notices import LimitActivities, LimitStep
    from domain.calendar import china_date, next_period, period_of


@workflow.defn
class LimitNoticeWorkflow:
    """Reminds each company once a month, a batch a step. Running it again mails nobody twice."""

    @workflow.run
    async def run(self, step: LimitStep | None = None) -> None:
        if step is None:
            step = LimitStep(next_period(period_of(china_date(workflow.now()))))
        while True:
            after = await workflow.execute_activity_method(
                LimitActivities.remind_of_limits,
                step,
                task_queue=names.DELIVERY,
                summary=f"Remind of limits that end in {step.month}, after {step.after}",
                **OUTSIDE,
            )
            if after is None:
                return
            step = LimitStep(step.month, after)
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(step)
