"""An enterprise with several accounts: an application for each, or one over all once that is switched on."""

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.consumption import Charge, Consume


async def switch(page: Page, value: str, answer: str) -> None:
    await page.goto("/people")
    await page.locator(f"#consolidation button[value={value}]").click()
    await expect(page.get_by_role("status").filter(has_text=answer)).to_be_visible()


@pytest.mark.feature(17)
async def test_the_master_gets_one_application_over_accounts_once_it_is_switched_on(browse: Browsers, consume: Consume) -> None:
    order = await consume(YANXI, Charge("106.00"), Charge("212.00", account=1))
    gu = await browse("gu")
    picker = f"/consumption?show=can&order={order.number}&view="
    await gu.goto(f"{picker}consolidated")
    await expect(gu.locator("main")).to_contain_text("a service that your company has not switched on")
    await steps.tick_all(gu)
    parts = gu.locator("#sum")
    await expect(parts).to_contain_text("One application for each account")
    for account, amount in ((YANXI.accounts[0], "106.00"), (YANXI.accounts[1], "212.00")):
        await expect(parts.get_by_role("listitem").filter(has_text=account.name)).to_contain_text(amount)
    await gu.get_by_role("link", name="Switch it on").click()
    await gu.locator("#consolidation button[value=on]").click()
    try:
        await expect(gu.get_by_role("status").first).to_contain_text("one application may now cover several accounts")
        await gu.goto(f"{picker}consolidated")
        await steps.tick_all(gu)
        await expect(gu.locator("#sum strong.kp-num").first).to_have_text("318.00")
        await steps.go_on_to_form(gu)
        await steps.submit(gu)
        await expect(steps.state(gu)).to_have_text("Application under review")
        await expect(gu.locator("main")).to_contain_text("318.00")
        await gu.get_by_role("button", name="Cancel application").click()
        await expect(steps.state(gu)).to_have_text("Cancelled")
    finally:
        await gu.goto("/people")
        await gu.locator("#consolidation button[value=off]").click()
    await expect(gu.locator("#consolidation")).to_contain_text("switched off")
    # Apart again: each part is an application of its own account.
    await gu.goto(f"{picker}independent")
    await steps.tick_all(gu)
    await gu.locator("#sum li").filter(has_text=YANXI.accounts[1].name).get_by_role("link").click()
    await expect(gu.locator("aside .kp-hero")).to_contain_text("212.00")
