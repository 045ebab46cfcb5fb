"""Customer service's desk for titles, and what an application may choose: from the form to the decision and back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from domain.access import Role
from domain.licences import LicenceReading
from domain.title_notices import decision_key
from infra.database import Database
from infra.tables import AttachmentRow, AuditRow, EnterpriseRow, ReceiverRow, TitleRow, UserRow
from tests.web.conftest import PASSWORD, Browser, Clock, Visit, hashed
from tests.web.rows import AGREED, NOW, add_application, add_catalogue, add_invoice, add_record
from tests.web.temporal import RecordingTemporal

NUMBER = "KP-261120-4K7QW2ZD"
NAME, OTHER = "北京拾光互动科技有限公司", "拾光文化传媒（北京）有限公司"
DIFFERS = {"name": OTHER, "tax_id": "91110105MA8C4J6T1G"}
FORM: dict[str, Any] = {"number": NUMBER, "record": ["1"], "kind": "special", "medium": "electronic", "email": "1", "terms": AGREED}


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1)
    with database.write() as session:
        session.add(UserRow(id=30, login="clerk", password_hash=hashed(PASSWORD), name="何静", role=Role.CUSTOMER_SERVICE))


def stored(database: Database, title_id: int) -> TitleRow:
    with database.read() as session:
        return session.get_one(TitleRow, title_id)


async def seen(browser: Browser, title_id: int) -> str:
    return (await browser.get(f"/titles/desk/{title_id}")).text.split('name="seen" value="')[1].split('"')[0]


async def waiting(visit: Visit) -> Browser:
    """The master's browser, with a title 2 that waits."""
    browser = await visit("master")
    assert (await browser.post_form("/titles", {**DIFFERS, "check": "true"})).headers["location"] == "/titles?added=2"
    return browser


async def test_a_differing_title_goes_the_whole_way(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    browser = await visit("master")
    refused = await browser.post_form("/titles", DIFFERS)
    assert refused.status_code == 422
    assert "Have it checked" in refused.text
    assert f"Change to {NAME}" in refused.text
    await waiting(visit)
    assert "Sent to customer service" in (await browser.get("/titles?added=2")).text
    form = (await browser.get("/apply?record=1")).text
    assert "Being checked by customer service" in form
    assert 'id="o-title-2" name="title" value="2" aria-disabled="true"' in form
    answer = await browser.post_form("/applications", {**FORM, "title": "2"})
    assert answer.status_code == 422
    assert "still checking this title" in answer.text
    assert (await browser.post_form("/titles/2/default")).status_code == 422
    clerk = await visit("clerk")
    assert OTHER in (await clerk.get("/titles/desk")).text
    case = (await clerk.get("/titles/desk/2")).text
    assert "The name differs at" in case
    assert NAME in case
    assert "Do not accept" in case
    looked_at = await seen(clerk, 2)
    accepted = await clerk.post_form("/titles/desk/2/decision", {"verdict": "approve", "seen": looked_at})
    assert accepted.headers["location"] == "/titles/desk?done=approve"
    assert "Nothing waits" in (await clerk.get("/titles/desk?done=approve")).text
    late = await clerk.post_form("/titles/desk/2/decision", {"verdict": "refuse", "seen": looked_at, "reason": "name-not-proved"})
    assert late.status_code == 422
    assert "decided already" in late.text
    applied = await browser.post_form("/applications", {**FORM, "title": "2"})
    assert applied.headers.get("location") == f"/applications/{NUMBER}", applied.text
    assert temporal.started[-1][0].title_id == 2
    with database.read() as session:
        assert [(row.action, row.actor_id) for row in session.exec(select(AuditRow).where(AuditRow.tenant == 1))] == [("decide-title", 30)]


async def test_a_refused_title_says_why_and_is_sent_in_anew(visit: Visit, database: Database) -> None:
    browser = await waiting(visit)
    clerk = await visit("clerk")
    form = {"verdict": "refuse", "seen": await seen(clerk, 2), "note": "执照上是“传播”"}
    nothing = await clerk.post_form("/titles/desk/2/decision", form)
    assert nothing.status_code == 422
    assert "Choose one." in nothing.text
    assert "执照上是“传播”" in nothing.text
    unwritten = await clerk.post_form("/titles/desk/2/decision", {**form, "reason": "other", "note": ""})
    assert "Fill this in." in unwritten.text
    await clerk.post_form("/titles/desk/2/decision", {**form, "reason": "name-not-proved"})
    page = (await browser.get("/titles/2")).text
    assert "The name is not the one of your licence. 执照上是“传播”" in page
    key = page.split('name="seen" value="')[1].split('"')[0]
    stale = await browser.post_form("/titles/2", {"name": NAME, "seen": "0" * 16})
    assert stale.status_code == 422
    assert "changed while you looked" in stale.text
    assert (await browser.post_form("/titles/2", {"name": NAME, "seen": key})).headers["location"] == "/titles?added=2"
    assert (stored(database, 2).state, stored(database, 2).refusal) == ("approved", "")


async def test_an_approved_title_is_opened_on_request_only(visit: Visit, database: Database) -> None:
    browser, clerk = await visit("master"), await visit("clerk")
    page = (await browser.get("/titles/1")).text
    assert "An accepted title stays as it is" in page
    assert "Write a ticket" in page
    assert (await browser.post_form("/titles/1", {"name": NAME, "seen": "x"})).status_code == 422
    assert NAME in (await clerk.get("/titles/desk?text=拾光")).text
    looked_at = await seen(clerk, 1)
    unsaid = await clerk.post_form("/titles/desk/1/clear", {"seen": looked_at, "clearing": ""})
    assert unsaid.status_code == 422
    assert stored(database, 1).state == "approved"
    done = await clerk.post_form("/titles/desk/1/clear", {"seen": looked_at, "clearing": "开户行变更，工单 T-1"})
    assert done.headers["location"] == "/titles/desk?done=clear"
    page = (await browser.get("/titles/1")).text
    assert "开户行变更，工单 T-1" in page
    assert "Send in anew" in page
    assert "Opened for correction" in (await browser.get("/apply?record=1")).text


async def test_the_desk_is_customer_services_alone(visit: Visit, database: Database) -> None:
    await waiting(visit)
    for login in ("master", "member", "reviewer", "operator"):
        browser = await visit(login)
        for path in ("/titles/desk", "/titles/desk/2"):
            assert (await browser.get(path)).status_code == 404, (login, path)
        for path in ("/titles/desk/2/decision", "/titles/desk/2/clear"):
            answer = await browser.post_form(path, {"verdict": "approve", "seen": "x", "clearing": "yes"})
            assert answer.status_code == 404, (login, path)
    assert stored(database, 2).state == "pending"
    clerk = await visit("clerk")
    assert (await clerk.get("/titles")).status_code == 404
    assert (await clerk.get("/titles/desk/987654")).status_code == 404


async def test_a_new_tax_id_is_announced_shown_and_withdrawn(visit: Visit, database: Database, clock: Clock) -> None:
    browser = await visit("master")
    form = {"next_tax_id": "91330106mackx4qg41", "next_tax_id_from": "2026-12-01"}
    for change, says in (
        ({"next_tax_id_from": "2026-11-20"}, "Choose a day from 2026-11-21 to 2026-12-20"),
        ({"next_tax_id_from": "2026-12-21"}, "Choose a day from"),
        ({"next_tax_id_from": "tomorrow"}, "Choose a day from"),
        ({"next_tax_id": "91110105MA7K3R2P5R"}, "This is the tax ID the title has now"),
        ({"next_tax_id": "91500106MA2CE71F65"}, "tax ID"),
        ({"next_tax_id": ""}, "Fill this in"),
    ):
        answer = await browser.post_form("/titles/1/tax-id", {**form, **change})
        assert answer.status_code == 422, change
        assert says in answer.text, change
    assert (await browser.post_form("/titles/1/tax-id", form)).status_code == 303
    for page in ("/titles", "/titles/1", "/apply?record=1"):
        assert "91330106MACKX4QG41" in (await browser.get(page)).text, page
    assert "06MACK" in (await (await visit("clerk")).get("/titles/desk/1")).text, "shown in groups"
    assert (await browser.post_form("/titles/1/tax-id/withdraw")).status_code == 303
    assert "91330106MACKX4QG41" not in (await browser.get("/titles/1")).text
    await browser.post_form("/titles/1/tax-id", form)
    with database.write() as session:
        session.get_one(TitleRow, 1).next_tax_id_approved = True
    clock.moment = NOW + timedelta(days=11)
    again = await visit("master")
    page = (await again.get("/titles/1")).text
    assert "Invoices may still carry the old tax ID" in page
    late = await again.post_form("/titles/1/tax-id/withdraw")
    assert late.status_code == 422
    assert "in effect already" in late.text
    assert stored(database, 1).next_tax_id_from == date(2026, 12, 1)


async def test_the_form_offers_the_template_of_the_kind(visit: Visit) -> None:
    browser = await visit("master")
    await browser.post_form("/titles", {"name": NAME, "tax_id": ""})
    assert (await browser.post_form("/titles/2/default", {"kind": "special"})).status_code == 422
    assert (await browser.post_form("/titles/2/default", {"kind": "ordinary"})).headers["location"] == "/titles/2"
    special = (await browser.get("/apply?record=1")).text
    assert 'name="title" value="1" checked' in special
    assert 'data-template="ordinary"' in special
    ordinary = (await browser.get("/apply?record=1&kind=ordinary")).text
    assert 'name="title" value="2" checked' in ordinary
    assert 'name="kind" value="ordinary" checked' in ordinary


async def test_a_member_without_the_permission_chooses_and_adds_nothing(
    visit: Visit, database: Database, temporal: RecordingTemporal
) -> None:
    add_record(database, 2, account_id=2)
    with database.write() as session:
        member = session.exec(select(UserRow).where(UserRow.login == "member")).one()
        member.withdrawn = "keep-titles"
        session.add(member)
    browser = await visit("member")
    page = (await browser.get("/apply?record=2")).text
    assert page.count("Your company has not allowed you to add one") == 3
    form = {**FORM, "record": ["2"]}
    for change in ({"title": "new", "name": NAME}, {"title": "1", "email": "new", "new_email": "x@shiguang.cn"}):
        answer = await browser.post_form("/applications", {**form, **change})
        assert answer.status_code == 422
        assert "has not allowed you to add one" in answer.text
    with database.read() as session:
        assert len(session.exec(select(TitleRow)).all()) == 1
        assert len(session.exec(select(ReceiverRow)).all()) == 2
    assert (await browser.get("/titles")).status_code in {403, 404}
    assert (await browser.post_form("/titles", {"name": NAME})).status_code in {403, 404}
    assert temporal.started == []


async def test_a_personal_account_gets_no_enterprise_title(visit: Visit, database: Database) -> None:
    with database.write() as session:
        row = session.get_one(EnterpriseRow, 1)
        row.kind, row.name, row.tax_id = "personal", "林澈", ""
        session.add(row)
    browser = await visit("master")
    for check in ("", "true"):
        answer = await browser.post_form("/titles", {"name": OTHER, "tax_id": "91110105MA8C4J6T1G", "check": check})
        assert answer.status_code == 422
        assert "A personal account gets invoices for its own person only" in answer.text
        assert "Have it checked" not in answer.text
    assert (await browser.post_form("/titles", {"name": "林澈"})).status_code == 303


async def test_a_removed_title_is_put_back(visit: Visit) -> None:
    browser = await visit("master")
    assert (await browser.post_form("/titles/1/remove")).headers["location"] == "/titles?removed=1"
    page = (await browser.get("/titles?removed=1")).text
    assert f"{NAME} is off the list" in page
    assert "No title yet" in page
    assert (await browser.get("/titles/1")).status_code == 404
    assert (await browser.post_form("/titles/1/restore")).status_code == 303
    assert (await browser.get("/titles/1")).status_code == 200


async def test_a_picture_of_the_licence_fills_the_form_and_is_not_kept(
    visit: Visit, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = LicenceReading(OTHER, "91110105MA8C4J6T1G", "林澈", "北京市朝阳区望京东路 6 号")
    monkeypatch.setattr("web.licence_readings.read_licence", lambda content: reading)
    browser = await visit("master")
    picture = {"file": ("licence.png", b"\x89PNG\r\n\x1a\n" + bytes(40), "image/png")}
    page = await browser.post_form("/titles/licence", {"bank": "招商银行"}, files=picture)
    assert page.status_code == 200
    for kept in (OTHER, "91110105MA8C4J6T1G", "北京市朝阳区望京东路 6 号", "招商银行"):
        assert f'value="{kept}"' in page.text, kept
    assert "Compare every field with the licence" in page.text
    with database.read() as session:
        assert len(session.exec(select(TitleRow)).all()) == 1
        assert session.exec(select(AttachmentRow)).all() == []
    monkeypatch.setattr("web.licence_readings.read_licence", lambda content: LicenceReading(problem="reading-slow"))
    unread = await browser.post_form("/titles/licence", files=picture)
    assert unread.status_code == 200
    assert "The picture was not read" in unread.text
    wrong = await browser.post_form("/titles/licence", files={"file": ("licence.png", b"GIF89a", "image/png")})
    assert wrong.status_code == 422
    assert "We take PDF, PNG and JPEG files" in wrong.text
    assert (await browser.post_form("/titles/licence")).status_code == 422


async def test_an_invoice_with_the_old_tax_id_says_so(visit: Visit, database: Database) -> None:
    add_application(database, NUMBER, "issued")
    invoice = add_invoice(database, NUMBER)
    browser = await visit("master")
    assert "It carries the old tax ID" not in (await browser.get(f"/invoices/{invoice}")).text
    with database.write() as session:
        row = session.get_one(TitleRow, 1)
        row.next_tax_id, row.next_tax_id_from, row.next_tax_id_approved = "91330106MACKX4QG41", date(2026, 11, 19), True
        session.add(row)
    page = (await browser.get(f"/invoices/{invoice}")).text
    assert "It carries the old tax ID" in page
    assert "the title has 91330106MACKX4QG41" in page


async def test_each_decision_has_its_customer_told(visit: Visit, database: Database, temporal: RecordingTemporal, clock: Clock) -> None:
    asked = await (await visit("master")).post_form("/titles", {**DIFFERS, "check": "true"})
    assert asked.status_code == 303, asked.text
    with database.read() as session:
        title_id = session.exec(select(TitleRow.id).where(TitleRow.name == OTHER)).one()
    clerk = await visit("clerk")
    form = {"verdict": "refuse", "reason": "tax-id-not-proved", "seen": "somebody was first"}
    assert (await clerk.post_form(f"/titles/desk/{title_id}/decision", form)).status_code == 422
    assert temporal.started == []
    seen = (await clerk.get(f"/titles/desk/{title_id}")).text.split('name="seen" value="')[1].split('"')[0]
    assert (await clerk.post_form(f"/titles/desk/{title_id}/decision", {**form, "seen": seen})).status_code == 303
    key = decision_key(title_id or 0, clock.moment)
    assert [started for started, _ in temporal.started] == [key]


async def test_an_announced_tax_id_that_was_withdrawn_meanwhile_is_said_to_be(visit: Visit, database: Database) -> None:
    clerk = await visit("clerk")
    with database.write() as session:
        row = session.get_one(TitleRow, 1)
        row.next_tax_id, row.next_tax_id_from, row.next_tax_id_approved = "91110000600037341L", date(2026, 12, 1), False
    page = (await clerk.get("/titles/desk/1")).text
    assert page.count('name="announced" value="true"') == 2
    looked_at = await seen(clerk, 1)
    with database.write() as session:
        row = session.get_one(TitleRow, 1)
        row.next_tax_id, row.next_tax_id_from = "", None
    late = await clerk.post_form("/titles/desk/1/decision", {"verdict": "approve", "seen": looked_at, "announced": "true"})
    assert late.status_code == 422
    assert "has withdrawn the new tax ID" in late.text
    assert "decided already" not in late.text
