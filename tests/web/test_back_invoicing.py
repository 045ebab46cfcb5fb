"""Back-invoicing on its pages: from the picker to the request, the supervisor's desk, and back; and what is older than a year."""

from datetime import date

import pytest
from sqlmodel import select

from domain.access import Role
from infra.books.expiry import expire
from infra.database import Database
from infra.tables import BackInvoicingRow, TicketRow, UserRow
from tests.fakes import FakeAttachments
from tests.web.conftest import PASSWORD, Visit, hashed
from tests.web.rows import add_catalogue, add_record

NUMBER = "BK-261120-ABCDEFGH"
TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1, 106_00, day=date(2026, 3, 10), period="2026-03")
    add_record(database, 2, 53_00, day=date(2026, 3, 11), period="2026-03")
    add_record(database, 3, 20_00, day=date(2025, 10, 1), period="2025-10")
    add_record(database, 4, 7_00, day=date(2026, 3, 10), period="2026-03", account_id=2)
    expire(database, TODAY, 10)
    with database.write() as session:
        person = UserRow(id=90, login="supervisor", password_hash=hashed(PASSWORD), name="高原", role=Role.SUPERVISOR)
        session.add(person)


def state(database: Database, number: str = NUMBER) -> str:
    with database.read() as session:
        return session.get_one(BackInvoicingRow, number).state


def form(**more: object) -> dict[str, object]:
    return {"number": NUMBER, "what": "month", "period": "2026-03", "reason": "The contract came late", **more}


async def test_a_month_is_asked_for_granted_and_can_be_ticked(visit: Visit, database: Database) -> None:
    customer, supervisor = await visit("master"), await visit("supervisor")
    picker = await customer.get("/consumption?show=expired")
    assert 'href="/back-invoicing/new?period=2026-03&amp;record=1"' in picker.text
    sent = await customer.post_form("/back-invoicing", form())
    assert sent.headers["location"] == f"/back-invoicing/{NUMBER}?asked=1"
    case = await supervisor.get(f"/desk/back-invoicing/{NUMBER}")
    assert "The contract came late" in case.text
    assert "166.00" in case.text
    decided = await supervisor.post_form(
        f"/desk/back-invoicing/{NUMBER}/decision", {"verdict": "grant", "version": "1", "until": "2026-12-20", "reason": ""}
    )
    assert decided.status_code == 303
    assert state(database) == "granted"
    page = await customer.get(f"/back-invoicing/{NUMBER}")
    assert "Granted" in page.text
    can = await customer.get("/consumption?show=can")
    assert "云服务器 1" in can.text
    assert "云服务器 4" in can.text
    assert "Back-invoicing granted" in (await customer.get("/")).text


async def test_some_records_are_asked_for_and_refused_with_the_reason(visit: Visit, database: Database) -> None:
    customer, supervisor = await visit("master"), await visit("supervisor")
    page = await customer.get("/back-invoicing/new?period=2026-03&record=1")
    assert page.text.count(" checked") >= 2  # the way, and the record
    await customer.post_form("/back-invoicing", form(what="records", record=["1"], month="2026-03"))
    refused = {"verdict": "refuse", "version": "1", "reason": "合同未附"}
    assert (await supervisor.post_form(f"/desk/back-invoicing/{NUMBER}/decision", refused)).status_code == 303
    page = await customer.get(f"/back-invoicing/{NUMBER}")
    assert "合同未附" in page.text
    assert "云服务器 1" not in (await customer.get("/consumption?show=can")).text
    again = await supervisor.post_form(f"/desk/back-invoicing/{NUMBER}/decision", refused)
    assert again.status_code == 409
    assert "decided or withdrawn meanwhile" in again.text


async def test_a_form_that_is_refused_keeps_what_was_typed(visit: Visit, database: Database) -> None:
    customer = await visit("master")
    answer = await customer.post_form("/back-invoicing", form(what="records", record=["1", "2"], reason="", month="2026-03"))
    assert answer.status_code == 422
    assert "Say why it was not invoiced in time." in answer.text
    assert answer.text.count('class="kp-tick" type="checkbox" name="record"') == 3
    assert ['value="1" checked' in answer.text, 'value="2" checked' in answer.text, 'value="4" checked' in answer.text] == [
        True,
        True,
        False,
    ]
    with database.read() as session:
        assert session.exec(select(BackInvoicingRow)).all() == []


@pytest.mark.parametrize(
    ("typed", "words"), [("", "This is no day."), ("2026-11-20", "Choose a day after today"), ("2028-01-01", "at the latest")]
)
async def test_a_grant_without_a_right_day_is_refused(visit: Visit, database: Database, typed: str, words: str) -> None:
    await (await visit("master")).post_form("/back-invoicing", form())
    data = {"verdict": "grant", "version": "1", "until": typed, "reason": "fine by me"}
    answer = await (await visit("supervisor")).post_form(f"/desk/back-invoicing/{NUMBER}/decision", data)
    assert answer.status_code == 422
    assert words in answer.text
    assert "fine by me" in answer.text
    assert state(database) == "asked"


async def test_a_member_asks_for_its_own_account_alone(visit: Visit, database: Database) -> None:
    member, master, supervisor = await visit("member"), await visit("master"), await visit("supervisor")
    await member.post_form("/back-invoicing", form())
    with database.read() as session:
        row = session.get_one(BackInvoicingRow, NUMBER)
        assert (row.account_id, row.amount_fen) == (2, 7_00)
    await supervisor.post_form(f"/desk/back-invoicing/{NUMBER}/decision", {"verdict": "grant", "version": "1", "until": "2026-12-20"})
    can = (await master.get("/consumption?show=can")).text
    assert "云服务器 4" in can
    assert "云服务器 1" not in can


async def test_the_same_form_again_leads_to_its_request_and_a_strangers_is_not_there(visit: Visit) -> None:
    customer, other = await visit("master"), await visit("other")
    await customer.post_form("/back-invoicing", form())
    assert (await customer.post_form("/back-invoicing", form())).headers["location"] == f"/back-invoicing/{NUMBER}?again=1"
    assert (await other.get(f"/back-invoicing/{NUMBER}")).status_code == 404
    assert (await other.post_form("/back-invoicing", form())).status_code == 404
    assert (await other.post_form(f"/back-invoicing/{NUMBER}/withdraw", {"version": "1"})).status_code == 404


async def test_a_request_is_withdrawn_as_long_as_nobody_decided(visit: Visit, database: Database) -> None:
    customer = await visit("master")
    await customer.post_form("/back-invoicing", form())
    assert (await customer.post_form(f"/back-invoicing/{NUMBER}/withdraw", {"version": "1"})).status_code == 303
    assert state(database) == "withdrawn"
    assert (await customer.post_form(f"/back-invoicing/{NUMBER}/withdraw", {"version": "1"})).status_code == 409


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_older_than_a_year_leads_to_a_difference_adjustment(visit: Visit, language: str) -> None:
    picker = await (await visit("master", language)).get("/consumption?show=expired&period=2025-10")
    assert 'href="/support/new?topic=difference-adjustment&amp;about=record:3"' in picker.text
    assert ("差额调整" if language == "zh" else "difference adjustment") in picker.text


async def test_a_difference_adjustment_needs_both_papers(visit: Visit, database: Database, attachments: FakeAttachments) -> None:
    customer = await visit("master")
    page = await customer.get("/support/new?topic=difference-adjustment&about=record:3")
    assert "two files at least" in page.text
    asked = {
        "number": "KT-261120-ABCDEFGH",
        "topic": "difference-adjustment",
        "about": "record:3",
        "subject": "October 2025",
        "text": "Please merge",
    }
    pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    one = await customer.post_form("/support", asked, files=[("file", ("agreement.pdf", pdf, "application/pdf"))])
    assert one.status_code == 422
    with database.read() as session:
        assert session.exec(select(TicketRow)).all() == []
