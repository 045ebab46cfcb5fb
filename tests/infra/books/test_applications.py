"""The steps of an application on its rows: approved, expedited and ended once each."""

from datetime import UTC, date, datetime

import pytest

from domain.calendar import CHINA
from domain.ledger import Bucket
from domain.lifecycle import ApplicationState
from domain.messages import Expedite, Note, Policy, ReviewDecision, Verdict
from tests.factories import make_request, make_review
from tests.infra.books.conftest import POLICY, Books
from tests.infra.books.dump import changed, dump

FRIDAY = datetime(2026, 11, 13, 11, 0, tzinfo=CHINA).astimezone(UTC)


def _decision(books: Books, number: str) -> ReviewDecision:
    make_review(books.database, number, books.reviewer, "decision-1", books.now)
    return ReviewDecision("decision-1", books.reviewer, Verdict.APPROVE, 1, "齐全")


def test_an_approval_freezes_the_split_by_entity_and_rate(books: Books) -> None:
    records = books.record(10_600), books.record(11_300, rate_bp=1300), books.record(10_600, entity="QYSH")
    request = books.reserved(*records)
    orders = books.applications.approve(request.number, _decision(books, request.number), POLICY, books.now)
    assert [(order.invoice_id, order.entity, order.total_fen) for order in orders] == [
        (f"{request.number}-1", "QY", 10_600),
        (f"{request.number}-2", "QY", 11_300),
        (f"{request.number}-3", "QYSH", 10_600),
    ]
    row = books.application(request.number)
    assert (row.state, row.decided_by, row.reason, row.version) == (ApplicationState.ISSUING, books.reviewer, "齐全", 2)
    assert books.violations() == {}


def test_approving_twice_gives_the_same_orders_and_changes_nothing(books: Books) -> None:
    request = books.reserved(books.record(), books.record(11_300, rate_bp=1300))
    decision = _decision(books, request.number)
    first = books.applications.approve(request.number, decision, POLICY, books.now)
    rows = dump(books.database)
    again = books.applications.approve(request.number, decision, POLICY, books.later(hours=1))
    assert again == first
    assert changed(rows, dump(books.database)) == {}


def test_more_than_ten_invoices_keep_their_order(books: Books) -> None:
    records = [books.record(10_600, rate_bp=600, service=f"服务{index:02d}") for index in range(12)]
    request = books.reserved(*records, policy=Policy(single_invoice_limit_fen=10_000))
    orders = books.applications.approve(request.number, None, request.policy, books.now)
    assert [order.invoice_id for order in orders] == [f"{request.number}-{position}" for position in range(1, 13)]


def test_a_record_cut_by_the_limit_belongs_to_all_of_its_invoices(books: Books) -> None:
    record = books.record(106_000)
    request = books.reserved(record, policy=Policy(single_invoice_limit_fen=30_000))
    orders = books.applications.approve(request.number, None, request.policy, books.now)
    assert len(orders) > 1
    assert sum(order.total_fen for order in orders) == 106_000
    first, *others = orders
    books.issuing.record_issued(first.invoice_id, books.answer(first.invoice_id), POLICY, books.now)
    assert books.held(record) == {Bucket.INVOICED: first.total_fen, Bucket.RESERVED: 106_000 - first.total_fen}
    for order in others:
        books.issuing.record_refused(order.invoice_id, "quota-used-up", 1, books.now)
    assert books.held(record) == {Bucket.INVOICED: first.total_fen, Bucket.AVAILABLE: 106_000 - first.total_fen}
    assert books.violations() == {}


@pytest.mark.parametrize("state", [ApplicationState.CANCELLED, ApplicationState.REJECTED, ApplicationState.LAPSED])
def test_ending_twice_releases_the_amount_once(books: Books, state: ApplicationState) -> None:
    record = books.record()
    request = books.reserved(record)
    note = Note(f"application:{request.number}", "key-1", "cancel", books.customer.user_id, taken=True)
    books.applications.end(request.number, state, note, books.now)
    assert books.held(record) == {Bucket.AVAILABLE: 10_600}
    rows = dump(books.database)
    books.applications.end(request.number, state, note, books.later(minutes=1))
    assert changed(rows, dump(books.database)) == {}
    assert books.violations() == {}


def test_what_was_released_can_be_applied_for_again(books: Books) -> None:
    record = books.record()
    request = books.reserved(record)
    books.applications.end(request.number, ApplicationState.CANCELLED, None, books.now)
    again = books.reserved(record)
    assert books.held(record) == {Bucket.RESERVED: 10_600}
    # The end of the first one, told late once more, releases nothing of the second.
    books.applications.end(request.number, ApplicationState.CANCELLED, None, books.now)
    assert books.held(record) == {Bucket.RESERVED: 10_600}
    assert books.application(again.number).state == ApplicationState.REVIEWING


@pytest.mark.parametrize("state", [ApplicationState.CANCELLED, ApplicationState.REJECTED, ApplicationState.LAPSED])
def test_an_approved_application_does_not_end_in_another_way(books: Books, state: ApplicationState) -> None:
    record = books.record()
    request = books.reserved(record)
    books.applications.approve(request.number, None, POLICY, books.now)
    rows = dump(books.database)
    books.applications.end(request.number, state, None, books.now)
    assert changed(rows, dump(books.database)) == {}
    assert books.held(record) == {Bucket.RESERVED: 10_600}


def test_an_application_under_review_is_not_ended_as_issued(books: Books) -> None:
    record = books.record()
    request = books.reserved(record)
    rows = dump(books.database)
    books.applications.end(request.number, ApplicationState.ISSUED, None, books.now)
    assert changed(rows, dump(books.database)) == {}
    assert books.held(record) == {Bucket.RESERVED: 10_600}


def test_an_application_that_never_was_does_not_end(books: Books) -> None:
    rows = dump(books.database)
    books.applications.end("KP-261121-99999999", ApplicationState.CANCELLED, None, books.now)
    assert changed(rows, dump(books.database)) == {}


@pytest.mark.parametrize(
    ("asked", "promised"),
    [
        (datetime(2026, 11, 13, 9, 0, tzinfo=CHINA), date(2026, 11, 13)),
        (datetime(2026, 11, 13, 17, 30, tzinfo=CHINA), date(2026, 11, 13)),
        (datetime(2026, 11, 13, 17, 31, tzinfo=CHINA), date(2026, 11, 16)),
        (datetime(2026, 11, 13, 18, 0, tzinfo=CHINA), date(2026, 11, 16)),
        (datetime(2026, 11, 14, 9, 0, tzinfo=CHINA), date(2026, 11, 16)),
        (datetime(2026, 10, 10, 9, 0, tzinfo=CHINA), date(2026, 10, 10)),
        (datetime(2026, 9, 30, 19, 0, tzinfo=CHINA), date(2026, 10, 8)),
    ],
)
def test_an_expedite_promises_the_same_day_while_it_is_worked(books: Books, asked: datetime, promised: date) -> None:
    """10 October 2026 is a Saturday that is worked; the first week of October is off."""
    now = asked.astimezone(UTC)
    record = books.record(day=date(2026, 6, 15))
    request = make_request(books.customer, record)
    before = books.applications.reserve(request, now).promised_at
    after = books.applications.expedite(request.number, Expedite("e-1", 1), POLICY, now)
    assert after.astimezone(CHINA) == datetime(promised.year, promised.month, promised.day, 18, tzinfo=CHINA)
    assert before is not None
    assert after <= before
    row = books.application(request.number)
    assert (row.expedited, row.promised_at) == (True, after)


def test_expediting_twice_keeps_the_first_promise(books: Books) -> None:
    request = make_request(books.customer, books.record(day=date(2026, 10, 1)))
    books.applications.reserve(request, FRIDAY)
    message = Expedite("e-1", books.customer.user_id)
    first = books.applications.expedite(request.number, message, POLICY, FRIDAY)
    rows = dump(books.database)
    assert books.applications.expedite(request.number, message, POLICY, FRIDAY.replace(hour=12)) == first
    assert changed(rows, dump(books.database)) == {}


def test_a_reissue_names_the_invoice_it_replaces_when_entity_and_rate_are_the_same(books: Books) -> None:
    record = books.record()
    returned = books.issued(record)
    books.issuing.record_red_issued(returned, books.answer(returned, red=True), books.now)
    other = books.record(11_300, rate_bp=1300)
    request = make_request(books.customer, record, other, replaces=returned)
    assert not books.applications.reserve(request, books.now).refused
    orders = books.applications.approve(request.number, None, POLICY, books.now)
    assert {order.total_fen: order.replaces for order in orders} == {10_600: returned, 11_300: ""}
    assert books.violations() == {}


def test_the_checks_stand_in_the_application_with_their_evidence(books: Books) -> None:
    request = books.reserved()
    findings = books.applications.check(request.number, POLICY, books.now)
    assert findings.raised == ("not-the-first-application",)
    assert '"consumed_fen": "10600"' in books.application(request.number).findings
    assert books.events(f"application:{request.number}").count("checked") == 1
