"""Reserving: all or nothing, once, and never twice of the same record (S3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.calendar import china_date
from domain.invoices import InvoiceKind, Medium
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest
from infra.tables import AccountRow, EnterpriseRow, ReceiverRow, TitleRow
from tests.factories import make_customer, make_record, make_request, next_number
from tests.infra.books.conftest import POLICY, Books
from tests.infra.books.dump import changed, dump

AT_ONCE = 50


def _codes(books: Books, request: ApplicationRequest) -> set[tuple[str, str]]:
    """Field and code of each problem; record fields by their kind."""
    reservation = books.applications.reserve(request, books.now)
    assert reservation.amount_fen == 0
    assert reservation.promised_at is None
    return {(problem.field.split("-")[0], problem.code) for problem in reservation.problems}


def test_the_records_are_taken_with_a_promise_for_the_next_working_day(books: Books) -> None:
    first, second = books.record(10_600), books.record(21_200)
    request = make_request(books.customer, first, second)
    reservation = books.applications.reserve(request, books.now)
    assert (reservation.amount_fen, reservation.problems) == (31_800, ())
    assert reservation.promised_at is not None
    assert reservation.promised_at > books.now
    assert (books.held(first), books.held(second)) == ({Bucket.RESERVED: 10_600}, {Bucket.RESERVED: 21_200})
    row = books.application(request.number)
    assert (row.state, row.amount_fen, row.version) == (ApplicationState.REVIEWING, 31_800, 1)
    assert books.violations() == {}


def test_negatives_come_along_with_their_original(books: Books) -> None:
    original = books.record(10_600)
    bound, other = books.record(-2_600, original_id=original), books.record(500)
    request = make_request(books.customer, original)
    assert books.applications.reserve(request, books.now).amount_fen == 8_000
    assert books.held(bound) == {Bucket.RESERVED: -2_600}
    assert books.held(other) == {Bucket.AVAILABLE: 500}
    (order,) = books.applications.approve(request.number, None, POLICY, books.now)
    assert order.total_fen == 8_000
    assert books.violations() == {}


def test_a_repeat_gives_the_first_answer_and_changes_nothing(books: Books) -> None:
    request = make_request(books.customer, books.record())
    first = books.applications.reserve(request, books.now)
    rows = dump(books.database)
    assert books.applications.reserve(request, books.later(days=2)) == first
    assert changed(rows, dump(books.database)) == {}


def test_a_repeat_of_a_refusal_gives_the_same_reasons(books: Books) -> None:
    taken = books.record()
    books.reserved(taken)
    request = make_request(books.customer, taken)
    first = books.applications.reserve(request, books.now)
    assert first.refused
    rows = dump(books.database)
    assert books.applications.reserve(request, books.later(days=2)) == first
    assert changed(rows, dump(books.database)) == {}
    assert books.application(request.number).state == ApplicationState.REFUSED


RECORD_PROBLEMS: dict[str, Callable[[Books], int]] = {
    "invoiced-by-seller": lambda books: books.record(seller="某某软件"),
    "comes-with-its-original": lambda books: books.record(-100, original_id=books.record(200)),
    "waits-for-its-original": lambda books: books.record(-100, opened=False),
    "month-not-open": lambda books: books.record(opened=False, day=china_date(books.now)),
    "already-reserved": lambda books: books.reserved().record_ids[0],
    "already-invoiced": lambda books: _invoiced_record(books),
    "nothing-to-invoice": lambda books: books.record(0, excluded_fen=500),
    "past-time-limit": lambda books: books.record(day=china_date(books.now) - timedelta(days=190)),
    "unknown-record": lambda books: 999_999_999,
}


def _invoiced_record(books: Books) -> int:
    record = books.record()
    books.issued(record)
    return record


@pytest.mark.parametrize("code", RECORD_PROBLEMS)
def test_a_record_that_cannot_be_invoiced_refuses_the_whole_application(books: Books, code: str) -> None:
    good, bad = books.record(), RECORD_PROBLEMS[code](books)
    before = books.held(bad)
    request = make_request(books.customer, good, bad)
    assert _codes(books, request) == {("record", code)}
    assert books.held(good) == {Bucket.AVAILABLE: 10_600}
    assert books.held(bad) == before
    assert books.application(request.number).state == ApplicationState.REFUSED
    assert books.violations() == {}


def test_the_refusal_names_the_application_that_has_the_record(books: Books) -> None:
    holder = books.reserved()
    reservation = books.applications.reserve(make_request(books.customer, *holder.record_ids), books.now)
    assert [dict(problem.params) for problem in reservation.problems] == [{"application": holder.number}]


def test_records_of_another_enterprise_are_unknown(books: Books) -> None:
    stranger = make_customer(books.database)
    foreign = make_record(books.database, stranger)
    assert _codes(books, make_request(books.customer, books.record(), foreign)) == {("record", "unknown-record")}
    assert books.held(foreign) == {Bucket.AVAILABLE: 10_600}


def test_a_member_takes_only_the_records_of_its_own_account(books: Books) -> None:
    masters = books.record()
    with books.database.write() as session:
        member = AccountRow(enterprise_id=books.customer.enterprise_id, sub_account_id="sub-member", name="成员账号")
        session.add(member)
        session.flush()
        assert member.id is not None
        as_member = replace(books.customer, account_id=member.id)
    own = make_record(books.database, as_member)
    assert _codes(books, make_request(as_member, masters)) == {("record", "unknown-record")}
    assert books.applications.reserve(make_request(as_member, own), books.now).amount_fen == 10_600
    # The master account sees all of its enterprise.
    assert books.applications.reserve(make_request(books.customer, masters), books.now).amount_fen == 10_600


def _unverified(books: Books, request: ApplicationRequest) -> ApplicationRequest:
    with books.database.write() as session:
        session.get_one(EnterpriseRow, request.enterprise_id).verified = False
    return request


def _without_tax_id(books: Books, request: ApplicationRequest) -> ApplicationRequest:
    with books.database.write() as session:
        session.get_one(TitleRow, request.title_id).tax_id = ""
    return request


REQUEST_PROBLEMS: dict[tuple[str, str], Callable[[Books, ApplicationRequest], ApplicationRequest]] = {
    ("enterprise", "not-verified"): _unverified,
    ("tax_id", "tax-id-needed"): _without_tax_id,
    ("title_id", "unknown-title"): lambda books, request: replace(request, title_id=make_customer(books.database).title_id),
    ("receiver_id", "unknown-receiver"): lambda books, request: replace(request, receiver_id=make_customer(books.database).email_id),
    ("records", "ticked-twice"): lambda books, request: replace(request, record_ids=request.record_ids * 2),
    ("replaces", "unknown-invoice"): lambda books, request: replace(request, replaces=f"{next_number()}-1"),
    ("replaces", "not-returned-yet"): lambda books, request: replace(request, replaces=books.issued()),
}


@pytest.mark.parametrize(("field", "code"), REQUEST_PROBLEMS)
def test_a_wrong_request_is_refused_with_its_reason(books: Books, field: str, code: str) -> None:
    record = books.record()
    request = REQUEST_PROBLEMS[field, code](books, make_request(books.customer, record))
    assert (field, code) in _codes(books, request)
    assert books.held(record) == {Bucket.AVAILABLE: 10_600}
    assert books.violations() == {}


def test_an_application_without_records_is_refused(books: Books) -> None:
    assert ("records", "nothing-ticked") in _codes(books, make_request(books.customer))


def test_an_e_mail_address_does_not_receive_paper(books: Books) -> None:
    request = replace(make_request(books.customer, books.record()), medium=Medium.PAPER)
    assert _codes(books, request) == {("receiver_id", "unknown-receiver")}


def test_paper_is_refused_for_an_entity_without_it(books: Books) -> None:
    record = books.record(entity="QYSH")
    assert _codes(books, make_request(books.customer, record, medium=Medium.PAPER)) == {("medium", "electronic-only")}


def test_an_ordinary_invoice_needs_no_tax_id(books: Books) -> None:
    request = _without_tax_id(books, make_request(books.customer, books.record(), kind=InvoiceKind.ORDINARY))
    assert not books.applications.reserve(request, books.now).refused


def test_what_cannot_be_printed_is_refused_before_the_bureau_is_asked(books: Books) -> None:
    books.missing_characters = lambda text: set(text) & {"\U000323af"}
    record = books.record(service="云服务器\U000323af")
    reservation = books.applications.reserve(make_request(books.customer, record), books.now)
    assert [(problem.code, dict(problem.params)) for problem in reservation.problems] == [
        ("characters-not-printable", {"characters": "\U000323af"})
    ]


def test_a_refusal_without_a_title_of_ones_own_leaves_no_row(books: Books) -> None:
    stranger = make_customer(books.database)
    request = replace(make_request(books.customer, books.record()), title_id=stranger.title_id)
    assert books.applications.reserve(request, books.now).refused
    assert not books.has_application(request.number)


def test_negatives_that_exceed_their_original_refuse_the_application(books: Books) -> None:
    """They would stop the split for ever after the approval (I12)."""
    original = books.record(100)
    books.record(-300, original_id=original)
    request = make_request(books.customer, original, books.record(10_600))
    assert _codes(books, request) == {("record", "nothing-to-invoice")}


def test_of_two_applications_for_the_same_record_at_the_same_moment_one_wins(books: Books) -> None:
    for _ in range(5):
        record = books.record()
        requests = [make_request(books.customer, record) for _ in range(2)]
        with ThreadPoolExecutor(2) as threads:
            reservations = list(threads.map(lambda request: books.applications.reserve(request, books.now), requests))
        assert sorted(reservation.amount_fen for reservation in reservations) == [0, 10_600]
        (refused,) = (reservation for reservation in reservations if reservation.refused)
        assert [problem.code for problem in refused.problems] == ["already-reserved"]
    assert books.violations() == {}


def test_fifty_applications_at_once_take_each_record_once(books: Books) -> None:
    records = [books.record(100 + index) for index in range(10)]
    # Every application wants three records, in another order: locks taken in the order of ticking would lock up.
    wanted = [tuple(records[(index * step) % 10] for step in (1, 3, 7)) for index in range(AT_ONCE)]
    requests = [make_request(books.customer, *dict.fromkeys(ids)) for ids in wanted]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        reservations = list(threads.map(lambda request: books.applications.reserve(request, books.now), requests))
    winners = [request for request, reservation in zip(requests, reservations, strict=True) if not reservation.refused]
    taken = [record for request in winners for record in request.record_ids]
    assert winners
    assert len(taken) == len(set(taken))
    assert all(
        books.held(record) in ({Bucket.RESERVED: 100 + index}, {Bucket.AVAILABLE: 100 + index}) for index, record in enumerate(records)
    )
    assert {record for record in records if Bucket.RESERVED in books.held(record)} == set(taken)
    assert books.violations() == {}


def test_the_same_application_fifty_times_at_once_is_one(books: Books) -> None:
    """A repeated form and a retried step: the number is the key."""
    request = make_request(books.customer, books.record())

    def attempt(_index: int) -> int | None:
        try:
            return books.applications.reserve(request, books.now).amount_fen
        except IntegrityError:
            return None  # PostgreSQL lets both look before either writes; the step is tried again and finds the row

    with ThreadPoolExecutor(AT_ONCE) as threads:
        amounts = set(threads.map(attempt, range(AT_ONCE)))
    assert amounts - {None} == {10_600}
    assert books.applications.reserve(request, books.now).amount_fen == 10_600
    assert books.violations() == {}


def test_the_day_of_the_time_limit_is_a_day_in_china(books: Books) -> None:
    """Six months after 15 May: 15 November there, which ends at 16:00 UTC."""
    record = books.record(day=date(2026, 5, 15))
    in_time = books.now.replace(year=2026, month=11, day=15, hour=15, minute=59)
    late = in_time.replace(hour=16, minute=0)
    request = make_request(books.customer, record)
    assert books.applications.reserve(request, late).problems[0].code == "past-time-limit"
    assert not books.applications.reserve(replace(request, number=next_number()), in_time).refused


def test_a_receiver_that_was_taken_from_the_list_is_unknown(books: Books) -> None:
    request = make_request(books.customer, books.record())
    with books.database.write() as session:
        session.delete(session.get_one(ReceiverRow, request.receiver_id))
    assert _codes(books, request) == {("receiver_id", "unknown-receiver")}


def test_an_approved_application_is_found_again_by_the_run_that_reserved_it(books: Books) -> None:
    """The worker died before it could say that reserve, check and approve were done: the run does them again, and gets its invoices."""
    request = make_request(books.customer, books.record())
    first = books.applications.reserve(request, books.now, "run-1")
    orders = books.applications.approve(request.number, None, POLICY, books.now)
    rows = dump(books.database)
    again = books.applications.reserve(request, books.now + timedelta(seconds=20), "run-1")
    assert (again.refused, again.amount_fen, again.promised_at) == (False, first.amount_fen, first.promised_at)
    assert books.applications.approve(request.number, None, POLICY, books.now) == orders
    assert changed(rows, dump(books.database)) == {}


def test_what_waits_for_its_customer_by_an_alarm_is_found_again_by_its_run(books: Books) -> None:
    old = books.record(50_000, day=china_date(books.now) - timedelta(days=120))
    request = make_request(books.customer, old)
    books.applications.reserve(request, books.now, "run-1")
    asked = books.applications.check(request.number, POLICY, books.now).asked
    assert asked is not None
    assert books.application(request.number).state == ApplicationState.AWAITING_MATERIAL
    rows = dump(books.database)
    again = books.applications.reserve(request, books.now, "run-1")
    assert (again.refused, again.promised_at is not None) == (False, True)
    assert books.applications.check(request.number, POLICY, books.now).asked == asked
    assert changed(rows, dump(books.database)) == {}


@pytest.mark.parametrize("run", ["run-2", ""])
def test_another_run_with_the_number_of_an_approved_application_gets_nothing(books: Books, run: str) -> None:
    request = make_request(books.customer, books.record())
    books.applications.reserve(request, books.now, "run-1")
    books.applications.approve(request.number, None, POLICY, books.now)
    assert [problem.code for problem in books.applications.reserve(request, books.now, run).problems] == ["number-used"]
