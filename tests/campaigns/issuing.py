"""Cells of S8 (issue) and S14 (red-letter): the same faults at two steps that look, ask and record.

The bureau is in forget mode: a second ask of one request would give a second number, and the comparison with its book shows it.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from domain.calendar import CHINA, china_date
from domain.invoices import Medium
from domain.messages import LookAgain, OriginalReceived, ReturnRequest
from tests.campaigns.field import DOUBT_S, OUTSIDE_TIMEOUT_S, SLOTS, Cell, Field, Life, Lost, outage, until
from web.application_start import start as start_application
from workflows.invoice import InvoiceWorkflow

HANGING_S = 600.0
"""An answer that comes long after everything is over."""


@dataclass(frozen=True)
class Step:
    """Issuing, or with `red` issuing the red-letter."""

    red: bool

    def request_id(self, life: Life) -> str:
        return f"{life.invoice_id}:red" if self.red else life.invoice_id

    async def bring(self, field: Field, count: int) -> list[Life]:
        """Lives right before the step."""
        return await (field.issued(count) if self.red else field.reviewing(count))

    async def go(self, field: Field, lives: Sequence[Life]) -> None:
        """Send them into the step."""
        if not self.red:
            await field.approve(lives)
            return
        await asyncio.gather(*(ask_return(field, life) for life in lives))

    def done(self, field: Field) -> Callable[[Sequence[Life]], set[str]]:
        """The lives that are through with the step, documents and mail included."""
        return field.returned if self.red else field.stored

    def asked_in_book(self, field: Field, lives: Sequence[Life]) -> int:
        return field.in_book({self.request_id(life) for life in lives})


async def ask_return(field: Field, life: Life) -> None:
    request = ReturnRequest(f"key-{uuid4()}", life.request.applicant_id, "抬头选错公司")
    await field.invoice(life).signal(InvoiceWorkflow.request_return, request)
    life.acknowledged.append(request.key)


Fault = Callable[[Field, Step, list[Life], list[Life]], Awaitable[None]]
"""Sends all lives into the step, the victims (the first ones) into the fault, and returns when the fault is over."""


async def killed_before(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """K0: the request lies before the bureau when the worker dies, and never takes effect: the bureau restarts as well."""
    faults = [field.order("slow", step.request_id(life), seconds=HANGING_S) for life in victims]
    await step.go(field, lives)
    await until(lambda: field.injected(faults) >= min(len(victims), SLOTS), "requests that hang")
    await asyncio.to_thread(field.crash, "worker", "tax-bureau")
    await asyncio.to_thread(field.revive, "tax-bureau", "worker")


async def killed_after(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """K1: the bureau has issued, its answer is on the way, the worker dies."""
    for life in victims:
        field.order("late", step.request_id(life), seconds=HANGING_S)
    await step.go(field, lives)
    await until(lambda: step.asked_in_book(field, victims) >= min(len(victims), SLOTS), "numbers in the bureau's book")
    await asyncio.to_thread(field.crash, "worker")
    field.clear_faults()
    await asyncio.to_thread(field.revive, "worker")


async def temporal_killed(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """KT: the Temporal server dies while the bureau works; the results of these attempts are lost or late."""
    faults = [field.order("late", step.request_id(life), seconds=OUTSIDE_TIMEOUT_S / 2) for life in victims]
    await step.go(field, lives)
    await until(lambda: field.injected(faults) >= 1, "a request under way")
    await asyncio.to_thread(field.crash, "temporal")
    await outage(OUTSIDE_TIMEOUT_S)
    await asyncio.to_thread(field.revive, "temporal")


async def database_killed(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """KD: PostgreSQL dies after the bureau has issued; the answers find nobody to record them."""
    for life in victims:
        field.order("late", step.request_id(life), seconds=OUTSIDE_TIMEOUT_S / 2)
    await step.go(field, lives)
    await until(lambda: step.asked_in_book(field, victims) >= 1, "a number in the bureau's book")
    await asyncio.to_thread(field.postgres.kill)
    await outage(OUTSIDE_TIMEOUT_S)
    await asyncio.to_thread(field.postgres.restart)


async def slow(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """SL: every call takes almost as long as we wait."""
    faults = [field.order("slow", step.request_id(life), seconds=OUTSIDE_TIMEOUT_S * 0.8) for life in victims]
    await step.go(field, lives)
    await until(lambda: field.injected(faults) == len(victims), "all slow calls")


async def answered_too_late(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """TO: issued in time and answered too late; for every other life even issued after we gave up, within the doubt."""
    orders = itertools.cycle((("late", OUTSIDE_TIMEOUT_S * 1.5), ("slow", OUTSIDE_TIMEOUT_S + DOUBT_S / 3)))
    faults = [field.order(kind, step.request_id(life), seconds=seconds) for life, (kind, seconds) in zip(victims, orders, strict=False)]
    await step.go(field, lives)
    await until(lambda: field.injected(faults) == len(victims), "all late answers")


async def errors(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """ER: 503, 429, closed connections, errors after the effect; when all are struck, then nobody is there at all for a while."""
    orders = itertools.cycle(
        [("fail-before", 503), ("fail-before", 429), ("away", None), ("fail-after", 500), ("fail-after", None)],
    )
    faults = [
        field.order(kind, step.request_id(life), status=status, times=2) for life, (kind, status) in zip(victims, orders, strict=False)
    ]
    await step.go(field, lives)
    await until(lambda: field.injected(faults) == len(victims), "all errors")
    if len(victims) > 1:
        await asyncio.to_thread(field.crash, "tax-bureau")
        await outage(4)
        await asyncio.to_thread(field.revive, "tax-bureau")


async def doubled(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """DU: the network doubles the request, and people press twice.

    The one cell in which the bureau remembers request ids: a request doubled behind our back can be told apart by it alone.
    """
    field.forget(False)
    faults = [field.order("twice", step.request_id(life)) for life in victims]
    try:
        await asyncio.gather(*(_press_twice(field, step, life) for life in victims))
        await step.go(field, lives[len(victims) :])
        await until(lambda: field.injected(faults) == len(victims), "all doubled requests")
        await field.reach(lives, step.done(field), "the end of the step")
    finally:
        field.forget(True)


async def _press_twice(field: Field, step: Step, life: Life) -> None:
    """The same message three times, and a second one of somebody else's."""
    if not step.red:
        first, second = field.decision(), field.decision()
        await asyncio.gather(*(field.decide(life, message) for message in (first, first, second, first)))
        return
    messages = [ReturnRequest(f"key-{uuid4()}", life.request.applicant_id, "抬头选错公司") for _ in range(2)]
    for message in (messages[0], messages[0], messages[1], messages[0]):
        await field.invoice(life).signal(InvoiceWorkflow.request_return, message)
    life.acknowledged += [message.key for message in messages]


async def reordered(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """RO: messages that come before their time. Blue: the decision before the reservation, the return before the number.

    Red: the paper original before the request and the other way round, after a look-again that nobody needs.
    """
    if not step.red:
        await step.go(field, lives[len(victims) :])
        for life in victims:
            field.order("late", life.invoice_id, seconds=OUTSIDE_TIMEOUT_S / 2)
        for life in victims:
            await ask_return_when_started(field, life)
        return
    for life, original_first in zip(victims, itertools.cycle((True, False)), strict=False):
        look, original = LookAgain(f"key-{uuid4()}", field.reviewer), OriginalReceived(f"key-{uuid4()}", field.reviewer, "SF0001")
        handle = field.invoice(life)
        await handle.signal(InvoiceWorkflow.look_again, look)
        if original_first:
            await handle.signal(InvoiceWorkflow.receive_original, original)
            await ask_return(field, life)
        else:
            await ask_return(field, life)
            await handle.signal(InvoiceWorkflow.receive_original, original)
        life.acknowledged += [look.key, original.key]
    for life in lives[len(victims) :]:
        await field.invoice(life).signal(InvoiceWorkflow.receive_original, OriginalReceived(f"key-{uuid4()}", field.reviewer, "SF0001"))
    await step.go(field, lives[len(victims) :])


async def ask_return_when_started(field: Field, life: Life) -> None:
    """The return overtakes the bureau's answer: refused, and the invoice is issued all the same."""
    await until(lambda: bool(field.in_book({life.invoice_id})), "the number in the bureau's book")
    if not field.stored([life]):
        await ask_return(field, life)


async def garbled(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """GA: issued, and the answer is nonsense. The next look finds the truth; for one in four that is wrong as well.

    Such a life is parked, shows no number, and goes on when an operator says so.
    """
    variants = ["half", "html", "empty", "other-request", "amount-off", "buyer-off", "tomorrow", "error-inside", "redirect", "huge"]
    faults = []
    parking = victims[::4]
    for life, variant in zip(victims, itertools.cycle(variants), strict=False):
        faults.append(field.order("garbage", step.request_id(life), variant="amount-off" if life in parking else variant))
    for life in parking:
        field.order("garbage", step.request_id(life), variant="amount-off", method="GET")
    await step.go(field, lives)
    await until(lambda: field.injected(faults) == len(victims), "all nonsense")
    await field.reach(parking, lambda some: {n for n, row in field.invoices(some).items() if row.parked_reason}, "the parking")
    for row in field.invoices(parking).values():
        if (row.red_number if step.red else row.number) is not None:
            raise Lost(f"{row.id} is parked and shows a number")
    for life in parking:
        await _press_look_again(field, life)


async def _press_look_again(field: Field, life: Life) -> None:
    """As an operator does. The row says parked a moment before the life knows it: a press in between is refused, and repeated."""
    for _ in range(5):
        look = LookAgain(f"key-{uuid4()}", field.reviewer)
        await field.invoice(life).signal(InvoiceWorkflow.look_again, look)
        life.acknowledged.append(look.key)
        await until(lambda key=look.key: bool(field.noted([key])), "the answer to a look-again")  # type: ignore[misc]
        if field.noted([look.key])[look.key]:
            return
    raise Lost(f"no look-again of {life.invoice_id} was taken")


async def clock_jumps(field: Field, step: Step, lives: list[Life], victims: list[Life]) -> None:
    """CK: the worker dies in a call and comes back with a clock that is an hour behind, for lives in doubt as well; when all are
    struck it stands at the end of another month instead. The date is the bureau's all the same."""
    doubtful = victims[::2]
    for life in victims:
        if life in doubtful:
            field.order("away", step.request_id(life))
        else:
            field.order("late", step.request_id(life), seconds=HANGING_S)
    await step.go(field, lives)
    clear = [life for life in victims if life not in doubtful]
    await until(lambda: step.asked_in_book(field, clear) >= min(len(clear), SLOTS - len(doubtful)), "numbers in the bureau's book")
    column = "red_unknown_since" if step.red else "unknown_since"
    await until(lambda: any(getattr(row, column) for row in field.invoices(doubtful).values()), "a life in doubt")
    await asyncio.to_thread(field.crash, "worker")
    field.clear_faults()
    await asyncio.to_thread(field.start_shifted_worker, timedelta(hours=-1) if len(victims) <= 2 else to_the_end_of_a_month())


def to_the_end_of_a_month() -> timedelta:
    """From now to twenty seconds before this month's end in China."""
    now = datetime.now(CHINA)
    following = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return following - timedelta(seconds=20) - now


def _after_clock_jump(field: Field, step: Step, lives: Sequence[Life]) -> None:
    book = {record.request_id: record for record in field.book()}
    for life in lives:
        row, record = field.invoices([life])[life.number], book[step.request_id(life)]
        day = china_date(record.issued_at)
        ours = (
            china_date(row.red_issued_at.replace(tzinfo=row.red_issued_at.tzinfo or UTC))
            if step.red and row.red_issued_at
            else row.issued_on
        )
        if ours != day:
            raise Lost(f"{row.id} is booked on {ours}, the bureau issued it on {day}")


FAULTS: dict[str, Fault] = {
    "K0": killed_before,
    "K1": killed_after,
    "KT": temporal_killed,
    "KD": database_killed,
    "SL": slow,
    "TO": answered_too_late,
    "ER": errors,
    "DU": doubled,
    "RO": reordered,
    "GA": garbled,
    "CK": clock_jumps,
}


def _cell(step: Step, name: str) -> Cell:
    async def run(field: Field, count: int, struck: int) -> float:
        if name == "RO" and not step.red:
            lives = await asyncio.to_thread(field.draft, count)
            await _approve_before_review(field, lives)
        elif name == "RO":
            lives = await field.issued(count, medium=Medium.PAPER)
        else:
            lives = await step.bring(field, count)
        try:
            await FAULTS[name](field, step, lives, lives[: max(struck, 2) if name == "CK" else struck])
            field_cleared = field.clear_faults if name != "TO" else _nothing
            field_cleared()
            recovery = await field.reach(lives, step.done(field), "the end of the step")
            if name == "CK":
                _after_clock_jump(field, step, lives)
        finally:
            if field.shifted is not None:
                await asyncio.to_thread(field.end_shifted_worker)
                await asyncio.to_thread(field.revive, "worker")
        return recovery

    return run


def _nothing() -> None:
    """Late answers are under way already: there is nothing to clear."""


async def _approve_before_review(field: Field, lives: Sequence[Life]) -> None:
    """The lives start while their records are locked, and are decided before anything is reserved."""
    with field.locked(lives):
        await asyncio.gather(*(start_application(field.client, life.request) for life in lives))
        await asyncio.gather(*(field.decide(life, field.decision()) for life in lives))
        await until(lambda: field.waiting_for_locks() >= 1, "a reservation that waits")
    if any(field.states(lives).get(life.number) == "issued" for life in lives):
        raise Lost("issued before it was reserved")


CELLS: dict[str, Cell] = {f"S8.{name}": _cell(Step(red=False), name) for name in FAULTS}
CELLS |= {f"S14.{name}": _cell(Step(red=True), name) for name in FAULTS}
