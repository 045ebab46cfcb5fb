"""Real-name authentication: without it nothing can be applied for; refused once, mended, approved, and told by mail and SMS."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Page, expect

from infra.demo.companies import XINGZHU
from infra.settings import settings
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.consumption import Charge, Consume
from tests.journeys.outside import Outside


def licence() -> bytes:
    """A drawn licence of the demo's newcomer."""
    picture = Image.new("RGB", (1200, 700), "white")
    draw = ImageDraw.Draw(picture)
    lines = (("统一社会信用代码", XINGZHU.tax_id), ("名　　称", XINGZHU.name), ("法定代表人", XINGZHU.recipient))
    for place, (label, value) in enumerate(lines):
        font = ImageFont.truetype(str(settings().font_regular), 30)
        draw.text((80, 120 + 100 * place), label, font=font, fill="black")
        draw.text((400, 120 + 100 * place), value, font=font, fill="black")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


async def _fill_in(customer: Page, name: str) -> None:
    """The picture gives the code; the rest is typed, as a person would who compares every field."""
    await customer.locator("#f-file").set_input_files({"name": "licence.png", "mimeType": "image/png", "buffer": licence()})
    await customer.get_by_role("button", name="Fill in from the picture").click()
    await expect(customer.get_by_role("status").filter(has_text="Filled in from the picture")).to_be_visible()
    await expect(customer.locator("#f-licence_number")).to_have_value(XINGZHU.tax_id)
    values = {"name": name, "legal_person": XINGZHU.recipient, "contact": XINGZHU.recipient, "phone": XINGZHU.phone, "email": XINGZHU.email}
    for field, value in values.items():
        await customer.locator(f"#f-{field}").fill(value)
    await customer.locator("#f-agree").check()
    await customer.get_by_role("button", name="Submit the authentication").click()


async def _state(customer: Page, word: str) -> None:
    """The newest authentication comes to this state; the page is loaded anew until it does."""
    tag = customer.locator(".card-header .kp-tag").first
    for _ in range(200):
        await customer.goto("/authentication")
        if await tag.inner_text() == word:
            return
    await expect(tag).to_have_text(word)


@pytest.mark.feature(1, 20, 38)
async def test_a_new_company_is_authenticated_before_it_can_apply(browse: Browsers, consume: Consume, outside: Outside) -> None:
    order = await consume(XINGZHU, Charge("636.00"))
    customer = await browse("zhou")
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    await expect(customer.locator("#sum")).to_contain_text("Verify your company first, then apply.")
    await customer.locator("#sum").get_by_role("link", name="See what is missing").click()
    await _fill_in(customer, "北京星渚信息有限公司")
    await _state(customer, "Under review")

    service = await browse("he")
    await service.goto("/identity")
    await service.get_by_role("link", name="北京星渚信息有限公司").click()
    await expect(service.locator("aside .kp-checks")).to_contain_text("Both check digits of the code fit")
    await expect(service.locator("aside .kp-checks")).to_contain_text("The picture has another name")
    await service.locator("#f-phrase").select_option("name")
    await service.get_by_role("button", name="Refuse").click()
    await expect(service.get_by_role("status").first).to_contain_text("Refused: the customer is told why")
    await outside.mail_to(XINGZHU.email, "The name differs from the licence.")

    await _state(customer, "Not approved")
    await expect(customer.locator("main")).to_contain_text("The name differs from the licence.")
    await _fill_in(customer, XINGZHU.name)
    await _state(customer, "Under review")
    await service.goto("/identity")
    await service.get_by_role("link", name=XINGZHU.name).click()
    await service.get_by_role("button", name="Approve").click()
    await expect(service.get_by_role("status").first).to_contain_text("can apply for invoices now")
    await outside.mail_to(XINGZHU.email, "实名认证已通过")
    assert any("实名认证已通过" in text for text in outside.sms_to(XINGZHU.phone))

    await _state(customer, "Approved")
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    await steps.go_on_to_form(customer)
    await expect(customer.locator("aside .kp-hero")).to_contain_text("636.00")
