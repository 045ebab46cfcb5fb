"""The reviewer's side: what comes first, what the customer reads of a rejection, and who may decide."""

import pytest
from playwright.async_api import expect

from infra.demo.companies import LINCHUAN, YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume


@pytest.mark.feature(21, 47)
async def test_an_expedited_application_comes_to_the_top_of_the_queue(browse: Browsers, consume: Consume, visit: Visit) -> None:
    gu = await visit("gu")
    first = await gu.apply((await consume(YANXI, Charge("530.00"))).number)
    second = await gu.apply((await consume(YANXI, Charge("318.00"))).number)
    reviewer = await browse("xu")
    await reviewer.goto("/review")
    queue = reviewer.locator("table.kp-desk-queue")
    await expect(queue).to_contain_text(first)
    await expect(queue).to_contain_text(second)
    await expect(queue.locator("tbody").filter(has_text="Expedited").filter(has_text=second)).to_have_count(0)

    customer = await browse("gu")
    await customer.goto(f"/applications/{second}")
    await customer.get_by_role("button", name="Expedite").click()
    await expect(customer.get_by_role("status").first).to_contain_text("The promised date stands below.")
    await expect(customer.locator("h1")).to_contain_text("Expedited")
    await reviewer.reload()
    await expect(queue.locator("tr.kp-group").first).to_contain_text("Expedited")
    await expect(queue.locator("tbody").first).to_contain_text(second)
    await expect(queue.locator("tbody").first).not_to_contain_text(first)
    await expect(customer.get_by_role("button", name="Expedite")).to_have_count(0)
    for number in (first, second):
        await (await visit("su")).reject(number, "Not needed any more in this story")


@pytest.mark.feature(21, 42)
async def test_a_rejection_needs_a_reason_which_the_customer_reads_with_the_amount_back(
    browse: Browsers, consume: Consume, visit: Visit
) -> None:
    order = await consume(LINCHUAN, Charge("742.00"))
    fang = await visit("fang")
    before = await fang.balance()
    number = await fang.apply(order.number)
    customer = await browse("fang")
    await customer.goto(f"/applications/{number}")
    await expect(steps.state(customer)).to_have_text("Application under review")

    reviewer = await browse("xu")
    await reviewer.goto(f"/review/{number}")
    await steps.ready_to_decide(reviewer)
    await reviewer.get_by_role("button", name="Reject").click()
    await expect(reviewer.get_by_role("alert").first).to_contain_text("Say why: the customer has to know what to mend.")
    await reviewer.locator("#f-reason").fill("The contract of October is missing.")
    await steps.ready_to_decide(reviewer)
    await reviewer.get_by_role("button", name="Reject").click()
    await steps.told(reviewer, "Rejected: the amount is released")

    await expect(steps.state(customer)).to_have_text("Not approved")
    await expect(customer.locator("#live")).to_contain_text("The contract of October is missing.")
    assert await fang.balance() == before
    await customer.goto("/")
    await expect(customer.locator(".kp-waiting")).to_contain_text(number)


@pytest.mark.feature(23)
async def test_the_second_of_two_reviewers_reads_that_it_is_decided_and_changes_nothing(
    browse: Browsers, consume: Consume, visit: Visit
) -> None:
    order = await consume(LINCHUAN, Charge("212.00"))
    number = await (await visit("fang")).apply(order.number)
    xu, su = await browse("xu"), await browse("su")
    await su.route("**/live?*", lambda route: route.fulfill(status=204))  # else the page tells it first, and takes the buttons away
    for reviewer in (xu, su):
        await reviewer.goto(f"/review/{number}")
    await xu.locator("#f-reason").fill("The first word counts.")
    await steps.ready_to_decide(xu)
    await xu.get_by_role("button", name="Reject").click()
    await expect(xu.get_by_role("status").first).to_contain_text(number)
    await steps.ready_to_decide(su)
    await su.get_by_role("button", name="Approve").click()
    await expect(su.locator("main")).to_contain_text("许衡 rejected it, today")
    shown = await (await visit("fang")).get(f"/applications/{number}")
    assert "Not approved" in shown.words
    assert "The first word counts." in shown.words


@pytest.mark.feature(23, 38)
async def test_a_customer_has_no_way_to_decide(browse: Browsers, consume: Consume, visit: Visit) -> None:
    number = await (await visit("fang")).apply((await consume(LINCHUAN, Charge("106.00"))).number)
    customer = await browse("fang")
    answer = await customer.goto(f"/review/{number}")
    assert answer is not None
    assert answer.status == 404
    await expect(customer.get_by_role("heading", level=1)).to_have_text("There is nothing at this address")
    await (await visit("xu")).reject(number, "Not needed any more in this story")
