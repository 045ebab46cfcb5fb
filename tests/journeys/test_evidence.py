"""Evidence on an application: added with the form, seen by the reviewer, more added and one taken back, then it stays as it was."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from infra.demo.companies import YANXI
from tests.infra.test_file_contents import letter
from tests.journeys import pictures, steps
from tests.journeys.browsers import PHONE, Browsers
from tests.journeys.consumption import Charge, Consume
from web.words import words


def photograph() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(target, "PNG")
    return target.getvalue()


def sent(name: str, content: bytes) -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


async def add(page: Page, kind: str, *files: Any) -> None:
    await page.get_by_label("What they show").select_option(kind)
    await page.locator("#f-file").set_input_files(list(files))


@pytest.mark.feature(20)
async def test_files_go_with_an_application_and_are_seen_beside_the_decision(browse: Browsers, consume: Consume) -> None:
    order = await consume(YANXI, Charge("212.00"))
    customer, reviewer, stranger = await browse("gu"), await browse("xu"), await browse("lin")
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    await steps.go_on_to_form(customer)
    kept = customer.locator("#evidence-list li")
    await add(customer, "payment", sent("slip.png", photograph()), sent("plan.svg", b"<svg/>"), sent("contract.pdf", letter()))
    await expect(kept).to_have_count(2)
    await expect(customer.locator("[data-sending]")).to_contain_text("plan.svg: We take PDF, PNG and JPEG files")
    await customer.locator("[data-sending]").get_by_role("button", name="Remove").click()
    await customer.get_by_role("button", name="Remove contract.pdf").click()
    await expect(kept).to_have_count(1)
    await add(customer, "contract", sent("contract.pdf", letter()))
    await expect(kept).to_have_count(2)
    assert await pictures.barriers(customer) == []
    # A form that is refused keeps them.
    await customer.locator("form[action='/applications'] button.btn-primary").click()
    await expect(customer.get_by_role("alert").first).to_contain_text("Tick that you agree")
    await expect(kept).to_have_count(2)
    number = await steps.submit(customer)
    await expect(customer.locator("#evidence li")).to_have_count(2)

    await reviewer.goto(f"/review/{number}")
    await expect(reviewer.locator("#f-files")).to_contain_text("Proof of payment")
    async with reviewer.expect_download() as arriving:
        await reviewer.get_by_role("link", name="contract.pdf").click()
    assert (await arriving.value).suggested_filename == "contract.pdf"
    address = await reviewer.get_by_role("link", name="contract.pdf").get_attribute("href")
    answer = await stranger.request.get(address or "")
    assert answer.status == 404

    # Under review the customer adds one and takes one back; a decision on what was there before is not sent.
    await add(customer, "order", sent("order.pdf", letter(pages=2)))
    await expect(customer.locator("#evidence li")).to_have_count(3)
    await customer.get_by_role("button", name="Take back slip.png").click()
    await expect(customer.locator("#evidence li")).to_have_count(2)
    await expect(steps.story(customer)).to_contain_text("Evidence taken back: Proof of payment")
    await steps.ready_to_decide(reviewer)
    await reviewer.get_by_role("button", name="Approve").click()
    await steps.told(reviewer, "The files changed while you looked at them")
    if number not in reviewer.url:  # the next case was shown meanwhile
        await reviewer.get_by_role("button", name=number).click()
    await expect(reviewer.locator("#f-files")).to_contain_text("order.pdf")
    await steps.ready_to_decide(reviewer)
    await reviewer.get_by_role("button", name="Approve").click()
    await expect(customer.locator("#evidence")).to_contain_text("The review is over", timeout=30_000)
    await expect(customer.locator("#evidence").get_by_role("button")).to_have_count(0)


@pytest.mark.feature(20)
async def test_files_need_no_script(browse: Browsers, consume: Consume) -> None:
    order = await consume(YANXI, Charge("53.00"))
    customer = await browse("gu", "zh", width=PHONE, scripts=False)
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    await customer.get_by_role("button", name=words("zh").gettext("Add up what is ticked")).click()
    await steps.go_on_to_form(customer)
    await customer.locator("#f-evidence_kind").select_option("licence")
    await customer.locator("#f-file").set_input_files([sent("执照.png", photograph()), sent("x.svg", b"<svg/>")])
    await customer.get_by_role("button", name="添加文件").click()
    await expect(customer.locator("#evidence-list li")).to_have_count(1)
    await expect(customer.get_by_role("alert").first).to_contain_text("x.svg")
    await customer.locator("#f-evidence_kind").select_option("contract")
    await customer.locator("#f-file").set_input_files([sent("合同.pdf", letter())])
    number = await steps.submit(customer)
    for _ in range(100):
        if await customer.locator("#evidence li").count():
            break
        await customer.reload()
    await expect(customer.locator("#evidence li")).to_have_count(2)
    await expect(customer.locator("#evidence")).to_contain_text("合同.pdf")
    await customer.get_by_role("button", name="撤回 执照.png").click()
    await expect(customer.locator("#evidence li")).to_have_count(1)
    assert number in customer.url
