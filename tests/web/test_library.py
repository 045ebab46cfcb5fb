"""Titles and receivers: adding, what is refused, the default."""

from typing import Any

import pytest

from infra.database import Database
from infra.tables import ReceiverRow, TitleRow
from tests.web.conftest import Visit
from tests.web.rows import add_application, add_catalogue

NAME = "北京拾光互动科技有限公司"


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)


async def test_a_title_is_added_and_made_the_default(visit: Visit) -> None:
    browser = await visit("master")
    answer = await browser.post_form("/titles", {"name": NAME.replace("（", "("), "tax_id": "", "phone": "010-85620000"})
    assert answer.headers["location"] == "/titles?added=2"
    assert "applications can use it now" in (await browser.get("/titles?added=2")).text
    page = (await browser.get("/titles")).text
    assert "ordinary invoices only" in page
    await browser.post_form("/titles/2/default")
    page = (await browser.get("/titles")).text
    assert "/titles/1/default" in page
    assert "/titles/2/default" not in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": ""}, "Fill this in"),
        ({"name": "上海拾光互动科技有限公司"}, "differs from the verified name at “上海”"),
        ({"tax_id": "911101O5MA7K3R2P5R"}, "Change to 91110105MA7K3R2P5R"),
        ({"phone": "call me"}, "Use digits"),
        ({"bank_account": "x"}, "Use digits only"),
        ({"tax_id": "91110105MA7K3R2P5R"}, "already in your library"),
        ({"address": "a\u202eb"}, "turns the writing direction"),
    ],
)
async def test_a_wrong_title_says_what_to_mend(visit: Visit, change: dict[str, Any], says: str) -> None:
    answer = await (await visit("master")).post_form("/titles", {"name": NAME, **change})
    assert answer.status_code == 422
    assert says in answer.text


async def test_receivers_are_added_by_kind(visit: Visit) -> None:
    browser = await visit("member")
    assert (await browser.post_form("/receivers", {"kind": "email", "email": " ap@shiguang.cn "})).status_code == 303
    postal = {"kind": "postal", "recipient": "周屿", "phone": "010-85620000", "address": "北京市海淀区 1 号", "postcode": "100080"}
    assert (await browser.post_form("/receivers", postal)).status_code == 303
    page = (await browser.get("/receivers")).text
    assert "ap@shiguang.cn" in page
    assert "010****0000" in page


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"kind": "email", "email": "finance.shiguang.cn"}, "Use the form name@company.cn"),
        ({"kind": "email", "email": "a@b"}, "Use the form name@company.cn"),
        ({"kind": "email", "email": ""}, "Fill this in"),
        ({"kind": "email", "email": "finance@shiguang.cn"}, "already in your list"),
        ({"kind": "email", "email": "a@b.cn\r\nBcc: c@d.cn"}, "Use the form name@company.cn"),
        ({"kind": "postal", "recipient": "周", "address": "北京市海淀区"}, "needs a phone"),
        ({"kind": "postal", "recipient": "周", "address": "苏州市虎丘区", "phone": "13800138000"}, "Begin with the province"),
        ({"kind": "postal", "recipient": "周", "address": "香港中环皇后大道", "phone": "13800138000"}, "mainland China only"),
        ({"kind": "postal", "recipient": "周", "address": "北京市海淀区", "phone": "+852 2345 6789"}, "Use digits"),
        ({"kind": "postal", "recipient": "周", "address": "北京市海淀区", "phone": "13800138000", "postcode": "200000"}, "does not belong"),
        ({"kind": "postal", "recipient": "周", "address": "北京市海淀区", "phone": "13800138000", "postcode": "12"}, "6 digits"),
    ],
)
async def test_a_wrong_receiver_says_what_to_mend(visit: Visit, form: dict[str, Any], says: str) -> None:
    answer = await (await visit("master")).post_form("/receivers", form)
    assert answer.status_code == 422
    assert says in answer.text


async def test_somebody_elses_title_and_receiver_do_not_exist(visit: Visit) -> None:
    browser = await visit("other")
    foreign: tuple[str, ...] = (
        "/titles/1",
        "/receivers/1",
        "/titles/1/default",
        "/titles/1/tax-id",
        "/titles/1/tax-id/withdraw",
        "/titles/1/remove",
    )
    foreign += ("/titles/1/restore", "/receivers/1/default", "/receivers/1/remove", "/receivers/1/restore")
    for path in foreign:
        theirs = await browser.post_form(path, {"kind": "email", "email": "x@y.cn"} if path == "/receivers/1" else {})
        nobodys = await browser.post_form(
            path.replace("1", "987654"), {"kind": "email", "email": "x@y.cn"} if path == "/receivers/1" else {}
        )
        assert (theirs.status_code, nobodys.status_code) == (404, 404), path
        assert theirs.text.replace("/1", "/987654") == nobodys.text, path
    for path in ("/titles/1", "/receivers/1", "/titles/x", "/titles/0"):
        assert (await browser.get(path)).status_code == 404, path
    assert "finance@shiguang.cn" not in (await browser.get("/receivers")).text
    assert "finance@shiguang.cn" not in (await browser.get("/receivers?removed=1")).text
    assert NAME not in (await browser.get("/titles?removed=1")).text


async def test_a_receiver_is_corrected_removed_and_put_back(visit: Visit, database: Database) -> None:
    add_application(database, "KP-261120-00000001")
    browser = await visit("master")
    assert "Such as finance@company.cn" in (await browser.get("/receivers/1")).text
    answer = await browser.post_form("/receivers/1", {"kind": "email", "email": "new@shiguang.cn"})
    assert answer.headers["location"] == "/receivers?added=1"
    page = (await browser.get("/receivers")).text
    assert "new@shiguang.cn" in page
    assert "finance@shiguang.cn" not in page
    with database.read() as session:
        assert session.get_one(ReceiverRow, 1).email == "finance@shiguang.cn", "the application still goes there"
        assert session.get_one(ReceiverRow, 3).is_default
    assert (await browser.post_form("/receivers/3/remove")).headers["location"] == "/receivers?removed=3"
    page = (await browser.get("/receivers?removed=3")).text
    assert "No e-mail yet" in page
    await browser.post_form("/receivers/3/restore")
    assert "new@shiguang.cn" in (await browser.get("/receivers")).text
    wrong = await browser.post_form(
        "/receivers/3", {"kind": "postal", "recipient": "周", "address": "北京市海淀区", "phone": "13800138000"}
    )
    assert wrong.status_code == 422


async def test_lists_are_searched_by_the_address(visit: Visit) -> None:
    browser = await visit("master")
    assert NAME in (await browser.get("/titles?text=拾光")).text
    assert "No title fits" in (await browser.get("/titles?text=%25")).text
    page = (await browser.get("/receivers?text=望京")).text
    assert "望京东路" in page
    assert "No e-mail fits" in page


async def test_the_export_is_no_formula(visit: Visit, database: Database) -> None:
    with database.write() as session:
        row = session.get_one(TitleRow, 1)
        row.bank, row.phone = "=HYPERLINK(1)", "+86 10 85620000"
        session.add(row)
    answer = await (await visit("master")).get("/titles/export.csv?text=拾光")
    assert answer.headers["content-type"].startswith("text/csv")
    heads, line = answer.text.removeprefix("\ufeff").splitlines()
    assert heads.startswith("Name,Tax ID")
    assert f"{NAME},91110105MA7K3R2P5R,,'+86 10 85620000,'=HYPERLINK(1),,Can be used" in line
    assert len((await (await visit("other")).get("/titles/export.csv")).text.splitlines()) == 1
