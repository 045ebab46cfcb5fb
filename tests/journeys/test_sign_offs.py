"""A company approves before we review: its own people, and its OA."""

import re

import httpx
import pytest
from playwright.async_api import Page, expect

from cli.stack import Stack
from infra.demo.companies import LINCHUAN, SHIGUANG
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume


async def set_mode(page: Page, mode: str, approver: str = "") -> None:
    await page.goto("/people/approval")
    await page.locator(f"#o-mode-{mode}").check()
    if approver:
        await page.locator("#f-people_1").get_by_label(approver).check()
    await page.get_by_role("button", name="Keep").click()
    await expect(page.get_by_role("status").first).to_contain_text("Kept.")


@pytest.mark.feature(23)
async def test_a_members_application_is_approved_by_its_master_and_then_reviewed(browse: Browsers, consume: Consume, visit: Visit) -> None:
    master, member = await browse("lin"), await browse("meng")
    order = await consume(SHIGUANG, Charge("848.00", account=1))
    await set_mode(master, "people", "林澈")
    try:
        number = await steps.apply(member, order)
        await expect(steps.state(member)).to_have_text("Waits for the company's approval")
        await expect(member.locator("#sign-off")).to_contain_text("林澈")
        await master.goto("/")
        await master.locator("li").filter(has_text=number).get_by_role("link", name="Look at it").click()
        await master.get_by_role("button", name="Decline").click()
        await expect(master.locator("#sign-off")).to_contain_text("Say why: the applicant has to know what to mend.")
        await master.get_by_role("button", name="Approve", exact=True).click()
        await expect(master.get_by_role("status").first).to_contain_text("Your approval counts.")
        await expect(steps.state(member)).to_have_text("Application under review")
        await expect(member.locator("#sign-off")).to_contain_text("Approved by 林澈")
        await (await visit("su")).approve(number)
        await (await visit("meng")).issued(number)
    finally:
        await set_mode(master, "off")


@pytest.mark.feature(23)
async def test_the_companys_oa_refuses_with_its_reason_and_the_amount_is_back(
    browse: Browsers, consume: Consume, visit: Visit, stack: Stack
) -> None:
    """The demo's OA is asked from CNY 100,000 on."""
    order = await consume(LINCHUAN, Charge("106000.00"))
    fang = await visit("fang")
    before = await fang.balance()
    customer = await browse("fang")
    number = await steps.apply(customer, order)
    await expect(steps.state(customer)).to_have_text("Waits for the company's approval")
    await expect(customer.locator("#sign-off")).to_contain_text("has not answered yet")
    office = stack.urls["oa"]
    page = httpx.get(office, trust_env=False).text
    assert re.search(rf"<td>{number}</td>", page)
    httpx.post(f"{office}/admin/approvals/{number}:1/refuse", data={"reason": "Above the budget"}, trust_env=False).raise_for_status()
    await expect(steps.state(customer)).to_have_text("Declined by its company")
    await expect(customer.locator("#sign-off")).to_contain_text("Above the budget")
    assert await fang.balance() == before
