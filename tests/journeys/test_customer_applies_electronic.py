"""The main story: a customer ticks consumption, applies, a reviewer approves, and the invoices arrive by e-mail."""

import io
import re
from pathlib import Path

import pytest
from lxml import etree
from playwright.async_api import expect
from pypdf import PdfReader

from infra.demo.companies import HANGZHOU, SHANGHAI, SHIGUANG
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import LINE, SERVER, Charge, Consume
from tests.journeys.outside import Outside
from tests.journeys.visitor import money

BILL = (Charge("1160.00", voucher="100.00"), Charge("-106.00", refund=True), Charge("1090.00", service=LINE, account=1))
"""954.00 at 6 % from Hangzhou, after a voucher of 100.00 and a refund of 106.00; 1,090.00 at 9 % from Shanghai."""


@pytest.mark.feature(9, 11, 6)
async def test_negatives_come_along_and_every_invoice_is_shown_before_anything_is_submitted(browse: Browsers, consume: Consume) -> None:
    order = await consume(SHIGUANG, *BILL)
    lin = await browse("lin", "zh")
    await steps.open_picker(lin, order)
    server = steps.record(lin, SERVER)
    await expect(server).to_contain_text("1,160.00")
    await expect(server).to_contain_text("−100.00")
    negatives = server.locator(".kp-negatives")
    await expect(negatives.locator("summary")).to_have_text("含 1 笔负数 −106.00，净额 954.00")
    await expect(negatives.get_by_role("listitem")).to_be_hidden()
    await negatives.locator("summary").click()
    await expect(negatives.get_by_role("listitem").filter(has_text="随原消费，不单独选")).to_contain_text("−106.00")
    total = lin.locator("#sum")
    await server.get_by_role("checkbox").check()
    await expect(total).to_contain_text("954.00")
    await expect(total).to_contain_text("1 笔负数")
    await expect(total).to_contain_text("900.00 + 税 54.00")
    await steps.record(lin, LINE).get_by_role("checkbox").check()
    await expect(total).to_contain_text("2,044.00")
    await expect(total).to_contain_text(SHANGHAI.name)
    await server.get_by_role("checkbox").uncheck()
    await expect(total).not_to_contain_text("2,044.00")
    await expect(total).not_to_contain_text(HANGZHOU.name)
    await server.get_by_role("checkbox").check()
    await expect(total).to_contain_text("2,044.00")
    await steps.go_on_to_form(lin)
    await lin.go_back()  # ticks that the browser restores and the sum beside them agree
    await expect(server.get_by_role("checkbox")).to_be_checked()
    await expect(total).to_contain_text("2,044.00")
    await steps.go_on_to_form(lin)
    for words in (HANGZHOU.name, "900.00 + 税 54.00", SHANGHAI.name, "1,000.00 + 税 90.00"):
        await expect(lin.locator("form[action='/applications']")).to_contain_text(words)
    await expect(lin.locator("aside .kp-hero")).to_contain_text("2,044.00")
    number = await steps.number_on_form(lin)
    answer = await lin.goto(f"/applications/{number}")
    assert answer is not None
    assert answer.status == 404  # nothing was submitted by looking


@pytest.mark.feature(31, 42, 47)
async def test_an_application_goes_from_review_to_issued_before_the_customers_eyes(
    browse: Browsers, consume: Consume, visit: Visit
) -> None:
    order = await consume(SHIGUANG, *BILL)
    at_home = await visit("lin")
    before = await at_home.balance()
    lin = await browse("lin", "zh")
    number = await steps.apply(lin, order)
    await expect(steps.state(lin)).to_have_text("开票申请审核中")
    reserved = await at_home.balance()
    assert reserved["can"] == before["can"] - 204400
    assert reserved["reserved"] == before.get("reserved", 0) + 204400
    await steps.kept_without_reload(lin)

    xu = await browse("xu", "zh")
    await xu.goto("/review")
    await xu.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await expect(xu.get_by_role("heading", level=1)).to_have_text(SHIGUANG.name)
    evidence = xu.locator("main")
    await expect(evidence).to_contain_text("2,044.00")
    await expect(evidence).to_contain_text("抬头与实名一致")
    await expect(evidence.get_by_role("row").filter(has_text=HANGZHOU.name).first).to_contain_text("900.00 + 54.00")
    await expect(evidence.get_by_role("row").filter(has_text=SHANGHAI.name).first).to_contain_text("1,000.00 + 90.00")
    await xu.get_by_role("button", name="2,044.00").click()
    await expect(xu.get_by_role("status").first).to_contain_text(number)

    await expect(steps.state(lin)).to_have_text("已开票")
    await expect(lin.locator("#live")).to_contain_text("2/2")
    assert await steps.was_not_reloaded(lin)
    after = await at_home.balance()
    assert after["can"] == before["can"] - 204400
    assert after.get("invoiced", 0) == before.get("invoiced", 0) + 204400
    assert after.get("reserved", 0) == before.get("reserved", 0)


@pytest.mark.feature(26, 56)
async def test_the_pdf_the_xml_and_the_mail_are_of_the_same_invoice(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside, tmp_path: Path
) -> None:
    order = await consume(SHIGUANG, *BILL)
    lin = await browse("lin", "zh")
    await steps.open_picker(lin, order)
    await steps.record(lin, SERVER).get_by_role("checkbox").check()
    await steps.go_on_to_form(lin)
    address = f"caiwu-{order.number}@shiguang.example"
    await lin.locator("#o-email-new").check()
    await lin.locator("#f-new_email").fill(address)
    application = await steps.submit(lin)
    await (await visit("xu")).approve(application)
    await lin.locator("#live a[href*='/invoices/']").first.click()

    download = lin.get_by_role("link", name="PDF")
    async with lin.expect_download() as coming:
        await download.click()
    number = await steps.digits_of_heading(lin)
    assert re.fullmatch(r"\d{20}", number)
    saved = await coming.value
    assert saved.suggested_filename == f"{number}.pdf"
    await saved.save_as(tmp_path / "invoice.pdf")
    pdf = (tmp_path / "invoice.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    reader = PdfReader(io.BytesIO(pdf))
    text = "".join(page.extract_text() for page in reader.pages)
    assert number in text.replace(" ", "")
    for words in ("954.00", SHIGUANG.name, HANGZHOU.name):
        assert words in text
    async with lin.expect_download() as coming:
        await lin.get_by_role("link", name="XML").click()
    await (await coming.value).save_as(tmp_path / "invoice.xml")
    xml = (tmp_path / "invoice.xml").read_bytes()
    embedded = [content for contents in reader.attachments.values() for content in contents]
    assert embedded == [xml]
    assert number in "".join(str(found) for found in etree.fromstring(xml).itertext())

    mail = await outside.mail_to(address, number)
    sink = await browse.visitor()
    await sink.goto(f"{outside.urls['mail']}/?to={address}")
    await sink.get_by_role("link").filter(has_text=address).first.click()
    for words in (f"{number}.pdf", f"{number}.xml", money(95400)):
        await expect(sink.locator("body")).to_contain_text(words)
    assert {outside.attachment(mail, 0), outside.attachment(mail, 1)} == {pdf, xml}
