"""Lives hear of promises that the calendar brought forward: the timer moves with them, once, also after an outage."""

from datetime import timedelta

from sqlmodel import select

from domain.calendar import CHINA, china_date
from infra.calendar import set_day
from infra.queries.scope import utc
from infra.tables import MovedPromiseRow
from tests.eventually import eventually
from tests.workflows import standing
from tests.workflows.world import World
from workflows import names
from workflows.promises import PromiseWorkflow


def to_tell(world: World) -> int:
    with world.database.read() as session:
        return len(session.exec(select(MovedPromiseRow)).all())


async def tell(world: World) -> None:
    await world.client.execute_workflow(PromiseWorkflow.run, "", id="promises-now", task_queue=names.LIVES)


async def test_a_promise_that_comes_earlier_moves_the_timer_of_its_life(lasting_world: World) -> None:
    world = lasting_world
    request = standing.new_request(world)
    day = china_date(world.now()) + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    set_day(world.database, day, False, "Off", 0, world.reviewer, world.now())
    await world.apply_reviewing(request)
    later = utc(world.application(request.number).promised_at or world.now())
    assert china_date(later) > day
    set_day(world.database, day, True, "Worked after all", 1, world.reviewer, world.now())
    earlier = utc(world.application(request.number).promised_at or world.now())
    assert china_date(earlier) == day
    assert to_tell(world) == 1
    await tell(world)
    assert to_tell(world) == 0
    await world.pass_time(earlier - world.now() + timedelta(minutes=5))
    await eventually(lambda: "overdue" in world.events(f"application:{request.number}"), "the earlier moment is waited for")
    assert world.now() < later
    assert world.now().astimezone(CHINA).date() == day


async def test_a_life_that_is_over_keeps_nobody_and_many_are_told_in_one_run(world: World) -> None:
    requests = [standing.new_request(world) for _ in range(3)]
    for request in requests:
        await world.apply_reviewing(request)
    with world.database.write() as session:
        for request in requests:
            session.add(MovedPromiseRow(application_number=request.number, key="promise-moved-1", moved_at=world.now()))
    cancellation = world.cancellation()
    await world.client.get_workflow_handle(names.application_workflow_id(requests[0].number)).signal("cancel", cancellation)
    await world.ended(names.application_workflow_id(requests[0].number))
    await world.client.get_workflow_handle(names.application_workflow_id(requests[1].number)).terminate("an operator's mistake")
    await tell(world)
    assert to_tell(world) == 0
    told = []
    for request in requests[1:]:
        history = await world.client.get_workflow_handle(names.application_workflow_id(request.number)).fetch_history()
        signals = [event.workflow_execution_signaled_event_attributes for event in history.events]
        told.append([each.signal_name for each in signals if each.signal_name])
    assert told == [[], [names.PROMISE_MOVED]]
