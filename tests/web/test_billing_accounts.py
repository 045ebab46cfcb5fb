"""The operators' page of billing accounts, the way to it from an import, and what a customer reads who is not linked."""

import html
import re

import pytest
from sqlmodel import select

from domain.calendar import china_date
from infra.database import Database
from infra.demo.people import seed
from infra.tables import AccountRow, EnterpriseRow
from tests.billing import billing_csv
from tests.web.conftest import NOW, Visit

FORM = {"number": "8001000999", "main_account": "100020090001", "seen": "new-0011", "reason": "合同 2026-118"}


@pytest.fixture(autouse=True)
def registered(database: Database) -> None:
    """Enterprise 2 has registered and is not linked."""
    with database.write() as session:
        session.get_one(EnterpriseRow, 2).billing_account_id = "new-0011"
        session.get_one(AccountRow, 3).sub_account_id = "new-0011"


@pytest.mark.parametrize("login", ["master", "member", "other", "reviewer"])
async def test_only_operators_link(visit: Visit, database: Database, login: str) -> None:
    browser = await visit(login)
    for path in ("/billing-accounts", "/billing-accounts/2"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.post_form("/billing-accounts/2/link", FORM)).status_code == 404
    with database.read() as session:
        assert session.get_one(EnterpriseRow, 2).billing_account_id == "new-0011"


async def test_an_operator_links_a_customer(visit: Visit, database: Database) -> None:
    browser = await visit("operator")
    page = (await browser.get("/billing-accounts?show=not-linked")).text
    assert "上海远山贸易有限公司" in page
    assert "北京拾光互动科技有限公司" not in page
    assert "new-0011" not in page
    answer = await browser.post_form("/billing-accounts/2/link", FORM)
    assert answer.headers["location"] == "/billing-accounts/2?done=linked"
    assert "8001000999" in (await browser.get(answer.headers["location"])).text
    with database.read() as session:
        assert session.exec(select(AccountRow.sub_account_id).where(AccountRow.enterprise_id == 2)).one() == "100020090001"
    more = {"account": "100020090002", "account_name": "研发中心", "account_reason": "合同 2026-118"}
    assert (await browser.post_form("/billing-accounts/2/accounts", more)).status_code == 303
    assert "上海远山贸易有限公司" in (await browser.get("/billing-accounts?text=100020090002")).text
    assert "研发中心" in (await browser.get("/billing-accounts/2")).text


async def test_a_refused_form_keeps_what_was_typed(visit: Visit) -> None:
    browser = await visit("operator")
    answer = await browser.post_form("/billing-accounts/2/link", {**FORM, "number": "b-1", "reason": ""})
    assert answer.status_code == 422
    assert "北京拾光互动科技有限公司 has this billing account" in answer.text
    assert 'value="b-1"' in answer.text
    assert 'value="100020090001"' in answer.text
    assert (await browser.get("/billing-accounts/987654")).status_code == 404
    assert (await browser.post_form("/billing-accounts/987654/link", FORM)).status_code == 404


async def test_an_unknown_account_of_an_import_leads_to_its_link(visit: Visit, database: Database) -> None:
    seed(database, china_date(NOW), lambda _password: "not for signing in")
    browser = await visit("operator")
    rows: list[dict[str, str]] = [{"BillingAccountId": "8001000999"}, {"SubAccountId": "100020090001"}]
    content = billing_csv(*rows)
    answer = await browser.post_form("/imports", files={"file": ("a.csv", content, "text/csv")})
    page = (await browser.get(answer.headers["location"])).text
    ways = [html.unescape(way) for way in re.findall(r'href="(/billing-accounts[^"]*=[^"]*)"', page)]
    assert ways == ["/billing-accounts?show=not-linked&number=8001000999", "/billing-accounts?show=all&account=100020090001"]
    listed = (await browser.get(ways[0])).text
    assert "/billing-accounts/2?number=8001000999" in html.unescape(listed)
    assert 'value="8001000999"' in (await browser.get("/billing-accounts/2?number=8001000999")).text


async def test_a_customer_reads_that_its_account_is_not_linked_and_who_does_it(visit: Visit, database: Database) -> None:
    browser = await visit("other")
    for path in ("/", "/consumption"):
        page = (await browser.get(path)).text
        assert "Your billing account is not linked yet" in page
        assert "/support/new?topic=billing" in page
    assert '<option value="billing" selected>' in (await browser.get("/support/new?topic=billing")).text
    with database.write() as session:
        session.get_one(EnterpriseRow, 2).billing_account_id = "8001000999"
    for path in ("/", "/consumption"):
        assert "not linked yet" not in (await browser.get(path)).text
    assert "No consumption yet" in (await browser.get("/consumption")).text
    assert "not linked yet" not in (await (await visit("master")).get("/")).text
