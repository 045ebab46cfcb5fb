"""Look, ask, record: one number for an invoice, whatever happens between us and the bureau (S8, S14)."""

from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.issuing import IssueStep
from domain.lifecycle import InvoiceState
from domain.ports import BureauRecord, IssueRequest, OutsideRefused, OutsideUnavailable
from tests.activities.conftest import DOUBT, POLICY, Bench
from tests.infra.books.dump import changed


def _fails_as(bench: Bench, invoice_id: str, kind: str, *, attempt: int = 1, red: bool = False) -> ApplicationError:
    with pytest.raises(ApplicationError) as error:
        bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY, red=red), attempt=attempt)
    assert (error.value.type, error.value.non_retryable) == (kind, False)
    return error.value


def _issue(bench: Bench, invoice_id: str, *, attempt: int = 1, round_: int = 1, red: bool = False) -> str:
    result = bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY, round_, red), attempt=attempt)
    assert result.issued is not None
    return result.issued.number


@pytest.fixture(params=[False, True], ids=["blue", "red"])
def red(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def invoice_id(bench: Bench, red: bool) -> str:
    """An invoice whose next question to the bureau is the blue or the red one."""
    made = bench.ordered()
    if red:
        _issue(bench, made)
        bench.bureau.asked.clear()
    return made


def _request_id(invoice_id: str, red: bool) -> str:
    return f"{invoice_id}:red" if red else invoice_id


def test_a_lost_answer_is_looked_up_also_when_the_bureau_would_issue_again(bench: Bench, invoice_id: str, red: bool) -> None:
    bench.bureau.lose_answers, bench.bureau.forget = 1, True
    _fails_as(bench, invoice_id, "outcome-unknown", red=red)
    number = _issue(bench, invoice_id, attempt=2, red=red)
    assert bench.bureau.asked == [_request_id(invoice_id, red)]
    assert number == bench.bureau.entries[-1].number
    assert bench.violations() == {}


def test_what_was_never_sent_is_not_looked_up(bench: Bench, invoice_id: str, red: bool) -> None:
    looked: list[str] = []
    bench.bureau.look = looked.append  # type: ignore[method-assign, assignment]
    _issue(bench, invoice_id, red=red)
    assert looked == []


def test_a_request_unknown_to_the_bureau_is_sent_again_only_after_two_denials_apart(bench: Bench, invoice_id: str, red: bool) -> None:
    """The question was written down, then lost on its way."""
    bench.bureau.down = 1
    _fails_as(bench, invoice_id, "outcome-unknown", red=red)
    error = _fails_as(bench, invoice_id, "not-known-yet", attempt=2, red=red)
    assert error.next_retry_delay == DOUBT
    bench.pass_time(DOUBT - timedelta(seconds=1))
    error = _fails_as(bench, invoice_id, "not-known-yet", attempt=3, red=red)
    assert error.next_retry_delay == timedelta(seconds=1)
    assert bench.bureau.asked == []
    bench.pass_time(timedelta(seconds=1))
    _issue(bench, invoice_id, attempt=4, red=red)
    assert bench.bureau.asked == [_request_id(invoice_id, red)]
    assert bench.violations() == {}


def test_a_clock_that_is_set_back_delays_asking_again_by_no_more_than_the_doubt(bench: Bench, invoice_id: str, red: bool) -> None:
    bench.bureau.down = 1
    _fails_as(bench, invoice_id, "outcome-unknown", red=red)
    _fails_as(bench, invoice_id, "not-known-yet", attempt=2, red=red)
    bench.pass_time(-timedelta(hours=1))
    error = _fails_as(bench, invoice_id, "not-known-yet", attempt=3, red=red)
    assert error.next_retry_delay == DOUBT
    bench.pass_time(DOUBT)
    _issue(bench, invoice_id, attempt=4, red=red)
    assert bench.bureau.asked == [_request_id(invoice_id, red)]


def test_a_request_that_arrives_after_the_first_denial_is_found_by_the_second(bench: Bench, invoice_id: str, red: bool) -> None:
    """Slow on its way: the older attempt's question reaches the bureau in the time of doubt."""
    bench.bureau.down, bench.bureau.forget = 1, True
    _fails_as(bench, invoice_id, "outcome-unknown", red=red)
    _fails_as(bench, invoice_id, "not-known-yet", attempt=2, red=red)
    late = bench.bureau.ask(bench.issuing.books.claim(invoice_id, 1_000_002, red=red).request)
    bench.pass_time(DOUBT)
    assert _issue(bench, invoice_id, attempt=3, red=red) == late.number
    assert bench.bureau.asked == [_request_id(invoice_id, red)]


def test_an_id_the_bureau_knows_already_is_looked_up(bench: Bench, invoice_id: str, red: bool) -> None:
    """Our note of the question was lost with the database's last second; the bureau remembers."""
    issued = bench.bureau.ask(bench.issuing.books.claim(invoice_id, 1, red=red).request)
    _fails_as(bench, invoice_id, "outcome-unknown", red=red)
    assert _issue(bench, invoice_id, attempt=2, red=red) == issued.number
    assert len([entry for entry in bench.bureau.entries if entry.request_id == issued.request_id]) == 1


def test_a_wrong_answer_is_looked_up_and_a_wrong_entry_is_parked(bench: Bench, invoice_id: str, red: bool) -> None:
    bench.bureau.wrong_total = 1
    _fails_as(bench, invoice_id, "answer-differs", red=red)
    result = bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY, red=red), attempt=2)
    assert (result.parked, result.issued, result.refusal_code) == (True, None, "")
    invoice = bench.invoice(invoice_id)
    assert "total_fen" in invoice.parked_reason
    assert invoice.state == (InvoiceState.ISSUED if red else InvoiceState.PARKED)
    assert len(bench.bureau.asked) == 1

    # An operator has it mended there: the next round finds it, and asks nothing.
    wrong = bench.bureau.entries[-1]
    right = BureauRecord(**{**{name: getattr(wrong, name) for name in wrong.__slots__}, "total_fen": wrong.total_fen - 1})
    bench.bureau.entries[-1] = right
    assert _issue(bench, invoice_id, round_=2, red=red) == right.number
    assert len(bench.bureau.asked) == 1
    assert bench.violations() == {}


def test_a_refusal_is_final_for_an_invoice_and_is_not_asked_for_again(bench: Bench) -> None:
    """Also when the worker was lost after the refusal was recorded: the bureau might say yes now, for an amount that is released."""
    invoice_id = bench.ordered()
    bench.bureau.refuse[invoice_id] = "quota-used-up"
    first = bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY))
    assert first.refusal_code == "quota-used-up"
    bench.bureau.refuse.clear()
    bench.pass_time(DOUBT * 2)
    for attempt in (2, 3):
        assert bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY), attempt=attempt) == first
        bench.pass_time(DOUBT * 2)
    assert bench.bureau.entries == []
    assert bench.invoice(invoice_id).state == InvoiceState.REFUSED
    assert bench.violations() == {}


def test_a_refused_red_letter_may_be_asked_for_again(bench: Bench) -> None:
    invoice_id = bench.ordered()
    _issue(bench, invoice_id)
    bench.bureau.refuse[f"{invoice_id}:red"] = "deducted"
    assert bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY, 2, red=True)).refusal_code == "deducted"
    bench.bureau.refuse.clear()
    _issue(bench, invoice_id, round_=3, red=True)
    assert bench.violations() == {}


def test_an_attempt_that_was_overtaken_does_not_ask(bench: Bench, invoice_id: str, red: bool) -> None:
    bench.issuing.books.claim(invoice_id, 1_000_005, red=red)
    before = bench.rows()
    _fails_as(bench, invoice_id, "overtaken", attempt=4, red=red)
    assert bench.bureau.asked == []
    assert changed(before, bench.rows()) == {}


def test_the_fence_of_a_later_round_is_above_every_attempt_of_an_earlier_one(bench: Bench, invoice_id: str, red: bool) -> None:
    bench.issuing.books.claim(invoice_id, 2_000_001, red=red)
    _fails_as(bench, invoice_id, "overtaken", attempt=999_999, red=red)


@pytest.mark.parametrize("answer", [OutsideRefused("quota-used-up"), OutsideUnavailable("gone")], ids=["refused", "unavailable"])
def test_an_answer_that_comes_after_being_overtaken_changes_nothing(bench: Bench, answer: Exception) -> None:
    """An attempt that hung in its question wakes up when a newer one has the request."""
    invoice_id = bench.ordered()

    def hang(_request: IssueRequest) -> BureauRecord:
        bench.issuing.books.claim(invoice_id, 1_000_002, red=False)
        raise answer

    bench.bureau.ask = hang  # type: ignore[method-assign, assignment]
    with pytest.raises(ApplicationError):
        bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY))
    invoice = bench.invoice(invoice_id)
    assert (invoice.state, invoice.refusal_code, invoice.attempt) == (InvoiceState.ISSUING, "", 1_000_002)
    assert bench.violations() == {}


def test_the_worker_lost_after_the_bureau_issued_and_before_we_recorded(bench: Bench, invoice_id: str, red: bool) -> None:
    bench.bureau.forget = True
    books = bench.issuing.books
    name = "record_red_issued" if red else "record_issued"
    record = getattr(books, name)

    def lost(*_arguments: object) -> None:
        raise ConnectionError("the worker was lost")

    setattr(books, name, lost)
    with pytest.raises(ConnectionError):
        bench.run(bench.issuing.issue, IssueStep(invoice_id, POLICY, red=red))
    setattr(books, name, record)
    _issue(bench, invoice_id, attempt=2, red=red)
    assert bench.bureau.asked == [_request_id(invoice_id, red)]
    assert bench.violations() == {}


def test_the_worker_lost_after_we_recorded_and_before_it_said_so(bench: Bench, invoice_id: str, red: bool) -> None:
    first = _issue(bench, invoice_id, red=red)
    rows, outside = bench.rows(), bench.outside()
    bench.bureau.forget = True
    assert _issue(bench, invoice_id, attempt=2, red=red) == first
    assert bench.outside() == outside
    # The fence notes the newer attempt; nothing else is written.
    assert set(changed(rows, bench.rows())) <= {"invoice"}
    assert bench.violations() == {}


def test_a_refusal_that_the_bureaus_book_contradicts_is_not_believed(bench: Bench, invoice_id: str, red: bool) -> None:
    """An answer may lie about its effect: the amount of an issued invoice must not be released."""
    whole = bench.bureau.ask

    def lie(request: IssueRequest) -> BureauRecord:
        whole(request)
        raise OutsideRefused("quota-used-up")

    bench.bureau.ask = lie  # type: ignore[method-assign]
    number = _issue(bench, invoice_id, red=red)
    assert number == bench.bureau.entries[-1].number
    assert bench.violations() == {}
