"""The base of the lives' figures: a workflow of eight remote activities that do nothing."""

from datetime import timedelta

from temporalio import activity, workflow

QUEUE = "noop"


@activity.defn
def nothing(number: int) -> int:
    return number


@workflow.defn
class NoopWorkflow:
    """Eight steps, one after the other."""

    @workflow.run
    async def run(self, steps: int) -> int:
        done = 0
        for number in range(steps):
            done += await workflow.execute_activity(nothing, number, start_to_close_timeout=timedelta(seconds=30))
        return done
