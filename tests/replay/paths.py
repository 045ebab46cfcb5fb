"""The paths whose histories are recorded: each lives its lives in a world of its own and says which they were."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

from activities.limit_notices import LimitStep
from domain.calendar import china_date
from domain.imports import ImportRequest
from domain.invoices import Medium
from domain.lifecycle import ApplicationState, DeliveryState, ReturnState
from domain.limit_notices import days_ending_in
from domain.messages import ApplicationRequest, Policy, Verdict
from domain.review_messages import MaterialAnswer, MaterialRequest
from domain.review_policy import FIRST
from domain.statements import CustomersMonth
from infra.review_policy import set_policy
from infra.tables import ApplicationRow, ConsumptionRecordRow
from tests.batches import application_batch, title_batch
from tests.billing import billing_csv
from tests.eventually import eventually
from tests.factories import is_in_open_month, make_record, make_request
from tests.imports import billable
from tests.material import old_record, one_level
from tests.replay.review_paths import REVIEW_PATHS
from tests.sign_offs import make_signing, set_levels, set_oa
from tests.tickets import answered_ticket
from tests.titles import refused_title
from tests.workflows import standing
from tests.workflows.world import World
from workflows import names
from workflows.application import ApplicationWorkflow
from workflows.authentication import AuthenticationWorkflow
from workflows.batches import BatchWorkflow
from workflows.imports import ImportWorkflow
from workflows.invoice import InvoiceWorkflow
from workflows.promises import PromiseWorkflow
from workflows.ticket_notice import TicketNoticeWorkflow
from workflows.title_notice import TitleNoticeWorkflow

Path = Callable[[World], Awaitable[list[str]]]
"""Gives the workflow ids whose histories are kept."""


def _lives(invoice_id: str) -> list[str]:
    return [f"application:{invoice_id.rpartition('-')[0]}", f"invoice:{invoice_id}"]


async def _window_over(world: World, medium: Medium) -> list[str]:
    async with standing.issued(world, medium) as invoice_id:
        if medium is Medium.PAPER:
            handle = world.invoice_handle(invoice_id)
            waybill = world.courier.waybills[names.parcel_key(invoice_id, 1)].number
            for state in (DeliveryState.IN_TRANSIT, DeliveryState.RECEIVED):
                await handle.signal(InvoiceWorkflow.parcel_moved, world.parcel_update(waybill, state))
            await eventually(lambda: world.invoice(invoice_id).delivery == DeliveryState.RECEIVED, "the arrival")
        await world.pass_time(timedelta(days=29))
        await world.pass_time_to_end_of(invoice_id, timedelta(days=3))
        return _lives(invoice_id)


async def electronic(world: World) -> list[str]:
    return await _window_over(world, Medium.ELECTRONIC)


async def paper(world: World) -> list[str]:
    return await _window_over(world, Medium.PAPER)


async def rejected(world: World) -> list[str]:
    async with standing.rejected(world, Medium.ELECTRONIC) as number:
        return [f"application:{number}"]


async def cancelled(world: World) -> list[str]:
    async with standing.cancelled(world, Medium.ELECTRONIC) as number:
        return [f"application:{number}"]


async def cancelled_by_operator(world: World) -> list[str]:
    handle = await world.apply_reviewing(standing.new_request(world))
    await handle.cancel()
    await world.ended(handle.id)
    return [handle.id]


async def expedited(world: World) -> list[str]:
    """Expedited twice, and decided on by the wrong person and version first: the refusals are in the history."""
    request = make_request(world.customer, make_record(world.database, world.customer), expedite=True)
    handle = await world.apply_reviewing(request)
    for message in (world.decision(by=world.customer.user_id), world.decision(version=7)):
        await handle.signal(ApplicationWorkflow.decide, message)
        await world.answered(message.key)
    await handle.signal(ApplicationWorkflow.expedite, world.expedite())
    await handle.signal(ApplicationWorkflow.decide, world.decision())
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return _lives(f"{request.number}-1")


async def automatic(world: World) -> list[str]:
    await world.issued(standing.new_request(world))
    policy = Policy(automatic_approval_up_to_fen=20_000)
    request = make_request(world.customer, make_record(world.database, world.customer), policy=policy)
    await world.apply(request)
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [f"application:{request.number}"]


async def passed_by_policy(world: World) -> list[str]:
    """The books decide that it passes: nothing of the life's own limit, and a doubt that weighs nothing."""
    policy = replace(FIRST, points=dict.fromkeys(FIRST.points, 0), automatic_up_to_fen=20_000)
    set_policy(world.database, policy, "for this path", 1, world.reviewer, world.now())
    request = make_request(world.customer, make_record(world.database, world.customer))
    await world.apply(request)
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [f"application:{request.number}"]


async def lapsed(world: World) -> list[str]:
    handle = await world.apply_reviewing(standing.new_request(world))
    await world.pass_time(timedelta(days=12))
    await world.pass_time(timedelta(days=19))
    await world.ended(handle.id)
    return [handle.id]


async def refused_by_rules(world: World) -> list[str]:
    async with standing.refused(world, Medium.ELECTRONIC) as number:
        return [f"application:{number}"]


async def refused_by_bureau(world: World) -> list[str]:
    async with standing.refused_by_bureau(world, Medium.ELECTRONIC) as invoice_id:
        return _lives(invoice_id)


async def partly_issued(world: World) -> list[str]:
    records = make_record(world.database, world.customer), make_record(world.database, world.customer, 11_300, rate_bp=1300)
    request = make_request(world.customer, *records)
    world.bureau.refuse[f"{request.number}-2"] = "quota-used-up"
    await standing.approve(world, request)
    await standing.wait_for_application(world, request.number, ApplicationState.PARTLY_ISSUED)
    return [f"application:{request.number}"]


async def told_while_issuing(world: World) -> list[str]:
    async with standing.issuing(world, Medium.ELECTRONIC) as invoice_id:
        number = invoice_id.rpartition("-")[0]
        cancel, early = world.cancellation(), world.return_request()
        await world.client.get_workflow_handle(f"application:{number}").signal("cancel", cancel)
        await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.request_return, early)
        await world.answered(cancel.key)
        await world.answered(early.key)
    return _lives(invoice_id)


async def parked(world: World) -> list[str]:
    async with standing.parked(world, Medium.ELECTRONIC) as invoice_id:
        pass
    await eventually(lambda: world.invoice(invoice_id).delivery == DeliveryState.SENT, "the mail")
    await world.settled_invoice(invoice_id)
    return _lives(invoice_id)


async def red_parked(world: World) -> list[str]:
    async with standing.red_parked(world, Medium.ELECTRONIC) as invoice_id:
        pass
    return _lives(invoice_id)


async def _returned(world: World, medium: Medium, first: str, then: str) -> list[str]:
    """Returned and reissued."""
    async with standing.issued(world, medium) as invoice_id:
        record = world.records_of(invoice_id.rpartition("-")[0])[0]
        reissue = make_request(world.customer, record, medium=medium, replaces=invoice_id)
        handle = world.invoice_handle(invoice_id)
        messages = {"request_return": world.return_request(reissue), "receive_original": world.original()}
        for name in filter(None, (first, then)):
            await handle.signal(name, messages[name])
            await world.answered(messages[name].key)  # type: ignore[attr-defined]
        await world.ended(handle.id)
        again = f"application:{reissue.number}"
        await eventually(lambda: "checked" in world.events(again), "the corrected application under review")
        await world.client.get_workflow_handle(again).signal("decide", world.decision())
        await standing.wait_for_application(world, reissue.number, ApplicationState.ISSUED)
        return [handle.id, again]


async def returned_electronic(world: World) -> list[str]:
    return await _returned(world, Medium.ELECTRONIC, "request_return", "")


async def returned_paper_request_first(world: World) -> list[str]:
    return await _returned(world, Medium.PAPER, "request_return", "receive_original")


async def returned_paper_original_first(world: World) -> list[str]:
    return await _returned(world, Medium.PAPER, "receive_original", "request_return")


async def red_refused(world: World) -> list[str]:
    """Refused by the bureau, asked for a second time, and returned."""
    async with standing.issued(world, Medium.ELECTRONIC) as invoice_id:
        handle = world.invoice_handle(invoice_id)
        world.bureau.refuse[f"{invoice_id}:red"] = "deducted-by-buyer"
        await handle.signal(InvoiceWorkflow.request_return, world.return_request())
        await eventually(lambda: "red-refused" in world.events(handle.id), "the bureau's refusal")
        await world.settled_invoice(invoice_id)
        world.bureau.refuse.clear()
        await handle.signal(InvoiceWorkflow.request_return, world.return_request())
        await world.ended(handle.id)
        return _lives(invoice_id)


async def half_returned(world: World) -> list[str]:
    async with standing.requested(world, Medium.PAPER) as invoice_id:
        assert world.invoice(invoice_id).return_state == ReturnState.REQUESTED
        await world.pass_time_to_end_of(invoice_id, timedelta(days=32))
        return _lives(invoice_id)


async def parcel_lost(world: World) -> list[str]:
    async with standing.issued(world, Medium.PAPER) as invoice_id:
        waybill = world.courier.waybills[names.parcel_key(invoice_id, 1)].number
        await world.invoice_handle(invoice_id).signal(InvoiceWorkflow.parcel_moved, world.parcel_update(waybill, DeliveryState.LOST))
        await eventually(lambda: len(world.courier.waybills) == 2, "the second shipment")
        await world.settled_invoice(invoice_id)
        await world.pass_time_to_end_of(invoice_id, timedelta(days=32))
        return _lives(invoice_id)


async def bureau_away(world: World) -> list[str]:
    """Steps that were tried again."""
    world.bureau.lose_answers = 1
    world.renderer.disagree = 1
    async with standing.issued(world, Medium.ELECTRONIC) as invoice_id:
        return _lives(invoice_id)


async def reconciliation(world: World) -> list[str]:
    handle = await world.client.start_workflow("ReconciliationWorkflow", id="reconciliation-1", task_queue=names.LIVES)
    await world.ended(handle.id)
    return [handle.id]


async def statements(world: World) -> list[str]:
    make_record(world.database, world.customer, opened=False)
    handle = await world.client.start_workflow("StatementWorkflow", id="statements-1", task_queue=names.LIVES)
    await world.ended(handle.id)
    return [handle.id]


async def statement_by_hand(world: World) -> list[str]:
    record = make_record(world.database, world.customer, opened=False, day=date(2026, 9, 12))
    only = CustomersMonth(world.customer.enterprise_id, "2026-09")
    life = names.statement_workflow_id(only.enterprise_id, only.period)
    await world.client.start_workflow("StatementWorkflow", args=[date(2026, 10, 3), only], id=life, task_queue=names.LIVES)
    await world.ended(life)
    with world.database.read() as session:
        assert is_in_open_month(session, session.get_one(ConsumptionRecordRow, record))
    return [life]


async def confirmation(world: World) -> list[str]:
    """The reminder, the wait until the day is over, and what silence means."""
    day = (china_date(world.now()) + timedelta(days=40)).replace(day=5)
    make_record(world.database, world.customer, day=day.replace(day=1) - timedelta(days=1))
    handle = await world.client.start_workflow("ConfirmationWorkflow", day, id="confirmation-1", task_queue=names.LIVES)
    await handle.result()
    return [handle.id]


async def limit_notices(world: World) -> list[str]:
    make_record(world.database, world.customer, day=days_ending_in("2026-12")[0])
    handle = await world.client.start_workflow("LimitNoticeWorkflow", LimitStep("2026-12"), id="limit-notices-1", task_queue=names.LIVES)
    await handle.result()
    assert len(world.mailer.sent) == 1
    return [handle.id]


async def expiry(world: World) -> list[str]:
    make_record(world.database, world.customer, day=date(2026, 1, 15))
    handle = await world.client.start_workflow("ExpiryWorkflow", id="expiry-1", task_queue=names.LIVES)
    await world.ended(handle.id)
    return [handle.id]


async def authenticated(world: World) -> list[str]:
    handle = await world.authenticate_waiting()
    await handle.signal(AuthenticationWorkflow.decide, world.decision())
    await world.ended(handle.id)
    return [handle.id]


async def authentication_refused(world: World) -> list[str]:
    """Overdue, decided on an old screen, and then refused; a withdrawal came too late."""
    handle = await world.authenticate_waiting()
    await world.pass_time(timedelta(days=12))
    stale = world.decision(version=7)
    await handle.signal(AuthenticationWorkflow.decide, stale)
    await world.answered(stale.key)
    await handle.signal(AuthenticationWorkflow.decide, world.decision(Verdict.REJECT))
    await world.ended(handle.id)
    return [handle.id]


async def authentication_withdrawn(world: World) -> list[str]:
    handle = await world.authenticate_waiting()
    await handle.signal(AuthenticationWorkflow.withdraw, world.cancellation())
    await world.ended(handle.id)
    return [handle.id]


async def authentication_lapsed(world: World) -> list[str]:
    handle = await world.authenticate_waiting()
    await world.pass_time(timedelta(days=12))
    await world.pass_time(timedelta(days=19))
    await world.ended(handle.id)
    return [handle.id]


async def authentication_automatic(world: World) -> list[str]:
    handle = await world.authenticate(policy=Policy(automatic_authentication=True))
    await world.ended(handle.id)
    return [handle.id]


async def ticket_answered(world: World) -> list[str]:
    answer = answered_ticket(world.database, world.customer, world.reviewer, world.now())
    life = names.ticket_notice_workflow_id(answer)
    await world.client.execute_workflow(TicketNoticeWorkflow.run, answer, id=life, task_queue=names.LIVES)
    return [life]


async def title_refused(world: World) -> list[str]:
    decision = refused_title(world.database, world.customer, world.reviewer, world.now())
    life = names.title_notice_workflow_id(decision)
    await world.client.execute_workflow(TitleNoticeWorkflow.run, decision, id=life, task_queue=names.LIVES)
    return [life]


async def housekeeping(world: World) -> list[str]:
    answered_ticket(world.database, world.customer, world.reviewer, world.now() - timedelta(days=60))
    handle = await world.client.start_workflow("HousekeepingWorkflow", id="housekeeping-1", task_queue=names.LIVES)
    await world.ended(handle.id)
    return [handle.id]


async def calendar_changed(world: World) -> list[str]:
    """A promise that comes earlier: the run that tells its life, and the life that is told, until its customer ends it."""
    request = standing.new_request(world)
    life = await world.apply_reviewing(request)
    with world.database.write() as session:
        row = session.get_one(ApplicationRow, request.number)
        assert row.promised_at is not None
        row.promised_at, row.calendar_version = row.promised_at + timedelta(days=3), "an older library"
    handle = await world.client.start_workflow(PromiseWorkflow.run, "", id=names.PROMISES_NOW, task_queue=names.LIVES)
    await world.ended(handle.id)
    await world.at_rest(life.id)
    await life.signal(ApplicationWorkflow.cancel, world.cancellation())
    await world.ended(life.id)
    return [handle.id, life.id]


async def audit(world: World) -> list[str]:
    answered_ticket(world.database, world.customer, world.reviewer, world.now())
    handle = await world.client.start_workflow("AuditWorkflow", id="audit-1", task_queue=names.LIVES)
    await world.ended(handle.id)
    return [handle.id]


async def _imported(world: World, content: bytes, file_name: str, away: int = 0) -> str:
    asked = ImportRequest(world.attachments.put(content, "text/csv"), file_name)
    world.attachments.down = away
    life = names.import_workflow_id(asked.batch_id)
    await world.client.execute_workflow(ImportWorkflow.run, asked, id=life, task_queue=names.LIVES)
    return life


async def import_done(world: World) -> list[str]:
    """Tried again after the store was away."""
    cells = billable(world.database, world.customer)
    return [await _imported(world, billing_csv(cells, {**cells, "BilledCost": "20.005"}), "october.csv", away=1)]


async def import_refused(world: World) -> list[str]:
    cells = billable(world.database, world.customer)
    return [await _imported(world, billing_csv({**cells, "BilledCost": "1E-7"}), "wrong.csv")]


async def import_cancelled(world: World) -> list[str]:
    """While the store is away, so that the check cannot end; the second cancel comes too late."""
    world.attachments.down = 1_000
    asked = ImportRequest("ab" * 32, "october.csv")
    life = names.import_workflow_id(asked.batch_id)
    handle = await world.client.start_workflow(ImportWorkflow.run, asked, id=life, task_queue=names.LIVES)
    for _ in range(2):
        await handle.signal(ImportWorkflow.cancel, world.cancellation())
    await world.ended(life)
    return [life]


async def batch_of_applications(world: World) -> list[str]:
    """Two rows by name, then one by amount, which waits for them."""
    asked = application_batch(world.database, world.customer, world.now())
    life = names.batch_workflow_id(asked.batch_id)
    await world.client.execute_workflow(BatchWorkflow.run, asked, id=life, task_queue=names.LIVES)
    return [life]


async def batch_of_titles(world: World) -> list[str]:
    asked = title_batch(world.database, world.customer, world.now())
    life = names.batch_workflow_id(asked.batch_id)
    await world.client.execute_workflow(BatchWorkflow.run, asked, id=life, task_queue=names.LIVES)
    return [life]


async def _signed_off(world: World, *verdicts: Verdict) -> list[str]:
    """Two levels; told to decide by those who may not, first."""
    people = make_signing(world.database, world.customer)
    set_levels(world.database, world.customer, (0, (people.first,)), (0, (people.second,)))
    request = make_request(people.as_member, make_record(world.database, world.customer))
    handle = await world.apply(request)
    for message in (world.sign_off(people.master), world.sign_off(people.first, version=2)):
        await handle.signal(ApplicationWorkflow.sign_off, message)
        await world.answered(message.key)
    for person, verdict in zip((people.first, people.second), verdicts, strict=True):
        message = world.sign_off(person, verdict)
        await handle.signal(ApplicationWorkflow.sign_off, message)
        await world.answered(message.key)
    if verdicts[-1] is Verdict.REJECT:
        await world.ended(handle.id)
        return [handle.id]
    await handle.signal(ApplicationWorkflow.decide, world.decision())
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [handle.id]


async def signed_off(world: World) -> list[str]:
    return await _signed_off(world, Verdict.APPROVE, Verdict.APPROVE)


async def declined(world: World) -> list[str]:
    return await _signed_off(world, Verdict.APPROVE, Verdict.REJECT)


async def _asked_of_oa(world: World, verdict: Verdict | None) -> list[str]:
    """The OA is reminded of, and its answer is found by looking, or never comes."""
    set_oa(world.database, world.customer)
    world.office.down = 1
    request = standing.new_request(world)
    handle = await world.apply(request)
    await eventually(lambda: "oa-asked" in world.events(handle.id), "the question at the OA", within=60)
    await world.pass_time(timedelta(days=2, hours=1))
    if verdict is not None:
        world.office.decide(f"{request.number}:1", verdict)
    await world.pass_time(timedelta(days=1))
    if verdict is None:
        await world.ended(handle.id)
        return [handle.id]
    await handle.signal(ApplicationWorkflow.decide, world.decision())
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [handle.id]


async def oa_approved(world: World) -> list[str]:
    return await _asked_of_oa(world, Verdict.APPROVE)


async def oa_silent(world: World) -> list[str]:
    return await _asked_of_oa(world, None)


async def _material(world: World, request: ApplicationRequest, *, answered: bool) -> list[str]:
    """Asked for, told by mail and SMS, reminded; then the customer answers, or does not."""
    life = f"application:{request.number}"
    handle = world.client.get_workflow_handle(life)
    await eventually(lambda: len(world.sms.sent) == 1, "the SMS", within=60)
    await world.pass_time(timedelta(days=1))
    if not answered:
        await world.pass_time(timedelta(days=25))
        await world.ended(life)
        return [life]
    answer = MaterialAnswer(f"{request.number}:a", world.customer.user_id, world.application(request.number).version, "见附件")
    await handle.signal(ApplicationWorkflow.answer, answer)
    await world.answered(answer.key)
    await handle.signal(ApplicationWorkflow.decide, world.decision(version=world.application(request.number).version))
    await standing.wait_for_application(world, request.number, ApplicationState.ISSUED)
    return [life]


async def _asked(world: World) -> ApplicationRequest:
    """A reviewer asks."""
    request = standing.new_request(world)
    handle = await world.apply_reviewing(request)
    await handle.signal(ApplicationWorkflow.ask, MaterialRequest(f"{request.number}:m", world.reviewer, 1, ("contract",), "请上传合同"))
    return request


async def material_answered(world: World) -> list[str]:
    return await _material(world, await _asked(world), answered=True)


async def material_lapsed(world: World) -> list[str]:
    return await _material(world, await _asked(world), answered=False)


async def material_by_alarm(world: World) -> list[str]:
    """Asked by the automatic review; the expedite that came with the form waits for the answer."""
    one_level(world.database, world.reviewer)
    request = make_request(world.customer, old_record(world.database, world.customer), expedite=True)
    await world.apply_reviewing(request)
    return await _material(world, request, answered=True)


PATHS: dict[str, Path] = {
    path.__name__.replace("_", "-"): path
    for path in (
        electronic,
        paper,
        rejected,
        cancelled,
        cancelled_by_operator,
        expedited,
        automatic,
        passed_by_policy,
        lapsed,
        refused_by_rules,
        refused_by_bureau,
        partly_issued,
        told_while_issuing,
        parked,
        red_parked,
        returned_electronic,
        returned_paper_request_first,
        returned_paper_original_first,
        red_refused,
        half_returned,
        parcel_lost,
        bureau_away,
        reconciliation,
        statements,
        statement_by_hand,
        confirmation,
        limit_notices,
        expiry,
        authenticated,
        authentication_refused,
        authentication_withdrawn,
        authentication_lapsed,
        authentication_automatic,
        ticket_answered,
        housekeeping,
        calendar_changed,
        audit,
        title_refused,
        import_done,
        import_refused,
        import_cancelled,
        batch_of_applications,
        batch_of_titles,
        signed_off,
        declined,
        oa_approved,
        oa_silent,
        *REVIEW_PATHS,
        material_answered,
        material_lapsed,
        material_by_alarm,
    )
}
