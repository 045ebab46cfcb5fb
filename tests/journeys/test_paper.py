"""Paper: the courier's waybill and tracking, the return in both orders of its halves, and the reissue."""

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import SHIGUANG, YANXI, DemoEnterprise
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.outside import Outside

OTHER_TITLE = SHIGUANG.titles[1]


async def paper_invoice(login: str, enterprise: DemoEnterprise, yuan: str, consume: Consume, visit: Visit) -> str:
    """The id of an issued paper invoice over this amount."""
    customer = await visit(login)
    application = await customer.apply((await consume(enterprise, Charge(yuan))).number, medium="paper")
    await (await visit("xu")).approve(application)
    return await customer.issued(application)


async def receive(desk: Page, search: str, waybill: str = "") -> None:
    """At the receiving desk: find the invoice, and record its complete original."""
    await desk.goto("/receiving")
    await desk.locator("#f-q").fill(search)
    await desk.get_by_role("button", name="Find invoice").click()
    await desk.get_by_label("Complete and undamaged").check()
    if await desk.locator("#in_hand").count():  # by the courier's news the parcel is still on its way
        await desk.locator("#in_hand").check()
    await desk.locator("#f-waybill").fill(waybill)
    await desk.get_by_role("button", name="Record the original").click()
    await expect(desk.get_by_role("status").first).to_contain_text("The original is recorded as received.")


@pytest.mark.feature(27)
async def test_a_paper_invoice_travels_with_its_waybill_until_it_is_signed_for(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside
) -> None:
    order = await consume(YANXI, Charge("1590.00"))
    customer = await browse("gu")
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    await steps.go_on_to_form(customer)
    await customer.locator("#o-medium-paper").check()
    await expect(customer.locator("form[action='/applications']")).to_contain_text(YANXI.address)
    application = await steps.submit(customer)
    await (await visit("xu")).approve(application)
    await expect(steps.state(customer)).to_have_text("Invoiced")
    await customer.locator("#live a[href^='/invoices/']").first.click()
    parcel = customer.locator("section.card:has(.kp-code)").filter(has_text="Parcel").last
    waybill = parcel.locator(".kp-code")
    await expect(waybill).to_contain_text("SL")
    number = (await waybill.inner_text()).strip()
    await steps.kept_without_reload(customer)
    while outside.advance(number) != "delivered":
        continue
    await expect(parcel).to_contain_text("In transit")
    await expect(parcel).to_contain_text("北京分拨中心")
    await expect(parcel.locator(".kp-tag")).to_have_text("Signed for")
    await expect(customer.locator(".kp-life")).to_contain_text("Delivered")
    assert await steps.was_not_reloaded(customer)


@pytest.mark.feature(33, 35)
async def test_the_online_request_first_and_the_sheets_second_reverse_and_reissue(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside
) -> None:
    lin = await visit("lin")
    invoice = await paper_invoice("lin", SHIGUANG, "2120.00", consume, visit)
    number = await lin.invoice_number(invoice)
    customer, desk = await browse("lin"), await browse("shen")
    await customer.goto(f"/invoices/{invoice}")
    await expect(customer.locator("address")).to_contain_text("杭州")
    await expect(customer.locator("main")).to_contain_text("postage prepaid, never collect")
    await customer.locator("#f-reason").fill("Title of the wrong company")
    await customer.locator("#reissue").check()
    await customer.get_by_label(OTHER_TITLE.name).check()
    await customer.locator("#terms").check()
    new_application = await steps.number_on_form(customer)
    await customer.get_by_role("button", name="Request the return").click()
    await expect(steps.state(customer)).to_have_text("Return: original missing")
    await steps.kept_without_reload(customer)

    await desk.goto("/receiving")
    await expect(desk.locator("main")).to_contain_text(invoice)
    await receive(desk, number, outside.send_back("拾光互动", number))
    await expect(steps.state(customer)).to_have_text("Returned")
    assert await steps.was_not_reloaded(customer)
    chain = customer.locator(".kp-chain")
    await expect(chain).to_contain_text("−2,120.00")

    await lin.until(f"/applications/{new_application}", lambda page: "Under review" in page.words, "the reissue under review")
    await (await visit("xu")).approve(new_application)
    new = await lin.issued(new_application)
    await customer.goto(f"/invoices/{new}")
    await expect(customer.locator("#live")).to_contain_text(OTHER_TITLE.name)
    await expect(chain.locator("li")).to_have_count(3)
    await chain.get_by_role("link", name=f"ending {number[-4:]}").click()
    assert await steps.digits_of_heading(customer) == number
    await expect(customer.locator("#live")).to_contain_text(SHIGUANG.name)


@pytest.mark.feature(33, 35, 42)
async def test_the_sheets_first_and_the_online_request_second_give_the_amount_back_once(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside
) -> None:
    gu = await visit("gu")
    available = (await gu.balance())["can"]
    invoice = await paper_invoice("gu", YANXI, "1166.00", consume, visit)
    assert (await gu.balance())["can"] == available
    number = await gu.invoice_number(invoice)
    desk, customer = await browse("shen"), await browse("gu")
    await receive(desk, number)
    await customer.goto("/")
    await expect(customer.locator(".kp-waiting")).to_contain_text(f"ending {number[-4:]}")
    await customer.goto(f"/invoices/{invoice}")
    await expect(steps.state(customer)).to_have_text("Return: request missing")
    assert (await gu.balance())["can"] == available  # half a return gives nothing back
    await customer.locator("#f-reason").fill("The amount is wrong")
    await customer.get_by_role("button", name="Request the return").click()
    await expect(steps.state(customer)).to_have_text("Returned")
    await expect(customer.locator(".kp-chain")).to_contain_text("−1,166.00")
    red = customer.get_by_role("link", name="Red-letter PDF")
    await expect(red).to_be_visible()
    async with customer.expect_download() as coming:
        await red.click()
    [red_entry] = [entry for entry in outside.book(invoice) if entry.get("original_number")]
    assert (await coming.value).suggested_filename == f"{red_entry['number']}.pdf"
    assert (await gu.balance())["can"] == available + 116600


@pytest.mark.feature(33)
async def test_damaged_sheets_are_not_taken_and_the_desk_says_what_to_do(browse: Browsers, consume: Consume, visit: Visit) -> None:
    invoice = await paper_invoice("gu", YANXI, "371.00", consume, visit)
    desk = await browse("shen")
    await desk.goto(f"/receiving/{invoice}")
    await desk.get_by_label("Damaged or unreadable").check()
    await desk.get_by_role("button", name="Record the original").click()
    await expect(desk.locator("main")).to_contain_text("Not taken, nothing was changed. Photograph the damage and call the customer")
    assert "Return:" not in (await (await visit("gu")).get(f"/invoices/{invoice}")).words
