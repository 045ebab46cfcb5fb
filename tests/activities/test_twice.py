"""Every step run twice with the same input changes nothing the second time: neither our rows nor anything outside."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest

from activities.applications import Approval, CheckStep, Ending, ExpediteStep, PassedPromise
from activities.authentications import AuthenticationEnding, AwaitStep
from activities.delivery import MailStep, ParcelStep, ParcelUpdateStep
from activities.documents import DocumentStep
from activities.housekeeping import SweepStep
from activities.issuing import IssueStep
from activities.limit_notices import LimitStep
from activities.material import TellMaterialStep
from activities.returns import OriginalStep, ReissueStep, RequestStep
from activities.review import AnswerStep, AskStep, ClaimStep, DecisionStep, HandOverStep
from activities.sign_offs import OfficeStep, SettleStep, TellStep
from cli.steps import Steps
from domain.audit import AuditAction, AuditProgress
from domain.authentication import AuthenticationState
from domain.batches import BatchBegun, BatchStep
from domain.calendar import china_date
from domain.files import checked_file
from domain.imports import ImportEnding, ImportPhase, ImportRequest
from domain.invoices import Medium
from domain.lifecycle import ApplicationState, InvoiceState, ReturnState
from domain.limit_notices import days_ending_in
from domain.material import MaterialNews
from domain.messages import Expedite, Note, OriginalReceived, ParcelUpdate, ReturnRequest, ReviewDecision, SignOffDecision, Verdict
from domain.review_messages import HandOver, MaterialAnswer, MaterialRequest, ReviewClaim
from domain.sign_off import SignOffNews
from infra.attachments import keep_attachment
from infra.audit import note_deed
from infra.books.review import SqlReview
from infra.queries.scope import utc_or_none
from infra.tables import ApplicationRow, ConsumptionRecordRow, ReviewAbsenceRow
from tests.activities.conftest import POLICY, Bench
from tests.batches import application_batch, title_batch
from tests.billing import billing_csv
from tests.factories import make_record, make_request, make_review, make_reviewer
from tests.imports import billable
from tests.infra.books.dump import changed
from tests.infra.test_attachments import picture
from tests.material import old_record
from tests.sign_offs import make_signing, set_levels, set_oa
from tests.tickets import answered_ticket
from tests.titles import refused_title

Case = tuple[Callable[[Any], Any], object]


def _issued(bench: Bench, medium: Medium = Medium.ELECTRONIC) -> str:
    invoice_id = bench.ordered(medium)
    bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY))
    return invoice_id


def _documented(bench: Bench, medium: Medium = Medium.ELECTRONIC) -> str:
    invoice_id = _issued(bench, medium)
    bench.storing.store_documents(DocumentStep(invoice_id))
    return invoice_id


def _returned(bench: Bench) -> str:
    invoice_id = _documented(bench)
    bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY, red=True))
    return invoice_id


def _reserve(bench: Bench) -> Case:
    return bench.applications.reserve, make_request(bench.customer, make_record(bench.database, bench.customer))


def _check(bench: Bench) -> Case:
    return bench.applications.check_automatically, CheckStep(bench.reserved().number, POLICY)


def _approve(bench: Bench) -> Case:
    number = bench.reserved().number
    make_review(bench.database, number, bench.reviewer, "d-1", bench.now)
    return bench.applications.approve, Approval(number, POLICY, ReviewDecision("d-1", bench.reviewer, Verdict.APPROVE, 1))


def _end(bench: Bench) -> Case:
    number = bench.reserved().number
    note = Note(f"application:{number}", "c-1", "cancel", bench.customer.user_id, taken=True)
    return bench.applications.end_application, Ending(number, ApplicationState.CANCELLED, note)


def _answer(bench: Bench) -> Case:
    note = Note(f"application:{bench.reserved().number}", "c-1", "cancel", 1, taken=False, code="already-issuing")
    return bench.applications.answer, note


def _expedite(bench: Bench) -> Case:
    return bench.applications.expedite, ExpediteStep(bench.reserved().number, Expedite("e-1", 1), POLICY)


def _overdue(bench: Bench) -> Case:
    number = bench.reserved().number
    with bench.database.read() as session:
        promised_at = utc_or_none(session.get_one(ApplicationRow, number).promised_at)
    assert promised_at is not None
    return bench.applications.mark_overdue, PassedPromise(number, promised_at)


def _red_documents(bench: Bench) -> Case:
    return bench.storing.store_documents, DocumentStep(_returned(bench), red=True)


def _red_mail(bench: Bench) -> Case:
    invoice_id = _returned(bench)
    bench.storing.store_documents(DocumentStep(invoice_id, red=True))
    return bench.delivery.send_invoice, MailStep(invoice_id, red=True)


def _parcel_again(bench: Bench) -> Case:
    invoice_id = _documented(bench, Medium.PAPER)
    bench.delivery.send_parcel(ParcelStep(invoice_id, 1, POLICY))
    bench.pass_time(timedelta(minutes=1))
    return bench.delivery.send_parcel, ParcelStep(invoice_id, 2, POLICY)


def _parcel_update(bench: Bench) -> Case:
    invoice_id = _documented(bench, Medium.PAPER)
    waybill = bench.delivery.send_parcel(ParcelStep(invoice_id, 1, POLICY))
    update = ParcelUpdate("p-1", waybill, "received", bench.now, "北京", 1)
    return bench.delivery.record_parcel_update, ParcelUpdateStep(invoice_id, update)


def _request(bench: Bench) -> Case:
    return bench.returns.record_return_request, RequestStep(_issued(bench), ReturnRequest("r-1", 1, "退票"), ReturnState.REVERSING)


def _original(bench: Bench) -> Case:
    step = OriginalStep(_issued(bench, Medium.PAPER), OriginalReceived("o-1", 1, "SF1"), ReturnState.ORIGINAL_HERE)
    return bench.returns.record_original, step


def _open_months(bench: Bench) -> Case:
    make_record(bench.database, bench.customer, opened=False)
    make_record(bench.database, bench.customer, opened=False, day=date(2026, 9, 30))
    return bench.statements.open_months, china_date(bench.now)


def _reminded(bench: Bench) -> Case:
    record = make_record(bench.database, bench.customer)
    return bench.confirmations.remind_of_statements, _period_of(bench, record)


def _limits(bench: Bench) -> Case:
    make_record(bench.database, bench.customer, day=days_ending_in("2026-12")[0])
    return bench.limits.remind_of_limits, LimitStep("2026-12")


def _silent(bench: Bench) -> Case:
    record = make_record(bench.database, bench.customer)
    return bench.confirmations.confirm_silent, _period_of(bench, record)


def _period_of(bench: Bench, record: int) -> str:
    with bench.database.read() as session:
        return session.get_one(ConsumptionRecordRow, record).period


def _expire(bench: Bench) -> Case:
    old = make_record(bench.database, bench.customer, day=china_date(bench.now) - timedelta(days=190))
    make_record(bench.database, bench.customer, -100, original_id=old)
    return bench.statements.expire, china_date(bench.now)


def _checked(bench: Bench) -> str:
    number = bench.submitted()
    bench.authentications.check_identity(number)
    return number


def _end_authentication(bench: Bench) -> Case:
    number = _checked(bench)
    note = Note(f"authentication:{number}", "d-1", "identity-approve", bench.reviewer, taken=True)
    return bench.authentications.end_authentication, AuthenticationEnding(number, AuthenticationState.APPROVED, note)


def _tell_result(bench: Bench) -> Case:
    step, ending = _end_authentication(bench)
    step(ending)
    assert isinstance(ending, AuthenticationEnding)
    return bench.authentications.tell_result, ending.number


def _ticket_answer(bench: Bench) -> Case:
    return bench.tickets.send_ticket_notices, answered_ticket(bench.database, bench.customer, bench.reviewer, bench.now)


def _title_decision(bench: Bench) -> Case:
    return bench.titles.send_title_notices, refused_title(bench.database, bench.customer, bench.reviewer, bench.now)


def _quiet_ticket(bench: Bench) -> Case:
    answered_ticket(bench.database, bench.customer, bench.reviewer, bench.now - timedelta(days=60))
    return bench.quiet_tickets.close_quiet_tickets, china_date(bench.now)


def _unsent_picture(bench: Bench) -> Case:
    file = checked_file(picture(1), "a.png")
    customer, before = bench.customer, bench.now - timedelta(days=2)
    keep_attachment(bench.database, bench.attachments, file, customer.enterprise_id, "authentication:RN-1", customer.user_id, before)
    return bench.files.forget_unsent, SweepStep(bench.now - timedelta(days=1))


def _unused_file(bench: Bench) -> Case:
    sha256 = bench.attachments.put(picture(1), "image/png")
    bench.attachments.moments[sha256] = bench.now - timedelta(days=2)
    return bench.files.remove_unused, SweepStep(bench.now - timedelta(days=1))


def _deeds(bench: Bench) -> None:
    with bench.database.write() as session:
        note_deed(session, bench.reviewer, AuditAction.REVEAL, "title:1", bench.now, tenant=bench.customer.enterprise_id)


def _verify(bench: Bench) -> Case:
    _deeds(bench)
    return bench.audit.verify_audit, AuditProgress(started_at=bench.now)


def _anchor(bench: Bench) -> Case:
    _deeds(bench)
    bench.audit.verify_audit(AuditProgress())
    return bench.audit.anchor_audit, china_date(bench.now)


def _import(bench: Bench) -> ImportRequest:
    content = billing_csv(billable(bench.database, bench.customer))
    return ImportRequest(bench.attachments.put(content, "text/csv"), "october.csv", bench.reviewer)


def _ended_import(bench: Bench) -> Case:
    request = _import(bench)
    bench.run(bench.imports.check_import, request)
    note = Note(f"import:{request.batch_id}", "c-1", "cancel", bench.reviewer, taken=True)
    return bench.imports.end_import, ImportEnding(request, ImportPhase.CANCELLED, note)


def _prepared(bench: Bench) -> Case:
    request = application_batch(bench.database, bench.customer, bench.now)
    bench.batches.begin_batch(request)
    return bench.batches.prepare_entries, BatchStep(request)


def _prepared_titles(bench: Bench) -> Case:
    request = title_batch(bench.database, bench.customer, bench.now)
    bench.batches.begin_batch(request)
    return bench.batches.prepare_entries, BatchStep(request)


def _begun(bench: Bench) -> Case:
    request = application_batch(bench.database, bench.customer, bench.now)
    bench.batches.begin_batch(request)
    numbers = tuple(asked.number for asked in bench.batches.prepare_entries(BatchStep(request)).applications)
    return bench.batches.note_begun, BatchBegun(request.batch_id, numbers[:1], numbers[1:])


def _unsigned(bench: Bench) -> tuple[str, int]:
    """An application that waits for its enterprise; its number, and who can sign it off."""
    people = make_signing(bench.database, bench.customer)
    set_levels(bench.database, bench.customer, (0, (people.first,)))
    request = make_request(people.as_member, make_record(bench.database, bench.customer))
    bench.run(bench.applications.reserve, request)
    return request.number, people.first


def _reserve_unsigned(bench: Bench) -> Case:
    people = make_signing(bench.database, bench.customer)
    set_levels(bench.database, bench.customer, (0, (people.first,)))
    return bench.applications.reserve, make_request(people.as_member, make_record(bench.database, bench.customer))


def _settle(bench: Bench, verdict: Verdict) -> Case:
    number, person = _unsigned(bench)
    return bench.sign_offs.settle_sign_off, SettleStep(number, SignOffDecision("s-1", person, verdict, 1, "预算不符"), POLICY)


def _end_unsigned(bench: Bench) -> Case:
    return bench.applications.end_application, Ending(_unsigned(bench)[0], ApplicationState.LAPSED)


def _ask_office(bench: Bench) -> Case:
    set_oa(bench.database, bench.customer)
    return bench.sign_offs.ask_office, OfficeStep(bench.reserved().number)


def _decided(bench: Bench, verdict: Verdict, level: int = 1) -> Case:
    number = bench.reserved().number
    with bench.database.write() as session:
        session.get_one(ApplicationRow, number).level = level
    return bench.reviews.decide_level, DecisionStep(number, ReviewDecision("d-1", bench.reviewer, verdict, 1, "抬头不符"))


def _absent(bench: Bench) -> Case:
    reviews, number = SqlReview(bench.database), bench.reserved().number
    reviews.claim(number, ReviewClaim("k-1", bench.reviewer), bench.now - timedelta(days=1))
    reviews.hand_over(number, HandOver("h-1", bench.reviewer, bench.reviewer), bench.now - timedelta(minutes=10))
    today = china_date(bench.now)
    substitute = make_reviewer(bench.database)
    with bench.database.write() as session:
        made_at = bench.now - timedelta(minutes=5)
        row = ReviewAbsenceRow(person=bench.reviewer, from_day=today, until_day=today, made_by=bench.reviewer, made_at=made_at)
        row.substitute = substitute
        session.add(row)
    return bench.reviews.pass_on_absent, today


def _material(bench: Bench) -> AskStep:
    return AskStep(bench.reserved().number, MaterialRequest("m-1", bench.reviewer, 1, ("contract",), "请上传合同"), POLICY)


def _check_that_asks(bench: Bench) -> Case:
    request = make_request(bench.customer, old_record(bench.database, bench.customer))
    bench.applications.reserve(request)
    return bench.applications.check_automatically, CheckStep(request.number, POLICY)


def _tell_material(bench: Bench) -> Case:
    asked = _material(bench)
    outcome = bench.run(bench.reviews.ask_material, asked)
    assert outcome.asked is not None
    return bench.material.tell_material, TellMaterialStep(asked.number, MaterialNews.ASKED, outcome.asked.due_at)


def _tell_review_end(bench: Bench) -> Case:
    number = bench.reserved().number
    rejection = ReviewDecision("d-1", bench.reviewer, Verdict.REJECT, 1, "抬头不一致")
    bench.run(bench.reviews.decide_level, DecisionStep(number, rejection))
    return bench.review_ends.tell_review_end, number


def _material_answer(bench: Bench) -> Case:
    asked = _material(bench)
    bench.run(bench.reviews.ask_material, asked)
    return bench.reviews.answer_material, AnswerStep(asked.number, MaterialAnswer("m-2", bench.customer.user_id, 2, "见附件"), POLICY)


def _moved(bench: Bench) -> str:
    """An application whose promise the calendar brings three days forward; its number."""
    number = bench.reserved().number
    with bench.database.write() as session:
        row = session.get_one(ApplicationRow, number)
        assert row.promised_at is not None
        row.promised_at, row.calendar_version = row.promised_at + timedelta(days=3), "an older library"
    return number


def _move(bench: Bench) -> Case:
    _moved(bench)
    return bench.promises.move_promises, POLICY


def _over(bench: Bench) -> Case:
    number = _moved(bench)
    bench.promises.move_promises(POLICY)
    bench.run(bench.applications.end_application, Ending(number, ApplicationState.CANCELLED))
    return bench.promises.promises_to_tell, ""


def _told(bench: Bench) -> Case:
    _moved(bench)
    bench.promises.move_promises(POLICY)
    return bench.promises.promises_told, bench.promises.promises_to_tell("")


CASES: dict[str, list[Callable[[Bench], Case]]] = {
    "reserve": [_reserve, _reserve_unsigned],
    "check_automatically": [_check, _check_that_asks],
    "approve": [_approve],
    "end_application": [_end, _end_unsigned],
    "settle_sign_off": [lambda bench: _settle(bench, Verdict.APPROVE), lambda bench: _settle(bench, Verdict.REJECT)],
    "ask_office": [_ask_office],
    "decide_level": [
        lambda bench: _decided(bench, Verdict.APPROVE),
        lambda bench: _decided(bench, Verdict.APPROVE, level=2),
        lambda bench: _decided(bench, Verdict.REJECT),
    ],
    "claim_review": [
        lambda bench: (bench.reviews.claim_review, ClaimStep(bench.reserved().number, ReviewClaim("k-1", bench.reviewer))),
    ],
    "hand_over_review": [
        lambda bench: (
            bench.reviews.hand_over_review,
            HandOverStep(bench.reserved().number, HandOver("h-1", bench.reviewer, make_reviewer(bench.database))),
        ),
    ],
    "pass_on_absent": [_absent],
    "ask_material": [lambda bench: (bench.reviews.ask_material, _material(bench))],
    "answer_material": [_material_answer],
    "tell_material": [_tell_material],
    "tell_review_end": [_tell_review_end],
    "promise_of": [lambda bench: (bench.reviews.promise_of, bench.reserved().number)],
    "move_promises": [_move],
    "promises_to_tell": [_over],
    "promises_told": [_told],
    "tell_sign_off": [lambda bench: (bench.sign_offs.tell_sign_off, TellStep(_unsigned(bench)[0], SignOffNews.ASKED))],
    "answer": [_answer],
    "expedite": [_expedite],
    "mark_overdue": [_overdue],
    "issue": [
        lambda bench: (bench.issuing.issue, IssueStep(bench.ordered(), POLICY)),
        lambda bench: (bench.issuing.issue, IssueStep(_documented(bench), POLICY, 2, red=True)),
    ],
    "store_documents": [lambda bench: (bench.storing.store_documents, DocumentStep(_issued(bench))), _red_documents],
    "send_invoice": [lambda bench: (bench.delivery.send_invoice, MailStep(_documented(bench))), _red_mail],
    "send_parcel": [
        lambda bench: (bench.delivery.send_parcel, ParcelStep(_documented(bench, Medium.PAPER), 1, POLICY)),
        _parcel_again,
    ],
    "record_parcel_update": [_parcel_update],
    "record_return_request": [_request],
    "record_original": [_original],
    "record_reissue": [lambda bench: (bench.returns.record_reissue, ReissueStep(_returned(bench), "KP-261121-00000001"))],
    "close_window": [lambda bench: (bench.returns.close_window, _issued(bench))],
    "open_months": [_open_months],
    "expire": [_expire],
    "remind_of_statements": [_reminded],
    "remind_of_limits": [_limits],
    "confirm_silent": [_silent],
    "check_identity": [lambda bench: (bench.authentications.check_identity, bench.submitted())],
    "read_picture": [lambda bench: (bench.authentications.read_picture, _checked(bench))],
    "await_person": [lambda bench: (bench.authentications.await_person, AwaitStep(_checked(bench), POLICY))],
    "mark_identity_overdue": [lambda bench: (bench.authentications.mark_identity_overdue, _checked(bench))],
    "end_authentication": [_end_authentication],
    "tell_result": [_tell_result],
    "send_ticket_notices": [_ticket_answer],
    "close_quiet_tickets": [_quiet_ticket],
    "forget_unsent": [_unsent_picture],
    "remove_unused": [_unused_file],
    "verify_audit": [_verify],
    "anchor_audit": [_anchor],
    "send_title_notices": [_title_decision],
    "check_import": [lambda bench: (bench.imports.check_import, _import(bench))],
    "write_import": [lambda bench: (bench.imports.write_import, _import(bench))],
    "end_import": [_ended_import],
    "answer_import": [
        lambda bench: (bench.imports.answer_import, Note("import:x", "c-2", "cancel", bench.reviewer, taken=False, code="import-over"))
    ],
    "begin_batch": [lambda bench: (bench.batches.begin_batch, application_batch(bench.database, bench.customer, bench.now))],
    "prepare_entries": [_prepared, _prepared_titles],
    "note_begun": [_begun],
    "end_batch": [lambda bench: (bench.batches.end_batch, application_batch(bench.database, bench.customer, bench.now).batch_id)],
    "compare_with_bureau": [lambda bench: (bench.reconciliation.compare_with_bureau, china_date(bench.now) if _issued(bench) else None)],
}


TOLD_AGAIN = {"check_import": {"import_run"}}
"""Steps that read again and say so with its moment; they book nothing."""
READING = {"promise_of"}
"""Steps that read only."""
COUNTING = {
    "pass_on_absent",
    "write_import",
    "open_months",
    "remind_of_statements",
    "remind_of_limits",
    "confirm_silent",
    "expire",
    "send_ticket_notices",
    "send_title_notices",
    "close_quiet_tickets",
    "forget_unsent",
    "tell_sign_off",
    "move_promises",
    "tell_material",
    "tell_review_end",
}
"""These say how many there were to do."""


def _registered() -> set[str]:
    """The steps that the worker offers, found in the classes themselves."""
    classes = [field.type for field in fields(Steps)]
    return {name for kind in classes for name, method in vars(kind).items() if hasattr(method, "__temporal_activity_definition")}


def test_every_step_is_run_twice_here() -> None:
    assert set(CASES) == _registered()


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{name}-{index}") for name, cases in CASES.items() for index, case in enumerate(cases, start=1)]
)
def test_a_step_run_twice_changes_nothing_the_second_time(bench: Bench, case: Callable[[Bench], Case]) -> None:
    step, argument = case(bench)
    before = bench.rows(), bench.outside()
    first = bench.run(step, argument)
    rows, outside = bench.rows(), bench.outside()
    if step.__name__ in READING:
        assert (changed(before[0], rows), outside) == ({}, before[1])
    else:
        assert changed(before[0], rows) or before[1] != outside, "the step must have done something the first time"
    bench.pass_time(timedelta(minutes=2))
    second = bench.run(step, argument)
    assert set(changed(rows, bench.rows())) == TOLD_AGAIN.get(step.__name__, set())
    assert bench.outside() == outside
    if step.__name__ not in COUNTING:
        assert second == first
    assert bench.violations() == {}


def _lost(*_arguments: object, **_options: object) -> None:
    raise ConnectionError("the worker was lost")


@pytest.mark.parametrize("name", ["issue", "store_documents", "send_parcel"])
def test_the_worker_lost_after_the_effect_and_before_it_was_recorded_repeats_nothing_outside(bench: Bench, name: str) -> None:
    books: Any = bench.issuing.books if name == "issue" else bench.delivery_books
    recorder = {"issue": "record_issued", "store_documents": "record_documents", "send_parcel": "record_parcel"}[name]
    for case in CASES[name][:1]:
        step, argument = case(bench)
        whole = getattr(books, recorder)
        setattr(books, recorder, _lost)
        with pytest.raises(ConnectionError):
            bench.run(step, argument)
        outside = bench.outside()
        setattr(books, recorder, whole)
        bench.run(step, argument, attempt=2)
        assert bench.outside() == outside
        assert any(outside.values())
        assert bench.violations() == {}


def test_a_mail_whose_record_was_lost_goes_out_again_as_the_same_mail(bench: Bench) -> None:
    """SMTP cannot be asked what it took; the derived message id lets the receiver see that it is the same."""
    invoice_id = _documented(bench)
    books: Any = bench.delivery_books
    whole = books.record_notice
    books.record_notice = _lost
    with pytest.raises(ConnectionError):
        bench.run(bench.delivery.send_invoice, MailStep(invoice_id))
    books.record_notice = whole
    bench.run(bench.delivery.send_invoice, MailStep(invoice_id), attempt=2)
    bench.run(bench.delivery.send_invoice, MailStep(invoice_id), attempt=3)
    assert [mail.message_id for mail in bench.mailer.sent] == [f"issued.{invoice_id}"] * 2
    assert bench.mailer.sent[0] == bench.mailer.sent[1]


def test_months_are_opened_until_none_is_left(bench: Bench) -> None:
    step, today = _open_months(bench)
    assert bench.run(step, today) == 2
    assert bench.run(step, today) == 0


def test_an_invoice_the_bureau_does_not_know_is_a_difference(bench: Bench) -> None:
    """Also when its book is empty: there is nothing then to compare from."""
    _issued(bench)
    today = china_date(bench.now)
    assert bench.run(bench.reconciliation.compare_with_bureau, today) == 0
    entry = bench.bureau.entries.pop()
    assert bench.run(bench.reconciliation.compare_with_bureau, today) == 1
    stranger = replace(entry, request_id="other", number="9" * 20)
    bench.bureau.entries += [entry, stranger]
    assert bench.run(bench.reconciliation.compare_with_bureau, today) == 1


def test_a_refused_red_letter_leaves_the_window_open(bench: Bench) -> None:
    invoice_id = _issued(bench)
    bench.bureau.refuse[f"{invoice_id}:red"] = "deducted"
    step = IssueStep(invoice_id, POLICY, 2, red=True)
    first = bench.run(bench.issuing.issue, step)
    assert bench.run(bench.issuing.issue, step, attempt=2) == first
    assert bench.invoice(invoice_id).state == InvoiceState.ISSUED
    assert bench.violations() == {}
