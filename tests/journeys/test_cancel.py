"""Cancelling: while it is under review the amount comes back; afterwards the page says why not, and what instead."""

import pytest
from playwright.async_api import expect

from infra.demo.companies import YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.outside import Outside


@pytest.mark.feature(24, 42)
async def test_cancelling_under_review_gives_the_amount_back(browse: Browsers, consume: Consume, visit: Visit) -> None:
    order = await consume(YANXI, Charge("848.00"))
    gu = await visit("gu")
    before = await gu.balance()
    customer = await browse("gu")
    await steps.apply(customer, order)
    await expect(steps.state(customer)).to_have_text("Application under review")
    assert (await gu.balance())["can"] == before["can"] - 84800
    await customer.get_by_role("button", name="Cancel application").click()
    await expect(customer.get_by_role("status").first).to_contain_text("Cancelled. The amount is available again.")
    await expect(steps.state(customer)).to_have_text("Cancelled")
    assert await gu.balance() == before
    await steps.open_picker(customer, order)
    await expect(steps.record(customer, "云服务器 ECS").get_by_role("checkbox")).to_be_enabled()


@pytest.mark.feature(24, 45)
async def test_cancelling_after_approval_is_explained_and_changes_nothing(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside
) -> None:
    order = await consume(YANXI, Charge("424.00"))
    gu = await visit("gu")
    customer = await browse("gu")
    number = await steps.apply(customer, order)
    await expect(steps.state(customer)).to_have_text("Application under review")
    cancel = (await gu.get(f"/applications/{number}")).form(f"/applications/{number}/cancel")
    await (await visit("xu")).approve(number)
    await expect(steps.state(customer)).to_have_text("Invoiced")
    invoiced = await gu.balance()

    button = customer.get_by_role("button", name="Cancel application")
    await expect(button).to_have_attribute("aria-disabled", "true")
    why = "Already issued."
    await expect(customer.locator("#cancel-reason")).to_contain_text(why)
    await button.click(force=True)  # it only looks disabled: pressing it leads to the reason
    await expect(customer.locator("#cancel-reason")).to_be_focused()

    answer = await gu.send(cancel)  # the form of a page that was opened before the approval
    assert answer.status in {200, 409}
    assert "not possible any more" in answer.words or why in answer.words
    assert await gu.balance() == invoiced
    assert "Issued" in (await gu.get(f"/applications/{number}")).words
    assert len(outside.book(number)) == 1
