"""The mail about a review that ended without invoices: to whom, in which words, once, and nothing else waits for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.invoices import Medium
from domain.lifecycle import ApplicationState
from domain.messages import Verdict
from domain.ports import MailMessage
from infra.review_phrases import set_phrase
from infra.tables import UserRow
from tests.eventually import eventually
from tests.workflows import standing
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow


def mails(world: World, number: str) -> list[MailMessage]:
    return [mail for mail in world.mailer.sent if mail.message_id == f"review-end.{number}"]


def known_as(world: World, locale: str, email: str = "lin@shiguang.example") -> None:
    with world.database.write() as session:
        user = session.get_one(UserRow, world.customer.user_id)
        user.email, user.email_confirmed, user.locale = email, bool(email), locale


async def rejected(world: World, phrase: str) -> str:
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    await handle.signal(ApplicationWorkflow.decide, replace(world.decision(Verdict.REJECT), reason="第 3 页", phrase=phrase))
    await standing.comes_to_rest(world, request.number, ApplicationState.REJECTED)
    return request.number


@pytest.mark.parametrize(
    ("locale", "reason"), [("zh", "合同缺页（zh）。 第 3 页"), ("en", "A page of the contract is missing (en). 第 3 页")]
)
async def test_a_rejection_is_told_with_its_reason_in_the_applicants_language(common_world: World, locale: str, reason: str) -> None:
    world = common_world
    known_as(world, locale)
    phrase = set_phrase(
        world.database,
        "",
        f"合同缺页（{locale}）。",
        f"A page of the contract is missing ({locale}).",
        "reject",
        world.reviewer,
        world.now(),
    )
    number = await rejected(world, phrase)
    (mail,) = mails(world, number)
    assert mail.to == "lin@shiguang.example"
    assert number in mail.subject
    assert reason in mail.text
    assert f"/applications/{number}" in mail.text


async def test_without_an_address_of_its_own_the_applicants_company_is_told(common_world: World) -> None:
    known_as(common_world, "zh", "")
    number = await rejected(common_world, "title")
    (mail,) = mails(common_world, number)
    assert mail.to == "finance@shiguang.example"
    assert "抬头" in mail.text


async def test_what_nobody_decided_in_time_is_told(lasting_world: World) -> None:
    world = lasting_world
    request = standing.new_request(world)
    await world.apply_reviewing(request)
    await world.pass_time(timedelta(days=31))
    await standing.comes_to_rest(world, request.number, ApplicationState.LAPSED)
    (mail,) = mails(world, request.number)
    assert "未在期限内审核" in mail.subject


async def test_a_cancel_is_no_news(common_world: World) -> None:
    async with standing.cancelled(common_world, Medium.ELECTRONIC) as number:
        assert mails(common_world, number) == []


async def test_messages_are_answered_while_the_mail_server_is_away(common_world: World) -> None:
    world = common_world
    world.mailer.down = True
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    await handle.signal(ApplicationWorkflow.decide, world.decision(Verdict.REJECT))
    await eventually(lambda: world.state_of(request.number) == ApplicationState.REJECTED, "the rejection")
    late = world.cancellation()
    await handle.signal(ApplicationWorkflow.cancel, late)
    note = await world.answered(late.key)
    assert (note.taken, note.code) == (False, "already-rejected")
    world.mailer.down = False
    await standing.comes_to_rest(world, request.number, ApplicationState.REJECTED)
    assert len(mails(world, request.number)) == 1
