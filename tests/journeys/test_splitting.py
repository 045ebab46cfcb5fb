"""A customer decides how its consumption becomes invoices: by service, by month, and a line moved by hand (features 12, 18)."""

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import SHIGUANG
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import SERVER, Charge, Consume

DATABASE = "云数据库 MySQL"
BILL = (Charge("106.00", months_ago=1), Charge("53.00"), Charge("21.20", service=DATABASE))
"""180.20 at 6 % from Hangzhou: a service of two months, and another one."""


async def _choose(page: Page, way: str, *totals: str) -> None:
    """Choose a way, and wait until its invoices are shown."""
    await page.locator(f"label[for=o-split-{way}]").click()
    shown = page.locator(".kp-preview")
    await expect(shown).to_have_count(len(totals))
    for at, total in enumerate(totals):
        await expect(shown.nth(at).locator("tfoot")).to_contain_text(total)


@pytest.mark.feature(12, 18)
async def test_the_customer_splits_by_service_by_month_and_by_hand_and_gets_these_invoices(
    browse: Browsers, consume: Consume, visit: Visit
) -> None:
    order = await consume(SHIGUANG, *BILL)
    lin = await browse("lin", "zh")
    await steps.open_picker(lin, order)
    await steps.tick_all(lin)
    await lin.locator("#sum select[name=split]").select_option("month")
    await expect(lin.locator("#sum .kp-plan li")).to_have_count(2)
    await steps.go_on_to_form(lin)
    await expect(lin.locator("#o-split-month")).to_be_checked()
    await expect(lin.locator(".kp-preview")).to_have_count(2)
    await _choose(lin, "service", "21.20", "159.00")
    await _choose(lin, "month", "106.00", "74.20")
    second = lin.locator(".kp-preview").nth(1)
    await second.get_by_role("row").filter(has_text=DATABASE).locator("select[name=own]").select_option(label="A")
    await expect(lin.locator(".kp-preview").first.locator("tfoot")).to_contain_text("127.20")
    await expect(lin.locator(".kp-preview").nth(1).locator("tfoot")).to_contain_text("53.00")
    await expect(lin.locator("#plan .kp-plan li")).to_have_count(2)
    await expect(lin.locator("aside .kp-hero")).to_contain_text("180.20")
    application = await steps.submit(lin)
    await expect(lin.locator("#live")).to_contain_text("手动调整 1 行")
    await (await visit("xu")).approve(application)
    await expect(steps.state(lin)).to_have_text("已开票")
    invoices = lin.locator("#live tr:has(a[href*='/invoices/'])")
    await expect(invoices).to_have_count(2)
    for total in ("127.20", "53.00"):
        await expect(invoices.filter(has_text=total)).to_have_count(1)
    await expect(lin.locator("main")).to_contain_text(SERVER)
