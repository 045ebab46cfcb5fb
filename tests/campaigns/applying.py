"""Cells of S3 (apply = reserve) and S12 (the customer cancels)."""

import asyncio
import contextlib
import html
import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
from sqlmodel import col, select
from temporalio.common import WorkflowIDReusePolicy
from temporalio.service import RPCError

from domain.messages import Cancellation
from infra.tables import ApplicationRow, UserRow
from tests.campaigns.field import PASSWORD, SLOTS, Cell, Field, Life, Lost, outage, until
from tests.campaigns.issuing import to_the_end_of_a_month
from tests.factories import Customer, make_record, make_request
from web.application_start import start as start_application
from workflows import names
from workflows.application import ApplicationWorkflow

DELAY_S = 0.05
"""How much longer each message to and from a slow database takes; on this machine one takes about a thousandth of that."""


class BothWon(Lost):
    """Cancel and approve were both taken."""

    def __init__(self, count: int, races: int) -> None:
        super().__init__(f"cancel and approve both won in {count} of {races} races")
        self.count = count


class Browser(httpx.AsyncClient):
    """A signed-in customer's browser."""

    token = ""

    @classmethod
    async def signed_in(cls, field: Field, customer: Customer) -> "Browser":
        browser = cls(base_url=field.stack.urls["web"], trust_env=False, timeout=30, headers={"accept-language": "en"})
        with field.database.read() as session:
            login = session.get_one(UserRow, customer.user_id).login
        answer = await browser.post("/sign-in", data={"login": login, "password": PASSWORD, "next": "/me"})
        if answer.status_code != 303:
            raise Lost(f"sign-in answered {answer.status_code}")
        browser.token = _hidden((await browser.get("/me")).text, "csrf")
        return browser

    async def form(self, record_id: int) -> dict[str, str]:
        """What the application form would send, its number drawn by the page."""
        page = (await self.get("/apply", params={"record": record_id})).text
        title = re.search(r'name="title" value="(\d+)"', page)
        email = re.search(r'name="email" value="(\d+)"', page)
        if title is None or email is None:
            raise Lost("the form offers no title or address")
        return {
            "csrf": self.token,
            "number": _hidden(page, "number"),
            "record": str(record_id),
            "title": title[1],
            "kind": "special",
            "medium": "electronic",
            "email": email[1],
            "terms": _hidden(page, "terms"),
        }


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    if found is None:
        raise Lost(f"the page has no field {name}")
    return html.unescape(found[1])


def _by_form(field: Field, customer: Customer, form: dict[str, str]) -> Life:
    """The life that a form makes, with the campaign watching over it."""
    life = Life(make_request(customer, int(form["record"]), number=form["number"]))
    field.lives.append(life)
    return life


async def killed_before_reserving(field: Field, count: int, struck: int) -> float:
    """K0: the worker dies inside the reservation's transaction, which waits for a record."""
    lives = await asyncio.to_thread(field.draft, count)
    with field.locked(lives[:struck]):
        await field.apply(lives)
        await until(lambda: field.waiting_for_locks() >= min(struck, SLOTS), "reservations that wait")
        await asyncio.to_thread(field.crash, "worker")
    await asyncio.to_thread(field.revive, "worker")
    return await field.reach(lives, field.checked, "the review")


async def killed_after_reserving(field: Field, count: int, struck: int) -> float:
    """K1: the reservation is committed, the worker dies before it can say so."""
    lives = await asyncio.to_thread(field.draft, count)
    victims = lives[:struck]
    reserved = field.in_state("reviewing")
    with field.locked(victims):
        await field.apply(lives)
        await until(lambda: field.waiting_for_locks() >= min(struck, SLOTS), "reservations that wait")
        field.to_temporal.hold(requests=True, answers=True)
    try:
        await until(lambda: len(reserved(victims)) >= min(struck, SLOTS), "committed reservations")
        await asyncio.to_thread(field.crash, "worker")
    finally:
        field.to_temporal.cut()
        field.to_temporal.release()
    await asyncio.to_thread(field.revive, "worker")
    return await field.reach(lives, field.checked, "the review")


async def web_killed_after_start(field: Field, count: int, struck: int) -> float:
    """K2: the life is started, the web process dies before it answers; the person sends the form again."""
    customer = await asyncio.to_thread(field.new_customer)
    records = [make_record(field.database, customer, 1_000 * (n + 1)) for n in range(struck)]
    async with contextlib.aclosing(await Browser.signed_in(field, customer)) as browser:
        forms = [await browser.form(record) for record in records]
        lives = [_by_form(field, customer, form) for form in forms]
        await _connect_web(field, browser, customer)
        field.to_temporal.hold(answers=True)
        sent = [asyncio.create_task(browser.post("/applications", data=form)) for form in forms]
        try:
            for life in lives:
                await _started(field, life)
            if any(task.done() for task in sent):
                raise Lost("the web process answered before it was killed")
            await asyncio.to_thread(field.crash, "web")
        finally:
            field.to_temporal.cut()
            field.to_temporal.release()
            await asyncio.gather(*sent, return_exceptions=True)
        await asyncio.to_thread(field.revive, "web")
        for form in forms:
            answer = await browser.post("/applications", data=form)
            shown = answer.headers.get("location", "").partition("?")[0]
            if (answer.status_code, shown) != (303, f"/applications/{form['number']}"):
                raise Lost(f"the repeat of {form['number']} answered {answer.status_code} {shown}")
    recovery = await field.reach(lives, field.checked, "the review")
    _only_these(field, customer, {life.number for life in field.lives})
    return recovery


async def _connect_web(field: Field, browser: Browser, customer: Customer) -> None:
    """An ordinary application first: a web process that has just started connects to Temporal at its first use only."""
    form = await browser.form(make_record(field.database, customer, 500))
    life = _by_form(field, customer, form)
    await browser.post("/applications", data=form)
    await field.reach([life], field.checked, "the review")


async def _started(field: Field, life: Life) -> None:
    end = asyncio.get_running_loop().time() + 20
    while True:
        with contextlib.suppress(RPCError):
            await field.application(life).describe()
            return
        if asyncio.get_running_loop().time() > end:
            raise Lost(f"{life.number} never started")
        await asyncio.sleep(0.02)


def _only_these(field: Field, customer: Customer, numbers: set[str]) -> None:
    with field.database.read() as session:
        rows = session.exec(select(ApplicationRow.number).where(col(ApplicationRow.enterprise_id) == customer.enterprise_id))
        found = set(rows)
    if found != numbers:
        raise Lost(f"applications {sorted(found)} instead of {sorted(numbers)}")


async def temporal_killed_at_start(field: Field, count: int, struck: int) -> float:
    """KT: the Temporal server dies among the starts; whoever got no answer sends again, with the same number."""
    lives = await asyncio.to_thread(field.draft, count)
    sending = [asyncio.create_task(_start_until_answered(field, life)) for life in lives]
    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(field.crash, "temporal")
    await outage(1)
    await asyncio.to_thread(field.revive, "temporal")
    await asyncio.gather(*sending)
    return await field.reach(lives, field.checked, "the review")


async def _start_until_answered(field: Field, life: Life) -> None:
    for _ in range(60):
        with contextlib.suppress(RPCError):
            await start_application(field.client, life.request)
            return
        await outage(0.5)
    raise Lost(f"{life.number} was never acknowledged")


async def database_killed_while_reserving(field: Field, count: int, struck: int) -> float:
    """KD: PostgreSQL dies while reservations are inside their transactions."""
    lives = await asyncio.to_thread(field.draft, count)
    with contextlib.suppress(Exception), field.locked(lives[:struck]):  # the lock's own connection dies as well
        await field.apply(lives)
        await until(lambda: field.waiting_for_locks() >= min(struck, SLOTS), "reservations that wait")
        await asyncio.to_thread(field.postgres.kill)
    await outage(3)
    await asyncio.to_thread(field.postgres.restart)
    return await field.reach(lives, field.checked, "the review")


async def slow_database(field: Field, count: int, struck: int) -> float:
    """SL: every message to and from the database is slow. All lives share it, so `struck` are started under it alone."""
    lives = await asyncio.to_thread(field.draft, count)
    field.to_database.delay_s = DELAY_S
    try:
        await field.apply(lives[:struck])
        await until(lambda: len(field.in_state("reviewing")(lives[:struck])) >= 1, "a reservation in spite of it", within=60)
    finally:
        field.to_database.delay_s = 0.0
    await field.apply(lives[struck:])
    return await field.reach(lives, field.checked, "the review")


async def database_refuses(field: Field, count: int, struck: int) -> float:
    """ER: no connection to the database for a while."""
    lives = await asyncio.to_thread(field.draft, count)
    field.to_database.refuse(True)
    await field.apply(lives[:struck])
    await outage(5)
    field.to_database.refuse(False)
    await field.apply(lives[struck:])
    return await field.reach(lives, field.checked, "the review")


async def doubled_form(field: Field, count: int, struck: int) -> float:
    """DU: one form sent fifty times at once; and two tabs, each with a form of its own, for the same record."""
    customer = await asyncio.to_thread(field.new_customer)
    async with contextlib.aclosing(await Browser.signed_in(field, customer)) as browser:
        record = make_record(field.database, customer, 12_300)
        form = await browser.form(record)
        life = _by_form(field, customer, form)
        answers = await asyncio.gather(*(browser.post("/applications", data=form) for _ in range(50)))
        places = {answer.headers.get("location", "").partition("?")[0] for answer in answers}
        if {answer.status_code for answer in answers} != {303} or places != {f"/applications/{life.number}"}:
            raise Lost(f"fifty forms answered {sorted({a.status_code for a in answers})} {sorted(places)}")
    recovery = await field.reach([life], field.checked, "the review")
    _only_these(field, customer, {life.number})
    first = await asyncio.to_thread(field.draft, struck)
    second = [Life(make_request(_same_customer(each), *each.request.record_ids)) for each in first]
    field.lives += second
    await field.apply([life for pair in zip(first, second, strict=True) for life in pair])
    ended = field.in_state("reviewing", "refused")
    recovery = max(recovery, await field.reach([*first, *second], ended, "an answer"))
    states = field.states([*first, *second])
    for one, other in zip(first, second, strict=True):
        if {states[one.number], states[other.number]} != {"reviewing", "refused"}:
            raise Lost(f"two tabs on one record: {states[one.number]} and {states[other.number]}")
    return recovery


def _same_customer(life: Life) -> Customer:
    asked = life.request
    return Customer(asked.enterprise_id, asked.account_id, asked.applicant_id, asked.title_id, asked.receiver_id, asked.receiver_id)


async def cancelled_before_reserved(field: Field, count: int, struck: int) -> float:
    """RO: the cancel is in the life before its first step has run."""
    lives = await asyncio.to_thread(field.draft, count)
    for life in lives[:struck]:
        message = Cancellation(f"key-{uuid4()}", life.request.applicant_id)
        await field.client.start_workflow(
            ApplicationWorkflow.run,
            life.request,
            id=names.application_workflow_id(life.number),
            task_queue=names.LIVES,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            start_signal="cancel",
            start_signal_args=[message],
        )
        life.acknowledged.append(message.key)
    await field.apply(lives[struck:])
    recovery = await field.reach(lives[:struck], field.in_state("cancelled"), "the cancel")
    return max(recovery, await field.reach(lives[struck:], field.checked, "the review"))


async def clock_jumps_while_reserving(field: Field, count: int, struck: int) -> float:
    """CK: the worker dies in the reservation and comes back an hour behind; when all are struck, at the end of a month."""
    lives = await asyncio.to_thread(field.draft, count)
    with field.locked(lives[:struck]):
        await field.apply(lives)
        await until(lambda: field.waiting_for_locks() >= min(struck, SLOTS), "reservations that wait")
        await asyncio.to_thread(field.crash, "worker")
    try:
        await asyncio.to_thread(field.start_shifted_worker, timedelta(hours=-1) if struck == 1 else to_the_end_of_a_month())
        return await field.reach(lives, field.checked, "the review")
    finally:
        await asyncio.to_thread(field.end_shifted_worker)
        await asyncio.to_thread(field.revive, "worker")


async def web_killed_after_cancel(field: Field, count: int, struck: int) -> float:
    """K2: the cancel is in the life, the web process dies before it answers; the person presses again."""
    customer = await asyncio.to_thread(field.new_customer)
    lives = await asyncio.to_thread(lambda: field.draft(struck, customer=customer))
    await field.apply(lives)
    await field.reach(lives, field.checked, "the review")
    async with contextlib.aclosing(await Browser.signed_in(field, customer)) as browser:
        forms = [(f"/applications/{life.number}/cancel", {"csrf": browser.token, "key": str(uuid4())}) for life in lives]
        await _connect_web(field, browser, customer)
        field.to_temporal.hold(answers=True)
        sent = [asyncio.create_task(browser.post(path, data=form)) for path, form in forms]
        try:
            for life in lives:
                await _signalled(field, life)
            if any(task.done() for task in sent):
                raise Lost("the web process answered before it was killed")
            await asyncio.to_thread(field.crash, "web")
        finally:
            field.to_temporal.cut()
            field.to_temporal.release()
            await asyncio.gather(*sent, return_exceptions=True)
        await asyncio.to_thread(field.revive, "web")
        recovery = await field.reach(lives, field.in_state("cancelled"), "the cancel")
        for life, (path, form) in zip(lives, forms, strict=True):
            life.acknowledged.append(str(UUID(form["key"])))
            answer = await browser.post(path, data=form)
            if answer.status_code not in (303, 409):
                raise Lost(f"pressing again answered {answer.status_code}")
    return recovery


async def _signalled(field: Field, life: Life) -> None:
    end = asyncio.get_running_loop().time() + 20
    while True:
        history = await field.application(life).fetch_history()
        if any(event.HasField("workflow_execution_signaled_event_attributes") for event in history.events):
            return
        if asyncio.get_running_loop().time() > end:
            raise Lost(f"{life.number} was never signalled")
        await asyncio.sleep(0.02)


async def temporal_killed_at_cancel(field: Field, count: int, struck: int) -> float:
    """KT: the Temporal server dies among the cancels; whoever got no answer presses again, with the same key."""
    lives = await field.reviewing(count)
    sending = [asyncio.create_task(_cancel_until_answered(field, life)) for life in lives[:struck]]
    await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(field.crash, "temporal")
    await outage(1)
    await asyncio.to_thread(field.revive, "temporal")
    await asyncio.gather(*sending)
    return await field.reach(lives[:struck], field.in_state("cancelled"), "the cancel")


async def _cancel_until_answered(field: Field, life: Life) -> None:
    message = Cancellation(f"key-{uuid4()}", life.request.applicant_id)
    for _ in range(60):
        if await field.cancel(life, message) or field.states([life])[life.number] == "cancelled":
            return
        await outage(0.5)
    raise Lost(f"the cancel of {life.number} was never acknowledged")


async def database_killed_at_cancel(field: Field, count: int, struck: int) -> float:
    """KD: PostgreSQL dies right after the cancels came."""
    lives = await field.reviewing(count)
    await asyncio.to_thread(field.postgres.kill)
    await asyncio.gather(*(field.cancel(life) for life in lives[:struck]))
    await outage(3)
    await asyncio.to_thread(field.postgres.restart)
    return await field.reach(lives[:struck], field.in_state("cancelled"), "the cancel")


async def slow_database_at_cancel(field: Field, count: int, struck: int) -> float:
    lives = await field.reviewing(count)
    field.to_database.delay_s = DELAY_S
    try:
        await asyncio.gather(*(field.cancel(life) for life in lives[:struck]))
        await until(lambda: len(field.in_state("cancelled")(lives[:struck])) >= 1, "a cancel in spite of it")
    finally:
        field.to_database.delay_s = 0.0
    return await field.reach(lives[:struck], field.in_state("cancelled"), "the cancel")


async def doubled_cancel(field: Field, count: int, struck: int) -> float:
    """DU: the same press five times, and three more from another tab."""
    lives = await field.reviewing(count)
    for life in lives[:struck]:
        first = Cancellation(f"key-{uuid4()}", life.request.applicant_id)
        others = [Cancellation(f"key-{uuid4()}", life.request.applicant_id) for _ in range(3)]
        await asyncio.gather(*(field.cancel(life, message) for message in (first, *others, first, first, first, first)))
    recovery = await field.reach(lives[:struck], field.in_state("cancelled"), "the cancel")
    for life in lives[:struck]:
        await _answered(field, life)
        taken = [key for key, was in field.noted(life.acknowledged).items() if was]
        if len(taken) != 1:
            raise Lost(f"{len(taken)} cancels of {life.number} were taken")
    return recovery


async def _answered(field: Field, life: Life) -> None:
    await until(lambda: set(field.noted(life.acknowledged)) >= set(life.acknowledged), f"every answer to {life.number}")


async def race(field: Field, lives: Sequence[Life]) -> int:
    """Cancel against approve, at the same moment, in either order; how many both won."""
    both: list[tuple[Life, str, str]] = []

    async def one(life: Life) -> None:
        decision, message = field.decision(), Cancellation(f"key-{uuid4()}", life.request.applicant_id)
        moves = [field.decide(life, decision), field.cancel(life, message)]
        field.random.shuffle(moves)
        # The slower of two may find the life ended: then it was never acknowledged.
        await asyncio.gather(*moves, return_exceptions=True)
        both.append((life, decision.key, message.key))

    await asyncio.gather(*(one(life) for life in lives))
    await field.reach(lives, field.in_state("cancelled", "issued"), "an end", within=RACES_WITHIN_S)
    notes = field.noted([key for _, first, second in both for key in (first, second)])
    states = field.states(lives)
    won = 0
    for life, approved, cancelled in both:
        winners = (notes.get(approved, False), notes.get(cancelled, False))
        ended = (states[life.number] == "issued", states[life.number] == "cancelled")
        won += winners == (True, True)
        if winners not in (ended, (True, True)):
            raise Lost(f"{life.number} ended {states[life.number]}, its messages {winners}")
    return won


RACES_WITHIN_S = 240.0
RACES_AT_ONCE = 100


async def races(field: Field, count: int, struck: int) -> float:
    """RO: as the cell that is struck by it is the race itself, `struck` races are run."""
    lives = await field.reviewing(struck)
    won = await race(field, lives)
    if won:
        raise BothWon(won, struck)
    return await field.reach(lives, field.in_state("cancelled", "issued"), "an end")


CELLS: dict[str, Cell] = {
    "S3.K0": killed_before_reserving,
    "S3.K1": killed_after_reserving,
    "S3.K2": web_killed_after_start,
    "S3.KT": temporal_killed_at_start,
    "S3.KD": database_killed_while_reserving,
    "S3.SL": slow_database,
    "S3.ER": database_refuses,
    "S3.DU": doubled_form,
    "S3.RO": cancelled_before_reserved,
    "S3.CK": clock_jumps_while_reserving,
    "S12.K2": web_killed_after_cancel,
    "S12.KT": temporal_killed_at_cancel,
    "S12.KD": database_killed_at_cancel,
    "S12.SL": slow_database_at_cancel,
    "S12.DU": doubled_cancel,
    "S12.RO": races,
}
