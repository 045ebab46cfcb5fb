"""A question to customer service with a picture: asked on an invoice's own terms, answered at the desk, told by mail; and the "I agree"."""

import io
import re

import pytest
from PIL import Image
from playwright.async_api import expect

from infra.demo.companies import YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.consumption import Charge, Consume
from tests.journeys.outside import Outside


def photograph() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(target, "JPEG")
    return target.getvalue()


@pytest.mark.feature(59, 39)
async def test_a_question_is_answered_and_told_by_mail(browse: Browsers, outside: Outside) -> None:
    customer, desk = await browse("gu"), await browse("he")
    await customer.goto("/support")
    await expect(customer.get_by_text("400-660-0102")).to_be_visible()
    await customer.get_by_role("link", name="Ask a question").first.click()
    await customer.get_by_label("Topic").select_option("lost-invoice")
    await customer.get_by_label("Your question in short").fill("The paper invoice never came")
    await customer.get_by_label("Your message").fill("The courier says it is lost.")
    await customer.get_by_label("Files").set_input_files({"name": "slip.jpg", "mimeType": "image/jpeg", "buffer": photograph()})
    number = await customer.locator("input[name=number]").input_value()
    await customer.get_by_role("button", name="Send").click()
    await expect(customer.get_by_role("status").first).to_contain_text("We answer on working days")

    await desk.goto("/desk/tickets")
    await desk.get_by_label("Number, question or customer").fill(number)
    await desk.get_by_role("button", name="Filter").click()
    await desk.get_by_role("link", name="The paper invoice never came").click()
    await expect(desk.get_by_text("139****0067", exact=True)).to_be_visible()
    async with desk.expect_download() as arriving:
        await desk.get_by_role("link", name="slip.jpg").click()
    assert (await arriving.value).suggested_filename == "slip.jpg"
    await desk.get_by_role("button", name="Take it").click()
    await expect(desk.get_by_text("With me")).to_be_visible()
    await desk.get_by_label("Message", exact=True).fill("A new one is on its way.")
    await desk.get_by_role("button", name="Send").click()
    await expect(desk.get_by_text("Answered", exact=True)).to_be_visible()

    mail = await outside.mail_to("gu@yanxi.example", number)
    assert "A new one is on its way" not in str(mail)
    await customer.reload()
    await expect(customer.get_by_text("A new one is on its way.")).to_be_visible()
    await expect(customer.get_by_text("何静")).to_have_count(0)


@pytest.mark.feature(61)
async def test_nothing_is_applied_for_without_the_agreement(browse: Browsers, consume: Consume) -> None:
    order = await consume(YANXI, Charge("106.00"))
    customer, staff = await browse("gu"), await browse("xu")
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    await steps.go_on_to_form(customer)
    await customer.locator("form[action='/applications'] button.btn-primary").click()
    await expect(customer.get_by_role("alert").first).to_contain_text("Tick that you agree")
    number = await steps.submit(customer)
    await staff.goto(f"/applications/{number}")
    await expect(staff.get_by_role("link", name=re.compile("Terms of service 20"))).to_be_visible()
