"""The operators' page: what is stuck, and that only an operator can have a parked invoice looked at again."""

import json
import re
import uuid
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from temporalio.service import RPCStatusCode

from domain.invoices import Medium
from domain.lifecycle import ReturnState
from domain.messages import LookAgain, ParcelUpdate, Policy
from domain.ports import Waybill
from infra.books.delivery import SqlDelivery
from infra.database import Database
from infra.scanner import ClamdScanner
from infra.tables import ConsumptionRecordRow, ReconciliationRow
from tests.web.conftest import NOW, Clock, Visit
from tests.web.lives import OPERATOR, Lives, RecordingTemporal, write_note
from tests.web.rows import add_catalogue, add_record
from web.operators import RUNBOOK
from web.sentences.staff import STUCK


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


def parked(lives: Lives) -> str:
    invoice_id = lives.approved()
    lives.issuing.park(invoice_id, "other amount: 126.80", 1, NOW, red=False)
    return invoice_id


@pytest.mark.parametrize("login", ["master", "member", "other", "reviewer"])
async def test_only_operators_have_the_overview(visit: Visit, lives: Lives, temporal: RecordingTemporal, login: str) -> None:
    invoice_id = parked(lives)
    browser = await visit(login)
    assert (await browser.get("/operators")).status_code == 404
    assert (await browser.post_form(f"/operators/invoices/{invoice_id}/look-again", {"key": str(uuid.uuid4())})).status_code == 404
    assert temporal.signals == []


async def test_an_empty_house_says_that_nothing_is_stuck(visit: Visit) -> None:
    page = (await (await visit("operator")).get("/operators")).text
    assert "Nothing is stuck" in page
    assert "No comparison has run yet" in page
    assert "No parcel is under way" in page


async def test_a_parked_invoice_shows_its_reason_and_can_be_looked_at_again(visit: Visit, lives: Lives) -> None:
    invoice_id = parked(lives)
    page = (await (await visit("operator")).get("/operators")).text
    assert "other amount: 126.80" in page
    assert f'action="/operators/invoices/{invoice_id}/look-again"' in page
    assert f"workflows/invoice%3A{invoice_id}" in page
    assert "RB-01" in page


async def test_a_step_is_stuck_after_ten_minutes_not_before(visit: Visit, lives: Lives, clock: Clock) -> None:
    lives.approved()
    browser = await visit("operator")
    clock.moment = NOW + timedelta(minutes=10)
    assert "Nothing is stuck" in (await browser.get("/operators")).text
    clock.moment = NOW + timedelta(minutes=11)
    assert "Not issued after 11 min" in (await browser.get("/operators")).text


@pytest.mark.parametrize(
    ("medium", "values", "sentence", "runbook"),
    [
        (Medium.ELECTRONIC, {"pdf_sha256": ""}, "Issued, but its documents are not stored", "RB-03"),
        (Medium.ELECTRONIC, {}, "Issued, but the mail has not gone out", "RB-04"),
        (Medium.PAPER, {}, "Issued, but the courier has not taken it over", "RB-05"),
        (
            Medium.ELECTRONIC,
            {"delivery": "sent", "return_state": ReturnState.REVERSING, "return_requested_at": NOW},
            "Red-letter invoice not issued after 30 min",
            "RB-02",
        ),
        (
            Medium.ELECTRONIC,
            {"delivery": "sent", "return_state": ReturnState.REVERSING, "return_requested_at": NOW, "parked_reason": "x"},
            "answer to the red-letter invoice does not fit",
            "RB-01",
        ),
        (
            Medium.ELECTRONIC,
            {"delivery": "sent", "red_number": "26332000000000000391", "red_issued_at": NOW},
            "The red-letter invoice&#39;s documents are not stored",
            "RB-03",
        ),
    ],
)
async def test_each_kind_of_stuck_invoice_is_named(
    visit: Visit, lives: Lives, clock: Clock, medium: Medium, values: dict[str, object], sentence: str, runbook: str
) -> None:
    lives.change_invoice(lives.issued(medium=medium), **values)
    clock.moment = NOW + timedelta(minutes=30)
    page = (await (await visit("operator")).get("/operators")).text
    stuck = page.split("<tbody>")[1].split("</tbody>")[0]
    assert stuck.count("<tr>") == 1
    assert sentence in stuck
    assert runbook in stuck


async def test_an_overdue_review_is_stuck_too(visit: Visit, lives: Lives, clock: Clock) -> None:
    number = lives.application()
    clock.moment = NOW + timedelta(days=4)
    page = (await (await visit("operator")).get("/operators")).text
    assert "The promised date of the review has passed" in page
    assert f'href="/applications/{number}"' in page
    assert f"workflows/application%3A{number}" in page


async def test_the_largest_amount_comes_first(visit: Visit, lives: Lives, clock: Clock) -> None:
    small, large = lives.approved(10_000), lives.approved(90_000)
    clock.moment = NOW + timedelta(hours=1)
    page = (await (await visit("operator")).get("/operators")).text
    assert page.index(large) < page.index(small)


async def test_looking_again_signals_the_invoice_and_shows_the_answer(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    invoice_id = parked(lives)
    temporal.answer = lambda life, sent: write_note(database, life, sent.key, "look-again", sent.by, taken=True)
    browser = await visit("operator")
    key = str(uuid.uuid4())
    answer = await browser.post_form(f"/operators/invoices/{invoice_id}/look-again", {"key": key})
    assert temporal.signals == [(f"invoice:{invoice_id}", "look_again", LookAgain(key=key, by=OPERATOR))]
    assert f"{invoice_id} · The tax platform&#39;s book is being asked again." in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize(("error", "status"), [(RPCStatusCode.NOT_FOUND, 409), (RPCStatusCode.UNAVAILABLE, 503)])
async def test_an_ended_life_and_a_silent_server_have_their_pages(
    visit: Visit, lives: Lives, temporal: RecordingTemporal, error: RPCStatusCode, status: int
) -> None:
    invoice_id = parked(lives)
    temporal.error = error
    answer = await (await visit("operator")).post_form(f"/operators/invoices/{invoice_id}/look-again", {"key": str(uuid.uuid4())})
    assert answer.status_code == status


async def test_an_unknown_invoice_cannot_be_looked_at(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    browser = await visit("operator")
    answer = await browser.post_form("/operators/invoices/KP-261120-ZZZZZZZZ-1/look-again", {"key": str(uuid.uuid4())})
    assert answer.status_code == 404
    assert temporal.signals == []


async def test_the_answer_of_anything_else_is_not_shown(visit: Visit, lives: Lives) -> None:
    page = (await (await visit("operator")).get("/operators?m=x&of=user%3A1")).text
    assert "appears here in a moment" not in page


async def test_the_newest_reconciliation_shows_its_differences(visit: Visit, lives: Lives, database: Database) -> None:
    invoice_id = lives.issued()
    found = [
        {"request_id": invoice_id, "what": "amount", "ours": "10000", "theirs": "10001"},
        {"request_id": "KP-1-1", "what": "not-ours", "ours": "", "theirs": "26332000000000000777"},
    ]
    with database.write() as session:
        session.add(ReconciliationRow(day=date(2026, 11, 18), compared=7, differences="[]"))
        session.add(ReconciliationRow(day=date(2026, 11, 19), compared=381, differences=json.dumps(found)))
    page = (await (await visit("operator")).get("/operators")).text
    assert "381 numbers compared" in page
    assert "100.00" in page
    assert "100.01" in page
    assert "26332000000000000777" in page
    assert 'href="/invoices/KP-1-1"' not in page


async def test_parcels_that_are_lost_or_silent_are_marked_and_received_ones_are_gone(
    visit: Visit, lives: Lives, database: Database, clock: Clock
) -> None:
    delivery = SqlDelivery(database, "http://kaipiao.test/callbacks", sample=True)
    waybills = {}
    for state in ("in-transit", "lost", "received"):
        invoice_id = lives.issued(medium=Medium.PAPER)
        order = delivery.parcel_order(invoice_id, 1, Policy(), NOW)
        waybills[state] = f"SL{state.upper()}"
        delivery.record_parcel(invoice_id, Waybill(order.order_key, waybills[state], NOW), NOW)
        delivery.record_parcel_update(invoice_id, ParcelUpdate(state, waybills[state], state, NOW, "广州转运中心", 1), NOW)
    clock.moment = NOW + timedelta(days=3, minutes=1)
    page = (await (await visit("operator")).get("/operators")).text
    assert waybills["received"] not in page
    assert page.index(waybills["lost"]) < page.index(waybills["in-transit"])
    assert "No news" in page
    assert "广州转运中心" in page


async def test_the_outside_services_are_linked_from_the_settings(visit: Visit) -> None:
    page = (await (await visit("operator")).get("/operators")).text
    for port in (8233, 8101, 8025, 8102, 8103, 7480):
        assert f'href="http://127.0.0.1:{port}' in page


async def test_it_says_whether_files_are_scanned(visit: Visit, app: FastAPI) -> None:
    browser = await visit("operator")
    said = "KAIPIAO_CLAMD_ADDRESS is not set"
    assert said in (await browser.get("/operators")).text
    app.state.services.scanner = ClamdScanner("127.0.0.1:1", 1, 1)
    assert said not in (await browser.get("/operators")).text


def test_every_kind_of_stuck_thing_has_words_and_an_entry_in_the_runbook() -> None:
    runbook = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
    entries = set(re.findall(r"^## (RB-\d\d) ", runbook, re.MULTILINE))
    assert {kind.removeprefix("stuck:") for kind in STUCK if kind.startswith("stuck:")} == set(RUNBOOK)
    assert set(RUNBOOK.values()) | {"RB-06", "RB-07", "RB-09", "RB-10", "RB-11"} == entries


async def test_refunds_that_wait_too_long_are_shown_with_what_to_do(visit: Visit, database: Database, clock: Clock) -> None:
    """The policy is 30 days; a refund that came yesterday, or that is bound, is not shown."""
    add_catalogue(database)
    add_record(database, 1, -530_00, opened=False, service="对象存储", original_order_number="202610150000183742")
    operator = await visit("operator")
    clock.moment = NOW + timedelta(days=29)
    assert "Refunds that wait for their original" not in (await operator.get("/operators")).text
    clock.moment = NOW + timedelta(days=30)
    again = await visit("operator")
    page = (await again.get("/operators")).text
    for words in ("Refunds that wait for their original", "longer than 30 days", "RB-11", "−530.00", "Is its order imported?"):
        assert words in page
    add_record(database, 2, 600_00)
    with database.write() as session:
        session.get_one(ConsumptionRecordRow, 1).original_id = 2
    assert "Refunds that wait for their original" not in (await again.get("/operators")).text
