"""Supplementary material in one story, in both languages: an alarm asks, the customer is told and sends a file, reviewers approve."""

import pytest
from playwright.async_api import expect

from infra.demo.companies import YANXI
from tests.infra.test_file_contents import letter
from tests.journeys import pictures, steps
from tests.journeys.browsers import Browsers, Language
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.outside import Outside
from tests.journeys.test_evidence import sent
from web.words import words


@pytest.mark.feature(22)
@pytest.mark.parametrize(("language", "months_ago"), [("en", 3), ("zh", 4)])
async def test_an_alarm_asks_the_customer_answers_with_a_file_and_reviewers_approve(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside, language: Language, months_ago: int
) -> None:
    """Each in a month of its own: what comes later of a month that is out waits for the next statement."""
    say = words(language).gettext
    order = await consume(YANXI, Charge("4000000.00", months_ago=months_ago))
    customer, reviewer = await browse("gu", language), await browse("xu", language)
    number = await steps.apply(customer, order)
    await expect(steps.state(customer)).to_have_text(say("Waits for material"))
    mail = await outside.mail_to("gu@yanxi.example", number)
    assert number in mail["subject"]
    assert any(number in text for text in outside.sms_to("13912340067"))

    # Not in the queue, but to be seen; and what is missing is named.
    await reviewer.goto(f"/review/{number}")
    await expect(reviewer.locator("#f-material")).to_contain_text(say("What shows that the amount is right"))
    await expect(reviewer.locator("[data-decision]")).to_have_count(0)
    await customer.goto("/")
    await customer.locator("li").filter(has_text=number).get_by_role("link", name=say("Send it")).click()
    await customer.locator("#material").get_by_role("button", name=say("Send"), exact=True).click()
    await expect(customer.get_by_role("alert").first).to_contain_text(say("What shows that the amount is right"))

    await customer.locator("#f-kind_deal").select_option("contract")
    await customer.locator("#f-text").fill("年度框架合同")
    await customer.locator("#f-file_deal").set_input_files([sent("合同.pdf", letter()), sent("x.svg", b"<svg/>")])
    arrived = customer.locator('[data-list="deal"] li')
    await expect(arrived).to_have_count(1)
    await expect(customer.locator("#material [data-sending]")).to_contain_text("x.svg")
    await customer.locator("#material [data-sending]").get_by_role("button", name=say("Remove")).click()
    assert await pictures.barriers(customer) == []
    await expect(customer.locator("#f-text")).to_have_value("年度框架合同")
    await customer.locator("#material").get_by_role("button", name=say("Send"), exact=True).click()
    await expect(customer.get_by_role("status").first).to_contain_text(
        say("Sent: your application is under review again, and its new date stands below.")
    )
    await expect(steps.state(customer)).to_have_text(say("Application under review"))

    await reviewer.goto("/review")
    await expect(reviewer.locator("tr").filter(has_text=number)).to_contain_text(say("Material came"))
    await reviewer.goto(f"/review/{number}")
    await expect(reviewer.locator("#f-files")).to_contain_text("合同.pdf")
    await expect(reviewer.locator("#f-files .kp-tag-done")).to_have_count(1)
    await expect(reviewer.locator("#f-material")).to_contain_text("年度框架合同")
    assert await pictures.barriers(reviewer) == []
    await (await visit("xu")).approve(number)
    await (await visit("gu")).issued(number)
