"""What the matrix of `matrix_table.py` is run with: lives that stand in each of its states, and each of its signals as a message."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from domain.access import Role
from domain.invoices import Medium
from domain.lifecycle import ApplicationState, DeliveryState
from domain.messages import ApplicationRequest, Cancellation, Expedite, Verdict
from domain.review_messages import HandOver, MaterialAnswer, MaterialRequest, PromiseMoved, ReviewClaim
from domain.review_policy import FIRST
from infra.review_policy import set_policy
from tests.eventually import eventually
from tests.factories import Customer, make_customer, make_record, make_request, make_reviewer
from tests.sign_offs import SigningCustomer, make_signing, set_levels, set_oa
from tests.workflows import standing
from tests.workflows.matrix import signal
from tests.workflows.world import World
from workflows.application import ApplicationWorkflow

LEVEL_2_FEN = 60_000
"""From this amount on two levels decide; the others' amounts are below."""


@dataclass
class Ground:
    """A world, its customers by what they sign off first, and lives that were brought to their states beforehand."""

    world: World
    plain: Customer
    people: SigningCustomer
    office: SigningCustomer
    second: int
    """A reviewer of level 2; `other` is another one of level 1."""
    other: int
    supervisor: int
    overdue: list[str] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)
    """One for each state in which a life has ended: nothing changes it."""

    @classmethod
    def of(cls, world: World) -> "Ground":
        people, office = (make_signing(world.database, make_customer(world.database)) for _ in range(2))
        set_levels(world.database, people.as_member, (0, (people.first, people.second)))
        set_oa(world.database, office.as_member)
        policy = replace(FIRST, level_2_from_fen=LEVEL_2_FEN, level_2_from_score=900, supervisor_from_score=900)
        set_policy(world.database, policy, "by amount alone", 1, world.reviewer, world.now())
        second, other = make_reviewer(world.database, level=2), make_reviewer(world.database)
        supervisor = make_reviewer(world.database, role=Role.SUPERVISOR)
        return cls(world, world.customer, people, office, second, other, supervisor)

    def request(self, customer: Customer, amount_fen: int = standing.AMOUNT) -> ApplicationRequest:
        return make_request(customer, make_record(self.world.database, customer, amount_fen))

    def version(self, number: str) -> int:
        return self.world.application(number).version

    def applicant(self, number: str) -> int:
        return self.world.application(number).applicant_id

    async def pass_days(self, overdue: int) -> None:
        """Bring lives to the states that only days bring about. Nothing else may be under way."""
        world = self.world
        lapsing = self.request(self.plain)
        await world.apply_reviewing(lapsing)
        async with unsigned(self) as first, awaiting_material(self) as second:
            await world.pass_time(timedelta(days=31))
            for state, left in (("lapsed", lapsing.number), ("lapsed-unsigned", first), ("lapsed-material", second)):
                await standing.wait_for_application(world, left, ApplicationState.LAPSED)
                self.ended[state] = left
        requests = [self.request(self.plain) for _ in range(overdue)]
        for request in requests:
            await world.apply_reviewing(request)
        promises = [world.application(request.number).promised_at for request in requests]
        await world.pass_time(max(each for each in promises if each) - world.now() + timedelta(minutes=10))
        for request in requests:
            life = f"application:{request.number}"
            await eventually(lambda life=life: "overdue" in world.events(life), "the broken promise")  # type: ignore[misc]
        self.overdue = [request.number for request in requests]


State = Callable[[Ground], AbstractAsyncContextManager[str]]
"""Gives the number of an application that stands in the state as long as the block lasts."""


async def _waits(ground: Ground, customer: Customer) -> str:
    request = ground.request(customer)
    await ground.world.apply(request)
    await eventually(lambda: ground.world.state_of(request.number) == ApplicationState.AWAITING_APPROVAL, "it waits")
    return request.number


@asynccontextmanager
async def unsigned(ground: Ground) -> AsyncIterator[str]:
    yield await _waits(ground, ground.people.as_member)


@asynccontextmanager
async def at_the_oa(ground: Ground) -> AsyncIterator[str]:
    number = await _waits(ground, ground.office.as_member)
    await eventually(lambda: "oa-asked" in ground.world.events(f"application:{number}"), "the question at the OA")
    yield number


@asynccontextmanager
async def signed_off(ground: Ground) -> AsyncIterator[str]:
    async with unsigned(ground) as number:
        await _tell(ground, number, "sign-off")
        await eventually(lambda: "checked" in ground.world.events(f"application:{number}"), "our review")
        yield number


@asynccontextmanager
async def declined(ground: Ground) -> AsyncIterator[str]:
    async with unsigned(ground) as number:
        await _tell(ground, number, "decline")
        await standing.wait_for_application(ground.world, number, ApplicationState.DECLINED)
        yield number


def _reviewed(*told: str, amount_fen: int = standing.AMOUNT) -> State:
    """Under review, with signals of the matrix that were taken before."""

    @asynccontextmanager
    async def stand(ground: Ground) -> AsyncIterator[str]:
        request = ground.request(ground.plain, amount_fen)
        await ground.world.apply_reviewing(request)
        for name in told:
            await _tell(ground, request.number, name)
        yield request.number

    return stand


awaiting_material = _reviewed("ask")


@asynccontextmanager
async def overdue(ground: Ground) -> AsyncIterator[str]:
    yield ground.overdue.pop()


@asynccontextmanager
async def issued(ground: Ground) -> AsyncIterator[str]:
    async with standing.application_issued(ground.world, Medium.ELECTRONIC) as number:
        await eventually(lambda: ground.world.invoice(f"{number}-1").delivery == DeliveryState.SENT, "the mail")
        yield number


@asynccontextmanager
async def partly_issued(ground: Ground) -> AsyncIterator[str]:
    world = ground.world
    records = [make_record(world.database, ground.plain, standing.AMOUNT, rate_bp=rate) for rate in (600, 1300)]
    request = make_request(ground.plain, *records)
    world.bureau.refuse[f"{request.number}-2"] = "quota-used-up"
    await standing.approve(world, request)
    await standing.wait_for_application(world, request.number, ApplicationState.PARTLY_ISSUED)
    await eventually(lambda: world.invoice(f"{request.number}-1").delivery == DeliveryState.SENT, "the mail")
    yield request.number


def _plain(stand: standing.Standing) -> State:
    return lambda ground: stand(ground.world, Medium.ELECTRONIC)


STATES: dict[str, State] = {
    "unsigned": unsigned,
    "at-the-oa": at_the_oa,
    "reviewing": _reviewed(),
    "signed-off": signed_off,
    "expedited": _reviewed("expedite"),
    "overdue": overdue,
    "claimed": _reviewed("claim"),
    "claimed-by-second": _reviewed("claim", "hand-over"),
    "level-2": _reviewed("approve", amount_fen=LEVEL_2_FEN),
    "awaiting-material": awaiting_material,
    "answered": _reviewed("ask", "answer"),
    "issuing": _plain(standing.application_issuing),
    "issued": issued,
    "partly-issued": partly_issued,
    "not-issued": _plain(standing.not_issued),
    "refused": _plain(standing.refused),
    "declined": declined,
    "rejected": _plain(standing.rejected),
    "cancelled": _plain(standing.cancelled),
}


@asynccontextmanager
async def standing_in(ground: Ground, state: str) -> AsyncIterator[str]:
    """A life of its own in the state; lives that have ended are shared, because nothing changes them."""
    if state in ground.ended:
        yield ground.ended[state]
        return
    async with STATES[state](ground) as number:
        if ApplicationState(ground.world.application(number).state).is_final:
            ground.ended[state] = number
        else:
            life = f"application:{number}"
            await ground.world.at_rest(life)
            await ground.world.step_done(life)  # mails on their way would come in between
        yield number


# Signals


By = Callable[[Ground, str], int]
"""Whose message it is."""


@dataclass(frozen=True, slots=True)
class Signal:
    """The life's signal, and what makes a value with a new key for an application's number."""

    to: Any
    make: Callable[[Ground, str], Any]


def _decide(verdict: Verdict, by: By, *, stale: int = 0) -> Signal:
    return Signal(
        ApplicationWorkflow.decide,
        lambda ground, number: ground.world.decision(verdict, version=ground.version(number) + stale, by=by(ground, number)),
    )


def _ask(*, stale: int = 0) -> Signal:
    def make(ground: Ground, number: str) -> MaterialRequest:
        return MaterialRequest(_key(), ground.world.reviewer, ground.version(number) + stale, ("contract",), "请上传合同")

    return Signal(ApplicationWorkflow.ask, make)


def _answer(by: By, *, stale: int = 0, waived: bool = False) -> Signal:
    def make(ground: Ground, number: str) -> MaterialAnswer:
        return MaterialAnswer(_key(), by(ground, number), ground.version(number) + stale, "见附件", waived)

    return Signal(ApplicationWorkflow.answer, make)


def _hand_over(to: By) -> Signal:
    return Signal(
        ApplicationWorkflow.hand_over,
        lambda ground, number: HandOver(_key(), ground.world.reviewer, to(ground, number), "去开会"),
    )


def _sign_off(by: By, verdict: Verdict, version: int = 1) -> Signal:
    return Signal(ApplicationWorkflow.sign_off, lambda ground, number: ground.world.sign_off(by(ground, number), verdict, version=version))


def _reviewer(ground: Ground, _number: str) -> int:
    return ground.world.reviewer


def _second(ground: Ground, _number: str) -> int:
    return ground.second


def _oa(_ground: Ground, _number: str) -> int:
    return 0


SIGNALS: dict[str, Signal] = {
    "approve": _decide(Verdict.APPROVE, _reviewer),
    "reject": _decide(Verdict.REJECT, _reviewer),
    "own": _decide(Verdict.APPROVE, Ground.applicant),
    "stale": _decide(Verdict.APPROVE, _reviewer, stale=1),
    "by-other": _decide(Verdict.APPROVE, lambda ground, _: ground.other),
    "by-second": _decide(Verdict.APPROVE, _second),
    "by-supervisor": _decide(Verdict.APPROVE, lambda ground, _: ground.supervisor),
    "ask": _ask(),
    "ask-stale": _ask(stale=1),
    "claim": Signal(ApplicationWorkflow.claim, lambda ground, _: ReviewClaim(_key(), ground.world.reviewer)),
    "release": Signal(ApplicationWorkflow.claim, lambda ground, _: ReviewClaim(_key(), ground.world.reviewer, release=True)),
    "hand-over": _hand_over(_second),
    "hand-to-applicant": _hand_over(Ground.applicant),
    "waive": _answer(_reviewer, waived=True),
    "cancel": Signal(ApplicationWorkflow.cancel, lambda ground, number: Cancellation(_key(), ground.applicant(number))),
    "expedite": Signal(ApplicationWorkflow.expedite, lambda ground, number: Expedite(_key(), ground.applicant(number))),
    "answer": _answer(Ground.applicant),
    "answer-stale": _answer(Ground.applicant, stale=1),
    "promise-moved": Signal(ApplicationWorkflow.promise_moved, lambda _ground, _number: PromiseMoved(_key())),
    "sign-off": _sign_off(lambda ground, _: ground.people.first, Verdict.APPROVE),
    "decline": _sign_off(lambda ground, _: ground.people.second, Verdict.REJECT),
    "sign-off-own": _sign_off(Ground.applicant, Verdict.APPROVE),
    "sign-off-stale": _sign_off(lambda ground, _: ground.people.first, Verdict.APPROVE, version=7),
    "oa-approves": _sign_off(_oa, Verdict.APPROVE),
    "oa-declines": _sign_off(_oa, Verdict.REJECT),
    "oa-stale": _sign_off(_oa, Verdict.APPROVE, version=7),
}


def _key() -> str:
    return f"key-{uuid4()}"


async def _tell(ground: Ground, number: str, name: str) -> None:
    """Send one of the signals and see it taken."""
    sent = SIGNALS[name]
    message = sent.make(ground, number)
    await signal(ground.world, f"application:{number}", sent.to, message)
    note = await ground.world.answered(message.key)
    assert note.taken, note.code
