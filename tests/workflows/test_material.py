"""Material in a review's life: asked by the alarm, told beside it, reminded once, answered in time or too late, lapsed."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle

from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest
from domain.ports import MailMessage, OutsideUnavailable
from domain.review_messages import MaterialAnswer, MaterialRequest
from infra.tables import MaterialRequestRow
from tests.eventually import eventually
from tests.factories import make_request
from tests.material import add_file, old_record, one_level
from tests.workflows import standing
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow

Life = WorkflowHandle[Any, Any]
AWAITING = ApplicationState.AWAITING_MATERIAL


async def by_alarm(world: World, *, expedite: bool = False) -> tuple[ApplicationRequest, Life]:
    one_level(world.database, world.reviewer)
    request = make_request(world.customer, old_record(world.database, world.customer), expedite=expedite)
    handle = await world.apply_reviewing(request)
    assert world.state_of(request.number) == AWAITING
    return request, handle


async def said(world: World, handle: Life, signal: Any, message: Any) -> tuple[bool, str]:
    await handle.signal(signal, message)
    note = await world.answered(message.key)
    return note.taken, note.code


def the_answer(world: World, number: str) -> MaterialAnswer:
    return MaterialAnswer(f"key-{uuid4()}", world.customer.user_id, world.application(number).version, "见附件")


def told(world: World, number: str) -> list[str]:
    """Mails and texts about this application's material, without what is the same in all."""
    ids = [*(mail.message_id for mail in world.mailer.sent), *world.sms.sent]
    return sorted(each.removeprefix(f"material.{number}.") for each in ids if each.startswith(f"material.{number}."))


async def test_an_alarm_asks_tells_and_the_answer_brings_it_to_a_reviewer(world: World) -> None:
    request, handle = await by_alarm(world)
    await eventually(lambda: told(world, request.number) == ["1-asked.mail", "1-asked.sms"], "mail and SMS")
    add_file(world.database, world.customer, request.number)
    assert await said(world, handle, ApplicationWorkflow.answer, the_answer(world, request.number)) == (True, "")
    version = world.application(request.number).version
    assert await said(world, handle, ApplicationWorkflow.decide, world.decision(version=version)) == (True, "")
    await standing.comes_to_rest(world, request.number, ApplicationState.ISSUED)


async def test_a_second_answer_and_one_after_the_decision_are_refused_with_the_reason(world: World) -> None:
    request, handle = await by_alarm(world)
    late = the_answer(world, request.number)
    assert await said(world, handle, ApplicationWorkflow.answer, the_answer(world, request.number)) == (True, "")
    assert await said(world, handle, ApplicationWorkflow.answer, late) == (False, "material-not-asked")
    with world.bureau.holding(f"{request.number}-1"):
        version = world.application(request.number).version
        await said(world, handle, ApplicationWorkflow.decide, world.decision(version=version))
        after = the_answer(world, request.number)
        assert await said(world, handle, ApplicationWorkflow.answer, after) == (False, "already-issuing")
    await standing.comes_to_rest(world, request.number, ApplicationState.ISSUED)


async def test_the_expedite_of_the_form_waits_for_the_answer(world: World) -> None:
    request, handle = await by_alarm(world, expedite=True)
    assert not world.application(request.number).expedited
    await said(world, handle, ApplicationWorkflow.answer, the_answer(world, request.number))
    await eventually(lambda: world.application(request.number).expedited, "the expedite")
    reviewer = MaterialRequest(f"key-{uuid4()}", world.reviewer, world.application(request.number).version, ("licence",))
    assert await said(world, handle, ApplicationWorkflow.ask, reviewer) == (True, "")
    await said(world, handle, ApplicationWorkflow.answer, the_answer(world, request.number))
    assert world.events(handle.id).count("expedited") == 1


async def test_reminded_once_then_lapsed_with_the_amount_back_and_told(lasting_world: World) -> None:
    world = lasting_world
    request, handle = await by_alarm(world)
    number = request.number
    await eventually(lambda: told(world, number) == ["1-asked.mail", "1-asked.sms"], "mail and SMS")
    with world.database.read() as session:
        due = session.get_one(MaterialRequestRow, (number, 1))
    moments = [due.remind_at, due.due_at]
    await world.pass_time(moments[0].replace(tzinfo=None) - world.now().replace(tzinfo=None) + timedelta(minutes=5))
    await eventually(lambda: "1-reminder.sms" in told(world, number), "the reminder")
    assert world.state_of(number) == AWAITING
    await world.pass_time(moments[1].replace(tzinfo=None) - world.now().replace(tzinfo=None) - timedelta(minutes=5))
    assert world.state_of(number) == AWAITING
    await world.pass_time(timedelta(minutes=10))
    await standing.comes_to_rest(world, number, ApplicationState.LAPSED)
    assert world.held_by(number, Bucket.RESERVED) == 0
    assert told(world, number) == [f"1-{news}.{way}" for news in ("asked", "lapsed", "reminder") for way in ("mail", "sms")]
    assert world.events(handle.id).count("material-lapsed") == 1


async def test_a_mail_server_that_is_away_keeps_neither_the_answer_nor_the_sms_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = world.mailer.send

    def away(message: MailMessage) -> None:
        if message.message_id.startswith("material."):
            raise OutsideUnavailable("mail")
        whole(message)

    monkeypatch.setattr(world.mailer, "send", away)
    request, handle = await by_alarm(world)
    await eventually(lambda: told(world, request.number) == ["1-asked.sms"], "the SMS")
    first = (await handle.describe()).run_id
    for _ in range(30):
        assert await said(world, handle, ApplicationWorkflow.decide, world.decision()) == (False, "awaiting-material")
    assert (await handle.describe()).run_id == first, "the history is not cut while somebody is still to be told"
    monkeypatch.setattr(world.mailer, "send", whole)
    await eventually(lambda: told(world, request.number) == ["1-asked.mail", "1-asked.sms"], "the mail", within=60)
    assert await said(world, handle, ApplicationWorkflow.answer, the_answer(world, request.number)) == (True, "")
    assert await said(world, handle, ApplicationWorkflow.cancel, world.cancellation()) == (True, "")
    await standing.comes_to_rest(world, request.number, ApplicationState.CANCELLED)


async def test_a_review_that_waits_for_material_is_cut_at_its_place(world: World) -> None:
    request, handle = await by_alarm(world)
    await eventually(lambda: len(told(world, request.number)) == 2, "mail and SMS")
    first = (await handle.describe()).run_id
    for _ in range(30):  # refused while it waits
        assert await said(world, handle, ApplicationWorkflow.decide, world.decision()) == (False, "awaiting-material")
    assert (await handle.describe()).run_id != first
    assert await said(world, handle, ApplicationWorkflow.answer, the_answer(world, request.number)) == (True, "")
    assert len(told(world, request.number)) == 2
    version = world.application(request.number).version
    assert await said(world, handle, ApplicationWorkflow.decide, world.decision(version=version)) == (True, "")
    await standing.comes_to_rest(world, request.number, ApplicationState.ISSUED)
