"""What runs by itself: each Schedule starts a life that a worker knows, with the arguments it takes."""

import inspect

from temporalio.client import ScheduleActionStartWorkflow

from cli.prepare import schedules
from cli.worker import WORKFLOWS

BY_NAME = {workflow.__name__: workflow for workflow in WORKFLOWS}


def test_every_schedule_starts_a_workflow_that_the_worker_has_with_what_it_needs() -> None:
    assert len(schedules()) >= 6
    for schedule_id, schedule in schedules().items():
        action = schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow), schedule_id
        parameters = list(inspect.signature(BY_NAME[str(action.workflow)].run).parameters.values())[1:]
        needed = [each for each in parameters if each.default is inspect.Parameter.empty]
        assert len(needed) <= len(action.args) <= len(parameters), schedule_id


def test_what_was_forgotten_is_looked_for_all_the_time() -> None:
    """News whose start was lost while Temporal was away would else wait for the next of its kind."""
    intervals = {name: schedule.spec.intervals for name, schedule in schedules().items() if schedule.spec.intervals}
    assert set(intervals) == {"schedule:ticket-notices", "schedule:title-notices", "schedule:promises"}
    assert all(found[0].every.total_seconds() <= 600 for found in intervals.values())
