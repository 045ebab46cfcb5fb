"""An industry template: its agreement number and a check value stand on the invoice, and the operator tells whether it is ours (19)."""

import io
import re

import pytest
from playwright.async_api import expect
from pypdf import PdfReader

from infra.demo.companies import SHIGUANG
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume

VALUE = re.compile(r"校验值：([0-9A-F]{8}(?:-[A-Z2-7]{4}){5})")


@pytest.mark.feature(19)
async def test_an_invoice_of_an_industry_template_carries_what_its_agreement_asks_for(
    browse: Browsers, consume: Consume, visit: Visit
) -> None:
    order = await consume(SHIGUANG, Charge("106.00"))
    agreement = f"YB-{order.number[-6:]}"
    shen = await browse("shen")
    await shen.goto("/reference/templates")
    template = shen.locator("form[action='/reference/templates'][method=post]")
    await template.locator("#f-code").fill("medical")
    await template.locator("#f-name_zh").fill("医疗机构")
    await template.locator("#f-name_en").fill("Hospitals")
    await template.locator("#f-pattern").fill("YB-######")
    await template.get_by_role("button", name="Keep").click()
    await expect(shen.locator("main")).to_contain_text("Kept. It counts for new applications.")
    kept = shen.locator("form[action='/reference/templates/agreements']")
    await kept.locator("select[name=template]").select_option("medical")
    await kept.locator("#f-customer").fill(SHIGUANG.name)
    await kept.locator("#f-number").fill(agreement)
    await kept.get_by_role("button", name="Keep").click()
    await expect(shen.get_by_role("table", name="Agreements, the newest first")).to_contain_text(agreement)

    lin = await browse("lin", "zh")
    await steps.open_picker(lin, order)
    await steps.tick_all(lin)
    await steps.go_on_to_form(lin)
    await lin.locator("label[for=o-template-medical]").click()
    await lin.locator("#f-agreement").fill("YB-000000")
    number = await steps.number_on_form(lin)
    await lin.locator("#terms").check()
    await lin.locator("form[action='/applications'] button.btn-primary").click()
    await expect(lin.get_by_role("alert")).to_contain_text("你的企业没有这个编号的协议")
    await lin.locator("#f-agreement").fill(agreement.lower())
    assert await steps.submit(lin) == number
    await expect(lin.locator("#live")).to_contain_text(agreement)
    xu = await visit("xu")
    await xu.approve(number)
    invoice = await (await visit("lin")).issued(number)

    await lin.goto(f"/invoices/{invoice}")
    async with lin.expect_download() as coming:
        await lin.get_by_role("link", name="PDF").click()
    reader = PdfReader(io.BytesIO((await (await coming.value).path()).read_bytes()))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
    printed = VALUE.search(text)
    assert printed is not None
    assert f"协议编号：{agreement}" in text
    (xml,) = [content.decode() for contents in reader.attachments.values() for content in contents]
    assert f"协议编号：{agreement} 校验值：{printed[1]}" in xml

    await shen.goto(f"/reference/templates?invoice={invoice}&value={printed[1].lower()}")
    await expect(shen.get_by_role("status").last).to_contain_text("Ours: the value agrees with our records.")
    await shen.goto(f"/reference/templates?invoice={invoice}&value={printed[1][:-1]}")
    await expect(shen.get_by_role("status").last).to_contain_text("Not ours")


@pytest.mark.feature(19)
async def test_other_needs_become_a_ticket_that_knows_the_application(browse: Browsers, consume: Consume) -> None:
    order = await consume(SHIGUANG, Charge("106.00"))
    lin = await browse("lin", "zh")
    await steps.open_picker(lin, order)
    await steps.tick_all(lin)
    await steps.go_on_to_form(lin)
    number = await steps.number_on_form(lin)
    await lin.get_by_role("link", name="需要其他模板，提交工单").click()
    await expect(lin.locator("textarea[name=text]")).to_have_value(re.compile(f"{number}.*106.00"))
    await expect(lin.locator("select[name=topic]")).to_have_value("other-template")
