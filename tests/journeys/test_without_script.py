"""Without JavaScript everything still works: choosing, applying, cancelling, deciding, returning."""

import pytest
from playwright.async_api import expect

from infra.demo.companies import YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume


@pytest.mark.feature(24, 38)
async def test_applying_and_cancelling_need_no_script(browse: Browsers, consume: Consume) -> None:
    order = await consume(YANXI, Charge("583.00"))
    customer = await browse("gu", scripts=False)
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    # Without script the side card adds up when it is asked to.
    await customer.get_by_role("button", name="Add up what is ticked").click()
    await expect(customer.locator("#sum")).to_contain_text("583.00")
    await steps.go_on_to_form(customer)
    await expect(customer.locator("aside .kp-hero")).to_contain_text("583.00")
    await steps.submit(customer)
    page = steps.state(customer)
    for _ in range(100):
        if await page.inner_text() != "Received":
            break
        await customer.reload()
    await expect(page).to_have_text("Application under review")
    await customer.get_by_role("button", name="Cancel application").click()
    await steps.told_without_script(customer, "Cancelled. The amount is available again.")


@pytest.mark.feature(21, 32)
async def test_deciding_and_returning_need_no_script(browse: Browsers, consume: Consume, visit: Visit) -> None:
    gu = await visit("gu")
    number = await gu.apply((await consume(YANXI, Charge("901.00"))).number)
    reviewer = await browse("xu", scripts=False)
    await reviewer.goto("/review")
    await reviewer.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await reviewer.get_by_role("button", name="Approve").click()
    await steps.told_without_script(reviewer, "Approved: the invoices are being issued.")
    invoice = await gu.issued(number)
    customer = await browse("gu", scripts=False)
    await customer.goto(f"/invoices/{invoice}")
    await customer.locator("#f-reason").fill("The amount is wrong")
    await customer.get_by_role("button", name="Request the return").click()
    await steps.told_without_script(customer, "The return is recorded.")
    await gu.until(f"/invoices/{invoice}", lambda page: "−901.00" in page.words, "the red-letter invoice")
