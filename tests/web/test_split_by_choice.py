"""The split by choice on the picker and the form: what is shown is what is asked for, and what cannot be is said (11, 12, 18)."""

import re
from datetime import date
from typing import Any

import pytest

from domain.messages import ApplicationRequest
from domain.split_choice import SplitBy
from infra.database import Database
from tests.web.conftest import Visit
from tests.web.rows import AGREED, add_catalogue, add_record
from tests.web.temporal import RecordingTemporal

NUMBER = "KP-261120-8H3KQ0ZT"
FORM: dict[str, Any] = {"number": NUMBER, "title": "1", "kind": "special", "medium": "electronic", "email": "1", "terms": AGREED}
TICKED = "record=1&record=2&record=3&record=4"
RECORDS = {"record": ["1", "2", "3", "4"], "expected_fen": "26500"}


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1, 106_00, service="云服务器", period="2026-09", day=date(2026, 9, 10))
    add_record(database, 2, 53_00, service="云服务器")
    add_record(database, 3, 84_80, service="带宽", category="电信服务", classification_code="3030000000000000000")
    add_record(database, 4, 21_20, service="短信", category="电信服务", classification_code="3030000000000000000")
    add_record(database, 5, 77_00, service="市场镜像", seller="云镜软件", period="2026-10")


def digest(page: str) -> str:
    (found,) = re.findall(r'name="expected_plan" value="([0-9a-f]{16})"', page)
    return str(found)


def headings(page: str) -> list[str]:
    return re.findall(r'<h3 class="kp-row"><span class="kp-kind">([A-Z0-9-]+)</span>', page)


@pytest.mark.parametrize(("way", "letters"), [("fewest", "A"), ("category", "AB"), ("service", "ABC"), ("month", "AB")])
async def test_the_form_shows_the_invoices_of_each_way_and_asks_for_these(
    visit: Visit, temporal: RecordingTemporal, way: str, letters: str
) -> None:
    browser = await visit("master")
    assert f"This becomes {len(letters)} invoice" in (await browser.get(f"/consumption/sum?{TICKED}&split={way}")).text
    page = (await browser.get(f"/apply?{TICKED}&split={way}")).text
    assert headings(page) == list(letters)
    assert "finance@shiguang.cn" in page
    answer = await browser.post_form("/applications", {**FORM, **RECORDS, "split": way, "split_shown": way, "expected_plan": digest(page)})
    assert answer.status_code == 303, answer.text
    [(asked, _)] = temporal.started
    assert isinstance(asked, ApplicationRequest)
    assert (asked.split.by, asked.split.own, asked.expected_plan) == (SplitBy(way), (), digest(page))


async def test_a_line_is_moved_by_hand(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    plain = (await browser.get(f"/apply/split?{TICKED}&title=1&email=1")).text
    lines = dict.fromkeys(re.findall(r'<option value="([0-9a-f]{12})\.A" selected>', plain))
    assert len(lines) == 3
    moved = [f"{line}.{'B' if at == 0 else 'A'}" for at, line in enumerate(lines)]
    page = (await browser.get(f"/apply/split?{TICKED}&title=1&email=1&split_shown=fewest&own={'&own='.join(moved)}")).text
    assert headings(page) == ["A", "B"]
    assert page.count("265.00") >= 1
    answer = await browser.post_form(
        "/applications", {**FORM, **RECORDS, "own": moved, "split_shown": "fewest", "expected_plan": digest(page)}
    )
    assert answer.status_code == 303, answer.text
    [(asked, _)] = temporal.started
    assert isinstance(asked, ApplicationRequest)
    assert [each.text for each in asked.split.own] == [moved[0]]


async def test_another_way_lets_go_of_what_was_moved_under_the_first(visit: Visit) -> None:
    browser = await visit("master")
    plain = (await browser.get(f"/apply/split?{TICKED}")).text
    (line, *_) = re.findall(r'<option value="([0-9a-f]{12})\.A" selected>', plain)
    page = (await browser.get(f"/apply/split?{TICKED}&split=service&split_shown=fewest&own={line}.A")).text
    assert headings(page) == ["A", "B", "C"]


async def test_a_form_that_showed_other_invoices_is_shown_again(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    fewest = digest((await browser.get(f"/apply?{TICKED}")).text)
    answer = await browser.post_form("/applications", {**FORM, **RECORDS, "split": "month", "expected_plan": fewest})
    assert answer.status_code == 422
    assert "The invoices are others than the form showed." in answer.text
    assert headings(answer.text) == ["A", "B"]
    assert temporal.started == []


async def test_without_script_a_button_shows_what_the_choice_makes(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    answer = await browser.post_form("/applications", {**FORM, **RECORDS, "split": "service", "preview": "true", "name": "有限公司"})
    assert answer.status_code == 200
    assert headings(answer.text) == ["A", "B", "C"]
    assert temporal.started == []


async def test_a_statement_is_not_split(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    page = (await browser.get("/apply?all=2026-10..HZ.")).text
    assert "A monthly statement is invoiced whole." in page
    answer = await browser.post_form("/applications", {**FORM, "all": "2026-10..HZ.", "split": "service", "expected_fen": "15900"})
    assert answer.status_code == 422
    assert "A monthly statement is invoiced whole." in answer.text
    assert temporal.started == []


@pytest.mark.parametrize("own", ["zz", "0123456789ab.1", "0123456789AB.B"])
async def test_a_moved_line_that_cannot_be_read_is_said(visit: Visit, temporal: RecordingTemporal, own: str) -> None:
    answer = await (await visit("master")).post_form("/applications", {**FORM, **RECORDS, "own": own})
    assert answer.status_code == 422
    assert temporal.started == []


async def test_a_moved_line_that_is_not_there_is_said(visit: Visit, temporal: RecordingTemporal) -> None:
    answer = await (await visit("master")).post_form("/applications", {**FORM, **RECORDS, "own": "0123456789ab.B"})
    assert answer.status_code == 422
    assert "A line that you moved is no longer there." in answer.text
    assert temporal.started == []


async def test_what_sellers_invoice_stands_beside(visit: Visit) -> None:
    page = (await (await visit("master")).get(f"/apply?{TICKED}")).text
    assert "Issued by marketplace sellers for the same months, not by us" in page
    assert "77.00" in page
    earlier = (await (await visit("master")).get("/apply?record=1")).text
    assert "Issued by marketplace sellers" not in earlier
