"""From ticked records to a started life: what the picker shows, what the form refuses, what a repeat does."""

import re
from typing import Any

import pytest
from sqlmodel import func, select

from domain.messages import ApplicationRequest
from domain.numbers import application_number
from infra.database import Database
from infra.tables import ApplicationRow, TitleRow
from tests.web.conftest import Visit
from tests.web.rows import AGREED, add_application, add_catalogue, add_record
from tests.web.temporal import RecordingTemporal

NUMBER = "KP-261120-8H3KQ0ZT"
GOOD: dict[str, Any] = {
    "number": NUMBER,
    "record": ["1"],
    "title": "1",
    "kind": "special",
    "medium": "electronic",
    "email": "1",
    "terms": AGREED,
}


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1)
    add_record(database, 2, -20_00, original_id=1)
    add_record(database, 3, 218_00, entity="SH", rate_bp=900)
    add_record(database, 4, 50_00, account_id=2)
    add_record(database, 5, 70_00, enterprise_id=2, account_id=3)
    add_record(database, 6, 30_00, opened=False, period="2026-11")
    add_record(database, 7, 60_00, seller="云图软件")


async def test_the_home_page_shows_what_is_available_and_how_it_comes_about(visit: Visit) -> None:
    page = (await (await visit("master")).get("/")).text
    assert ">354<" in page  # 106 - 20 + 218 + 50
    for part in ("444.00", "30.00", "60.00", "354.00"):
        assert part in page


async def test_a_member_sees_the_balance_of_the_own_account_only(visit: Visit) -> None:
    page = (await (await visit("member")).get("/")).text
    assert ">50<" in page
    assert "354" not in page


async def test_every_record_that_cannot_be_ticked_says_why(visit: Visit) -> None:
    page = (await (await visit("master")).get("/consumption")).text
    assert "The statement of Nov 2026 is made on" in page
    assert "Invoiced by the marketplace seller 云图软件" in page
    assert 'value="1"' in page
    assert 'name="record" value="6"' not in page


async def test_a_negative_record_comes_along_and_is_shown(visit: Visit) -> None:
    page = (await (await visit("master")).get("/consumption?record=1&record=3")).text
    assert "comes along with its original" in page
    assert "304.00" in page  # 86 + 218
    assert "This becomes 2 invoices" in page


async def test_ticks_on_other_pages_and_of_other_companies(visit: Visit) -> None:
    page = (await (await visit("master")).get("/consumption?record=5&show=can&entity=SH&record=1")).text
    assert '<input type="hidden" name="record" value="1">' in page
    assert 'value="5"' not in page


async def test_the_form_is_shown_with_a_number_of_its_own(visit: Visit) -> None:
    browser = await visit("master")
    numbers = [re.findall(r'name="number" value="(KP-261120-[0-9A-Z]{8})"', (await browser.get("/apply?record=1")).text) for _ in range(2)]
    assert len(numbers[0]) == 1
    assert numbers[0] != numbers[1]


async def test_a_good_form_starts_the_life_and_leads_to_its_page(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    browser = await visit("master")
    answer = await browser.post_form("/applications", {**GOOD, "expedite": "true"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/applications/{NUMBER}"
    [(asked, options)] = temporal.started
    assert isinstance(asked, ApplicationRequest)
    assert asked.record_ids == (1,)
    assert (asked.enterprise_id, asked.account_id, asked.applicant_id, asked.expedite) == (1, 1, 1, True)
    assert options["id"] == f"application:{NUMBER}"
    assert options["priority"].priority_key == 1
    assert "拾光" not in options["static_summary"]
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(ApplicationRow)).one() == 0
    assert "the amount is being reserved" in (await browser.get(f"/applications/{NUMBER}")).text
    assert (await (await visit("other")).get(f"/applications/{NUMBER}")).status_code == 404


async def test_a_form_that_its_twin_overtook_leads_to_the_same_page(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = iter([None, 1])  # nobody's at the first look; at the second one the twin has it, and its records are reserved
    monkeypatch.setattr("web.applying.owner_of", lambda session, number: next(owners))
    monkeypatch.setattr("web.applying.application_is_seen", lambda session, scope, number: True)
    answer = await (await visit("master")).post_form("/applications", {**GOOD, "record": ["6"]})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/applications/{NUMBER}?again=1")


async def test_the_same_form_again_makes_no_second_application(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    browser = await visit("master")
    places = {(await browser.post_form("/applications", GOOD)).headers["location"] for _ in range(5)}
    assert places == {f"/applications/{NUMBER}"}
    assert len(temporal.started) == 1
    temporal.lives.clear()
    temporal.ended.add(f"application:{NUMBER}")
    assert (await browser.post_form("/applications", GOOD)).headers["location"] == f"/applications/{NUMBER}?again=1"
    add_application(database, NUMBER)
    assert (await browser.post_form("/applications", GOOD)).headers["location"] == f"/applications/{NUMBER}?again=1"
    assert "nothing was made twice" in (await browser.get(f"/applications/{NUMBER}?again=1")).text


async def test_a_number_of_another_company_is_not_found(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    add_application(database, NUMBER, enterprise_id=2, account_id=3, applicant_id=3)
    assert (await (await visit("master")).post_form("/applications", GOOD)).status_code == 404
    assert temporal.started == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"terms": ""}, "Tick that you agree"),
        ({"terms": "true"}, "The terms have changed since this form was opened"),
        ({"terms": "terms-2025-01.privacy-2026-11"}, "The terms have changed since this form was opened"),
        ({"number": "KP-1"}, "not one of our application numbers"),
        ({"record": ["5"]}, "A ticked record is not there any more"),
        ({"record": ["6"]}, "云服务器 6 · 2026-10-15 · 30.00: The statement of Nov 2026"),
        ({"record": []}, "at least one record above 0"),
        ({"title": "99"}, "Choose one."),
        ({"email": "2"}, "Choose one."),
        ({"record": ["3"], "medium": "paper", "postal": "2"}, "issues electronic invoices only"),
        ({"title": "new", "name": "北京拾光互动科技有限公司", "tax_id": "911101O5MA7K3R2P5R"}, "Did you mean 0?"),
        ({"title": "new", "name": "上海别家公司", "tax_id": ""}, "differs from the verified name"),
        ({"email": "new", "new_email": "finance.shiguang.cn"}, "Use the form name@company.cn"),
    ],
)
async def test_a_wrong_form_is_refused_with_the_way_out_and_keeps_what_was_typed(
    visit: Visit, temporal: RecordingTemporal, database: Database, change: dict[str, Any], says: str
) -> None:
    browser = await visit("master")
    answer = await browser.post_form("/applications", {**GOOD, **change})
    assert answer.status_code == 422
    assert says in answer.text
    assert 'role="alert"' in answer.text
    for name in ("number", "name", "tax_id", "new_email"):
        if change.get(name):
            assert f'value="{change[name]}"' in answer.text
    assert temporal.started == []
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(TitleRow)).one() == 1


async def test_a_new_title_goes_into_the_library_once(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    browser = await visit("master")
    new = {"title": "new", "name": "北京拾光互动科技有限公司", "tax_id": " 91110105ma7k3r2p5r ", "kind": "ordinary"}
    await browser.post_form("/applications", {**GOOD, **new})
    assert temporal.started[0][0].title_id == 1
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(TitleRow)).one() == 1


async def test_without_temporal_nothing_is_said_to_be_submitted_and_the_number_stays(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    temporal.down = True
    answer = await browser.post_form("/applications", {**GOOD, "expedite": "true"})
    assert answer.status_code == 503
    assert "Not saved" in answer.text
    assert f'name="number" value="{NUMBER}"' in answer.text
    assert "Try again" in answer.text
    temporal.down = False
    assert (await browser.post_form("/applications", {**GOOD, "expedite": "true"})).status_code == 303


async def test_pages_are_served_without_temporal(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    temporal.down = True
    add_application(database, NUMBER)
    browser = await visit("master")
    for path in ("/", "/consumption", "/apply?record=1", "/applications", f"/applications/{NUMBER}", "/invoices", "/titles", "/receivers"):
        assert (await browser.get(path)).status_code == 200, path
    assert (await browser.get("/applications/KP-261120-00000000")).status_code == 503


def test_a_number_has_the_day_and_forty_random_bits() -> None:
    from datetime import date

    assert application_number(b"\x00" * 5, date(2026, 11, 20)) == "KP-261120-00000000"
    assert application_number(b"\xff" * 5, date(2026, 1, 2)) == "KP-260102-ZZZZZZZZ"
    with pytest.raises(ValueError):
        application_number(b"\x00" * 4, date(2026, 11, 20))
