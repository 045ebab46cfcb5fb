"""What staff do with customers' things is said on the page, takes a reason, and stands in the audit for the auditor."""

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import LINCHUAN, YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume


async def entry(auditor: Page, action: str, reason: str) -> None:
    """The auditor finds the deed by its kind, with its reason and no one else's."""
    await auditor.goto(f"/audit?action={action}")
    row = auditor.get_by_role("row").filter(has_text=reason)
    await expect(row.first).to_be_visible()


@pytest.mark.feature(38, 24)
async def test_acting_for_a_customer_takes_a_reason_shows_a_banner_and_is_recorded(
    browse: Browsers, consume: Consume, visit: Visit
) -> None:
    gu = await visit("gu")
    number = await gu.apply((await consume(YANXI, Charge("137.80"))).number)
    he = await browse("he")
    await he.goto("/acting")
    await he.get_by_label("Company, tax ID or account number").fill("砚溪")
    await he.get_by_role("button", name="Find customer").click()
    await he.get_by_role("link", name=YANXI.name).click()
    banner = he.locator(".kp-acting")
    await he.get_by_role("button", name="Act for this customer").click()
    await expect(he.locator("#f-reason:invalid")).to_be_visible()
    await expect(banner).to_have_count(0)
    reason = f"客户来电 {number}"
    await he.locator("#f-reason").fill(reason)
    await he.get_by_role("button", name="Act for this customer").click()
    try:
        await expect(banner).to_contain_text(f"You act for {YANXI.name}")
        await expect(banner).to_contain_text(reason)
        await he.goto(f"/applications/{number}")
        await expect(banner).to_contain_text("everything is recorded")
        await he.get_by_role("button", name="Cancel application").click()
        await expect(steps.state(he)).to_have_text("Cancelled")
        await he.goto("/receivers")
        off = he.locator("[aria-disabled=true]", has_text="Add")
        await expect(he.locator(f"#{await off.get_attribute('aria-describedby')}")).to_contain_text("Only the customer itself")
    finally:
        await banner.get_by_role("button", name="Stop acting").click()
    await expect(banner).to_have_count(0)
    tang = await browse("tang")
    await entry(tang, "act-for", reason)
    await tang.goto(f"/audit?action=acted-for&subject=/applications/{number}")
    await expect(tang.get_by_role("table")).to_contain_text("何静")


@pytest.mark.feature(38)
async def test_a_masked_value_is_shown_once_with_a_reason_that_the_auditor_reads(browse: Browsers, consume: Consume, visit: Visit) -> None:
    fang = await visit("fang")
    number = await fang.apply((await consume(LINCHUAN, Charge("148.40"))).number)
    xu = await browse("xu")
    await xu.goto(f"/review/{number}")
    await expect(xu.locator("main")).not_to_contain_text(LINCHUAN.email)
    masked = xu.locator(".kp-masked").filter(has_text="@").first
    await masked.locator("summary").click()
    reason = f"与合同核对 {number}"
    await masked.get_by_label("Reason, which is recorded").fill(reason)
    await masked.get_by_role("button", name="Show value").click()
    await expect(xu.locator(".kp-revealed")).to_have_text(LINCHUAN.email)
    await xu.get_by_role("link", name="Back").click()
    await expect(xu.locator("main")).not_to_contain_text(LINCHUAN.email)
    tang = await browse("tang")
    await entry(tang, "reveal", reason)
    await expect(tang.get_by_role("table")).not_to_contain_text(LINCHUAN.email)
    await fang.send((await fang.get(f"/applications/{number}")).form(f"/applications/{number}/cancel"))
