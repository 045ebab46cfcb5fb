"""The operators' calendar: a year as it counts, one day set, a notice with its dry run; refused entries stay."""

from datetime import date

import pytest
from sqlmodel import select

from infra.database import Database
from infra.tables import WorkingDayRow
from tests.web.conftest import Visit
from tests.web.rows import add_catalogue, add_record

NOTICE = "一、元旦：1月1日（周五）至3日（周日）放假。\n二、春节：2月5日（周五）至11日（周四）放假调休。2月14日（周日）上班。"


def days(database: Database) -> dict[date, bool]:
    with database.read() as session:
        return {row.day: row.worked for row in session.exec(select(WorkingDayRow)).all()}


async def test_a_year_without_its_notice_is_marked(visit: Visit) -> None:
    browser = await visit("operator")
    assert "estimated" not in (await browser.get("/calendar?year=2026")).text
    page = (await browser.get("/calendar?year=2027")).text
    assert "estimated" in page
    assert page.count('class="kp-month"') == 12


async def test_a_notice_is_tried_then_loaded(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    tried = await browser.post_form("/calendar/notice", {"year": "2027", "seen": "0", "text": NOTICE, "action": "try"})
    assert tried.status_code == 200
    assert "Nothing is changed yet." in tried.text
    assert "11 days" in tried.text
    assert days(database) == {}
    loaded = await browser.post_form("/calendar/notice", {"year": "2027", "seen": "0", "text": NOTICE, "action": "load"})
    assert loaded.headers["location"] == "/calendar?year=2027&done=notice"
    assert days(database)[date(2027, 2, 14)] is True
    page = (await browser.get("/calendar?year=2027&done=notice")).text
    assert "kp-day-work" in page
    assert "is not loaded yet" not in page


async def test_the_promise_of_the_form_counts_by_a_day_that_was_set(visit: Visit, database: Database) -> None:
    """Friday 20 November: T+1 is Monday the 23rd, and Tuesday once the Monday is off."""
    add_catalogue(database)
    add_record(database, 1)
    customer, operator = await visit("master"), await visit("operator")
    assert "Mon 23 Nov" in (await customer.get("/apply?record=1")).text
    form = {"seen": "0", "day": "2026-11-23", "worked": "off", "note": "Move of the office"}
    assert (await operator.post_form("/calendar/days", form)).status_code == 303
    page = (await customer.get("/apply?record=1")).text
    assert "Tue 24 Nov" in page
    assert "Mon 23 Nov" not in page


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"day": "23 November", "worked": "off", "note": "typed note"}, "This is no day."),
        ({"day": "2027-05-04", "worked": "off", "note": ""}, "Say why in a few words."),
        ({"day": "2027-05-04", "worked": "maybe", "note": "typed note"}, "Choose one."),
        ({"day": "2019-05-04", "worked": "off", "note": "typed note"}, "Choose a day from"),
    ],
)
async def test_a_wrong_day_is_refused_and_what_was_typed_stays(visit: Visit, database: Database, form: dict[str, str], words: str) -> None:
    answer = await (await visit("operator")).post_form("/calendar/days", {"seen": "0", **form})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{form["day"]}"' in answer.text
    assert days(database) == {}


async def test_a_wrong_notice_says_the_line_and_stays(visit: Visit, database: Database) -> None:
    text = "2027-02-06,off\n这一行没有日期"
    answer = await (await visit("operator")).post_form("/calendar/notice", {"year": "2027", "seen": "0", "text": text, "action": "load"})
    assert answer.status_code == 422
    assert "Line 2 names no day" in answer.text
    assert "这一行没有日期" in answer.text
    assert days(database) == {}


async def test_two_operators_at_once_are_told(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    form = {"seen": "0", "day": "2027-05-04", "worked": "off", "note": "Closed"}
    assert (await browser.post_form("/calendar/days", form)).status_code == 303
    second = await browser.post_form("/calendar/days", {**form, "day": "2027-05-05"})
    assert second.status_code == 409
    assert "changed the calendar meanwhile" in second.text
    assert 'name="seen" value="1"' in second.text
    assert list(days(database)) == [date(2027, 5, 4)]


async def test_a_day_can_go_back_to_the_published_calendar(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    form = {"seen": "0", "day": "2026-12-01", "worked": "off", "note": "Closed"}
    await browser.post_form("/calendar/days", form)
    await browser.post_form("/calendar/days", {**form, "seen": "1", "worked": "published", "note": "Open after all"})
    assert days(database) == {}
    assert "Open after all" in (await browser.get("/calendar")).text


async def test_the_form_says_the_day_that_an_expedite_brings(visit: Visit, database: Database) -> None:
    """Friday 20 November at noon: the same day, unless it is off; then an expedite brings no earlier one."""
    add_catalogue(database)
    add_record(database, 1)
    customer, operator = await visit("master"), await visit("operator")
    page = (await customer.get("/apply?record=1")).text
    assert "ahead of the queue" in page
    assert "no earlier day" not in page
    await operator.post_form("/calendar/days", {"seen": "0", "day": "2026-11-20", "worked": "off", "note": "Closed"})
    assert "Expediting now brings no earlier day" in (await customer.get("/apply?record=1")).text
