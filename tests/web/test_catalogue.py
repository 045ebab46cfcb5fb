"""The catalogue: what customers and staff find, filters in the address, pages, export."""

import csv
import io

import pytest

from infra.database import Database
from infra.tables import ServiceClassRow
from tests.web.conftest import Visit
from tests.web.rows import add_catalogue, add_record


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    with database.write() as session:
        session.add(ServiceClassRow(match="*", classification_code="3040203000000000000", category="信息技术服务", rate_bp=600))
        session.add(ServiceClassRow(match="云专线", classification_code="3030100000000000000", category="电信服务", rate_bp=900))
    add_record(database, 1, service="云服务器")
    add_record(database, 2, service="云服务器", entity="SH")
    add_record(database, 3, service="=SUM(A1)", account_id=2)
    add_record(database, 4, service="别家的数据库", enterprise_id=2, account_id=3)
    add_record(database, 5, service="商家软件", seller="第三方商家")


async def test_a_customer_sees_the_table_and_what_was_consumed_with_who_issues_it(visit: Visit) -> None:
    page = (await (await visit("master")).get("/catalogue")).text
    for said in ("云服务器", "云专线", "*电信服务*", "9%", "Everything else", "青屿数据（上海）有限公司", "whichever sells it"):
        assert said in page, said
    assert "别家的数据库" not in page
    assert "商家软件" not in page  # the seller invoices that


async def test_a_member_sees_its_own_accounts_services_and_staff_see_all(visit: Visit) -> None:
    member = (await (await visit("member")).get("/catalogue")).text
    assert "=SUM(A1)" in member
    assert "云服务器" not in member
    assert "别家的数据库" in (await (await visit("reviewer")).get("/catalogue")).text


@pytest.mark.parametrize(
    ("query", "there", "away"),
    [
        ("text=服务器", "云服务器", "云专线"),
        ("text=30301", "云专线", "云服务器"),
        ("text=电信", "云专线", "云服务器"),
        ("category=电信服务", "云专线", "云服务器"),
        ("rate=900", "云专线", "云服务器"),
        ("entity=SH", "云服务器", "云专线"),
        ("rate=nonsense", "云服务器", "Nothing in the catalogue fits"),
    ],
)
async def test_filters_stand_in_the_address(visit: Visit, query: str, there: str, away: str) -> None:
    page = (await (await visit("master")).get(f"/catalogue?{query}")).text
    assert there in page
    assert away not in page.replace("“", "")


async def test_filters_that_leave_nothing_say_so(visit: Visit) -> None:
    page = (await (await visit("master")).get("/catalogue?text=%25_%27;--")).text
    assert "Nothing in the catalogue fits" in page
    assert "Clear filters" in page


async def test_pages_follow_each_other_and_a_strange_place_is_the_first(visit: Visit, database: Database) -> None:
    with database.write() as session:
        for number in range(120):
            session.add(
                ServiceClassRow(match=f"服务{number:03}", classification_code="3040203000000000000", category="信息技术服务", rate_bp=600)
            )
    browser = await visit("master")
    seen: list[str] = []
    address, pages = "/catalogue?text=服务", 0
    while address:
        page = (await browser.get(address)).text
        pages += 1
        seen += [f"服务{number:03}" for number in range(120) if f">服务{number:03}<" in page]
        address = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in page else ""
    assert pages == 3
    assert seen == [f"服务{number:03}" for number in range(120)]
    for strange in ("x", "1.2", "1.-5.a", "..", "3040203000000000000.999999999999.x"):
        assert (await browser.get("/catalogue", params={"after": strange})).status_code == 200


async def test_an_import_shows_at_once(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    assert "新的服务" not in (await browser.get("/catalogue")).text
    add_record(database, 9, service="新的服务")
    assert "新的服务" in (await browser.get("/catalogue")).text


async def test_the_export_has_the_same_rows_and_no_formulas(visit: Visit) -> None:
    answer = await (await visit("master")).get("/catalogue/export.csv?category=信息技术服务")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["Service", "Short name", "Classification code", "Rate", "Unit", "Issuing entity"]
    names = {row[0] for row in rows[1:]}
    assert "'=SUM(A1)" in names
    assert "云专线" not in names
    assert "Everything else" in names
