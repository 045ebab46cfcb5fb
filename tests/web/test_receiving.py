"""The receiving desk: finding whose original it is, and taking it or saying why not."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from temporalio.service import RPCStatusCode

from domain.invoices import Medium
from domain.lifecycle import InvoiceState, ReturnState
from domain.messages import OriginalReceived, Policy, ReturnRequest
from domain.ports import Waybill
from infra.books.delivery import SqlDelivery
from infra.books.returns import SqlReturns
from infra.database import Database
from tests.web.conftest import NOW, Clock, Visit
from tests.web.lives import MASTER, OPERATOR, Lives, RecordingTemporal, write_note


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


def sheets(condition: str = "complete", **more: Any) -> dict[str, Any]:
    return {"condition": condition, "key": str(uuid.uuid4()), "in_hand": "true", **more}


@pytest.mark.parametrize("login", ["master", "member", "other", "reviewer"])
async def test_only_operators_have_a_receiving_desk(visit: Visit, lives: Lives, temporal: RecordingTemporal, login: str) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    browser = await visit(login)
    assert (await browser.get("/receiving")).status_code == 404
    assert (await browser.get(f"/receiving/{invoice_id}")).status_code == 404
    assert (await browser.post_form(f"/receiving/{invoice_id}/original", sheets())).status_code == 404
    assert temporal.signals == []


@pytest.mark.parametrize(
    "typed", ["26332 00000 00000 00001", " 2633 2000 0000 0000 0001 ", "kp-261120-00000001-1", "KP-261120-00000001", "sl2611130071645"]
)
async def test_one_invoice_is_found_by_whatever_stands_on_the_envelope(visit: Visit, lives: Lives, database: Database, typed: str) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    delivery = SqlDelivery(database, "http://kaipiao.test/callbacks", sample=True)
    order = delivery.parcel_order(invoice_id, 1, Policy(), NOW)
    delivery.record_parcel(invoice_id, Waybill(order.order_key, "SL2611130071645", NOW), NOW)
    answer = await (await visit("operator")).get("/receiving", params={"q": typed})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/receiving/{invoice_id}")


@pytest.mark.parametrize("typed", ["26332000000000000009", "%", "_", "' or 1=1 --", "0"])
async def test_what_is_not_ours_is_said_so(visit: Visit, lives: Lives, typed: str) -> None:
    lives.issued(medium=Medium.PAPER)
    answer = await (await visit("operator")).get("/receiving", params={"q": typed})
    assert answer.status_code == 200
    assert "No invoice of ours has this number" in answer.text


async def test_a_return_that_waits_for_its_original_is_listed(visit: Visit, lives: Lives, database: Database) -> None:
    browser = await visit("operator")
    assert "Nothing is waited for" in (await browser.get("/receiving")).text
    invoice_id = lives.issued(medium=Medium.PAPER)
    SqlReturns(database).record_request(invoice_id, ReturnRequest("k", MASTER, "抬头开错"), ReturnState.REQUESTED, NOW)
    page = (await browser.get("/receiving")).text
    assert f'href="/receiving/{invoice_id}"' in page
    assert "Return: original missing" in page


@pytest.mark.parametrize("requested_first", [True, False])
async def test_complete_sheets_are_taken_before_and_after_the_request(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal, requested_first: bool
) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    if requested_first:
        SqlReturns(database).record_request(invoice_id, ReturnRequest("k", MASTER, "抬头开错"), ReturnState.REQUESTED, NOW)
    temporal.answer = lambda life, sent: write_note(database, life, sent.key, "original", sent.by, taken=True)
    browser = await visit("operator")
    form = sheets(waybill=" sl 2611 1300 71645 ")
    answer = await browser.post_form(f"/receiving/{invoice_id}/original", form)
    expected = OriginalReceived(key=form["key"], by=OPERATOR, waybill="SL2611130071645")
    assert temporal.signals == [(f"invoice:{invoice_id}", "receive_original", expected)]
    assert answer.headers["location"] == f"/receiving/{invoice_id}?m={form['key']}"
    assert "The original is recorded as received." in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize(("condition", "sentence"), [("incomplete", "ask for what is missing"), ("damaged", "Photograph the damage")])
async def test_other_sheets_are_not_taken_and_the_page_says_what_to_do(
    visit: Visit, lives: Lives, temporal: RecordingTemporal, condition: str, sentence: str
) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    form = sheets(condition, waybill="SF123456")
    answer = await (await visit("operator")).post_form(f"/receiving/{invoice_id}/original", form)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "SF123456" in answer.text
    assert form["key"] in answer.text
    assert temporal.signals == []


async def test_an_original_that_cannot_be_here_yet_is_asked_about_first(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    desk = await visit("operator")
    assert "has not reached the customer yet" in (await desk.get(f"/receiving/{invoice_id}")).text
    answer = await desk.post_form(f"/receiving/{invoice_id}/original", sheets(in_hand="", waybill="SF123456"))
    assert answer.status_code == 422
    assert "tick that you have it in your hands" in answer.text
    assert "SF123456" in answer.text
    assert temporal.signals == []


@pytest.mark.parametrize("wrong", [{"condition": ""}, {"condition": "fine"}, {"waybill": "SF1"}, {"waybill": "SF<script>1"}, {"key": "x"}])
async def test_a_malformed_form_sends_nothing(visit: Visit, lives: Lives, temporal: RecordingTemporal, wrong: dict[str, str]) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    answer = await (await visit("operator")).post_form(f"/receiving/{invoice_id}/original", sheets() | wrong)
    assert answer.status_code == 422
    assert "<script>1" not in answer.text
    assert temporal.signals == []


@pytest.mark.parametrize(
    ("medium", "values", "later", "sentence"),
    [
        (Medium.ELECTRONIC, {}, 0, "An electronic invoice has no original"),
        (Medium.PAPER, {}, 31, "The correction window is over"),
        (Medium.PAPER, {"state": InvoiceState.CLOSED}, 0, "The correction window is over"),
        (Medium.PAPER, {"state": InvoiceState.RETURNED}, 0, "Reversed already"),
        (Medium.PAPER, {"state": InvoiceState.REFUSED}, 0, "The tax platform refused this invoice"),
        (Medium.PAPER, {"window_closes_at": None}, 0, "This invoice is not issued yet"),
        (Medium.PAPER, {"return_state": ReturnState.REVERSING}, 0, "the red-letter invoice is being issued"),
        (Medium.PAPER, {"return_state": ReturnState.ORIGINAL_HERE, "original_received_at": NOW}, 0, "The original is here already"),
    ],
)
async def test_what_cannot_be_received_says_why(
    visit: Visit, lives: Lives, clock: Clock, medium: Medium, values: dict[str, Any], later: int, sentence: str
) -> None:
    invoice_id = lives.issued(medium=medium)
    lives.change_invoice(invoice_id, **values)
    clock.moment = NOW + timedelta(days=later)
    page = (await (await visit("operator")).get(f"/receiving/{invoice_id}")).text
    assert sentence in page
    assert 'name="condition"' not in page


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("window-closed", "The correction window is over."),
        ("already-received", "The original was recorded as received before."),
        ("nothing-to-send-back", "An electronic invoice has no original to send back"),
    ],
)
async def test_the_invoices_own_refusal_is_shown(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal, code: str, sentence: str
) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    temporal.answer = lambda life, sent: write_note(database, life, sent.key, "original", sent.by, taken=False, code=code)
    browser = await visit("operator")
    answer = await browser.post_form(f"/receiving/{invoice_id}/original", sheets())
    assert sentence in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize(("error", "status"), [(RPCStatusCode.NOT_FOUND, 409), (RPCStatusCode.UNAVAILABLE, 503)])
async def test_an_ended_life_and_a_silent_server_have_their_pages(
    visit: Visit, lives: Lives, temporal: RecordingTemporal, error: RPCStatusCode, status: int
) -> None:
    invoice_id = lives.issued(medium=Medium.PAPER)
    temporal.error = error
    answer = await (await visit("operator")).post_form(f"/receiving/{invoice_id}/original", sheets())
    assert answer.status_code == status


async def test_an_unknown_invoice_is_not_found(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    browser = await visit("operator")
    assert (await browser.get("/receiving/KP-261120-ZZZZZZZZ-1")).status_code == 404
    assert (await browser.post_form("/receiving/KP-261120-ZZZZZZZZ-1/original", sheets())).status_code == 404
    assert temporal.signals == []
