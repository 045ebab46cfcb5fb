"""Approving several of low risk: what is offered, the preview, one message each, and what became of each."""

import re
import uuid
from typing import Any

import pytest
from temporalio.service import RPCStatusCode

from domain.access import Role
from domain.messages import ReviewDecision, Verdict
from infra.database import Database
from infra.presence import look_at
from infra.tables import UserRow
from tests.web.conftest import NOW, PASSWORD, Browser, Visit, hashed
from tests.web.lives import POLICY, REVIEWER, Lives, RecordingTemporal, write_note

PATH = "/review/bulk"
SECOND = 60


@pytest.fixture
def temporal(database: Database) -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture
def lives(database: Database) -> Lives:
    made = Lives(database)
    made.application()  # the first of the customer has points
    return made


@pytest.fixture(autouse=True)
def second_reviewer(database: Database) -> None:
    with database.write() as session:
        session.add(UserRow(id=SECOND, login="second", password_hash=hashed(PASSWORD), name="许衡", role=Role.REVIEWER))


def picks(page: str) -> list[str]:
    return re.findall(r'name="pick" value="([^"]+)"', page)


def taken(database: Database, lives: Lives) -> Any:
    """A worker that approves."""

    def answer(life: str, sent: ReviewDecision) -> None:
        number = life.partition(":")[2]
        lives.books.approve(number, sent, POLICY, NOW)

    return answer


async def previewed(browser: Browser, *chosen: str) -> tuple[str, list[str], str]:
    """The preview's page, what it would send, and its key."""
    page = (await browser.get(f"{PATH}/preview", params={"pick": list(chosen)})).text
    keys = re.findall(r'name="key" value="([^"]+)"', page)
    return page, picks(page), keys[0] if keys else ""


async def test_what_has_points_is_not_offered(visit: Visit, lives: Lives) -> None:
    clean = [lives.application() for _ in range(2)]
    page = (await (await visit("reviewer")).get(PATH)).text
    assert [pick.partition(".")[0] for pick in picks(page)] == clean
    assert "2 of 3 that wait can be approved together" in page


async def test_only_reviewers_approve_several(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    for login in ("master", "member", "operator"):
        browser = await visit(login)
        for path in (PATH, f"{PATH}/preview", f"{PATH}/result", f"{PATH}/result/live"):
            assert (await browser.get(path)).status_code == 404
        assert (await browser.post_form(PATH, {"key": str(uuid.uuid4()), "pick": "x"})).status_code == 404
    assert temporal.signals == []


async def test_the_preview_counts_and_adds_up_and_says_what_is_left_out_and_why(visit: Visit, lives: Lives, database: Database) -> None:
    first, second, looked_at, decided = (lives.application(amount) for amount in (10_000, 20_000, 30_000, 40_000))
    browser = await visit("reviewer")
    seen = picks((await browser.get(PATH)).text)
    look_at(database, looked_at, SECOND, NOW)
    lives.decide(decided, Verdict.REJECT, "x")
    page, sending, _ = await previewed(browser, *seen)
    assert [pick.partition(".")[0] for pick in sending] == [first, second]
    assert "2 applications will be approved" in page
    assert "300.00" in page
    assert "许衡 is looking at it since today 14:32." in page
    assert "沈知夏 rejected it, today 14:32." in page
    assert page.count("10 checks found nothing") == 2


async def test_one_message_each_with_a_key_of_the_forms_own_and_an_outcome_each(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    numbers = [lives.application() for _ in range(3)]
    temporal.answer = taken(database, lives)
    browser = await visit("reviewer")
    _, sending, key = await previewed(browser, *picks((await browser.get(PATH)).text))
    form = {"key": key, "pick": sending}
    answer = await browser.post_form(PATH, form)
    assert answer.status_code == 303
    keys = [str(uuid.uuid5(uuid.UUID(key), number)) for number in numbers]
    assert [(life, name) for life, name, _ in temporal.signals] == [(f"application:{number}", "decide") for number in numbers]
    assert [sent for *_, sent in temporal.signals] == [ReviewDecision(each, REVIEWER, Verdict.APPROVE, 1) for each in keys]
    for _ in range(2):  # the address can be opened again
        page = (await browser.get(answer.headers["location"])).text
        assert "3 approved" in page
        assert "300.00" in page
        assert "hx-get" not in page
    again = await browser.post_form(PATH, form)
    assert len(temporal.signals) == 3, "the same form decides nothing twice"
    assert "3 approved" in (await browser.get(again.headers["location"])).text


async def test_what_changed_between_preview_and_press_is_left_out(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    fine, decided = lives.application(), lives.application()
    temporal.answer = taken(database, lives)
    browser = await visit("reviewer")
    _, sending, key = await previewed(browser, *picks((await browser.get(PATH)).text))
    lives.decide(decided, Verdict.REJECT, "x")
    answer = await browser.post_form(PATH, {"key": key, "pick": sending})
    assert [life for life, *_ in temporal.signals] == [f"application:{fine}"]
    page = (await browser.get(answer.headers["location"])).text
    assert "1 approved" in page
    assert "1 left out" in page
    assert "沈知夏 rejected it, today 14:32." in page


async def test_a_refused_one_says_who_was_first_and_a_late_one_renews_itself(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    refused, slow = lives.application(), lives.application()

    def answer(life: str, sent: Any) -> None:
        if life.endswith(refused):
            lives.decide(refused, Verdict.REJECT, "x")
            write_note(database, life, sent.key, "approve", sent.by, taken=False, code="already-rejected")

    temporal.answer = answer
    browser = await visit("reviewer")
    _, sending, key = await previewed(browser, *picks((await browser.get(PATH)).text))
    location = (await browser.post_form(PATH, {"key": key, "pick": sending})).headers["location"]
    page = (await browser.get(location)).text
    assert "沈知夏 rejected it, today 14:32." in page
    assert "1 not taken" in page
    assert "1 still to come" in page
    (live,) = re.findall(r'hx-get="([^"]+)"', page)
    live = live.replace("&amp;", "&")
    assert (await browser.get(live)).status_code == 204
    lives.books.approve(slow, temporal.signals[-1][2], POLICY, NOW)
    later = (await browser.get(live)).text
    assert "1 approved" in later
    assert "hx-get" not in later


async def test_a_life_that_ended_is_left_out_and_the_rest_goes_on(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    number = lives.application()
    browser = await visit("reviewer")
    _, sending, key = await previewed(browser, *picks((await browser.get(PATH)).text))
    temporal.error = RPCStatusCode.NOT_FOUND
    answer = await browser.post_form(PATH, {"key": key, "pick": sending})
    page = (await browser.get(answer.headers["location"])).text
    assert number in page
    assert "Its review was over when the message came." in page


async def test_when_temporal_is_down_the_same_form_can_be_sent_again(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    lives.application()
    browser = await visit("reviewer")
    _, sending, key = await previewed(browser, *picks((await browser.get(PATH)).text))
    temporal.error = RPCStatusCode.UNAVAILABLE
    answer = await browser.post_form(PATH, {"key": key, "pick": sending})
    assert answer.status_code == 503
    assert key in answer.text
    assert sending[0] in answer.text


async def test_none_and_too_many_are_said(visit: Visit, lives: Lives, temporal: RecordingTemporal) -> None:
    lives.application()
    browser = await visit("reviewer")
    none = await browser.get(f"{PATH}/preview")
    assert (none.status_code, "Tick at least one application." in none.text) == (200, True)
    many = [f"KP-261120-{place:08d}.1." for place in range(51)]
    for answer, status in (
        (await browser.get(f"{PATH}/preview", params={"pick": many}), 200),
        (await browser.post_form(PATH, {"key": str(uuid.uuid4()), "pick": many}), 422),
    ):
        assert answer.status_code == status
        assert "At most 50 at once." in answer.text
    assert temporal.signals == []


async def test_all_on_the_page_need_no_ticks(visit: Visit, lives: Lives) -> None:
    numbers = [lives.application() for _ in range(3)]
    page = (await (await visit("reviewer")).get(f"{PATH}/preview?all=true")).text
    assert [pick.partition(".")[0] for pick in picks(page)] == numbers


@pytest.mark.parametrize(
    "address", ["", "?key=x", "?key=0190c2f4-8b1e-7c3d-9a55-3f4f0c8b7a11", "?key=0190c2f4-8b1e-7c3d-9a55-3f4f0c8b7a11&n=x"]
)
async def test_an_address_that_names_nothing_leads_back(visit: Visit, address: str) -> None:
    answer = await (await visit("reviewer")).get(f"{PATH}/result{address}")
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)


async def test_in_chinese_it_is_chinese(visit: Visit, lives: Lives) -> None:
    lives.application()
    browser = await visit("reviewer", "zh")
    page = (await browser.get(PATH)).text
    assert "可以一起通过" in page
    assert "将通过 1 份申请" in (await previewed(browser, *picks(page)))[0]
