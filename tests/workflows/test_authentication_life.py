"""The life of a real-name authentication: a person decides, the customer may withdraw, and nobody's message is lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from domain.authentication import AuthenticationState
from domain.messages import Policy, Verdict
from infra.tables import EnterpriseRow
from tests.authentications import COMPANY, PERSON, READING
from tests.eventually import eventually
from tests.workflows.world import World
from workflows.authentication import AuthenticationWorkflow


def _enterprise(world: World, life: str) -> EnterpriseRow:
    with world.database.read() as session:
        return session.get_one(EnterpriseRow, world.authentication(life).enterprise_id)


async def _ends(world: World, handle: Any, state: AuthenticationState) -> None:
    await world.ended(handle.id)
    assert world.authentication(handle.id).state == state


async def test_an_approval_verifies_the_customer_and_tells_it_once(world: World) -> None:
    handle = await world.authenticate_waiting()
    decision = world.decision()
    await handle.signal(AuthenticationWorkflow.decide, decision)
    await handle.signal(AuthenticationWorkflow.decide, decision)
    await _ends(world, handle, AuthenticationState.APPROVED)
    assert _enterprise(world, handle.id).verified
    assert (await world.answered(decision.key)).taken
    assert [mail.to for mail in world.mailer.sent] == [COMPANY.email]
    assert list(world.sms.sent) == [f"sms.{handle.id.replace(':', '.')}"]
    assert set(world.events(handle.id)) >= {"identity-checked", "picture-read", "identity-waiting", "identity-approved", "mailed", "texted"}


async def test_a_refusal_tells_why_and_verifies_nobody(world: World) -> None:
    handle = await world.authenticate_waiting()
    await handle.signal(AuthenticationWorkflow.decide, world.decision(Verdict.REJECT))
    await _ends(world, handle, AuthenticationState.REFUSED)
    assert not _enterprise(world, handle.id).verified
    assert "抬头不符" in world.mailer.sent[0].text


async def test_a_withdrawal_ends_it_without_a_mail(world: World) -> None:
    handle = await world.authenticate_waiting()
    await handle.signal(AuthenticationWorkflow.withdraw, world.cancellation())
    await _ends(world, handle, AuthenticationState.WITHDRAWN)
    assert world.mailer.sent == []


async def test_nobody_decides_the_own_authentication_nor_an_old_screen(world: World) -> None:
    handle = await world.authenticate_waiting()
    own = world.decision(by=world.authentication(handle.id).submitted_by)
    stale = world.decision(version=2)
    for message in (own, stale):
        await handle.signal(AuthenticationWorkflow.decide, message)
    assert [(await world.answered(each.key)).code for each in (own, stale)] == ["own-authentication", "stale-version"]
    assert world.authentication(handle.id).state == AuthenticationState.WAITING
    await handle.signal(AuthenticationWorkflow.withdraw, world.cancellation())
    await world.ended(handle.id)


async def test_of_a_withdrawal_and_a_decision_the_first_counts(idle_world: World) -> None:
    """Both lie in the history before anybody works: the withdrawal first."""
    world = idle_world
    handle = await world.authenticate()
    withdrawal, decision = world.cancellation(), world.decision()
    await handle.signal(AuthenticationWorkflow.withdraw, withdrawal)
    await handle.signal(AuthenticationWorkflow.decide, decision)
    async with world.working():
        await _ends(world, handle, AuthenticationState.WITHDRAWN)
        assert (await world.answered(withdrawal.key)).taken
        assert (await world.answered(decision.key)).code == "already-withdrawn"


async def test_a_decision_before_the_checks_are_done_is_not_taken(idle_world: World) -> None:
    world = idle_world
    handle = await world.authenticate()
    decision = world.decision()
    await handle.signal(AuthenticationWorkflow.decide, decision)
    async with world.working():
        assert (await world.answered(decision.key)).code == "still-checking"
        await handle.signal(AuthenticationWorkflow.withdraw, world.cancellation())
        await world.ended(handle.id)


async def test_an_operators_cancel_withdraws_it(world: World) -> None:
    handle = await world.authenticate_waiting()
    await handle.cancel()
    assert await world.ended(handle.id) is WorkflowExecutionStatus.CANCELED
    assert world.authentication(handle.id).state == AuthenticationState.WITHDRAWN


async def test_a_clean_one_needs_no_person_where_the_policy_says_so(world: World) -> None:
    handle = await world.authenticate(policy=Policy(automatic_authentication=True))
    await _ends(world, handle, AuthenticationState.APPROVED)
    assert world.authentication(handle.id).decided_by is None


@pytest.mark.parametrize("doubt", ["typed", "picture"])
async def test_a_doubtful_one_waits_for_a_person_whatever_the_policy(world: World, doubt: str) -> None:
    submission = replace(COMPANY, licence_number="92110105MA00A1B201") if doubt == "typed" else COMPANY
    if doubt == "picture":
        world.reader.reading = replace(READING, code="")
    handle = await world.authenticate(submission, policy=Policy(automatic_authentication=True))
    await eventually(lambda: world.authentication(handle.id).state == AuthenticationState.WAITING, "the identity desk", within=60)
    await handle.signal(AuthenticationWorkflow.withdraw, world.cancellation())
    await world.ended(handle.id)


async def test_a_person_is_verified_without_a_tax_id(world: World) -> None:
    world.reader.reading = replace(READING, name=PERSON.name, code=PERSON.licence_number)
    handle = await world.authenticate_waiting(PERSON)
    await handle.signal(AuthenticationWorkflow.decide, world.decision())
    await _ends(world, handle, AuthenticationState.APPROVED)
    enterprise = _enterprise(world, handle.id)
    assert (enterprise.name, enterprise.kind, enterprise.tax_id) == (PERSON.name, "personal", "")
    assert PERSON.licence_number not in "".join(mail.text + mail.html for mail in world.mailer.sent)


async def test_one_that_nobody_decides_is_overdue_and_then_lapses(lasting_world: World) -> None:
    world = lasting_world
    handle = await world.authenticate_waiting()
    await world.pass_time(timedelta(days=12))
    await eventually(lambda: "identity-overdue" in world.events(handle.id), "the overdue note")
    assert world.authentication(handle.id).state == AuthenticationState.WAITING
    await world.pass_time(timedelta(days=19))
    await _ends(world, handle, AuthenticationState.LAPSED)
    assert "没有在期限内" in world.mailer.sent[0].text
