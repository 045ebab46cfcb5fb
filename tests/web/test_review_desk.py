"""The desk's moving part, ready reasons in the reader's language, and what differs from the application before."""

import html
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.access import Role
from domain.invoices import InvoiceKind
from domain.lifecycle import ApplicationState
from domain.messages import Note, Verdict
from domain.review_phrases import PhraseFor
from infra.database import Database
from infra.queries.review_phrases import offered_phrases
from infra.review_phrases import retire_phrase, set_phrase
from infra.tables import ApplicationRow, AttachmentRow, ReviewPresenceRow, UserRow
from tests.web.conftest import NOW, PASSWORD, Clock, Visit, hashed
from tests.web.lives import MASTER, POLICY, REVIEWER, Lives, RecordingTemporal, write_note

SECOND = 60


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


@pytest.fixture(autouse=True)
def second_reviewer(database: Database) -> None:
    with database.write() as session:
        session.add(UserRow(id=SECOND, login="second", password_hash=hashed(PASSWORD), name="许衡", role=Role.REVIEWER))


def decision(verdict: str, **more: Any) -> dict[str, Any]:
    return {"verdict": verdict, "key": str(uuid.uuid4()), "version": "1", **more}


def live_address(page: str) -> str:
    """Where the moving part asks, as the page has it."""
    (address,) = re.findall(r'hx-get="(/review/[^"]+/live\?[^"]+)"', page)
    return str(address).replace("&amp;", "&")


def reject(lives: Lives, number: str, phrase: str, reason: str = "") -> None:
    note = Note(f"application:{number}", f"{number}:d", "reject", REVIEWER, taken=True, reason=reason, phrase=phrase)
    lives.books.end(number, ApplicationState.REJECTED, note, NOW)


# Ready reasons


@pytest.mark.parametrize(
    ("language", "read"),
    [
        ("en", "The tax ID is not the one of the licence. Please correct it in your titles. 第 3 位"),
        ("zh", "税号与营业执照不一致，请在抬头里改正。 第 3 位"),
    ],
)
async def test_each_reads_a_ready_reason_in_a_language_of_ones_own(visit: Visit, lives: Lives, language: str, read: str) -> None:
    number = lives.application()
    reject(lives, number, "tax-id", "第 3 位")
    customer, reviewer = await visit("master", language), await visit("reviewer", language)
    for page in (f"/applications/{number}", "/"):
        assert read in (await customer.get(page)).text, page
    assert f"“{read}”" in (await reviewer.get(f"/review/{number}")).text
    other = lives.application()
    assert read in (await reviewer.get(f"/review/{other}")).text, "among the earlier ones"


async def test_a_ready_reason_is_reason_enough(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    await (await visit("reviewer")).post_form(f"/review/{number}/decision", decision("reject", phrase="title"))
    ((_, _, sent),) = temporal.signals
    assert (sent.reason, sent.phrase) == ("", "title")


async def test_without_a_choice_the_form_says_none(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    assert (await browser.post_form(f"/review/{number}/decision", decision("reject", phrase="none"))).status_code == 422
    await browser.post_form(f"/review/{number}/decision", decision("approve", phrase="none"))
    ((_, _, sent),) = temporal.signals
    assert sent.phrase == ""


@pytest.mark.parametrize(
    ("verdict", "phrase", "said"),
    [
        ("reject", "kind", "This ready reason was retired meanwhile."),
        ("reject", "nonsense", "This ready reason does not exist."),
        ("approve", "title", "This ready reason is not for this decision."),
    ],
)
async def test_a_ready_reason_that_does_not_fit_sends_nothing_and_keeps_what_was_typed(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal, verdict: str, phrase: str, said: str
) -> None:
    number = lives.application()
    retire_phrase(database, "kind", REVIEWER, NOW)
    form = decision(verdict, phrase=phrase, reason="as typed")
    answer = await (await visit("reviewer")).post_form(f"/review/{number}/decision", form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "as typed</textarea>" in answer.text
    assert form["key"] in answer.text
    assert temporal.signals == []


async def test_the_list_has_number_keys_and_no_retired_one(visit: Visit, lives: Lives, database: Database) -> None:
    set_phrase(database, "", "合同已核。", "The contract was checked.", "approve", REVIEWER, NOW)
    set_phrase(database, "", "请补合同。", "Please add the contract.", "ask", REVIEWER, NOW)
    retire_phrase(database, "kind", REVIEWER, NOW)
    page = (await (await visit("reviewer")).get(f"/review/{lives.application()}")).text
    shown = re.findall(r'name="phrase" value="([^"]+)"', page)
    with database.read() as session:
        offered = (*offered_phrases(session, PhraseFor.REJECT), *offered_phrases(session, PhraseFor.APPROVE))
    assert shown == ["none", *(each.code for each in offered)]
    assert "kind" not in shown
    assert 'name="phrase" value="title" data-verdict="reject"> <kbd class="kp-key">' in page


@pytest.mark.parametrize("reason", ["\u202e\u202d", "a\0b", "see \u202egnp.exe"])
async def test_a_reason_that_hides_or_turns_text_is_none(visit: Visit, lives: Lives, temporal: RecordingTemporal, reason: str) -> None:
    number = lives.application()
    answer = await (await visit("reviewer")).post_form(f"/review/{number}/decision", decision("reject", reason=reason))
    assert answer.status_code == 422
    assert "Character " in answer.text
    assert temporal.signals == []


async def test_the_customer_reads_the_note_of_an_approval(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application()
    with database.write() as session:
        row = session.get_one(ApplicationRow, number)
        row.state, row.reason = "issuing", "下次请附合同"
    page = (await (await visit("master")).get(f"/applications/{number}")).text
    assert "The reviewer's note" in html.unescape(page)
    assert "下次请附合同" in page


async def test_what_its_company_still_has_to_approve_is_not_over(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application()
    with database.write() as session:
        session.get_one(ApplicationRow, number).state = "awaiting-approval"
    page = (await (await visit("reviewer")).get(f"/review/{number}")).text
    assert "Nothing to decide yet" in page
    assert "Nothing to decide any more" not in page


# The moving part


async def test_a_page_that_is_only_fetched_says_nothing_of_who_looks(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    address = live_address((await browser.get(f"/review/{number}")).text)
    with database.read() as session:
        assert session.exec(select(ReviewPresenceRow)).all() == []
    assert (await browser.get(address)).status_code == 204
    with database.read() as session:
        (row,) = session.exec(select(ReviewPresenceRow)).all()
    assert (row.number, row.person_id) == (number, REVIEWER)


async def test_two_reviewers_on_one_item_see_each_other(visit: Visit, lives: Lives, clock: Clock) -> None:
    number = lives.application()
    first, second = await visit("reviewer"), await visit("second")
    address = live_address((await first.get(f"/review/{number}")).text)
    assert (await first.get(address)).status_code == 204
    clock.moment += timedelta(seconds=3)
    assert "沈知夏 is looking at this since 14:32" in (await second.get(f"/review/{number}")).text
    await second.get(live_address((await second.get(f"/review/{number}")).text))
    answer = await first.get(address)
    assert answer.status_code == 200
    assert "许衡 is looking at this since 14:32" in answer.text
    assert "沈知夏" not in answer.text
    clock.moment += timedelta(minutes=1)
    assert "许衡 is looking" not in (await first.get(f"/review/{number}")).text, "the other page is gone"


async def test_once_another_decided_the_part_says_who_and_when_and_takes_the_form_away(
    visit: Visit, lives: Lives, clock: Clock, database: Database
) -> None:
    number, following = lives.application(), lives.application()
    browser = await visit("second")
    address = live_address((await browser.get(f"/review/{number}")).text)
    lives.decide(number, Verdict.APPROVE)
    clock.moment += timedelta(seconds=5)
    answer = await browser.get(address)
    assert "沈知夏 approved it, today 14:32." in answer.text
    assert 'id="deciding" hx-swap-oob="true"' in answer.text
    assert f'href="/review/{following}?show=all">Open the next' in answer.text
    assert "hx-get" not in answer.text, "nothing more comes by itself"
    with database.read() as session:
        assert session.exec(select(ReviewPresenceRow)).all() == []


@pytest.mark.parametrize(
    ("state", "by", "said"),
    [
        (ApplicationState.CANCELLED, MASTER, "The customer cancelled it, today 14:32."),
        (ApplicationState.REJECTED, REVIEWER, "沈知夏 rejected it, today 14:32."),
        (ApplicationState.LAPSED, None, "It ended without a decision, today 14:32."),
    ],
)
async def test_however_it_ended_the_part_says_so(visit: Visit, lives: Lives, state: ApplicationState, by: int | None, said: str) -> None:
    number = lives.application()
    browser = await visit("second")
    address = live_address((await browser.get(f"/review/{number}")).text)
    note = Note(f"application:{number}", "k", "cancel", by, taken=True) if by else None
    lives.books.end(number, state, note, NOW)
    assert said in (await browser.get(address)).text


async def test_what_the_policy_approved_nobody_did(visit: Visit, lives: Lives) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    address = live_address((await browser.get(f"/review/{number}")).text)
    lives.books.approve(number, None, POLICY, NOW)
    assert "The policy approved it, today 14:32." in (await browser.get(address)).text


async def test_files_that_came_since_the_page_was_opened_are_said(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    address = live_address((await browser.get(f"/review/{number}")).text)
    with database.write() as session:
        session.add(
            AttachmentRow(
                sha256="1" * 64,
                file_name="合同.pdf",
                media_type="application/pdf",
                size=1,
                enterprise_id=1,
                subject=f"application:{number}",
                kind="contract",
                uploaded_by=MASTER,
                uploaded_at=NOW,
            )
        )
    assert "This application changed since you opened it." in (await browser.get(address)).text


async def test_the_next_case_is_named_for_the_script_and_renamed_when_another_comes(visit: Visit, lives: Lives) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    page = (await browser.get(f"/review/{number}")).text
    assert "data-ahead" not in page
    following = lives.application()
    answer = (await browser.get(live_address(page))).text
    assert f'data-ahead="/review/{following}?show=all"' in answer
    assert 'data-stamp="1.reviewing.' in answer


async def test_the_moving_part_of_nothing_is_not_found(visit: Visit, lives: Lives) -> None:
    assert (await (await visit("reviewer")).get("/review/KP-261120-ZZZZZZZZ/live")).status_code == 404
    assert (await (await visit("master")).get(f"/review/{lives.application()}/live")).status_code == 404


async def test_the_second_decision_is_refused_with_who_decided_when_also_where_the_life_has_ended(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    number = lives.application()

    def somebody_was_faster(life: str, sent: Any) -> None:
        reject(lives, number, "title")
        write_note(database, life, sent.key, "approve", sent.by, taken=False, code="already-rejected")

    temporal.answer = somebody_was_faster
    browser = await visit("second")
    answer = await browser.post_form(f"/review/{number}/decision", decision("approve"))
    page = (await browser.get(answer.headers["location"])).text
    assert "沈知夏 rejected it, today 14:32. Your decision changed nothing." in page
    zh = (await (await visit("second", "zh")).get(answer.headers["location"])).text
    assert "沈知夏 今天 14:32退回了这份申请。你的决定没有改变任何内容。" in zh


# What differs


def card(page: str) -> str:
    found = re.findall(r'<section class="card" id="f-difference">.*?</section>', page, re.DOTALL)
    return str(found[0]) if found else ""


async def test_a_first_application_has_nothing_beside_it(visit: Visit, lives: Lives) -> None:
    assert card((await (await visit("reviewer")).get(f"/review/{lives.application()}")).text) == ""


async def test_what_differs_stands_beside_each_other_and_what_does_not_in_one_line(visit: Visit, lives: Lives, database: Database) -> None:
    before = lives.application(10_000, at=NOW - timedelta(hours=2))
    reject(lives, before, "tax-id", "第 3 位")
    number = lives.application(20_000)
    with database.write() as session:
        was = session.get_one(ApplicationRow, before)
        was.title_tax_id, was.title_bank_account, was.title_phone = "91110105MA7K3R2P6R", "6217003300000001111", "13700001111"
        now = session.get_one(ApplicationRow, number)
        now.title_bank_account, now.title_phone = "6217003399990001111", "13700001111"
    page = card((await (await visit("reviewer")).get(f"/review/{number}")).text)
    assert before in page
    assert "The tax ID is not the one of the licence." in page
    assert '91110105MA7K3R2P<mark class="kp-mark-old">6</mark>R' in page
    assert '91110105MA7K3R2P<mark class="kp-mark-new">5</mark>R' in page
    assert "differs where it is masked" in page
    assert "6217003399990001111" not in page.replace(" ", "")
    assert "100.00" in page
    assert "200.00" in page
    (same,) = re.findall(r"Unchanged</th><td[^>]*>(.*?)</td>", page)
    assert "Phone" in same
    assert "Name" in same
    assert "Tax ID" not in same
    assert "1 record, 200.00" in page


async def test_in_chinese_it_is_chinese(visit: Visit, lives: Lives) -> None:
    before = lives.application(at=NOW - timedelta(hours=2))
    reject(lives, before, "tax-id")
    page = card((await (await visit("reviewer", "zh")).get(f"/review/{lives.application(title_id=2, kind=InvoiceKind.ORDINARY)}")).text)
    assert "税号与营业执照不一致" in page
    assert "没有相同的" in page
    assert not re.search(r">[^<]*\b(?:record|Before|Unchanged|application)\b", page)
