"""Material on the pages: the customer's checklist and answer, the reviewer's request and waiver, what waits, what lapsed."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.lifecycle import ApplicationState
from domain.review_messages import MaterialAnswer, MaterialRequest
from infra.books.ending import end_application
from infra.books.material import begin_round
from infra.books.review import SqlReview
from infra.database import Database
from infra.review_phrases import set_phrase
from infra.tables import ApplicationRow, AttachmentRow, MaterialRequestRow
from tests.infra.test_file_contents import letter
from tests.web.bad_files import BAD_FILES
from tests.web.conftest import NOW, Browser, Visit
from tests.web.lives import MASTER, REVIEWER, Lives, RecordingTemporal, write_note

KEY = "0190c2f4-8b1e-7c3d-9a55-3f4f0c8b7a11"


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


@pytest.fixture
def number(lives: Lives) -> str:
    return lives.application()


def ask(database: Database, number: str, *wanted: str, note: str = "", by: int | None = REVIEWER, phrase: str = "") -> None:
    with database.write() as session:
        begin_round(session, session.get_one(ApplicationRow, number), wanted or ("contract",), note, by, 5, NOW, phrase=phrase)


def version(database: Database, number: str) -> int:
    with database.read() as session:
        return session.get_one(ApplicationRow, number).version


def form(database: Database, number: str, **more: Any) -> dict[str, Any]:
    return {"key": KEY, "version": str(version(database, number)), **more}


def file(field: str, name: str, content: bytes) -> tuple[str, tuple[str, bytes, str]]:
    return field, (name, content, "application/octet-stream")


async def send(browser: Browser, database: Database, number: str, *files: Any, **more: Any) -> Any:
    sent = {"kind_contract": "contract", **more}
    return await browser.post_form(f"/applications/{number}/material", form(database, number, **sent), files=list(files) or None)


def kinds(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(AttachmentRow.kind).order_by(AttachmentRow.id)))  # type: ignore[arg-type]


# The customer


@pytest.mark.parametrize(("language", "words"), [("en", "The signed contract"), ("zh", "已签合同")])
async def test_the_page_says_what_is_needed_until_when_and_where(
    visit: Visit, database: Database, number: str, language: str, words: str
) -> None:
    ask(database, number, "contract", "explanation", note="<b>请盖章</b>")
    browser = await visit("master", language)
    page = (await browser.get(f"/applications/{number}")).text
    assert words in page
    assert "&lt;b&gt;请盖章" in page
    assert 'id="f-file_contract"' in page
    assert 'id="f-file_explanation"' not in page
    assert ("Fri 27 Nov 23:59" if language == "en" else "11月27日（周五）23:59") in page
    assert f"/applications/{number}#material" in (await browser.get("/")).text


async def test_an_answer_with_its_files_is_one_signal_with_the_version_it_saw(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal
) -> None:
    ask(database, number)
    temporal.answer = lambda life, message: write_note(database, life, message.key, "answer", MASTER, taken=True)
    answer = await send(await visit("master"), database, number, file("file_contract", "c.pdf", letter()), text=" 见附件 ")
    assert answer.headers["location"] == f"/applications/{number}?m={KEY}"
    assert temporal.signals == [(f"application:{number}", "answer", MaterialAnswer(KEY, MASTER, 2, "见附件"))]
    assert kinds(database) == ["contract"]


async def test_what_is_missing_is_named_and_nothing_that_was_sent_is_lost(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal
) -> None:
    ask(database, number, "contract", "order")
    browser = await visit("master")
    answer = await send(browser, database, number, file("file_contract", "c.pdf", letter()))
    assert answer.status_code == 422
    assert 'href="#f-file_order"' in answer.text
    assert "Still missing. Add a file" in answer.text
    assert 'href="#f-file_contract"' not in answer.text
    assert kinds(database) == ["contract"]
    assert temporal.signals == []
    # Words say why the rest cannot be sent.
    await send(browser, database, number, text="没有订单，见合同")
    assert [message.text for _life, _name, message in temporal.signals] == ["没有订单，见合同"]


@pytest.mark.parametrize("case", BAD_FILES)
async def test_a_bad_file_keeps_words_and_the_good_one(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal, settings: Any, case: str
) -> None:
    settings.attachment_mb = 1
    ask(database, number)
    name, content, _code = BAD_FILES[case]
    files = [file("file_contract", "good.pdf", letter()), file("file_contract", name, content)]
    answer = await send(await visit("master"), database, number, *files, text="附上合同")
    assert answer.status_code == 422, case
    assert "附上合同</textarea>" in html.unescape(answer.text)
    assert 'id="f-file_contract-error"' in answer.text
    assert kinds(database) == ["contract"]
    assert temporal.signals == []


async def test_without_a_script_files_are_added_and_the_words_stay(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal
) -> None:
    ask(database, number)
    answer = await send(await visit("master"), database, number, file("file_contract", "c.pdf", letter()), text="还没写完", action="add")
    assert answer.status_code == 200
    assert "还没写完</textarea>" in answer.text
    assert re.search(r'data-list="contract"><li>.*c\.pdf', answer.text, re.DOTALL)
    assert temporal.signals == []


@pytest.mark.parametrize(
    ("language", "unsent", "below"),
    [
        (
            "en",
            "Not sent yet: press “Send” when everything is here.",
            "count for “What we need from you”, too, once you press “Send” there.",
        ),
        ("zh", "尚未提交：齐备后请按“发送”。", "在那里按“发送”后才提交"),
    ],
)
async def test_what_is_here_and_not_sent_is_said_beside_the_button_and_where_files_are_added(
    visit: Visit, database: Database, number: str, language: str, unsent: str, below: str
) -> None:
    browser = await visit("master", language)
    assert below not in (await browser.get(f"/applications/{number}")).text
    ask(database, number, "contract", "order")
    path = f"/applications/{number}"
    page = (await browser.get(path)).text
    assert below in page.split('id="evidence"')[1]
    assert unsent not in page
    files = [file("file", "c.pdf", letter())]
    part = await browser.post_form(f"{path}/files", {"evidence_kind": "contract"}, files=files, headers={"hx-request": "true"})
    assert unsent in part.text
    page = (await browser.get(path)).text
    assert unsent in page.split('id="material-form-1"')[1].split("</form>")[1].split("</section>")[0]
    said = MaterialAnswer("a-1", MASTER, version(database, number), "没有订单")
    assert SqlReview(database).answer(number, said, 1, 18, NOW + timedelta(hours=1)).taken
    page = (await browser.get(path)).text
    assert unsent not in page
    assert below not in page


async def test_words_that_are_too_long_are_kept(visit: Visit, database: Database, number: str, temporal: RecordingTemporal) -> None:
    ask(database, number, "explanation")
    answer = await send(await visit("master"), database, number, text="长" * 2001)
    assert (answer.status_code, "At most 2000 characters." in answer.text, "长" * 2001 in answer.text) == (422, True, True)
    answer = await send(await visit("master"), database, number)
    assert "Write the explanation that was asked for." in answer.text
    assert temporal.signals == []


async def test_of_several_kinds_the_one_that_was_chosen_is_kept(visit: Visit, database: Database, number: str) -> None:
    ask(database, number, "deal", by=None)
    browser = await visit("master")
    page = (await browser.get(f"/applications/{number}")).text
    assert 'name="kind_deal"' in page
    await send(browser, database, number, file("file_deal", "slip.pdf", letter()), kind_deal="payment")
    assert kinds(database) == ["payment"]
    bad = await send(browser, database, number, file("file_deal", "slip.pdf", letter(pages=2)), kind_deal="nonsense")
    assert bad.status_code == 422


async def test_an_answer_that_comes_too_late_says_why_and_shows_what_was_written(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal
) -> None:
    ask(database, number)
    before = form(database, number, text="我来晚了")
    with database.write() as session:
        end_application(session, number, ApplicationState.LAPSED, None, NOW + timedelta(days=8))
    browser = await visit("master")
    answer = await browser.post_form(f"/applications/{number}/material", before)
    assert answer.status_code == 409
    assert "Too late: it was due before." in answer.text
    assert "我来晚了" in answer.text
    assert temporal.signals == []


async def test_an_answer_that_its_life_refuses_keeps_the_words(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal
) -> None:
    ask(database, number)

    def refuse(life: str, message: MaterialAnswer) -> None:
        write_note(database, life, message.key, "answer", MASTER, taken=False, code="stale-version")

    temporal.answer = refuse
    answer = await send(await visit("master"), database, number, text="见附件")
    assert answer.status_code == 409
    assert "The answer was not taken; nothing you wrote is lost." in answer.text
    assert "见附件</textarea>" in answer.text


async def test_what_lapsed_says_how_much_is_back_and_leads_to_the_same_again(visit: Visit, database: Database, number: str) -> None:
    ask(database, number)
    with database.write() as session:
        end_application(session, number, ApplicationState.LAPSED, None, NOW)
    browser = await visit("master")
    page = (await browser.get(f"/applications/{number}")).text
    assert "CNY 100.00 is available again" in page
    assert 'href="/apply?record=1"' in page
    assert "Lapsed, no material came" in (await browser.get("/")).text
    assert (await browser.get("/apply?record=1")).status_code == 200


@pytest.mark.parametrize(("login", "status"), [("other", 404), ("reviewer", 404), ("operator", 404), ("member", 404)])
async def test_nobody_else_answers(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal, login: str, status: int
) -> None:
    """The member is of another account of the same company."""
    ask(database, number)
    answer = await send(await visit(login), database, number, text="见附件")
    assert answer.status_code == status
    assert temporal.signals == []


async def test_a_file_that_the_script_sends_comes_back_in_its_place(visit: Visit, database: Database, number: str) -> None:
    ask(database, number, "contract", "order")
    browser = await visit("master")
    answer = await browser.post_form(
        f"/applications/{number}/files",
        {"evidence_kind": "contract"},
        files=[file("file", "c.pdf", letter())],
        headers={"hx-request": "true"},
    )
    assert re.search(r'data-list="contract"><li>.*c\.pdf', answer.text, re.DOTALL)
    assert re.search(r'data-list="order"></ul>', answer.text)


# The reviewer


async def test_a_reviewer_ticks_writes_and_sees_until_when_the_customer_has_time(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal
) -> None:
    browser = await visit("reviewer")
    page = (await browser.get(f"/review/{number}")).text
    assert 'data-key="m"' in page
    assert "Fri 27 Nov 23:59" in page
    temporal.answer = lambda life, message: write_note(database, life, message.key, "ask", REVIEWER, taken=True)
    answer = await browser.post_form(
        f"/review/{number}/material", form(database, number, wanted=["contract", "order"], note="请盖章", show="special")
    )
    assert temporal.signals == [
        (f"application:{number}", "ask", MaterialRequest(KEY, REVIEWER, 1, ("contract", "order"), "请盖章")),
    ]
    assert answer.headers["location"].startswith(f"/review/{number}?show=special")
    assert "Asked: the customer is told" in (await browser.get(answer.headers["location"])).text


async def test_a_ready_note_goes_with_the_request_and_is_enough_for_what_else_is_needed(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal
) -> None:
    code = set_phrase(database, "", "请补盖章的合同。", "Please add the sealed contract.", "ask", REVIEWER, NOW)
    browser = await visit("reviewer")
    assert f'<option value="{code}">Please add the sealed contract.</option>' in (await browser.get(f"/review/{number}")).text
    await browser.post_form(f"/review/{number}/material", form(database, number, wanted=["other"], note_phrase=code))
    assert temporal.signals[-1][2] == MaterialRequest(KEY, REVIEWER, 1, ("other",), "", code)


async def test_the_customer_reads_a_ready_note_in_its_own_language(visit: Visit, database: Database, number: str) -> None:
    code = set_phrase(database, "", "请补盖章的合同。", "Please add the sealed contract.", "ask", REVIEWER, NOW)
    ask(database, number, note="第 3 页", phrase=code)
    for locale, words in (("en", "Please add the sealed contract. 第 3 页"), ("zh", "请补盖章的合同。 第 3 页")):
        assert words in (await (await visit("master", locale)).get(f"/applications/{number}")).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Tick what the customer has to send."),
        ({"wanted": ["nonsense"]}, "Choose one"),
        ({"wanted": ["other"]}, "Say in the note what else is needed."),
        ({"wanted": ["order"], "note": "长" * 501}, "At most 500 characters."),
        ({"wanted": ["order"], "note_phrase": "never"}, "This ready reason does not exist."),
        ({"wanted": ["order"], "note_phrase": "title"}, "This ready reason is not for this decision."),
    ],
)
async def test_a_request_that_says_too_little_keeps_what_was_typed(
    visit: Visit, database: Database, number: str, temporal: RecordingTemporal, typed: dict[str, Any], said: str
) -> None:
    answer = await (await visit("reviewer")).post_form(f"/review/{number}/material", form(database, number, **typed))
    assert answer.status_code == 422
    assert said in answer.text
    assert '<details id="f-ask" open>' in answer.text
    for code in typed.get("wanted", []):
        assert code == "nonsense" or f'value="{code}" checked' in answer.text
    assert typed.get("note", "") in answer.text
    assert temporal.signals == []


async def test_while_it_waits_it_is_not_in_the_queue_but_under_its_own_filter(visit: Visit, database: Database, number: str) -> None:
    ask(database, number)
    browser = await visit("reviewer")
    assert f'href="/review/{number}?' not in (await browser.get("/review")).text
    waiting = (await browser.get("/review?show=customer")).text
    assert f'href="/review/{number}?show=customer"' in waiting
    assert "Waiting for the customer 1" in waiting
    page = (await browser.get(f"/review/{number}")).text
    assert "Waiting for the customer" in page
    assert "Nothing to decide any more" not in page
    assert f"/review/{number}/decision" not in page


async def test_who_waived_it_and_why_is_for_our_people(visit: Visit, database: Database, number: str) -> None:
    ask(database, number)
    answer = MaterialAnswer(KEY, REVIEWER, version(database, number), "已电话核实", waived=True)
    SqlReview(database).answer(number, answer, 1, 18, NOW)
    ours = (await (await visit("reviewer")).get(f"/review/{number}")).text
    assert "Waived by" in ours
    assert "已电话核实" in ours
    theirs = (await (await visit("master")).get(f"/applications/{number}")).text
    assert "Not needed any more" in theirs
    assert "Waived by" not in theirs
    assert "已电话核实" not in theirs


async def test_a_waiver_needs_its_reason(visit: Visit, database: Database, number: str, temporal: RecordingTemporal) -> None:
    ask(database, number)
    browser = await visit("reviewer")
    refused = await browser.post_form(f"/review/{number}/material/waive", form(database, number))
    assert (refused.status_code, "Say why it is not needed" in refused.text) == (422, True)
    await browser.post_form(f"/review/{number}/material/waive", form(database, number, waiver="已电话核实"))
    assert temporal.signals == [
        (f"application:{number}", "answer", MaterialAnswer(KEY, REVIEWER, 2, "已电话核实", waived=True)),
    ]


async def test_what_came_is_seen_beside_the_decision_by_its_round(visit: Visit, database: Database, number: str) -> None:
    ask(database, number, "contract")
    customer = await visit("master")
    await send(customer, database, number, file("file_contract", "c.pdf", letter()), action="add")
    said = MaterialAnswer("a-1", MASTER, version(database, number), "盖好章了")
    assert SqlReview(database).answer(number, said, 1, 18, NOW + timedelta(hours=1)).taken
    browser = await visit("reviewer")
    assert "Material came" in (await browser.get("/review")).text
    page = (await browser.get(f"/review/{number}")).text
    assert "Answer to round 1" in page
    assert "盖好章了" in page
    assert "Answered by 林澈" in page


async def test_a_number_that_is_nobodys_is_not_found(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("reviewer")
    for path, typed in (("", {"wanted": ["order"]}), ("/waive", {"waiver": "已电话核实"})):
        answer = await browser.post_form(f"/review/KP-261120-00000099/material{path}", {"key": KEY, "version": "1", **typed})
        assert answer.status_code == 404
    assert temporal.signals == []


async def test_the_alarm_stands_as_who_asked(visit: Visit, database: Database, number: str) -> None:
    ask(database, number, "deal", by=None)
    assert "Asked by the automatic review" in (await (await visit("reviewer")).get(f"/review/{number}")).text
    with database.read() as session:
        assert json.loads(session.get_one(MaterialRequestRow, (number, 1)).wanted) == ["deal"]
