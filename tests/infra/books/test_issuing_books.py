"""The rows of issuing: fenced, written once, and the money moved once (S8, S14)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from domain.books import Overtaken
from domain.calendar import CHINA
from domain.ledger import Bucket
from domain.lifecycle import InvoiceState, ReturnState
from domain.messages import OriginalReceived, ReturnRequest
from tests.infra.books.conftest import POLICY, Books
from tests.infra.books.dump import changed, dump


def test_an_issued_invoice_moves_the_amount_once(books: Books) -> None:
    record = books.record()
    order = books.ordered(record)
    answer = books.answer(order.invoice_id)
    first = books.issuing.record_issued(order.invoice_id, answer, POLICY, books.now)
    assert first.number == answer.number
    assert books.held(record) == {Bucket.INVOICED: 10_600}
    rows = dump(books.database)
    assert books.issuing.record_issued(order.invoice_id, answer, POLICY, books.later(hours=1)) == first
    assert changed(rows, dump(books.database)) == {}
    assert books.violations() == {}


def test_the_window_is_counted_from_the_invoice_date_in_china(books: Books) -> None:
    order = books.ordered()
    at = books.now.replace(year=2026, month=11, day=12, hour=16, minute=30)
    issued = books.issuing.record_issued(order.invoice_id, books.answer(order.invoice_id, at=at), POLICY, books.now)
    assert issued.issued_on.isoformat() == "2026-11-13"
    closes_at = books.invoice(order.invoice_id).window_closes_at
    assert closes_at is not None
    assert closes_at.astimezone(CHINA).isoformat() == "2026-12-14T00:00:00+08:00"


def test_a_refused_invoice_releases_the_amount_once_and_stays_refused(books: Books) -> None:
    record = books.record()
    order = books.ordered(record)
    books.issuing.claim(order.invoice_id, 1, red=False)
    books.issuing.record_refused(order.invoice_id, "quota-used-up", 1, books.now)
    assert books.held(record) == {Bucket.AVAILABLE: 10_600}
    rows = dump(books.database)
    books.issuing.record_refused(order.invoice_id, "quota-used-up", 1, books.later(hours=1))
    assert changed(rows, dump(books.database)) == {}
    invoice = books.invoice(order.invoice_id)
    assert (invoice.state, invoice.refusal_code) == (InvoiceState.REFUSED, "quota-used-up")
    assert books.issuing.claim(order.invoice_id, 2, red=False).refusal_code == "quota-used-up"
    assert books.violations() == {}


def test_a_red_letter_releases_the_amount_once(books: Books) -> None:
    record = books.record()
    invoice_id = books.issued(record)
    answer = books.answer(invoice_id, red=True)
    assert (answer.total_fen, answer.original_number) == (-10_600, books.invoice(invoice_id).number)
    first = books.issuing.record_red_issued(invoice_id, answer, books.now)
    assert books.held(record) == {Bucket.AVAILABLE: 10_600}
    rows = dump(books.database)
    assert books.issuing.record_red_issued(invoice_id, answer, books.later(hours=1)) == first
    assert changed(rows, dump(books.database)) == {}
    invoice = books.invoice(invoice_id)
    assert (invoice.state, invoice.return_state, invoice.red_number) == (InvoiceState.RETURNED, ReturnState.DONE, answer.number)
    assert books.violations() == {}


def test_a_red_letter_of_an_invoice_with_negatives_gives_everything_back(books: Books) -> None:
    original = books.record(10_600)
    negative = books.record(-2_600, original_id=original)
    invoice_id = books.issued(original)
    assert (books.held(original), books.held(negative)) == ({Bucket.INVOICED: 10_600}, {Bucket.INVOICED: -2_600})
    books.issuing.record_red_issued(invoice_id, books.answer(invoice_id, red=True), books.now)
    assert (books.held(original), books.held(negative)) == ({Bucket.AVAILABLE: 10_600}, {Bucket.AVAILABLE: -2_600})
    assert books.violations() == {}


def test_a_refused_red_letter_undoes_the_return_and_moves_nothing(books: Books) -> None:
    record = books.record()
    invoice_id = books.issued(record)
    books.returns.record_request(invoice_id, ReturnRequest("r-1", 1, "抬头不对"), ReturnState.REVERSING, books.now)
    books.issuing.claim(invoice_id, 5, red=True)
    books.issuing.mark_asked(invoice_id, 5, books.now, red=True)
    books.issuing.record_red_refused(invoice_id, "deducted", 5, books.now)
    invoice = books.invoice(invoice_id)
    assert (invoice.state, invoice.return_state, invoice.return_requested_at) == (InvoiceState.ISSUED, ReturnState.NONE, None)
    assert books.held(record) == {Bucket.INVOICED: 10_600}
    # The next request is a new question: nothing of the refused one is pending.
    assert books.issuing.claim(invoice_id, 6, red=True).asked_at is None


@pytest.mark.parametrize("red", [False, True])
def test_an_older_attempt_is_fenced_off(books: Books, red: bool) -> None:
    invoice_id = books.issued() if red else books.ordered().invoice_id
    books.issuing.claim(invoice_id, 2, red=red)
    books.issuing.claim(invoice_id, 3, red=red)
    rows = dump(books.database)
    steps: list[Callable[[], object]] = [
        lambda: books.issuing.claim(invoice_id, 2, red=red),
        lambda: books.issuing.mark_asked(invoice_id, 2, books.now, red=red),
        lambda: books.issuing.mark_unknown(invoice_id, 2, books.now, red=red),
        lambda: books.issuing.park(invoice_id, "x", 2, books.now, red=red),
        lambda: (books.issuing.record_red_refused if red else books.issuing.record_refused)(invoice_id, "x", 2, books.now),
    ]
    for step in steps:
        with pytest.raises(Overtaken):
            step()
    assert changed(rows, dump(books.database)) == {}
    assert books.issuing.claim(invoice_id, 3, red=red).asked_at is None


def test_of_many_attempts_at_once_only_the_newest_may_ask(books: Books) -> None:
    invoice_id = books.ordered().invoice_id

    def attempt(fence: int) -> int | None:
        try:
            books.issuing.claim(invoice_id, fence, red=False)
            books.issuing.mark_asked(invoice_id, fence, books.now, red=False)
        except Overtaken:
            return None
        return fence

    with ThreadPoolExecutor(20) as threads:
        asked = [fence for fence in threads.map(attempt, range(1, 21)) if fence]
    assert max(asked) == 20
    with pytest.raises(Overtaken):
        books.issuing.mark_asked(invoice_id, 19, books.now, red=False)


def test_a_question_is_remembered_and_so_is_the_first_denial(books: Books) -> None:
    invoice_id = books.ordered().invoice_id
    assert books.issuing.claim(invoice_id, 1, red=False).asked_at is None
    books.issuing.mark_asked(invoice_id, 1, books.now, red=False)
    books.issuing.mark_unknown(invoice_id, 1, books.later(seconds=9), red=False)
    claim = books.issuing.claim(invoice_id, 2, red=False)
    assert claim.asked_at is not None
    assert claim.unknown_since is not None
    assert claim.unknown_since - claim.asked_at == timedelta(seconds=9)
    # Asking again begins anew: the denial was about the question before.
    books.issuing.mark_asked(invoice_id, 2, books.later(seconds=90), red=False)
    assert books.issuing.claim(invoice_id, 3, red=False).unknown_since is None


def test_a_parked_invoice_is_issuing_again_when_it_is_claimed(books: Books) -> None:
    invoice_id = books.ordered().invoice_id
    books.issuing.park(invoice_id, "total_fen is 1, asked was 2", 1, books.now, red=False)
    assert (books.invoice(invoice_id).state, books.invoice(invoice_id).parked_reason) == (
        InvoiceState.PARKED,
        "total_fen is 1, asked was 2",
    )
    rows = dump(books.database)
    books.issuing.park(invoice_id, "total_fen is 1, asked was 2", 1, books.later(hours=1), red=False)
    assert changed(rows, dump(books.database)) == {}
    books.issuing.claim(invoice_id, 2, red=False)
    assert (books.invoice(invoice_id).state, books.invoice(invoice_id).parked_reason) == (InvoiceState.ISSUING, "")


def test_a_parked_red_letter_leaves_the_invoice_issued(books: Books) -> None:
    invoice_id = books.issued()
    books.issuing.park(invoice_id, "x" * 400, 1, books.now, red=True)
    invoice = books.invoice(invoice_id)
    assert (invoice.state, len(invoice.parked_reason)) == (InvoiceState.ISSUED, 300)


def test_the_halves_of_a_return_and_the_end_of_the_window_are_written_once(books: Books) -> None:
    invoice_id = books.issued()
    steps: list[Callable[[], object]] = [
        lambda: books.returns.record_request(invoice_id, ReturnRequest("r-1", 1, "退"), ReturnState.REQUESTED, books.now),
        lambda: books.returns.record_original(invoice_id, OriginalReceived("o-1", 2, "SF1"), ReturnState.REVERSING, books.now),
        lambda: books.returns.record_reissue(invoice_id, "KP-261121-00000001", books.now, started=True),
        lambda: books.returns.close_window(invoice_id, books.now),
    ]
    for step in steps:
        step()
        rows = dump(books.database)
        step()
        assert changed(rows, dump(books.database)) == {}
    assert books.invoice(invoice_id).state == InvoiceState.CLOSED


def test_the_window_of_a_returned_invoice_does_not_close(books: Books) -> None:
    invoice_id = books.issued()
    books.issuing.record_red_issued(invoice_id, books.answer(invoice_id, red=True), books.now)
    rows = dump(books.database)
    books.returns.close_window(invoice_id, books.later(days=40))
    assert changed(rows, dump(books.database)) == {}
