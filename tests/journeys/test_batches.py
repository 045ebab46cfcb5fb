"""Many at once by Excel: the dry run names cells and changes nothing, the good rows are submitted once; titles come the same way."""

import asyncio
import json
import re
import time

import httpx
import pytest
from playwright.async_api import Page, expect

from domain.batches import BatchKind
from infra.demo.companies import HANGZHOU, LINCHUAN
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import SERVER, Charge, Consume, open_month, order_number, today
from tests.journeys.visitor import PATIENCE_S
from tests.sheets import sheet

CELLS = {"kind": "普通发票", "medium": "电子", "title": LINCHUAN.name, "receiver": LINCHUAN.email}


async def upload(page: Page, path: str, content: bytes) -> None:
    await page.goto(path)
    await page.locator("#f-file").set_input_files({"name": "batch.xlsx", "mimeType": "application/zip", "buffer": content})
    await page.get_by_role("button", name="Check the sheet").click()


@pytest.mark.feature(54)
async def test_a_sheet_of_applications_is_checked_mended_and_submitted_once(browse: Browsers, visit: Visit, consume: Consume) -> None:
    first, second = await consume(LINCHUAN, Charge("106.00")), await consume(LINCHUAN, Charge("212.00"))
    plain = await visit("fang")
    before = await plain.balance()
    reference = f"S-{first.number[-6:]}"
    rows = [
        {"reference": f"{reference}-1", "orders": first.number, **CELLS},
        {"reference": f"{reference}-2", "orders": second.number, **CELLS, "title": "没有这个抬头"},
        {"reference": f"{reference}-3", "orders": first.number, **CELLS},
    ]
    fang = await browse("fang")
    await fang.goto("/consumption?show=can")
    await fang.get_by_role("link", name="By Excel").click()
    async with fang.expect_download() as coming:
        await fang.get_by_role("link", name="Download the template").click()
    assert (await coming.value).suggested_filename == "applications.xlsx"

    await upload(fang, "/apply/excel", sheet(rows))
    await expect(fang.locator("main")).to_contain_text("nothing is submitted yet")
    await expect(fang.get_by_role("row").filter(has_text=f"{reference}-1")).to_contain_text("Good")
    await expect(fang.get_by_role("row").filter(has_text=f"{reference}-2")).to_contain_text("H3: Your library has no such title.")
    await expect(fang.get_by_role("row").filter(has_text=f"{reference}-3")).to_contain_text("The row of A2 takes the same consumption")
    async with fang.expect_download() as coming:
        await fang.get_by_role("link", name="Download the sheet with its problems").click()
    assert (await coming.value).suggested_filename.endswith(".xlsx")
    assert await plain.balance() == before

    rows[1]["title"] = LINCHUAN.name
    await upload(fang, "/apply/excel", sheet(rows[:2]))
    twin = await fang.context.new_page()
    await twin.goto(fang.url)
    for page in (fang, twin):
        await page.locator("#terms").check()
    await fang.get_by_role("button", name="Submit the 2 good rows").click()
    await expect(fang.get_by_role("row").filter(has_text=f"{reference}-2").get_by_role("link")).to_have_text(re.compile("^KP-"))
    await expect(fang.locator("main")).to_contain_text("Under review")
    await twin.get_by_role("button", name="Submit the 2 good rows").click()
    await expect(twin.get_by_role("status").first).to_contain_text("nothing was submitted a second time")
    after = await plain.balance()
    assert after["reserved"] == before.get("reserved", 0) + 31800
    assert after["can"] == before["can"] - 31800

    await upload(fang, "/apply/excel", sheet([{**rows[0], "remarks": "again"}]))
    await expect(fang.locator("main")).to_contain_text("An application was made for this reference already.")
    await expect(fang.get_by_role("button", name="Submit")).to_have_count(0)


@pytest.mark.feature(54)
async def test_a_sheet_of_titles_is_checked_and_added(browse: Browsers) -> None:
    fang = await browse("fang")
    name = f"临川药业（批量{order_number(today())[-4:]}）有限公司"
    rows = [{"name": LINCHUAN.name, "tax_id": LINCHUAN.tax_id}, {"name": name, "phone": "=1+1"}, {"name": name}]
    await fang.goto("/titles")
    await fang.get_by_role("link", name="Titles by Excel").click()
    await upload(fang, "/titles/excel", sheet(rows, BatchKind.TITLES))
    await expect(fang.locator("main")).to_contain_text("A2: This title is already in your library.")
    await expect(fang.locator("main")).to_contain_text("D3: A formula stands here.")
    await upload(fang, "/titles/excel", sheet(rows[2:], BatchKind.TITLES))
    await fang.get_by_role("button", name="Add the 1 good title").click()
    await expect(fang.get_by_role("row").filter(has_text=name)).to_contain_text("Added to the library")
    await fang.goto("/titles")
    await expect(fang.get_by_role("row").filter(has_text=name)).to_be_visible()


@pytest.mark.feature(5)
async def test_a_billing_system_sends_orders_by_a_key_of_its_own(browse: Browsers, visit: Visit) -> None:
    operator = await browse("shen")
    await operator.goto("/imports")
    await operator.get_by_role("link", name="Import keys").click()
    name = f"Billing {order_number(today())[-6:]}"
    await operator.locator("#f-name").fill(name)
    await operator.get_by_role("button", name="Make a key").click()
    secret = await operator.locator("#secret").inner_text()

    fang = await visit("fang")
    before = await fang.balance()
    day = open_month(today())
    order = {
        "order_number": order_number(day),
        "billing_account": LINCHUAN.billing_account_id,
        "account": LINCHUAN.accounts[0].sub_account_id,
        "entity": HANGZHOU.name,
        "service": SERVER,
        "amount": "106.00",
        "voucher": "6.00",
        "cash": "100.00",
        "day": day.isoformat(),
    }
    headers = {"authorization": f"Bearer {secret}", "idempotency-key": order["order_number"], "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=httpx.URL(operator.url).join("/"), headers=headers) as program:
        wrong = await program.post("/api/orders", content=json.dumps([{**order, "amount": 106.0}]))
        assert wrong.status_code == 422
        assert [each["pointer"] for each in wrong.json()["problems"]] == ["/0/amount"]
        answers = [await program.post("/api/orders", content=json.dumps([order])) for _ in range(2)]
        assert [(each.status_code, each.json()) for each in answers] == [(202, answers[0].json())] * 2
        outcome = await _outcome(program, answers[0].json()["status"])
        assert (outcome["phase"], outcome["records"]) == ("done", 1)
        booked = await fang.balance()
        assert booked["can"] == before["can"] + 10000
        assert booked["excluded"] == before.get("excluded", 0) + 600

        await operator.goto("/import-keys")
        row = operator.get_by_role("row").filter(has_text=name)
        await expect(row).not_to_contain_text("never")
        await row.get_by_role("button", name="End this key").click()
        await expect(operator.get_by_role("row").filter(has_text=name)).to_contain_text("Ended")
        assert (await program.post("/api/orders", content=json.dumps([order]))).status_code == 401


async def _outcome(program: httpx.AsyncClient, address: str) -> dict[str, object]:
    """What became of it, asked until it is over."""
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        found: dict[str, object] = (await program.get(address)).json()
        if found["phase"] in ("done", "refused", "failed"):
            return found
        assert time.monotonic() < ends_at, found
        await asyncio.sleep(0.2)
