"""The longest review that we can think of: everything that can happen to one application, each message more than once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import select
from temporalio.api.enums.v1 import EventType

from domain.access import Role
from domain.calendar import china_date
from domain.lifecycle import ApplicationState
from domain.messages import Expedite
from domain.review_messages import HandOver, MaterialAnswer, MaterialRequest, PromiseMoved, ReviewClaim
from domain.review_policy import FIRST
from infra.calendar import set_day
from infra.queries.scope import utc
from infra.review_policy import set_policy
from infra.tables import MaterialRequestRow, NoteRow
from tests.campaigns.figures import Figure
from tests.eventually import eventually
from tests.factories import make_customer, make_record, make_request, make_reviewer
from tests.sign_offs import SigningCustomer, make_signing, set_levels
from tests.workflows import standing
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow

MOST = 120
"""Events of one history."""
REPEATS = 3
"""How often each message comes again. A repeat costs four events, and none of them may be answered a second time."""
MANY = 9
"""The same where the application still waits for its own enterprise, which only many repeats make long."""
FEN = 11_300


class Life:
    """One application, and whoever sends it messages."""

    def __init__(self, world: World, number: str, first_run: str) -> None:
        self.world, self.number, self.first_run = world, number, first_run
        self.id = f"application:{number}"
        self.sent = 0
        self.keys: set[str] = set()
        """Of the messages that were answered."""

    @property
    def version(self) -> int:
        return self.world.application(self.number).version

    def promised_at(self) -> datetime:
        return utc(self.world.application(self.number).promised_at or self.world.now())

    def reminded_at(self) -> datetime:
        with self.world.database.read() as session:
            rounds = select(MaterialRequestRow.remind_at).where(MaterialRequestRow.application_number == self.number)
            return utc(max(session.exec(rounds).all()))

    async def told(self, to: Any, message: Any, code: str | None = "", *, repeats: int = REPEATS) -> None:
        """Send a message and its repeats, each alone: several in one task would cost fewer events."""
        handle = self.world.client.get_workflow_handle(self.id)
        for turn in range(1 + repeats):
            await handle.signal(to, message)
            self.sent += 1
            if turn == 0 and code is not None:
                note = await self.world.answered(message.key)
                assert (note.taken, note.code if code or note.code != "next-level" else "") == (not code, code)
                self.keys.add(message.key)
            await self.world.at_rest(handle.id)

    async def histories(self) -> list[int]:
        """Events of each of its runs, in order."""
        run = self.first_run
        found = []
        while run:
            handle = self.world.client.get_workflow_handle(self.id, run_id=run)
            events = (await handle.fetch_history()).events
            found.append(len(events))
            cut = events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW
            run = events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id if cut else ""
        return found


async def begun(world: World) -> tuple[Life, SigningCustomer]:
    """An application of the highest level, whose enterprise wants two of its own first."""
    policy = replace(FIRST, level_2_from_fen=FEN - 1, supervisor_from_fen=FEN)
    set_policy(world.database, policy, "by amount", 1, world.reviewer, world.now())
    people = make_signing(world.database, make_customer(world.database))
    set_levels(world.database, people.as_member, (0, (people.first,)), (0, (people.second, people.master)))
    request = make_request(people.as_member, make_record(world.database, people.as_member, FEN))
    handle = await world.apply(request)
    await eventually(lambda: world.state_of(request.number) == ApplicationState.AWAITING_APPROVAL, "it waits")
    await world.at_rest(handle.id)
    return Life(world, request.number, handle.first_execution_run_id or ""), people


async def test_the_longest_review_has_no_history_above_120_events(lasting_world: World) -> None:
    world = lasting_world
    second, supervisor = make_reviewer(world.database, level=2), make_reviewer(world.database, role=Role.SUPERVISOR)
    life, people = await begun(world)
    applicant = people.as_member.user_id

    # Its own enterprise: refusals, a reminder, two levels.
    await life.told(ApplicationWorkflow.sign_off, world.sign_off(people.second), "not-asked", repeats=MANY)
    await life.told(ApplicationWorkflow.expedite, Expedite(_key(), applicant), "awaiting-approval", repeats=MANY)
    assert len(await life.histories()) > 1, "the wait for its own enterprise is cut, too"
    await world.pass_time(timedelta(days=2, hours=1))
    await eventually(lambda: any("reminder-1" in mail.message_id for mail in world.mailer.sent), "the reminder")
    await life.told(ApplicationWorkflow.sign_off, world.sign_off(people.first))
    await life.told(ApplicationWorkflow.sign_off, world.sign_off(people.second))
    await eventually(lambda: "checked" in world.events(life.id), "the automatic review")

    # The promise: expedited, then moved by the calendar.
    await life.told(ApplicationWorkflow.expedite, Expedite(_key(), applicant))
    promised_at = life.promised_at()
    set_day(world.database, china_date(promised_at), False, "Move of the office", 0, world.reviewer, world.now())
    assert life.promised_at() > promised_at
    await life.told(ApplicationWorkflow.promise_moved, PromiseMoved(_key()), None)

    # The desk: claim, release, hand-over, material with its reminder.
    await life.told(ApplicationWorkflow.sign_off, world.sign_off(people.master), "sign-off-over")
    await life.told(ApplicationWorkflow.claim, ReviewClaim(_key(), world.reviewer))
    await life.told(ApplicationWorkflow.claim, ReviewClaim(_key(), second), "claimed-by-other")
    await life.told(ApplicationWorkflow.claim, ReviewClaim(_key(), world.reviewer, release=True))
    await life.told(ApplicationWorkflow.hand_over, HandOver(_key(), world.reviewer, second))
    for _ in range(2):
        await life.told(ApplicationWorkflow.ask, MaterialRequest(_key(), second, life.version, ("contract",), "请上传合同"))
        await life.told(ApplicationWorkflow.decide, world.decision(by=second, version=life.version), "awaiting-material")
        await world.pass_time(life.reminded_at() - world.now() + timedelta(minutes=5))
        await life.told(ApplicationWorkflow.answer, MaterialAnswer(_key(), applicant, life.version + 1), "stale-version")
        await life.told(ApplicationWorkflow.answer, MaterialAnswer(_key(), applicant, life.version, "见附件"))

    # Broken promise, then three levels, each with somebody who may not.
    await world.pass_time(life.promised_at() - world.now() + timedelta(minutes=5))
    await eventually(lambda: "overdue" in world.events(life.id), "the broken promise")

    for by in (world.reviewer, second, supervisor):
        await life.told(ApplicationWorkflow.decide, world.decision(by=applicant, version=life.version), "own-application")
        await life.told(ApplicationWorkflow.claim, ReviewClaim(_key(), by))
        await life.told(ApplicationWorkflow.decide, world.decision(by=by, version=life.version - 1), "stale-version")
        last = by == supervisor
        await life.told(ApplicationWorkflow.decide, world.decision(by=by, version=life.version), repeats=0 if last else REPEATS)
    await standing.wait_for_application(world, life.number, ApplicationState.ISSUED)

    runs = await life.histories()
    print(f"the longest review: {life.sent} messages, {sum(runs)} events in runs of {runs}")
    figure = Figure("review-longest-history", max(runs), MOST, "at-most")
    print(figure.line())
    assert figure.is_met
    assert len(runs) > 1, "it was not long enough to be cut"
    assert world.violations() == {}
    with world.database.read() as session:
        notes = session.exec(select(NoteRow).where(NoteRow.life == life.id)).all()
    assert {note.key for note in notes} == life.keys


def _key() -> str:
    return f"key-{uuid4()}"
