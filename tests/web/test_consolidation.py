"""Several accounts: independent or consolidated, the service that allows the latter, and who sees a record."""

import re
from dataclasses import replace
from html import unescape

import pytest
from sqlmodel import select

from domain.audit import AuditAction
from domain.choosing import RecordQuery
from infra.books.applications import SqlApplications
from infra.consolidation import consolidate
from infra.database import Database
from infra.tables import ApplicationItemRow, AuditRow, ConsumptionRecordRow, EnterpriseRow
from tests.factories import Customer, make_request
from tests.web.conftest import NOW, Visit
from tests.web.rows import add_application, add_catalogue, add_record

MASTER = Customer(1, 1, 1, 1, 1, 2)


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    add_record(database, 1, 106_00)
    add_record(database, 2, 53_00, account_id=2)


def reserve(database: Database, *record_ids: int, number: str = "KP-261120-ABCDEFGH") -> list[str]:
    books = SqlApplications(database, lambda _text: set())
    return [problem.code for problem in books.reserve(make_request(MASTER, *record_ids, number=number), NOW).problems]


async def test_without_the_service_each_account_gets_an_application_of_its_own(visit: Visit) -> None:
    browser = await visit("master")
    page = await browser.get("/consumption?show=can&record=1&record=2")
    assert 'name="view" value="independent"' in page.text
    links = [unescape(link) for link in re.findall(r'href="(/apply\?[^"]*)"', page.text)]
    assert links == ["/apply?record=1", "/apply?record=2"] or links == ["/apply?record=2", "/apply?record=1"]
    part = await browser.get("/consumption/sum?record=1&record=2&view=independent")
    assert 'href="/apply?record=1"' in part.text
    assert (await browser.get("/apply?record=1")).status_code == 200


async def test_without_the_service_consolidated_leads_to_switching_it_on(visit: Visit) -> None:
    browser = await visit("master")
    page = await browser.get("/consumption?view=consolidated&record=1&record=2")
    assert 'href="/people#consolidation"' in page.text
    assert 'href="/apply?record=1"' in page.text
    form = await browser.get("/apply?record=1&record=2")
    assert "One application covers one account" in form.text


async def test_with_the_service_one_application_covers_both(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    assert (await browser.post_form("/people/consolidation", {"switch": "on"})).headers["location"].startswith("/people?done=consolidated")
    with database.read() as session:
        row = session.get_one(EnterpriseRow, 1)
        assert (row.consolidated_by, row.consolidated_since is not None) == (1, True)
        assert session.exec(select(AuditRow.action).where(AuditRow.tenant == 1)).all() == [AuditAction.CONSOLIDATION_ON]
    page = await browser.get("/consumption?record=1&record=2")
    assert 'name="view" value="consolidated"' in page.text
    assert "/apply?record=" not in page.text
    assert "159.00" in page.text
    assert "One application covers one account" not in (await browser.get("/apply?record=1&record=2")).text
    # Independent stays possible, and goes by the view alone.
    assert 'href="/apply?record=2"' in (await browser.get("/consumption/sum?record=1&record=2&view=independent")).text
    await browser.post_form("/people/consolidation", {"switch": "off"})
    assert "One application covers one account" in (await browser.get("/apply?record=1&record=2")).text


def test_the_reservation_refuses_it_too(database: Database) -> None:
    assert reserve(database, 1, 2) == ["accounts-apart"]
    consolidate(database, 1, True, 1, NOW)
    assert reserve(database, 1, 2, number="KP-261120-ABCDEFGJ") == []


def test_a_strangers_record_is_unknown_and_says_nothing_of_accounts(database: Database) -> None:
    add_record(database, 3, 9_00, enterprise_id=2, account_id=3)
    assert reserve(database, 1, 3) == ["unknown-record"]


async def test_a_whole_statement_covers_the_enterprise_anyway(visit: Visit) -> None:
    page = await (await visit("master")).get("/apply?all=2026-10..HZ.")
    assert "159.00" in page.text
    assert "One application covers one account" not in page.text


async def test_all_under_filters_is_chosen_by_order(visit: Visit, database: Database) -> None:
    """Of several accounts that is an application for each, unless it makes up an amount."""
    browser = await visit("master")
    assert "One application covers one account" in (await browser.get("/apply?all=2026-10...")).text
    assert "One application covers one account" not in (await browser.get("/apply?all=2026-10.2..")).text
    assert "One application covers one account" not in (await browser.get("/apply?all=2026-10...&way=amount&amount=110")).text
    books = SqlApplications(database, lambda _text: set())
    asked = replace(make_request(MASTER), queries=(RecordQuery("2026-10"),))
    assert [problem.code for problem in books.reserve(asked, NOW).problems] == ["accounts-apart"]
    part = replace(asked, number="KP-261120-ABCDEFGJ", limit_fen=110_00)
    assert books.reserve(part, NOW).problems == ()


async def test_a_member_has_no_views_and_sees_only_its_own(visit: Visit) -> None:
    page = await (await visit("member")).get("/consumption?show=can&view=consolidated")
    assert "云服务器 2" in page.text
    assert "云服务器 1" not in page.text
    assert "Consolidated" not in page.text
    assert (await (await visit("member")).post_form("/people/consolidation", {"switch": "on"})).status_code == 403


async def test_a_record_is_seen_by_the_account_that_applied_and_by_the_one_that_consumed(visit: Visit, database: Database) -> None:
    """The master's application takes a record of the member's account: it is on the application, and in the member's list unnamed."""
    number = "KP-261120-00000001"
    add_application(database, number)
    with database.write() as session:
        session.add(ApplicationItemRow(application_number=number, record_id=2, amount_fen=53_00))
        session.get_one(ConsumptionRecordRow, 2).reserved_fen = 53_00
    assert "云服务器 2" in (await (await visit("master")).get(f"/applications/{number}")).text
    member = await visit("member")
    listed = (await member.get("/consumption?show=reserved")).text
    assert "Reserved by another application of your company." in listed
    assert number not in listed
    assert "云服务器 2" in listed
    assert (await member.get(f"/applications/{number}")).status_code == 404
