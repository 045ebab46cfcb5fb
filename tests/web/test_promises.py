"""Promises on pages: until when and why, what an expedite costs others, the supervisor's page, its plan of peaks, and the warning."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.calendar import CHINA
from domain.invoices import InvoiceKind
from domain.messages import Expedite, Policy, Verdict
from domain.peak import PeakPlan, typed_plan
from domain.review_messages import MaterialAnswer, MaterialRequest
from infra.books.review import SqlReview
from infra.calendar import set_day
from infra.database import Database
from infra.tables import ApplicationRow, MovedPromiseRow, PeakPlanRow, UserRow
from tests.web.conftest import NOW, Clock, Visit, hashed
from tests.web.lives import MASTER, OPERATOR, REVIEWER, Lives
from tests.web.rows import add_catalogue, add_record
from tests.web.temporal import RecordingTemporal

PAGE = "/desk/promises"
MONTH_END = NOW.replace(day=27)


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture
def lives(database: Database) -> Lives:
    return Lives(database)


@pytest.fixture(autouse=True)
def supervisors(database: Database) -> None:
    with database.write() as session:
        for number in (90, 91):
            session.add(
                UserRow(id=number, login=f"supervisor-{number}", password_hash=hashed("correct horse 9"), name="高原", role="supervisor")
            )


def change(database: Database, number: str, **values: Any) -> None:
    with database.write() as session:
        row = session.get_one(ApplicationRow, number)
        for name, value in values.items():
            setattr(row, name, value)


def card(page: str) -> str:
    return page.split('id="promise"')[1].split("</section>")[0]


async def test_why_a_promise_stands_there_in_both_languages(visit: Visit, lives: Lives, clock: Clock) -> None:
    number = lives.application()
    english = card((await (await visit("master")).get(f"/applications/{number}")).text)
    assert "Submitted today 14:32; the next working day is Mon 23 Nov 18:00." in english
    assert "Nobody waits before it." in english
    chinese = card((await (await visit("master", "zh")).get(f"/applications/{number}")).text)
    assert "今天 14:32提交，下一个工作日是11月23日（周一）18:00。" in chinese
    reviewer = card((await (await visit("reviewer")).get(f"/review/{number}")).text)
    assert "Submitted today 14:32; the next working day is Mon 23 Nov 18:00." in reviewer
    clock.moment = NOW + timedelta(days=1)
    part = await (await visit("reviewer")).get(f"/applications/{number}/promise")
    assert "Submitted Fri 20 Nov 14:32" in part.text
    assert "<html" not in part.text


async def test_the_calendar_moves_it_and_the_page_says_why(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    number = lives.application()
    browser = await visit("master")
    mark = re.findall(r"live\?v=(\w+)", (await browser.get(f"/applications/{number}")).text)[0]
    assert (await browser.get(f"/applications/{number}/live?v={mark}")).status_code == 204
    operator = await visit("operator")
    form = {"seen": "0", "day": "2026-11-23", "worked": "off", "note": "Move of the office"}
    assert (await operator.post_form("/calendar/days", form)).status_code == 303
    assert [options["id"] for _, options in temporal.started] == ["promises-now"]
    live = (await browser.get(f"/applications/{number}/live?v={mark}")).text
    assert "the next working day is Tue 24 Nov 18:00." in live
    assert "Moved today 14:32, because the calendar changed: Move of the office." in live


async def test_a_change_of_the_calendar_holds_while_temporal_is_away(
    visit: Visit, lives: Lives, database: Database, temporal: RecordingTemporal
) -> None:
    number = lives.application()
    set_day(database, NOW.date() + timedelta(days=3), False, "x", 0, OPERATOR, NOW)
    temporal.down = True
    form = {"seen": "1", "day": "2026-11-23", "worked": "published", "note": "Back again"}
    assert (await (await visit("operator")).post_form("/calendar/days", form)).status_code == 303
    with database.read() as session:
        assert session.exec(select(MovedPromiseRow.application_number)).all() == [number]


async def test_an_expedite_says_what_it_costs_others_before_and_after(visit: Visit, lives: Lives, database: Database) -> None:
    others = [lives.application() for _ in range(3)]
    change(database, others[0], promised_at=NOW + timedelta(hours=2))
    number = lives.application(kind=InvoiceKind.ORDINARY)
    browser = await visit("master")
    page = card((await browser.get(f"/applications/{number}")).text)
    assert "3 applications wait before it, 0 of them expedited." in page
    assert "You would go before 3 applications that wait; 1 of them are promised for today or late." in page
    lives.books.expedite(number, Expedite("e", MASTER), Policy(), NOW)
    page = card((await browser.get(f"/applications/{number}")).text)
    assert "Expedited today 14:32: reviewed on the same day, today 18:00." in page
    assert "When it was expedited it went before 3 applications that waited; 1 of them were promised for that day or late." in page
    assert "Nobody waits before it." in page
    pushed = card((await browser.get(f"/applications/{others[1]}")).text)
    assert "2 applications wait before it, 1 of them expedited." in pushed
    chinese = card((await (await visit("reviewer", "zh")).get(f"/review/{number}")).text)
    assert "加急时排到了 3 份在等的申请前面，其中 1 份承诺当天或已逾期。" in chinese


async def test_after_material_an_expedited_one_says_both(visit: Visit, lives: Lives, database: Database, clock: Clock) -> None:
    """Friday 20 November: answered at 15:32, an hour after it was expedited."""
    number, reviews = lives.application(kind=InvoiceKind.ORDINARY, expedited=True), SqlReview(database)
    reviews.ask(number, MaterialRequest("m", REVIEWER, 1, ("order",)), 5, NOW)
    clock.moment = NOW + timedelta(hours=1)
    reviews.answer(number, MaterialAnswer("a", MASTER, 2, "见附件"), 1, 18, clock.moment)
    for language, words in (
        ("en", "Material complete today 15:32; expedited today 14:32, so reviewed on the same day, today 18:00."),
        ("zh", "材料于今天 15:32齐备；已于今天 14:32加急，所以当天审核：今天 18:00。"),
    ):
        assert words in card((await (await visit("master", language)).get(f"/applications/{number}")).text)
    set_day(database, NOW.date(), False, "Closed", 0, OPERATOR, clock.moment)
    page = card((await (await visit("master")).get(f"/applications/{number}")).text)
    assert "Material complete today 15:32; the next working day is Mon 23 Nov 18:00." in page
    assert "Expedited today 14:32: no earlier day, but ahead of the queue." in page


async def test_the_form_says_the_cost_by_kind(visit: Visit, lives: Lives, database: Database) -> None:
    lives.application()
    lives.application(kind=InvoiceKind.ORDINARY)
    record = lives.record(10_000)
    page = (await (await visit("master")).get(f"/apply?record={record}")).text
    assert "Special: You would go before 1 application that waits; promised for today or late: 0." in page
    assert "Ordinary: You would go before 2 applications that wait; 0 of them are promised for today or late." in page


async def test_a_decided_one_says_whether_the_promise_was_kept(visit: Visit, lives: Lives) -> None:
    kept, broken = lives.application(), lives.application()
    lives.decide(kept, Verdict.APPROVE)
    lives.decide(broken, Verdict.REJECT, "抬头不对", at=NOW + timedelta(days=7))
    browser = await visit("master")
    assert "kept" in card((await browser.get(f"/applications/{kept}")).text)
    assert "broken" in card((await browser.get(f"/applications/{broken}")).text)


async def test_the_part_of_a_strangers_application_is_not_found(visit: Visit, lives: Lives) -> None:
    number = lives.application()
    browser = await visit("other")
    assert (await browser.get(f"/applications/{number}/promise")).status_code == 404
    assert (await browser.get("/applications/KP-261120-ZZZZZZZZ/promise")).status_code == 404


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/export.csv", f"{PAGE}/days.csv"])
@pytest.mark.parametrize("login", ["master", "reviewer", "operator"])
async def test_the_page_is_the_supervisors_alone(visit: Visit, path: str, login: str) -> None:
    assert (await (await visit(login)).get(path)).status_code == 404


async def test_what_is_at_risk_broken_and_late_is_listed_with_links(visit: Visit, lives: Lives, database: Database, clock: Clock) -> None:
    risk, broken, late = (lives.application() for _ in range(3))
    change(database, risk, promised_at=NOW + timedelta(hours=1))
    change(database, broken, promised_at=NOW - timedelta(hours=1), claimed_by=4, claimed_until=NOW + timedelta(minutes=9))
    lives.decide(late, Verdict.APPROVE)
    change(database, late, promised_at=NOW - timedelta(hours=1))
    clock.moment = NOW + timedelta(seconds=1)
    browser = await visit("supervisor-90")
    for show, number in (("risk", risk), ("broken", broken), ("late", late)):
        page = (await browser.get(f"{PAGE}?show={show}")).text
        assert re.findall(r'<a href="/review/(KP-[\d-]+)"', page) == [number], show
    page = (await browser.get(f"{PAGE}?show=broken")).text
    assert "沈知夏" in page
    assert "Nothing fits this filter" in (await browser.get(f"{PAGE}?show=broken&kind=ordinary")).text
    export = (await browser.get(f"{PAGE}/export.csv?show=broken")).text
    assert export.splitlines()[1].startswith(f"{broken},北京拾光互动科技有限公司,Special e-invoice,Special,")
    assert "沈知夏" in export
    assert "哪些承诺能兑现？" in (await (await visit("supervisor-90", "zh")).get(PAGE)).text


@pytest.mark.parametrize("query", ["show=x&kind=x&level=x&period=x&after=x", "period=2026-13", "period=2099-01", "level=99", "after=x_y"])
async def test_a_broken_address_shows_the_page_all_the_same(visit: Visit, lives: Lives, query: str) -> None:
    lives.application()
    assert (await (await visit("supervisor-90")).get(f"{PAGE}?{query}")).status_code == 200


async def test_days_are_plotted_with_words_and_a_table_for_a_month_and_a_quarter(visit: Visit, lives: Lives) -> None:
    number = lives.application()
    lives.application()
    lives.decide(number, Verdict.APPROVE)
    browser = await visit("supervisor-90")
    for period in ("", "2026-11", "2026-Q4"):
        page = (await browser.get(f"{PAGE}?period={period}")).text
        assert page.count('<figure class="kp-plot">') == 3
        assert "2 arrived; people decided 1, the policy 0." in page
        assert "At most 0 days old" in page
        assert 'style="' not in page
    page = (await browser.get(f"{PAGE}?period=2026-10")).text
    assert "0 arrived; people decided 0, the policy 0." in page
    days = (await browser.get(f"{PAGE}/days.csv?period=2026-11")).text.splitlines()
    assert len(days) == 21
    assert days[20] == "2026-11-20,2,1,0,1,0,0,0,0,0,0"
    chinese = (await (await visit("supervisor-90", "zh")).get(f"{PAGE}?period=2026-Q4")).text
    assert "到达 2 份；人工审批 1 份，策略通过 0 份。" in chinese
    assert "2026年第 4 季度" in chinese


def plan_form(plan: PeakPlan, **more: str) -> dict[str, str]:
    return {**typed_plan(plan), "seen": "0", "reason": "Longer than last time", "action": "save", **more}


async def test_a_plan_is_tried_then_saved_and_stands_in_the_list(visit: Visit, database: Database) -> None:
    browser = await visit("supervisor-90")
    page = (await browser.get(PAGE)).text
    assert "2026-11-26 – 2026-12-02" in page
    tried = await browser.post_form(f"{PAGE}/peaks", plan_form(PeakPlan(month_last=1), action="try"))
    assert tried.status_code == 200
    assert "2026-11-30 – 2026-12-02" in tried.text
    assert "Nothing is changed yet." in tried.text
    with database.read() as session:
        assert session.exec(select(PeakPlanRow)).all() == []
    saved = await browser.post_form(f"{PAGE}/peaks", plan_form(PeakPlan(month_last=1)))
    assert saved.headers["location"] == f"{PAGE}?done=1#f-peaks"
    page = (await browser.get(f"{PAGE}?done=1")).text
    assert "Version 1 of the plan counts from now on." in page
    assert "Longer than last time" in page
    late = await (await visit("supervisor-91")).post_form(f"{PAGE}/peaks", plan_form(PeakPlan(month_last=2)))
    assert late.status_code == 409
    assert "changed the plan meanwhile: version 1." in late.text
    assert 'name="month_last" type="text" value="2"' in late.text


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"month_last": "many"}, "month_last", "Write a whole number from 0 to 10."),
        ({"own": "2026-12-25"}, "own", "Line 1: write two days"),
        ({"month_last": "4", "reason": " "}, "reason", "Say why: the reason stays with this version."),
    ],
)
async def test_a_wrong_plan_is_named_and_kept_as_typed(
    visit: Visit, database: Database, typed: dict[str, str], field: str, words: str
) -> None:
    answer = await (await visit("supervisor-90")).post_form(f"{PAGE}/peaks", plan_form(PeakPlan(quarter_last=7), **typed))
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert words in answer.text
    assert 'name="quarter_last" type="text" value="7"' in answer.text
    with database.read() as session:
        assert session.exec(select(PeakPlanRow)).all() == []


async def test_the_form_warns_while_a_peak_is_on_and_the_queue_takes_turns(visit: Visit, database: Database, clock: Clock) -> None:
    add_catalogue(database)
    add_record(database, 1)
    browser = await visit("master")
    assert "Many apply these days" not in (await browser.get("/apply?record=1")).text
    clock.moment = MONTH_END
    english = (await (await visit("master")).get("/apply?record=1")).text
    assert "Many apply these days" in english
    assert "Month end, until 2026-12-02." in english
    assert "这几天申请较多" in (await (await visit("master", "zh")).get("/apply?record=1")).text
    assert "A peak is on" in (await (await visit("supervisor-90")).get(PAGE)).text
    assert MONTH_END.astimezone(CHINA).day == 27
