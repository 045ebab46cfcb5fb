"""Titles and receivers: adding, what is refused, the default."""

from typing import Any

import pytest

from infra.database import Database
from tests.web.conftest import Visit
from tests.web.rows import add_catalogue

NAME = "北京拾光互动科技有限公司"


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)


async def test_a_title_is_added_and_made_the_default(visit: Visit) -> None:
    browser = await visit("master")
    answer = await browser.post_form("/titles", {"name": NAME.replace("（", "("), "tax_id": "", "phone": "010-85620000"})
    assert answer.headers["location"] == "/titles?added=1"
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
        ({"kind": "postal", "recipient": "周", "address": "北京市海淀区", "phone": "13800138000", "postcode": "12"}, "6 digits"),
    ],
)
async def test_a_wrong_receiver_says_what_to_mend(visit: Visit, form: dict[str, Any], says: str) -> None:
    answer = await (await visit("master")).post_form("/receivers", form)
    assert answer.status_code == 422
    assert says in answer.text


async def test_somebody_elses_title_and_receiver_do_not_exist(visit: Visit) -> None:
    browser = await visit("other")
    assert (await browser.post_form("/titles/1/default")).status_code == 404
    assert (await browser.post_form("/receivers/1/default")).status_code == 404
    assert "finance@shiguang.cn" not in (await browser.get("/receivers")).text
