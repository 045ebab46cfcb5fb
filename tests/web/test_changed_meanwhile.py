"""What became different between a form and its sending: records taken, sums changed, numbers used, sessions ended."""

from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select
from temporalio.common import SearchAttributePair, TypedSearchAttributes

import web.applications
from infra.database import Database
from infra.tables import ApplicationItemRow, ConsumptionRecordRow, SessionRow
from tests.web.conftest import Visit
from tests.web.rows import AGREED, add_application, add_catalogue, add_invoice, add_note, add_record
from tests.web.temporal import RecordingTemporal
from workflows.names import CUSTOMER

NUMBER, FIRST = "KP-261120-8H3KQ0ZT", "KP-261119-11111111"
FORM: dict[str, Any] = {
    "number": NUMBER,
    "record": ["1", "2"],
    "title": "1",
    "kind": "special",
    "medium": "electronic",
    "email": "1",
    "terms": AGREED,
    "expected_fen": "31800",
}


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1)
    add_record(database, 2, 212_00)
    add_record(database, 3, 70_00, enterprise_id=2, account_id=3)


def take(database: Database, identity: int, number: str = FIRST) -> None:
    """The record goes into another application."""
    add_application(database, number)
    with database.write() as session:
        record = session.get_one(ConsumptionRecordRow, identity)
        record.reserved_fen = record.invoiceable_fen
        session.add(record)
        session.add(ApplicationItemRow(application_number=number, record_id=identity, amount_fen=record.invoiceable_fen))


def customer(enterprise_id: int) -> TypedSearchAttributes:
    return TypedSearchAttributes([SearchAttributePair(CUSTOMER, enterprise_id)])


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "云服务器 1 · 2026-10-15 · 106.00: Reserved by application KP-261119-11111111"),
        ("zh", "云服务器 1 · 2026-10-15 · 106.00："),
    ],
)
async def test_a_record_taken_meanwhile_is_named_with_its_application_and_nothing_starts(
    visit: Visit, temporal: RecordingTemporal, database: Database, language: str, says: str
) -> None:
    take(database, 1)
    answer = await (await visit("master", language)).post_form("/applications", {**FORM, "medium": "paper", "postal": "2"})
    assert answer.status_code == 422
    assert says in answer.text
    assert f'href="/applications/{FIRST}"' in answer.text
    assert "212.00" in answer.text
    assert "318.00" in answer.text
    assert 'name="medium" value="paper" checked' in answer.text
    assert 'name="expected_fen" value="21200"' in answer.text
    assert temporal.started == []


async def test_a_sum_that_shrank_by_what_was_taken_is_said_plainly(visit: Visit, database: Database) -> None:
    take(database, 1)
    english = await (await visit("master")).post_form("/applications", FORM)
    assert "What is left makes 212.00; it was 318.00 when the form was opened." in english.text
    chinese = await (await visit("master", "zh")).post_form("/applications", FORM)
    assert "剩余部分金额为 212.00，打开表单时为 318.00" in chinese.text


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"record": ["1"]}, '云服务器 1 · 2026-10-15 · 106.00: <a href="/applications/KP-261119-11111111">Reserved by application'),
        ({"record": [], "all": ["2026-10..HZ."]}, "Application KP-261119-22222222 has records of what was chosen."),
        ({"record": [], "all": ["2026-10..HZ."], "amount": "106.00"}, "Application KP-261119-11111111 has records of what was chosen."),
    ],
    ids=["ticked", "statement", "amount"],
)
async def test_when_nothing_is_left_only_the_reasons_and_the_way_back_show(
    visit: Visit, temporal: RecordingTemporal, database: Database, chosen: dict[str, Any], says: str
) -> None:
    for identity in (1, 2):
        take(database, identity, FIRST if identity == 1 else "KP-261119-22222222")
    answer = await (await visit("master")).post_form("/applications", {**FORM, "expected_fen": "10600", **chosen})
    assert answer.status_code == 422
    assert says in answer.text
    assert 'href="/consumption?show=can"' in answer.text
    for confusing in ("The amount is", "0.00 now", "What is left", "submit again", "Submit again", '<form action="/applications"'):
        assert confusing not in answer.text
    assert temporal.started == []


async def test_what_is_left_can_be_submitted_after_the_look(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    take(database, 1)
    browser = await visit("master")
    await browser.post_form("/applications", FORM)
    assert (await browser.post_form("/applications", {**FORM, "record": ["2"], "expected_fen": "21200"})).status_code == 303
    assert temporal.started[0][0].record_ids == (2,)


async def test_a_changed_sum_is_said_with_both_amounts(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    add_record(database, 9, -6_00, original_id=1)
    answer = await (await visit("master")).post_form("/applications", FORM)
    assert answer.status_code == 422
    assert "The amount is 312.00 now, and was 318.00" in answer.text
    assert temporal.started == []


async def test_another_companys_record_is_as_unknown_as_a_made_up_one(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    said = []
    for identity in ("3", "77"):
        answer = await browser.post_form("/applications", {**FORM, "record": ["1", identity], "expected_fen": "10600"})
        assert answer.status_code == 422
        said.append(answer.text.replace(f"record-{identity}", "record"))
        assert "A ticked record is not there any more" in answer.text
    assert said[0] == said[1]
    assert temporal.started == []


async def test_a_second_submit_with_a_new_number_says_which_application_has_the_records(visit: Visit, database: Database) -> None:
    take(database, 1)
    browser = await visit("master")
    for answer in (
        await browser.post_form("/applications", {**FORM, "record": ["1"], "expected_fen": "10600"}),
        await browser.get("/apply?record=1"),
    ):
        assert f'href="/applications/{FIRST}"' in answer.text
        assert "Tick at least one" not in answer.text


async def test_more_records_than_fit_are_refused_and_not_cut(visit: Visit, temporal: RecordingTemporal) -> None:
    answer = await (await visit("master")).post_form("/applications", {**FORM, "record": [str(each) for each in range(1, 1002)]})
    assert answer.status_code == 422
    assert "At most 1000 records" in answer.text
    assert temporal.started == []


async def test_as_many_records_as_fit_can_be_posted(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    for identity in range(11, 1009):
        add_record(database, identity, 1_00)
    records = ["1", "2", *(str(identity) for identity in range(11, 1009))]
    answer = await (await visit("master")).post_form("/applications", {**FORM, "record": records, "expected_fen": str(31800 + 998 * 100)})
    assert answer.status_code == 303
    assert len(temporal.started[0][0].record_ids) == 1000


@pytest.mark.parametrize("owner", [{}, {"enterprise_id": 2, "account_id": 3, "applicant_id": 3}], ids=["own", "foreign"])
async def test_a_reissue_with_a_used_number_is_refused_before_any_signal(
    visit: Visit, temporal: RecordingTemporal, database: Database, owner: dict[str, Any]
) -> None:
    add_application(database, FIRST, "issued")
    invoice = add_invoice(database, FIRST)
    add_application(database, NUMBER, **owner)
    temporal.lives[f"invoice:{invoice}"] = customer(1)
    form = {"key": str(uuid4()), "number": NUMBER, "reason": "wrong title", "reissue": "true", "title": "1", "terms": AGREED}
    answer = await (await visit("master")).post_form(f"/invoices/{invoice}/return", form)
    assert answer.status_code == 422
    assert "This form was used already; open the page again." in answer.text
    assert temporal.signals == []


async def test_a_reissue_number_of_a_life_without_a_row_is_refused_and_a_repeat_is_not(
    visit: Visit, temporal: RecordingTemporal, database: Database
) -> None:
    add_application(database, FIRST, "issued")
    invoice = add_invoice(database, FIRST)
    temporal.lives = {f"invoice:{invoice}": customer(1), f"application:{NUMBER}": customer(2)}
    form = {"key": str(uuid4()), "number": NUMBER, "reason": "wrong title", "reissue": "true", "title": "1", "terms": AGREED}
    browser = await visit("master")
    assert (await browser.post_form(f"/invoices/{invoice}/return", form)).status_code == 422
    assert temporal.signals == []
    add_note(database, f"invoice:{invoice}", form["key"], "return", taken=True)
    assert (await browser.post_form(f"/invoices/{invoice}/return", form)).status_code == 303


@pytest.mark.parametrize("login", ["member", "other"])
async def test_a_row_one_may_not_see_is_the_404_of_an_unknown_number(
    visit: Visit, temporal: RecordingTemporal, database: Database, login: str
) -> None:
    add_application(database, NUMBER)
    temporal.lives[f"application:{NUMBER}"] = customer(1)
    browser = await visit(login)
    unknown = "KP-261120-00000000"
    for tail in ("", "/live"):
        foreign, nothing = await browser.get(f"/applications/{NUMBER}{tail}"), await browser.get(f"/applications/{unknown}{tail}")
        assert (foreign.status_code, nothing.status_code) == (404, 404)
        assert foreign.text.replace(NUMBER, "") == nothing.text.replace(unknown, "")
    places = [(await browser.get(f"/search?q={number}")).headers["location"] for number in (NUMBER, unknown)]
    assert places[0].replace(NUMBER, "") == places[1].replace(unknown, "")


async def test_received_is_shown_while_the_life_runs_without_a_row_and_not_after_it(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    temporal.lives[f"application:{NUMBER}"] = customer(1)
    assert "the amount is being reserved" in (await browser.get(f"/applications/{NUMBER}")).text
    assert (await browser.get(f"/applications/{NUMBER}/live")).status_code == 204
    temporal.ended.add(f"application:{NUMBER}")
    assert (await browser.get(f"/applications/{NUMBER}")).status_code == 404


@pytest.mark.parametrize("ended", [False, True])
async def test_a_row_that_comes_while_the_page_looks_for_it_is_no_unknown_address(
    visit: Visit, temporal: RecordingTemporal, database: Database, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    browser = await visit("master")
    add_application(database, NUMBER)
    temporal.lives[f"application:{NUMBER}"] = customer(1)
    if ended:
        temporal.ended.add(f"application:{NUMBER}")
    monkeypatch.setattr(web.applications, "application_detail", lambda *_: None)  # as it was a moment before
    answer = await browser.get(f"/applications/{NUMBER}")
    assert answer.status_code == 200
    assert "the amount is being reserved" in answer.text


async def test_without_temporal_only_the_browser_that_sent_the_form_sees_received(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    sent = await browser.post_form("/applications", FORM)
    assert sent.headers["location"] == f"/applications/{NUMBER}"
    temporal.down = True
    assert "the amount is being reserved" in (await browser.get(f"/applications/{NUMBER}")).text
    assert (await (await visit("master")).get(f"/applications/{NUMBER}")).status_code == 503


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_form_sent_after_the_session_ended_says_that_nothing_was_saved(
    visit: Visit, temporal: RecordingTemporal, database: Database, language: str
) -> None:
    browser = await visit("master", language)
    with database.write() as session:
        for row in session.exec(select(SessionRow)).all():
            session.delete(row)
    answer = await browser.post_form("/titles", {"name": "甲"}, headers={"referer": "http://kaipiao.test/titles?x=1"})
    assert answer.status_code == 401
    assert ("Nothing was saved" if language == "en" else "没有保存") in answer.text
    assert 'href="/sign-in?next=%2Ftitles%3Fx%3D1"' in answer.text
    answer = await browser.post_form("/applications", FORM, headers={"referer": "http://kaipiao.test/applications"})
    assert 'href="/sign-in?next=%2Fapply%3Frecord%3D1%26record%3D2"' in answer.text
    answer = await browser.post_form("/invoices/x/return", {}, headers={"referer": "http://kaipiao.test/invoices/x/return"})
    assert 'href="/sign-in?next=%2Finvoices%2Fx"' in answer.text
    answer = await browser.post_form("/titles", {}, headers={"referer": "http://evil.example/titles"})
    assert 'href="/sign-in"' in answer.text
    assert temporal.started == []


async def test_a_refused_application_asks_nobody_to_submit_it_again(visit: Visit, database: Database) -> None:
    params = '{"old_fen": "500", "new_fen": "400"}'
    amount = f'{{"field": "amount", "code": "amount-changed", "params": {params}}}'
    problems = f'[{{"field": "split", "code": "split-changed", "params": {{}}}}, {amount}]'
    add_application(database, NUMBER, "refused", amount_fen=0, problems=problems)
    page = (await (await visit("master")).get(f"/applications/{NUMBER}")).text
    assert "other invoices than the form showed. Choose anew." in page
    assert "The amount was 4.00 when this was submitted, and 5.00 when the form was opened." in page
    assert "submit again" not in page
    assert "then submit" not in page


async def test_a_refused_application_names_each_record(visit: Visit, database: Database) -> None:
    problems = ", ".join(f'{{"field": "record-{each}", "code": "nothing-to-invoice", "params": {{}}}}' for each in (1, 2, 3))
    add_application(database, NUMBER, "refused", amount_fen=0, problems=f"[{problems}]")
    page = (await (await visit("master")).get(f"/applications/{NUMBER}")).text
    assert "云服务器 1 · 2026-10-15 · 106.00: Nothing left" in page
    assert "云服务器 2 · 2026-10-15 · 212.00: Nothing left" in page
    assert "云服务器 3" not in page
