"""The tax bureau's adapter against the real simulator, healthy and with every kind of fault."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.invoices import InvoiceKind, InvoiceLine, Medium, Party
from domain.issuing import differences
from domain.ports import AlreadyAsked, BureauRecord, IssueRequest, OutsideDisagrees, OutsideRefused, OutsideUnavailable
from infra.tax_bureau import HttpTaxBureau
from tests.infra.asks import issue_request, red_request
from tests.infra.s3 import free_port
from tests.simulators.running import Simulator

TIMEOUT_SECONDS = 0.5


@pytest.fixture
def adapter(bureau: Simulator) -> Iterator[HttpTaxBureau]:
    adapter = HttpTaxBureau(bureau.url, TIMEOUT_SECONDS)
    yield adapter
    adapter.close()


def booked(adapter: HttpTaxBureau, request: IssueRequest) -> list[BureauRecord]:
    """What the bureau's book really holds for a request."""
    return [record for record in adapter.book(datetime.now(UTC) - timedelta(hours=1)) if record.request_id == request.request_id]


def test_an_invoice_is_issued_and_found_again(adapter: HttpTaxBureau) -> None:
    request = issue_request()
    assert adapter.look(request.request_id) is None
    record = adapter.ask(request)
    assert (record.request_id, record.total_fen, record.tax_fen) == (request.request_id, 10_601, 600)
    assert (record.number[2:4], len(record.number)) == ("33", 20)
    assert abs(record.issued_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert adapter.look(request.request_id) == record
    assert booked(adapter, request) == [record]


@pytest.mark.parametrize("request_id", ["invoice:2026-000123/1", "发票 1", "a?b#c%2f", "../admin/forget", "x" * 120])
def test_any_request_id_is_found_again(adapter: HttpTaxBureau, request_id: str) -> None:
    own = request_id[:80] + datetime.now(UTC).isoformat()
    assert adapter.look(own) is None
    assert adapter.ask(issue_request(request_id=own)) == adapter.look(own)


def test_a_red_invoice_names_the_blue_one(adapter: HttpTaxBureau) -> None:
    blue = adapter.ask(issue_request())
    red = adapter.ask(red_request(blue.number))
    assert (red.original_number, red.total_fen, red.tax_fen, len(red.red_sheet_number)) == (blue.number, -10_601, -600, 20)
    with pytest.raises(OutsideRefused) as refusal:
        adapter.ask(red_request(blue.number))
    assert refusal.value.code == "above-original"


def test_every_kind_rate_and_quantity_travels_exactly(adapter: HttpTaxBureau) -> None:
    rates = ((1300, 13), (900, 9), (600, 6), (300, 3), (100, 1), (0, 0))
    lines = tuple(
        InvoiceLine("云服务", "信息技术服务", "3040203000000000000", 10_000, percent * 100, rate, quantity=Decimal("0.3333333333333"))
        for rate, percent in rates
    )
    request = issue_request(kind=InvoiceKind.ORDINARY, medium=Medium.PAPER, buyer=Party("张三"), lines=lines)
    assert adapter.ask(request).total_fen == request.total_fen


def test_a_known_request_id_is_said_to_be_known(adapter: HttpTaxBureau) -> None:
    request = issue_request()
    adapter.ask(request)
    with pytest.raises(AlreadyAsked):
        adapter.ask(request)


@pytest.mark.parametrize(
    ("code", "wrong"),
    [("unknown-province", {"province": "99"}), ("buyer-tax-id-missing", {"buyer": Party("乙")}), ("malformed", {"lines": ()})],
)
def test_a_refusal_carries_the_bureaus_code(adapter: HttpTaxBureau, code: str, wrong: dict[str, Any]) -> None:
    request = issue_request(**wrong)
    with pytest.raises(OutsideRefused) as refusal:
        adapter.ask(request)
    assert refusal.value.code == code
    assert adapter.look(request.request_id) is None


DOUBTS: list[tuple[dict[str, Any], int]] = [
    ({"kind": "away"}, 0),
    ({"kind": "fail-before", "status": 503}, 0),
    ({"kind": "fail-before", "status": 429}, 0),
    ({"kind": "fail-before", "status": 404}, 0),
    ({"kind": "fail-before", "status": 401}, 0),
    ({"kind": "fail-before", "status": 409}, 0),
    ({"kind": "fail-after"}, 1),
    ({"kind": "fail-after", "status": 500}, 1),
    ({"kind": "late", "seconds": 1.0}, 1),
    ({"kind": "drip", "seconds": 0.05}, 1),
    *(({"kind": "garbage", "variant": variant}, 1) for variant in ("half", "html", "empty", "huge", "redirect", "error-inside")),
]


@pytest.mark.parametrize("forgetful", [False, True], ids=["remembers", "forgets"])
@pytest.mark.parametrize(
    ("fault", "effects"), DOUBTS, ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else ""
)
def test_after_a_doubt_a_look_leads_to_exactly_one_number(
    bureau: Simulator, adapter: HttpTaxBureau, fault: dict[str, Any], effects: int, forgetful: bool
) -> None:
    bureau.post("/admin/forget", {"on": forgetful})
    bureau.order(**fault, path="/invoices", method="POST")
    request = issue_request()
    started = time.monotonic()
    with pytest.raises(OutsideUnavailable):
        adapter.ask(request)
    assert time.monotonic() - started < 4 * TIMEOUT_SECONDS
    assert len(booked(adapter, request)) == effects
    record = adapter.look(request.request_id) or adapter.ask(request)
    assert booked(adapter, request) == [record]
    assert differences(request, record) == []


@pytest.mark.parametrize("variant", ["other-request", "amount-off", "buyer-off", "tomorrow"])
def test_a_clear_answer_about_something_else_is_parked(bureau: Simulator, adapter: HttpTaxBureau, variant: str) -> None:
    bureau.order("garbage", variant=variant, path="/invoices", method="POST")
    request = issue_request()
    with pytest.raises(OutsideDisagrees):
        adapter.ask(request)
    assert len(booked(adapter, request)) == 1


def test_a_slow_bureau_is_a_doubt_that_ends_in_one_number(bureau: Simulator, adapter: HttpTaxBureau) -> None:
    """The first ask is still on its way when we look: only the bureau's own memory of ids helps then (S8.TO+)."""
    bureau.order("slow", seconds=1.0, path="/invoices", method="POST")
    request = issue_request()
    with pytest.raises(OutsideUnavailable):
        adapter.ask(request)
    assert adapter.look(request.request_id) is None
    record = adapter.ask(request)
    while bureau.faults()[0]["finished"] == 0:
        time.sleep(0.05)
    assert booked(adapter, request) == [record]


def test_a_doubled_request_gives_one_number_because_ids_are_remembered(bureau: Simulator, adapter: HttpTaxBureau) -> None:
    bureau.order("twice", path="/invoices", method="POST")
    request = issue_request()
    record = adapter.ask(request)
    assert booked(adapter, request) == [record]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "away"},
        {"kind": "slow", "seconds": 1.0},
        {"kind": "fail-before", "status": 502},
        {"kind": "fail-before", "status": 404},
        *({"kind": "garbage", "variant": variant} for variant in ("half", "html", "empty", "huge", "redirect", "error-inside")),
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_look_that_is_not_clear_never_says_unknown(bureau: Simulator, adapter: HttpTaxBureau, fault: dict[str, Any]) -> None:
    request = issue_request()
    record = adapter.ask(request)
    bureau.order(**fault, path="/invoices/by-request", method="GET")
    with pytest.raises(OutsideUnavailable):
        adapter.look(request.request_id)
    assert adapter.look(request.request_id) == record


def test_a_look_that_answers_for_another_request_is_parked(bureau: Simulator, adapter: HttpTaxBureau) -> None:
    request = issue_request()
    adapter.ask(request)
    bureau.order("garbage", variant="other-request", path="/invoices/by-request")
    with pytest.raises(OutsideDisagrees):
        adapter.look(request.request_id)


def test_a_wrong_address_is_a_doubt_and_not_an_unknown_request(bureau: Simulator) -> None:
    """Any server answers 404 to a path that it does not have; to take that for 'unknown' would issue twice."""
    with pytest.raises(OutsideUnavailable):
        HttpTaxBureau(f"{bureau.url}/v2", TIMEOUT_SECONDS).look("invoice-1")
    with pytest.raises(OutsideUnavailable):
        HttpTaxBureau(f"http://127.0.0.1:{free_port()}", TIMEOUT_SECONDS).look("invoice-1")


def test_the_book_is_read_over_its_pages(bureau: Simulator, adapter: HttpTaxBureau) -> None:
    since = datetime.now(UTC)
    numbers = [adapter.ask(issue_request()).number for _ in range(3)]
    assert [record.number for record in adapter.book(since)] == numbers
    assert list(adapter.book(datetime.now(UTC))) == []
    bureau.order("garbage", path="/book")
    with pytest.raises(OutsideUnavailable):
        list(adapter.book(since))


def test_every_field_that_differs_is_named(adapter: HttpTaxBureau) -> None:
    request = issue_request()
    record = adapter.ask(request)
    assert differences(request, record) == []
    other = replace(
        record,
        request_id="other",
        total_fen=1,
        tax_fen=1,
        buyer_tax_id="",
        seller_tax_id="other",
        original_number=record.number,
        number="26" + "11" + record.number[4:],
        red_sheet_number=record.number,
    )
    fields = {difference.field for difference in differences(request, other)}
    assert fields == {
        "request_id", "total_fen", "tax_fen", "buyer_tax_id", "seller_tax_id", "original_number", "province", "red_sheet_number",
    }  # fmt: skip


def test_a_bureau_that_was_killed_is_found_again_by_the_same_adapter(own_bureau: Simulator) -> None:
    adapter = HttpTaxBureau(own_bureau.url, TIMEOUT_SECONDS)
    request = issue_request()
    record = adapter.ask(request)
    own_bureau.kill()
    with pytest.raises(OutsideUnavailable):
        adapter.look(request.request_id)
    own_bureau.start()
    assert adapter.look(request.request_id) == record
