"""The runs of the 3rd and the 5th on a real server: made for all or for one, reminded once, confirmed when the day is over."""

from datetime import date, timedelta

from sqlmodel import select

from domain.calendar import china_date
from domain.statements import CustomersMonth
from infra.tables import ReceiverRow, StatementRow
from tests.factories import make_customer, make_record
from tests.workflows.world import World
from workflows.names import LIVES


async def test_by_hand_one_customers_month_is_made_and_the_run_makes_the_rest(world: World) -> None:
    other = make_customer(world.database)
    for customer in (world.customer, other):
        make_record(world.database, customer, opened=False, day=date(2026, 9, 12))
    only = CustomersMonth(world.customer.enterprise_id, "2026-09")
    day = date(2026, 10, 3)
    made: list[int] = []
    everybody: list[object] = [day]
    for number, arguments in enumerate(([day, only], [day, only], everybody, everybody)):
        made.append(await world.client.execute_workflow("StatementWorkflow", args=arguments, id=f"statements-{number}", task_queue=LIVES))
    assert made == [1, 0, 1, 0]
    assert world.violations() == {}


async def test_the_silent_are_reminded_once_and_count_as_confirmed_when_the_day_is_over(lasting_world: World) -> None:
    world = lasting_world
    day = (china_date(world.now()) + timedelta(days=40)).replace(day=5)
    make_record(world.database, world.customer, day=day.replace(day=1) - timedelta(days=1))
    with world.database.read() as session:
        address = session.get_one(ReceiverRow, world.customer.email_id).email
    handle = await world.client.start_workflow("ConfirmationWorkflow", day, id="confirmation", task_queue=LIVES)
    assert await handle.result() == 1
    assert [message.to for message in world.mailer.sent] == [address]
    with world.database.read() as session:
        (statement,) = session.exec(select(StatementRow)).all()
    assert (statement.state, statement.confirmed_by) == ("confirmed", None)
