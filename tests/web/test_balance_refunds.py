"""Refunds in the balance: those that wait have a name of their own, and those of another month lead to what they correct."""

import csv
import io
import re
from datetime import date
from html import unescape
from typing import Any

import pytest

from infra.database import Database
from tests.web.conftest import Visit
from tests.web.rows import add_catalogue, add_record

ORDER, LOST = "202609150000000001", "202609150000000002"
WORDS = {"zh": "待对应原消费的退款", "en": "Refunds waiting for their original"}
LEAF = "period=2026-10&entity=HZ&rate=600"


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    """October is billed: its refund of September's order is bound, another waits for an order that is not here."""
    add_catalogue(database)
    september: dict[str, Any] = {"day": date(2026, 9, 15), "period": "2026-09"}
    add_record(database, 1, 100_00, order_number=ORDER, **september)
    add_record(database, 2, 50_00, account_id=2)
    add_record(database, 3, -20_00, original_id=1, original_order_number=ORDER)
    add_record(database, 4, -53_77, opened=False, original_order_number=LOST)


def links(page: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', page)]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_refunds_that_wait_are_a_line_of_their_own(visit: Visit, language: str) -> None:
    browser = await visit("master", language)
    home = (await browser.get("/")).text
    assert home.count(WORDS[language]) == 2  # the formula, and its short form for phones
    assert "/balance?bucket=waiting" in links(home)
    page = (await browser.get("/balance?bucket=waiting")).text
    assert WORDS[language] in page
    assert "−53.77" in page
    assert ("Month not billed yet" if language == "en" else "账单未出") not in page


async def test_they_go_down_to_the_refunds_themselves(visit: Visit) -> None:
    browser = await visit("master")
    said = (await browser.get("/balance.json")).json()["rows"]
    found = {row["bucket"]: row["fen"] for row in said}
    assert found == {"available": 130_00, "consumed": 76_23, "waiting": -53_77}
    leaf = (await browser.get(f"/balance.json?bucket=waiting&{LEAF}")).json()
    assert [(row["account_id"], row["fen"], row["refunds"]) for row in leaf["rows"]] == [
        (1, -53_77, "/balance?bucket=waiting&period=2026-10&entity=HZ&rate=600&account=1#refunds")
    ]
    assert [(each["record"], each["order"], each["fen"]) for each in leaf["refunds"]] == [(4, LOST, -53_77)]
    assert "original" not in leaf["refunds"][0]  # a list of an order that is not here would be empty
    page = (await browser.get(leaf["rows"][0]["refunds"].replace("#refunds", ""))).text
    assert 'id="refunds"' in page
    assert "云服务器 4" in page


async def test_the_download_and_the_picture_say_them(visit: Visit) -> None:
    browser = await visit("master")
    lines = list(csv.reader(io.StringIO((await browser.get("/balance/export.csv")).text.removeprefix("\ufeff"))))
    place = lines[0].index(WORDS["en"])
    assert [line[place] for line in lines[1:] if line[0] == "2026-10" and line[3] != ""].count("-53.77") == 1
    page = (await browser.get("/balance")).text
    assert "Refunds waiting for their original: −53.77, below zero and so in no bar." in page
    assert page.count(WORDS["en"]) >= 4  # the tree, the picture, and its table


async def test_a_refund_of_another_month_leads_to_what_it_corrects(visit: Visit) -> None:
    browser = await visit("master")
    said = (await browser.get(f"/balance.json?bucket=available&{LEAF}")).json()
    rows = {row["account_id"]: row for row in said["rows"]}
    assert "records" not in rows[1]  # the picker lists nothing of October for this account
    assert "refunds" not in rows[2]
    assert "云服务器 2" in (await browser.get(rows[2]["records"])).text
    assert [each["original"] for each in said["refunds"]] == [f"/consumption?show=all&order={ORDER}"]
    page = await browser.get(f"/balance?bucket=available&{LEAF}")
    assert f"/consumption?show=all&order={ORDER}" in links(page.text)
    assert "/consumption?show=can&period=2026-10&entity=HZ&rate=600&account=1" not in links(page.text)
    original = (await browser.get(f"/consumption?show=all&order={ORDER}")).text
    assert "云服务器 1" in original
    assert "20.00" in original


async def test_every_link_of_a_node_leads_to_something(visit: Visit) -> None:
    browser = await visit("master")

    async def walk(address: str) -> int:
        seen = 0
        for row in (await browser.get(address)).json()["rows"]:
            if "below" in row:
                seen += await walk(row["below"])
                continue
            for name in ("records", "refunds"):
                if name in row:
                    page = (await browser.get(row[name].partition("#")[0])).text
                    assert "No record fits" not in page, row
                    assert name != "refunds" or 'id="refunds"' in page, row
                    seen += 1
        return seen

    assert await walk("/balance.json") >= 6


async def test_a_member_is_led_to_no_other_accounts_order(visit: Visit, database: Database) -> None:
    add_record(database, 5, -1_00, account_id=2, original_id=1, original_order_number=ORDER)
    said = (await (await visit("member")).get(f"/balance.json?bucket=available&{LEAF}")).json()
    assert [(each["fen"], each["original_month"], "original" in each) for each in said["refunds"]] == [(-1_00, "", False)]
