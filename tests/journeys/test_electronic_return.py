"""Returning an electronic invoice and having it issued anew, in one go, on the English pages."""

import pytest
from playwright.async_api import expect

from infra.demo.companies import SHIGUANG
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.outside import Outside

OTHER_TITLE = SHIGUANG.titles[1]


@pytest.mark.feature(32, 35, 57)
async def test_a_return_with_reissue_reverses_the_old_and_brings_the_new_one(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside
) -> None:
    lin, xu = await visit("lin"), await visit("xu")
    application = await lin.apply((await consume(SHIGUANG, Charge("1272.00"))).number)
    await xu.approve(application)
    old = await lin.issued(application)
    old_number = await lin.invoice_number(old)
    before = await lin.balance()

    customer = await browse("lin", "en")
    await customer.goto(f"/invoices/{old}")
    await expect(customer.locator("#live")).to_contain_text("30 calendar days from the invoice date")
    await customer.locator("#f-reason").fill("Title of the wrong company")
    await customer.locator("#reissue").check()
    await customer.get_by_label(OTHER_TITLE.name).check()
    await customer.locator("#terms").check()
    new_application = await steps.number_on_form(customer)
    await customer.get_by_role("button", name="Request the return").click()
    await expect(customer.get_by_role("status").first).to_contain_text("The return is recorded.")
    await expect(steps.state(customer)).to_have_text("Returned")
    chain = customer.locator(".kp-chain")
    await expect(chain).to_contain_text("−1,272.00")
    await expect(chain).to_contain_text("Red-letter")

    await lin.until(f"/applications/{new_application}", lambda page: "Under review" in page.words, "the reissue under review")
    await xu.approve(new_application)
    new = await lin.issued(new_application)
    new_number = await lin.invoice_number(new)
    assert new_number != old_number
    assert (await lin.balance()) == before

    await customer.goto(f"/invoices/{new}")
    await expect(customer.locator("#live")).to_contain_text(OTHER_TITLE.name)
    await expect(chain.locator("li")).to_have_count(3)
    await expect(chain).to_contain_text(f"ending {new_number[-4:]}")
    await chain.get_by_role("link", name=f"ending {old_number[-4:]}").click()
    await expect(customer.locator("h1")).to_contain_text("Invoice no.")
    assert await steps.digits_of_heading(customer) == old_number
    await expect(customer.locator("#live")).to_contain_text(SHIGUANG.name)
    async with customer.expect_download() as coming:
        await customer.get_by_role("link", name="PDF", exact=True).first.click()
    assert (await coming.value).suggested_filename == f"{old_number}.pdf"
    mail = await outside.mail_to(SHIGUANG.email, f"原发票号码：{old_number}")
    assert "−1,272.00" in mail["text"] or "-1,272.00" in mail["text"]
    amounts = sorted(entry["total"] for entry in [*outside.book(old), *outside.book(new)])
    assert amounts == ["-1272.00", "1272.00", "1272.00"]


@pytest.mark.feature(32, 45)
async def test_a_reversed_invoice_says_that_it_cannot_be_returned_again(browse: Browsers, consume: Consume, visit: Visit) -> None:
    lin = await visit("lin")
    application = await lin.apply((await consume(SHIGUANG, Charge("318.00"))).number)
    await (await visit("xu")).approve(application)
    invoice = await lin.issued(application)
    form = (await lin.get(f"/invoices/{invoice}")).form(f"/invoices/{invoice}/return")
    await lin.send(form, reason="Ordered twice", reissue=None)
    await lin.until(f"/invoices/{invoice}", lambda page: "Red-letter" in page.words, "the red-letter")
    after_first = await lin.balance()
    customer = await browse("lin")
    await customer.goto(f"/invoices/{invoice}")
    await expect(customer.get_by_role("button", name="Request the return")).to_have_attribute("aria-disabled", "true")
    await expect(customer.locator("#return-off-reason")).to_contain_text("Already reversed; the amount is available again.")
    again = await lin.send(form.with_(key="7d3c6c1e-0000-4000-8000-000000000001"), reason="And again", reissue=None)
    assert "not possible any more" in again.words or "Already reversed" in again.words
    assert await lin.balance() == after_first
