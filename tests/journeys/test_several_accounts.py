"""An enterprise with several accounts: an application for each, or one over all once that is switched on."""

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import LINCHUAN
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.consumption import Charge, Consume


async def switch(page: Page, value: str, answer: str) -> None:
    await page.goto("/people")
    await page.locator(f"#consolidation button[value={value}]").click()
    await expect(page.get_by_role("status").filter(has_text=answer)).to_be_visible()


@pytest.mark.feature(17)
async def test_the_master_gets_one_application_over_accounts_once_it_is_switched_on(browse: Browsers, consume: Consume) -> None:
    order = await consume(LINCHUAN, Charge("106.00"), Charge("212.00", account=1))
    fang = await browse("fang")
    picker = f"/consumption?show=can&order={order.number}&view="
    await fang.goto(f"{picker}consolidated")
    await expect(fang.locator("main")).to_contain_text("a service that your company has not switched on")
    await steps.tick_all(fang)
    parts = fang.locator("#sum")
    await expect(parts).to_contain_text("One application for each account")
    for account, amount in ((LINCHUAN.accounts[0], "106.00"), (LINCHUAN.accounts[1], "212.00")):
        await expect(parts.get_by_role("listitem").filter(has_text=account.name)).to_contain_text(amount)
    await fang.get_by_role("link", name="Switch it on").click()
    await fang.locator("#consolidation button[value=on]").click()
    try:
        await expect(fang.get_by_role("status").first).to_contain_text("one application may now cover several accounts")
        await fang.goto(f"{picker}consolidated")
        await steps.tick_all(fang)
        await expect(fang.locator("#sum strong.kp-num").first).to_have_text("318.00")
        await steps.go_on_to_form(fang)
        await steps.submit(fang)
        await expect(steps.state(fang)).to_have_text("Application under review")
        await expect(fang.locator("main")).to_contain_text("318.00")
        await fang.get_by_role("button", name="Cancel application").click()
        await expect(steps.state(fang)).to_have_text("Cancelled")
    finally:
        await fang.goto("/people")
        await fang.locator("#consolidation button[value=off]").click()
    await expect(fang.locator("#consolidation")).to_contain_text("switched off")
    # Apart again: each part is an application of its own account.
    await fang.goto(f"{picker}independent")
    await steps.tick_all(fang)
    await fang.locator("#sum li").filter(has_text=LINCHUAN.accounts[1].name).get_by_role("link").click()
    await expect(fang.locator("aside .kp-hero")).to_contain_text("212.00")
