"""Pages of applications and invoices: what they show, and what becomes of messages to a life."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.common import TypedSearchAttributes

from domain.messages import Cancellation, ReturnRequest
from infra.database import Database
from tests.web.conftest import NOW, Clock, NoDocuments, Visit
from tests.web.rows import AGREED, add_application, add_catalogue, add_invoice, add_note, add_record
from tests.web.rows import NOW as NOW_
from tests.web.temporal import RecordingTemporal

NUMBER = "KP-261120-8H3KQ0ZT"
LIFE = f"application:{NUMBER}"
KEY = str(uuid4())
EMPTY = TypedSearchAttributes([])


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1)


@pytest.mark.parametrize(
    ("taken", "code", "says"), [(True, "", "Cancelled. The amount"), (False, "already-issuing", "Being issued, so it cannot")]
)
async def test_a_cancel_is_signalled_and_its_outcome_shown(
    visit: Visit, temporal: RecordingTemporal, database: Database, taken: bool, code: str, says: str
) -> None:
    add_application(database, NUMBER)
    add_note(database, LIFE, KEY, "cancel", taken=taken, code=code)
    temporal.lives[LIFE] = EMPTY
    browser = await visit("master")
    answer = await browser.post_form(f"/applications/{NUMBER}/cancel", {"key": KEY})
    assert temporal.signals == [(LIFE, "cancel", Cancellation(KEY, 1))]
    assert answer.headers["location"] == f"/applications/{NUMBER}?m={KEY}"
    assert says in (await browser.get(answer.headers["location"])).text


async def test_a_message_without_an_outcome_yet_is_said_to_be_waiting(
    visit: Visit, temporal: RecordingTemporal, database: Database
) -> None:
    add_application(database, NUMBER)
    temporal.lives[LIFE] = EMPTY
    browser = await visit("master")
    answer = await browser.post_form(f"/applications/{NUMBER}/expedite", {"key": KEY})
    page = (await browser.get(answer.headers["location"])).text
    assert "appears here in a moment" in page
    assert f'hx-get="?m={KEY}&amp;looked=1"' in page
    assert 'looked=60" hx-trigger' in (await browser.get(f"{answer.headers['location']}&looked=59")).text
    given_up = (await browser.get(f"{answer.headers['location']}&looked=60")).text
    assert "appears here in a moment" in given_up
    assert 'hx-get="?m' not in given_up


async def test_a_message_to_an_ended_life_is_a_409_with_the_true_state(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER, "rejected")
    answer = await (await visit("master")).post_form(f"/applications/{NUMBER}/cancel", {"key": KEY})
    assert answer.status_code == 409
    assert "Not approved" in answer.text
    assert f'href="/applications/{NUMBER}"' in answer.text


async def test_a_message_without_temporal_is_a_503_that_repeats_with_the_same_key(
    visit: Visit, temporal: RecordingTemporal, database: Database
) -> None:
    add_application(database, NUMBER)
    temporal.down = True
    answer = await (await visit("master")).post_form(f"/applications/{NUMBER}/cancel", {"key": KEY})
    assert answer.status_code == 503
    assert f'<input type="hidden" name="key" value="{KEY}">' in answer.text


@pytest.mark.parametrize("login", ["member", "other"])
async def test_what_is_somebody_elses_looks_like_what_does_not_exist(visit: Visit, database: Database, login: str) -> None:
    add_application(database, NUMBER)
    invoice = add_invoice(database, NUMBER)
    browser = await visit(login)
    nothing = (await browser.get("/applications/KP-261120-00000000")).text.replace("KP-261120-00000000", "")
    for path in (f"/applications/{NUMBER}", f"/invoices/{invoice}", f"/invoices/{invoice}/blue.pdf", f"/invoices/{invoice}/live"):
        answer = await browser.get(path)
        assert answer.status_code == 404, path
        assert "There is nothing at this address" in answer.text
    assert "There is nothing at this address" in nothing
    for path in (f"/applications/{NUMBER}/cancel", f"/invoices/{invoice}/return"):
        assert (await browser.post_form(path, {"key": KEY, "reason": "wrong title"})).status_code == 404, path
    assert NUMBER not in (await browser.get("/applications")).text
    assert NUMBER not in (await browser.get("/applications/export.csv")).text
    assert "3947" not in (await browser.get("/invoices")).text


@pytest.mark.parametrize("login", ["reviewer", "operator"])
async def test_staff_read_the_pages_and_find_the_workflow_but_no_buttons(visit: Visit, database: Database, login: str) -> None:
    add_application(database, NUMBER)
    invoice = add_invoice(database, NUMBER)
    browser = await visit(login)
    page = (await browser.get(f"/applications/{NUMBER}")).text
    assert f"/namespaces/default/workflows/application%3A{NUMBER}" in page
    assert "/cancel" not in page
    page = (await browser.get(f"/invoices/{invoice}")).text
    assert f"/workflows/invoice%3A{invoice}" in page
    assert f"/invoices/{invoice}/return" not in page
    assert (await browser.post_form(f"/applications/{NUMBER}/cancel", {"key": KEY})).status_code == 404


async def test_a_moving_page_asks_again_and_an_unchanged_one_is_not_sent(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER)
    browser = await visit("master")
    page = (await browser.get(f"/applications/{NUMBER}")).text
    address = page.split('hx-get="')[1].split('"')[0]
    assert (await browser.get(address)).status_code == 204
    add_invoice(database, NUMBER)
    fragment = await browser.get(address)
    assert fragment.status_code == 200
    assert "<html" not in fragment.text
    assert "3947" in fragment.text


async def test_a_page_that_is_final_does_not_ask_again(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER, "cancelled")
    page = (await (await visit("master")).get(f"/applications/{NUMBER}")).text
    assert "hx-get" not in page
    assert "This application has ended" in page


async def test_a_refused_application_shows_every_reason(visit: Visit, database: Database) -> None:
    problems = '[{"field": "record-1", "code": "already-reserved", "params": {"application": "KP-261119-11111111"}}]'
    add_application(database, NUMBER, "refused", amount_fen=0, problems=problems)
    page = (await (await visit("master")).get(f"/applications/{NUMBER}")).text
    assert "nothing is reserved" in page
    assert "Reserved by application KP-261119-11111111" in page


async def test_documents_are_downloaded_by_their_hash(visit: Visit, database: Database, documents: NoDocuments) -> None:
    add_application(database, NUMBER, "issued")
    invoice = add_invoice(database, NUMBER)
    documents.content["a" * 64] = b"%PDF-1.7"
    browser = await visit("master")
    answer = await browser.get(f"/invoices/{invoice}/blue.pdf")
    assert answer.content == b"%PDF-1.7"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="26332000000418203947.pdf"'
    assert answer.headers["cache-control"] == "private, no-cache"
    again = await browser.get(f"/invoices/{invoice}/blue.pdf", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    for name in ("red.pdf", "green.pdf", "blue.exe"):
        assert (await browser.get(f"/invoices/{invoice}/{name}")).status_code == 404


async def test_a_return_with_reissue_carries_the_corrected_application(
    visit: Visit, temporal: RecordingTemporal, database: Database
) -> None:
    add_application(database, NUMBER, "issued")
    invoice = add_invoice(database, NUMBER)
    temporal.lives[f"invoice:{invoice}"] = EMPTY
    add_note(database, f"invoice:{invoice}", KEY, "return", taken=True)
    browser = await visit("master")
    form = {"key": KEY, "number": "KP-261120-AAAAAAAA", "reason": "wrong title", "reissue": "true", "title": "1", "terms": AGREED}
    answer = await browser.post_form(f"/invoices/{invoice}/return", form)
    assert answer.status_code == 303
    [(life, signal, message)] = temporal.signals
    assert (life, signal) == (f"invoice:{invoice}", "request_return")
    assert isinstance(message, ReturnRequest)
    assert message.reissue is not None
    assert (message.reissue.number, message.reissue.replaces, message.reissue.title_id) == ("KP-261120-AAAAAAAA", invoice, 1)
    assert (message.reissue.terms_version, message.reissue.privacy_version, message.reissue.agreed_at) == ("2026-11", "2026-11", NOW)
    assert "The return is recorded" in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reason": ""}, "Fill this in"),
        ({"title": "77"}, "Choose one"),
        ({"number": "x"}, "not one of our application numbers"),
        ({"terms": ""}, "Tick that you agree"),
        ({"terms": "terms-2025-01.privacy-2026-11"}, "The terms have changed"),
    ],
)
async def test_a_wrong_return_form_is_refused(
    visit: Visit, temporal: RecordingTemporal, database: Database, change: dict[str, Any], says: str
) -> None:
    add_application(database, NUMBER, "issued")
    invoice = add_invoice(database, NUMBER)
    form = {"key": KEY, "number": "KP-261120-AAAAAAAA", "reason": "wrong title", "reissue": "true", "title": "1", "terms": AGREED, **change}
    answer = await (await visit("master")).post_form(f"/invoices/{invoice}/return", form)
    assert answer.status_code == 422
    assert says in answer.text
    assert temporal.signals == []


async def test_after_the_window_the_return_button_says_why_and_what_instead(visit: Visit, database: Database, clock: Clock) -> None:
    add_application(database, NUMBER, "issued")
    invoice = add_invoice(database, NUMBER)
    clock.moment += timedelta(days=60)
    page = (await (await visit("master")).get(f"/invoices/{invoice}")).text
    assert "The correction window is over. With a statement" in page
    assert 'aria-disabled="true"' in page


async def test_a_paper_return_shows_both_halves_and_the_address(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER, "issued", medium="paper", receiver_id=2)
    invoice = add_invoice(database, NUMBER, medium="paper", delivery="received", return_state="original-here", original_received_at=NOW_)
    page = (await (await visit("master")).get(f"/invoices/{invoice}")).text
    assert "never collect" in page
    assert page.count("missing") >= 1
    assert "here</span>" in page
    assert "Request the return" in page


async def test_lists_keep_their_filters_and_export_is_safe_for_spreadsheets(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER, title_name="=HYPERLINK(1)")
    add_application(database, "KP-261119-11111111", "issued")
    browser = await visit("master")
    page = (await browser.get("/applications?state=issued")).text
    assert "KP-261119-11111111" in page
    assert NUMBER not in page
    export = (await browser.get("/applications/export.csv")).text
    assert "'=HYPERLINK(1)" in export
    assert export.splitlines()[0].startswith("\ufeff")


async def test_a_long_list_is_paged_without_a_gap_or_a_repeat(visit: Visit, database: Database) -> None:
    numbers = [f"KP-261120-{index:08d}" for index in range(120)]
    for index, number in enumerate(numbers):
        add_application(database, number, submitted_at=NOW_ - timedelta(minutes=index // 3))
    browser = await visit("master")
    seen: list[str] = []
    path = "/applications"
    while path:
        page = (await browser.get(path)).text
        seen += [part.split('"')[0] for part in page.split('class="kp-nowrap" href="/applications/')[1:]]
        path = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert sorted(seen) == numbers


async def test_the_search_field_leads_to_the_thing_itself(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER)
    invoice = add_invoice(database, NUMBER)
    browser = await visit("master")
    assert (await browser.get(f"/search?q={NUMBER.lower()}")).headers["location"] == f"/applications/{NUMBER}"
    assert (await browser.get("/search?q=2633 2000 0004 1820 3947")).headers["location"] == f"/invoices/{invoice}"
    assert (await browser.get("/search?q=拾光")).headers["location"].startswith("/applications?text=")
