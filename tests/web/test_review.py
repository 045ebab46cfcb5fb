"""The review desk: what it shows, in which order, and what a decision sends."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from temporalio.service import RPCStatusCode

from domain.invoices import InvoiceKind
from domain.messages import ReviewDecision, Verdict
from infra.database import Database
from infra.tables import UserRow
from tests.web.conftest import NOW, Clock, Visit
from tests.web.lives import MASTER, REVIEWER, Lives, RecordingTemporal, write_note
from web.differences import Piece, marked


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


def decision(verdict: str, **more: Any) -> dict[str, Any]:
    return {"verdict": verdict, "key": str(uuid.uuid4()), "version": "1", **more}


@pytest.mark.parametrize("login", ["master", "member", "other", "operator"])
async def test_only_reviewers_have_a_review_desk(visit: Visit, lives: Lives, temporal: RecordingTemporal, login: str) -> None:
    number = lives.application()
    browser = await visit(login)
    assert (await browser.get("/review")).status_code == 404
    assert (await browser.get(f"/review/{number}")).status_code == 404
    assert (await browser.post_form(f"/review/{number}/decision", decision("approve"))).status_code == 404
    assert temporal.signals == []


async def test_without_a_sign_in_the_desk_leads_to_it(visit: Visit, lives: Lives) -> None:
    browser = await visit()
    assert (await browser.get("/review")).headers["location"] == "/sign-in?next=%2Freview"
    assert (await browser.post("/review/x/decision", data=decision("approve"))).status_code == 401


async def test_expedited_come_first_then_special_then_the_rest(visit: Visit, lives: Lives) -> None:
    ordinary = lives.application(kind=InvoiceKind.ORDINARY, at=NOW - timedelta(days=1))
    special = lives.application()
    expedited = lives.application(kind=InvoiceKind.ORDINARY, expedited=True)
    page = (await (await visit("reviewer")).get("/review")).text
    places = [page.index(f'href="/review/{number}?show=all">') for number in (expedited, special, ordinary)]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("show", "shown"),
    [
        ("all", {"e", "s", "o", "late"}),
        ("expedited", {"e"}),
        ("special", {"s"}),
        ("overdue", {"late"}),
        ("nonsense", {"e", "s", "o", "late"}),
    ],
)
async def test_the_filter_stands_in_the_address(visit: Visit, lives: Lives, show: str, shown: set[str]) -> None:
    numbers = {
        "e": lives.application(kind=InvoiceKind.ORDINARY, expedited=True),
        "s": lives.application(),
        "o": lives.application(kind=InvoiceKind.ORDINARY),
        "late": lives.application(kind=InvoiceKind.ORDINARY, at=NOW - timedelta(days=3)),
    }
    page = (await (await visit("reviewer")).get(f"/review?show={show}")).text
    assert {name for name, number in numbers.items() if f'href="/review/{number}?' in page} == shown


async def test_the_pages_of_the_queue_leave_none_out(visit: Visit, lives: Lives) -> None:
    numbers = {lives.application(kind=InvoiceKind.ORDINARY if index % 2 else InvoiceKind.SPECIAL) for index in range(53)}
    browser = await visit("reviewer")
    first = (await browser.get("/review")).text
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = (await browser.get(address)).text
    on_first = {number for number in numbers if f'href="/review/{number}?show=all">' in first}
    on_second = {number for number in numbers if f'href="/review/{number}?show=all">' in second}
    assert len(on_first) == 50
    assert on_first | on_second == numbers
    assert not on_first & on_second


@pytest.mark.parametrize("after", ["x", "1~x~y", "1~2026-11-20T06:32:00~KP", "~~"])
async def test_a_broken_place_in_the_address_shows_the_first_page(visit: Visit, lives: Lives, after: str) -> None:
    number = lives.application()
    answer = await (await visit("reviewer")).get("/review", params={"after": after})
    assert answer.status_code == 200
    assert number in answer.text


async def test_an_empty_queue_and_an_empty_filter_say_different_things(visit: Visit, lives: Lives) -> None:
    browser = await visit("reviewer")
    assert "All reviewed" in (await browser.get("/review")).text
    lives.application(kind=InvoiceKind.ORDINARY)
    page = (await browser.get("/review?show=special")).text
    assert "Nothing fits this filter" in page
    assert "All reviewed" not in page


async def test_the_deadline_is_in_working_days(visit: Visit, lives: Lives) -> None:
    lives.application()
    browser = await visit("reviewer")
    assert "1 working day left" in (await browser.get("/review")).text
    assert "还有 1 个工作日" in (await (await visit("reviewer", "zh")).get("/review")).text


async def test_the_page_has_the_evidence_with_its_values(visit: Visit, lives: Lives) -> None:
    earlier = lives.application(5_000)
    lives.decide(earlier, Verdict.REJECT, "抬头不对")
    number = lives.application(106_000, title_id=2, kind=InvoiceKind.ORDINARY)
    page = (await (await visit("reviewer")).get(f"/review/{number}")).text
    assert "The title is not the verified name 北京拾光互动科技有限公司" in page
    assert "1,060.00 is within the 1,110.00 consumed in 90 days" in page
    assert "Applications of this customer that were rejected within a year: 1" in page
    assert "1,000.00 + 60.00" in page
    assert "青屿云计算（杭州）有限公司" in page
    assert earlier in page
    assert "抬头不对" in page
    assert 'class="kp-mark-new"' in page
    assert f"workflows/application%3A{number}" in page


async def test_an_unknown_number_is_not_found(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    browser = await visit("reviewer")
    assert (await browser.get("/review/KP-261120-ZZZZZZZZ")).status_code == 404
    assert (await browser.post_form("/review/KP-261120-ZZZZZZZZ/decision", decision("approve"))).status_code == 404
    assert temporal.signals == []


async def test_an_approval_sends_what_was_on_the_screen_and_opens_the_next(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    first, second = lives.application(), lives.application()
    temporal.answer = lambda life, sent: write_note(database, life, sent.key, "approve", sent.by, taken=True)
    browser = await visit("reviewer")
    form = decision("approve", reason="  合同已核 ")
    answer = await browser.post_form(f"/review/{first}/decision", form)
    expected = ReviewDecision(key=form["key"], by=REVIEWER, verdict=Verdict.APPROVE, version=1, reason="合同已核")
    assert temporal.signals == [(f"application:{first}", "decide", expected)]
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/review/{second}?")
    page = (await browser.get(answer.headers["location"])).text
    assert f"{first} · Approved: the invoices are being issued." in page


async def test_after_the_last_one_the_queue_opens(visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal) -> None:
    only = lives.application()
    temporal.answer = lambda life, sent: write_note(database, life, sent.key, "reject", sent.by, taken=True)
    answer = await (await visit("reviewer")).post_form(f"/review/{only}/decision", decision("reject", reason="x"))
    assert answer.headers["location"].startswith("/review?")


async def test_a_rejection_needs_a_reason(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    form = decision("reject", reason="  ")
    answer = await browser.post_form(f"/review/{number}/decision", form)
    assert answer.status_code == 422
    assert "Say why" in answer.text
    assert form["key"] in answer.text
    assert temporal.signals == []


async def test_a_too_long_reason_is_kept_and_refused(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    answer = await (await visit("reviewer")).post_form(f"/review/{number}/decision", decision("reject", reason="字" * 501))
    assert answer.status_code == 422
    assert "字" * 501 in answer.text
    assert temporal.signals == []


async def test_a_ready_phrase_travels_as_its_code_beside_what_was_typed(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    await (await visit("reviewer", "zh")).post_form(f"/review/{number}/decision", decision("reject", phrase="tax-id", reason=" 第 3 位"))
    assert (temporal.signals[0][2].reason, temporal.signals[0][2].phrase) == ("第 3 位", "tax-id")


async def test_one_does_not_decide_ones_own_application(visit: Visit, lives: Lives, database: Database) -> None:
    number = lives.application(applicant=MASTER)
    with database.write() as session:
        person = session.get_one(UserRow, MASTER)
        person.role = "reviewer"
        session.add(person)
    page = (await (await visit("master")).get(f"/review/{number}")).text
    assert "four eyes" in page
    assert 'name="verdict"' not in page
    assert 'aria-disabled="true"' in page


async def test_the_second_decision_says_who_was_first_and_when(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    number = lives.application()
    lives.application()

    def somebody_was_faster(life: str, sent: Any) -> None:
        lives.decide(number, Verdict.APPROVE)
        write_note(database, life, sent.key, "approve", sent.by, taken=False, code="already-issuing")

    temporal.answer = somebody_was_faster
    browser = await visit("reviewer")
    answer = await browser.post_form(f"/review/{number}/decision", decision("approve"))
    assert answer.headers["location"].startswith(f"/review/{number}?")
    page = (await browser.get(answer.headers["location"])).text
    assert "沈知夏 approved it, today 14:32. Your decision changed nothing." in page
    assert "Decided by 沈知夏, today 14:32." in page
    assert 'name="verdict"' not in page


async def test_a_decision_for_an_ended_life_shows_the_true_state(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    lives.decide(number, Verdict.REJECT, "重复")
    temporal.error = RPCStatusCode.NOT_FOUND
    answer = await (await visit("reviewer")).post_form(f"/review/{number}/decision", decision("approve"))
    assert answer.status_code == 409
    assert "Your decision changed nothing" in answer.text
    assert "Decided by 沈知夏" in answer.text


async def test_when_temporal_is_down_the_same_decision_can_be_sent_again(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    temporal.error = RPCStatusCode.UNAVAILABLE
    form = decision("reject", reason="重复")
    answer = await (await visit("reviewer")).post_form(f"/review/{number}/decision", form)
    assert answer.status_code == 503
    assert form["key"] in answer.text
    assert "重复" in answer.text


@pytest.mark.parametrize("wrong", [{"verdict": "maybe"}, {"key": "1"}, {"version": "0"}, {"version": "x"}])
async def test_a_malformed_decision_sends_nothing(visit: Visit, lives: Lives, temporal: RecordingTemporal, wrong: dict[str, str]) -> None:
    number = lives.application()
    answer = await (await visit("reviewer")).post_form(f"/review/{number}/decision", decision("approve") | wrong)
    assert answer.status_code == 422
    assert temporal.signals == []


async def test_a_decision_without_the_forms_token_sends_nothing(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    answer = await (await visit("reviewer")).post(f"/review/{number}/decision", data=decision("approve"))
    assert answer.status_code == 403
    assert temporal.signals == []


async def test_an_overdue_application_says_so(visit: Visit, lives: Lives, clock: Clock) -> None:
    number = lives.application()
    clock.moment = NOW + timedelta(days=5)
    browser = await visit("reviewer")
    assert "overdue" in (await browser.get(f"/review/{number}")).text
    assert number in (await browser.get("/review?show=overdue")).text


def test_only_the_characters_that_differ_are_marked() -> None:
    left, right = marked("91110105MA7K3R2P5R", "91110115MA7K3R2P5R")
    assert "".join(piece.text for piece in left) == "91110105MA7K3R2P5R"
    assert [piece.text for piece in right if piece.differs] == ["1"]
    assert marked("拾光（北京）", "拾光(北京)") == ((Piece("拾光（北京）", differs=False),), (Piece("拾光(北京)", differs=False),))
