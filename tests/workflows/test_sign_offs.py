"""An enterprise's own approval before our review: each message in that state, levels, the OA, and the days that pass."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, SignOffDecision, Verdict
from infra.tables import SignOffRow
from tests.eventually import eventually
from tests.factories import make_customer, make_record, make_request
from tests.infra.books.dump import changed, dump
from tests.sign_offs import SigningCustomer, make_signing, set_levels, set_oa
from tests.workflows import standing
from tests.workflows.matrix import repeat_changes_nothing, signal
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow

AMOUNT = 10_600
WAITS = ApplicationState.AWAITING_APPROVAL


@dataclass
class Waiting:
    """An application that waits for its enterprise."""

    world: World
    number: str
    people: SigningCustomer

    @property
    def life(self) -> str:
        return f"application:{self.number}"

    async def say(self, message: Any) -> Any:
        """Send a message and give its answer."""
        to = ApplicationWorkflow.sign_off if isinstance(message, SignOffDecision) else None
        await signal(self.world, self.life, to or _SIGNALS[type(message).__name__], message)
        return await self.world.answered(message.key)

    async def rests(self, state: ApplicationState) -> None:
        await eventually(lambda: self.world.state_of(self.number) == state, f"{self.number} is {state}", within=60)
        if state.is_final:
            await self.world.ended(self.life)
        kept = state in (WAITS, ApplicationState.REVIEWING)
        assert self.world.held_by(self.number, Bucket.RESERVED) == (AMOUNT if kept else 0)
        assert self.world.violations() == {}

    def sign_off(self) -> SignOffRow:
        with self.world.database.read() as session:
            return session.get_one(SignOffRow, self.number)


_SIGNALS: dict[str, Any] = {
    "Cancellation": ApplicationWorkflow.cancel,
    "Expedite": ApplicationWorkflow.expedite,
    "ReviewDecision": ApplicationWorkflow.decide,
}


async def applied(world: World, set_up: Callable[[World, SigningCustomer], None], **more: Any) -> Waiting:
    people = make_signing(world.database, make_customer(world.database))
    set_up(world, people)
    request = make_request(people.as_member, make_record(world.database, people.as_member, AMOUNT), **more)
    await world.apply(request)
    await eventually(lambda: world.state_of(request.number) == WAITS, "it waits")
    return Waiting(world, request.number, people)


def one_level(world: World, people: SigningCustomer) -> None:
    set_levels(world.database, people.as_member, (0, (people.first, people.second)))


def two_levels(world: World, people: SigningCustomer) -> None:
    set_levels(world.database, people.as_member, (0, (people.first, people.second)), (AMOUNT, (people.second, people.master)))


def by_oa(world: World, people: SigningCustomer) -> None:
    set_oa(world.database, people.as_member)


MESSAGES: dict[str, Callable[[Waiting], Any]] = {
    "approve": lambda it: it.world.sign_off(it.people.first),
    "decline": lambda it: it.world.sign_off(it.people.second, Verdict.REJECT),
    "approve-by-applicant": lambda it: it.world.sign_off(it.people.as_member.user_id),
    "approve-by-nobody-named": lambda it: it.world.sign_off(it.people.master),
    "approve-by-the-oa": lambda it: it.world.sign_off(0),
    "approve-another-version": lambda it: it.world.sign_off(it.people.first, version=2),
    "cancel": lambda it: it.world.cancellation(),
    "expedite": lambda it: it.world.expedite(),
    "our-approval": lambda it: it.world.decision(),
    "our-rejection": lambda it: it.world.decision(Verdict.REJECT),
}
EXPECTED = {
    "approve": ("", ApplicationState.REVIEWING),
    "decline": ("", ApplicationState.DECLINED),
    "approve-by-applicant": ("own-application", WAITS),
    "approve-by-nobody-named": ("not-asked", WAITS),
    "approve-by-the-oa": ("not-asked", WAITS),
    "approve-another-version": ("stale-version", WAITS),
    "cancel": ("", ApplicationState.CANCELLED),
    "expedite": ("awaiting-approval", WAITS),
    "our-approval": ("awaiting-approval", WAITS),
    "our-rejection": ("awaiting-approval", WAITS),
}


@pytest.mark.parametrize("message", EXPECTED)
async def test_each_message_while_it_waits(common_world: World, message: str) -> None:
    it = await applied(common_world, one_level)
    code, state = EXPECTED[message]
    said = MESSAGES[message](it)
    note = await it.say(said)
    assert (note.taken, note.code) == (not code, code)
    if not state.is_final:
        to = ApplicationWorkflow.sign_off if isinstance(said, SignOffDecision) else _SIGNALS[type(said).__name__]
        await repeat_changes_nothing(common_world, it.life, to, said)
    await it.rests(state)


@pytest.mark.parametrize("message", ["approve", "decline"])
async def test_a_decision_after_the_first_changes_nothing(common_world: World, message: str) -> None:
    it = await applied(common_world, one_level)
    assert (await it.say(common_world.sign_off(it.people.first))).taken
    await it.rests(ApplicationState.REVIEWING)
    await eventually(lambda: "checked" in common_world.events(it.life), "our review")
    before = dump(common_world.database, without=["note"])
    late = common_world.sign_off(it.people.second, Verdict.APPROVE if message == "approve" else Verdict.REJECT)
    note = await it.say(late)
    assert (note.taken, note.code) == (False, "sign-off-over")
    assert changed(before, dump(common_world.database, without=["note"])) == {}


async def test_after_its_enterprise_ours_decides_and_it_is_issued(common_world: World) -> None:
    it = await applied(common_world, one_level, expedite=True)
    assert common_world.application(it.number).promised_at is None
    await it.say(common_world.sign_off(it.people.first))
    await eventually(lambda: "expedited" in common_world.events(it.life), "our review, expedited")
    assert common_world.application(it.number).promised_at is not None
    await it.say(common_world.decision())
    await standing.wait_for_application(common_world, it.number, ApplicationState.ISSUED)


async def test_two_levels_are_asked_one_after_the_other_and_nobody_twice(common_world: World) -> None:
    it = await applied(common_world, two_levels)
    # `first` may not wait for `second`, who is one of two at the second level; the master has no seat at the first.
    assert (await it.say(common_world.sign_off(it.people.master))).code == "not-asked"
    assert (await it.say(common_world.sign_off(it.people.second))).taken
    await it.rests(WAITS)
    assert it.sign_off().level == 2
    assert (await it.say(common_world.sign_off(it.people.second))).code == "not-asked"
    assert (await it.say(common_world.sign_off(it.people.first))).code == "not-asked"
    assert (await it.say(common_world.sign_off(it.people.master))).taken
    await it.rests(ApplicationState.REVIEWING)


async def test_a_refusal_at_any_level_ends_it(common_world: World) -> None:
    it = await applied(common_world, two_levels)
    await it.say(common_world.sign_off(it.people.first))
    await it.say(common_world.sign_off(it.people.second, Verdict.REJECT))
    await it.rests(ApplicationState.DECLINED)


@pytest.mark.parametrize("first", ["cancel", "approve"])
async def test_of_a_cancel_and_an_approval_at_once_the_first_wins(common_world: World, first: str) -> None:
    it = await applied(common_world, one_level)
    cancel, approval = common_world.cancellation(), common_world.sign_off(it.people.first)
    ordered = [(ApplicationWorkflow.cancel, cancel), (ApplicationWorkflow.sign_off, approval)]
    for to, message in ordered if first == "cancel" else ordered[::-1]:
        await signal(common_world, it.life, to, message)
    assert (await common_world.answered(cancel.key)).taken  # after the approval it cancels our review
    note = await common_world.answered(approval.key)
    assert note.taken is (first == "approve")
    await it.rests(ApplicationState.CANCELLED)


async def test_an_operator_who_stops_the_life_releases_the_amount(common_world: World) -> None:
    it = await applied(common_world, one_level)
    await common_world.client.get_workflow_handle(it.life).cancel()
    await common_world.ended(it.life)
    await it.rests(ApplicationState.CANCELLED)


async def test_those_whose_turn_it_is_get_a_mail_each(common_world: World) -> None:
    it = await applied(common_world, two_levels)
    await eventually(lambda: _mails(it, "asked-1") == 2, "two mails")
    await it.say(common_world.sign_off(it.people.first))
    await eventually(lambda: _mails(it, "asked-2") == 1, "the second level's; the master has no address here")


async def _grown_long(it: Waiting) -> None:
    """So many messages that it goes on in a new run."""
    handle = it.world.client.get_workflow_handle(it.life)
    run = (await handle.describe()).run_id
    for _ in range(60):
        await it.say(it.world.expedite())
        if (await handle.describe()).run_id != run:
            return
    pytest.fail("its history was never cut")


def _mails(it: Waiting, what: str) -> int:
    return sum(f".{it.number}.{what}." in mail.message_id for mail in it.world.mailer.sent)


@pytest.mark.parametrize("long", [False, True])
async def test_what_nobody_settles_is_reminded_of_and_lapses(lasting_world: World, long: bool) -> None:
    it = await applied(lasting_world, one_level)
    await eventually(lambda: _mails(it, "asked-1") == 2, "the first mails")
    if long:
        await _grown_long(it)
    await lasting_world.pass_time(timedelta(days=2, hours=1))
    await eventually(lambda: _mails(it, "reminder-1") == 2, "the reminders")
    await it.rests(WAITS)
    if long:
        await _grown_long(it)
    await lasting_world.pass_time(timedelta(days=1))
    await it.rests(ApplicationState.LAPSED)
    assert [_mails(it, what) for what in ("asked-1", "reminder-1", "lapsed-1")] == [2, 2, 1]
    assert "sign-off-lapsed" in lasting_world.events(it.life)


# The OA


async def test_the_oa_is_asked_once_and_its_word_counts(common_world: World) -> None:
    it = await applied(common_world, by_oa)
    await eventually(lambda: it.sign_off().oa_asked_at, "the question at the OA")
    answer = common_world.office.decide(f"{it.number}:1", Verdict.APPROVE)
    note = await it.say(SignOffDecision(answer.event_id, 0, Verdict.APPROVE, 1, "", "BPM-1"))
    assert note.taken
    await it.rests(ApplicationState.REVIEWING)
    assert [request for request in common_world.office.asked if it.number in request] == [f"{it.number}:1"]


@pytest.mark.parametrize(("version", "by", "code"), [(2, 0, "stale-version"), (0, 0, "stale-version"), (1, 1, "not-asked")])
async def test_the_oa_is_bound_to_the_version_it_was_asked_about(common_world: World, version: int, by: int, code: str) -> None:
    it = await applied(common_world, by_oa)
    note = await it.say(common_world.sign_off(it.people.first if by else 0, version=version))
    assert (note.taken, note.code) == (False, code)
    await it.rests(WAITS)


async def test_an_oa_that_is_away_is_asked_again_and_seen(common_world: World) -> None:
    common_world.office.down = 1
    it = await applied(common_world, by_oa)
    await eventually(lambda: "oa-asked" in common_world.events(it.life), "the question at last", within=60)
    assert "oa-trouble" in common_world.events(it.life)
    assert it.sign_off().oa_trouble == ""


async def test_silence_of_the_oa_is_never_an_approval(lasting_world: World) -> None:
    it = await applied(lasting_world, by_oa)
    await eventually(lambda: it.sign_off().oa_asked_at, "the question at the OA")
    await lasting_world.pass_time(timedelta(days=2, hours=1))
    await eventually(lambda: _mails(it, "reminder-1") == 1, "the applicant's reminder")
    await lasting_world.pass_time(timedelta(days=1))
    await it.rests(ApplicationState.LAPSED)


@pytest.mark.parametrize("verdict", Verdict)
async def test_a_decision_whose_callback_was_lost_is_looked_up_before_it_lapses(lasting_world: World, verdict: Verdict) -> None:
    it = await applied(lasting_world, by_oa)
    await eventually(lambda: it.sign_off().oa_asked_at, "the question at the OA")
    await _grown_long(it)
    await lasting_world.pass_time(timedelta(days=2, hours=1))
    lasting_world.office.decide(f"{it.number}:1", verdict, "预算不符")
    await lasting_world.pass_time(timedelta(days=1))
    await it.rests(ApplicationState.REVIEWING if verdict is Verdict.APPROVE else ApplicationState.DECLINED)


async def test_cancel_wins_while_the_oa_cannot_be_asked(common_world: World) -> None:
    common_world.office.refuses = True
    try:
        it = await applied(common_world, by_oa)
        await eventually(lambda: it.sign_off().oa_trouble == "oa-refuses", "the refusal")
        assert (await it.say(common_world.cancellation())).taken
        await it.rests(ApplicationState.CANCELLED)
    finally:
        common_world.office.refuses = False


# Who is asked


def _request(world: World, people: SigningCustomer, by: int) -> ApplicationRequest:
    request = make_request(people.as_member, make_record(world.database, people.as_member, AMOUNT))
    return ApplicationRequest(**{**{name: getattr(request, name) for name in request.__slots__}, "applicant_id": by})


async def test_below_the_amount_and_for_masters_nobody_is_asked(common_world: World) -> None:
    people = make_signing(common_world.database, make_customer(common_world.database))
    set_levels(common_world.database, people.as_member, (AMOUNT + 1, (people.first,)))
    await common_world.apply_reviewing(_request(common_world, people, people.as_member.user_id))
    set_levels(common_world.database, people.as_member, (0, (people.first,)))
    await common_world.apply_reviewing(_request(common_world, people, people.master))


async def test_the_oa_is_asked_about_what_a_master_applies_for_too(common_world: World) -> None:
    people = make_signing(common_world.database, make_customer(common_world.database))
    set_oa(common_world.database, people.as_member)
    request = _request(common_world, people, people.master)
    await common_world.apply(request)
    await eventually(lambda: common_world.state_of(request.number) == WAITS, "it waits")


async def test_what_nobody_but_the_applicant_could_sign_off_is_refused_at_once(common_world: World) -> None:
    people = make_signing(common_world.database, make_customer(common_world.database))
    set_levels(common_world.database, people.as_member, (0, (people.first,)))
    request = _request(common_world, people, people.first)
    await common_world.apply(request)
    await common_world.ended(f"application:{request.number}")
    row = common_world.application(request.number)
    assert row.state == ApplicationState.REFUSED
    assert "sign-off-nobody-left" in row.problems
    assert common_world.violations() == {}


async def test_of_many_approvals_at_once_one_counts(common_world: World) -> None:
    it = await applied(common_world, one_level)
    messages = [common_world.sign_off(it.people.first if each % 2 else it.people.second) for each in range(20)]
    await asyncio.gather(*(signal(common_world, it.life, ApplicationWorkflow.sign_off, message) for message in messages))
    notes = [await common_world.answered(message.key) for message in messages]
    assert sum(note.taken for note in notes) == 1
    await it.rests(ApplicationState.REVIEWING)
