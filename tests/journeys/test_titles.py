"""Titles and receivers: what differs goes to customer service and back, and where invoices go is the customer's own word."""

import pytest
from playwright.async_api import expect

from infra.demo.companies import LINCHUAN
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.consumption import Charge, Consume

DIFFERING = "临川药业（南昌）销售有限公司"
TAX_ID = "91330106MACKX4QG41"


@pytest.mark.feature(3, 45)
async def test_a_title_that_differs_is_checked_by_customer_service_before_it_can_be_chosen(browse: Browsers, consume: Consume) -> None:
    order = await consume(LINCHUAN, Charge("212.00"))
    fang = await browse("fang")
    await fang.goto("/titles")
    await fang.locator("#f-name").fill(DIFFERING)
    await fang.locator("#f-tax_id").fill(TAX_ID)
    await fang.get_by_role("button", name="Add title").last.click()
    await expect(fang.locator("#f-name-error")).to_contain_text("differs from the verified name")
    await expect(fang.get_by_role("button", name=f"Change to {LINCHUAN.name}")).to_be_visible()
    await fang.get_by_role("button", name="Have it checked").click()
    await expect(fang.get_by_role("status").first).to_contain_text("Sent to customer service")

    await steps.open_picker(fang, order)
    await steps.tick_all(fang)
    await steps.go_on_to_form(fang)
    option = fang.locator(".kp-option").filter(has_text=DIFFERING)
    await expect(option).to_contain_text("Being checked by customer service")
    await expect(option.get_by_role("radio")).to_be_disabled()

    clerk = await browse("he")
    await clerk.goto("/titles/desk")
    await clerk.get_by_role("link", name=DIFFERING).click()
    await expect(clerk.get_by_role("table")).to_contain_text(LINCHUAN.name)
    await clerk.get_by_role("button", name="Do not accept").click()
    await expect(clerk.locator("#f-reason-error")).to_contain_text("Choose one")
    await clerk.locator("#f-reason").select_option("name-not-proved")
    await clerk.locator("#f-note").fill("执照上没有“销售”")
    await clerk.get_by_role("button", name="Do not accept").click()
    await expect(clerk.get_by_role("status").first).to_contain_text("Not accepted")

    await fang.goto("/titles")
    await expect(fang.get_by_role("row").filter(has_text=DIFFERING)).to_contain_text("执照上没有“销售”")
    await fang.get_by_role("link", name=DIFFERING, exact=True).click()
    await fang.locator("#f-bank").fill("中国银行南昌分行")
    await fang.get_by_role("button", name="Send in anew").last.click()
    await fang.get_by_role("button", name="Have it checked").click()
    await expect(fang.get_by_role("status").first).to_contain_text("Sent to customer service")
    await clerk.goto("/titles/desk")
    await clerk.get_by_role("link", name=DIFFERING).click()
    await clerk.get_by_role("button", name="Accept", exact=True).click()
    await expect(clerk.get_by_role("status").first).to_contain_text("Accepted")

    await steps.open_picker(fang, order)
    await steps.tick_all(fang)
    await steps.go_on_to_form(fang)
    await fang.locator(".kp-option").filter(has_text=DIFFERING).locator("label").click()
    await steps.submit(fang)
    await expect(fang.locator("main")).to_contain_text(DIFFERING)

    await fang.goto("/titles")
    await fang.get_by_role("link", name=DIFFERING, exact=True).click()
    await fang.get_by_role("button", name="Remove").click()
    await expect(fang.get_by_role("status").first).to_contain_text("is off the list")


@pytest.mark.feature(4)
async def test_a_postal_address_is_checked_changed_removed_and_put_back(browse: Browsers) -> None:
    fang = await browse("fang", width=390)
    await fang.goto("/receivers")
    form = fang.locator("form:has([name=kind][value=postal])")
    await form.locator("#f-recipient").fill("方棠")
    await form.locator("#f-phone").fill("0791-88123456 转 8")
    await form.locator("#f-address").fill("香港中环皇后大道中 1 号")
    await form.get_by_role("button", name="Add address").click()
    await expect(fang.locator("#f-address-error")).to_contain_text("mainland China only")
    await fang.locator("#f-address").fill("江西省南昌市高新区 9 号")
    await fang.locator("#f-postcode").fill("100000")
    await fang.get_by_role("button", name="Add address").click()
    await expect(fang.locator("#f-postcode-error")).to_contain_text("does not belong to 江西")
    await expect(fang.locator("#f-recipient")).to_have_value("方棠")
    await fang.locator("#f-postcode").fill("330096")
    await fang.get_by_role("button", name="Add address").click()
    await expect(fang.get_by_role("status").first).to_contain_text("Saved")
    await fang.get_by_role("row").filter(has_text="高新区 9 号").get_by_role("link").click()
    await fang.locator("#f-address").fill("江西省南昌市高新区 10 号")
    await fang.get_by_role("button", name="Save").click()
    row = fang.get_by_role("row").filter(has_text="高新区 10 号")
    await expect(row).to_be_visible()
    await row.get_by_role("link").click()
    await fang.get_by_role("button", name="Remove").click()
    await expect(fang.get_by_role("row").filter(has_text="高新区")).to_have_count(0)
    await fang.get_by_role("button", name="Put it back").click()
    await expect(fang.get_by_role("row").filter(has_text="高新区 10 号")).to_be_visible()
    await fang.get_by_role("row").filter(has_text="高新区 10 号").get_by_role("link").click()
    await fang.get_by_role("button", name="Remove").click()
