"""Help, announcements, the service status, one's own data: what everybody may look up, and what operators tell everybody."""

import io
import zipfile
from datetime import timedelta

import pytest
from playwright.async_api import expect

from domain.calendar import CHINA
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.visitor import Form
from web.pages import now


@pytest.mark.feature(39)
async def test_somebody_finds_help_in_own_words_without_signing_in_and_without_script(browse: Browsers) -> None:
    page = await browse.visitor("zh", scripts=False)
    await page.goto("/help")
    await page.get_by_role("searchbox").first.fill("抬头开错了怎么办")
    await page.get_by_role("button", name="搜索").click()
    await page.locator(".kp-hits a").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("发票开错了怎么改")
    await expect(page.get_by_text("最后核对")).to_be_visible()
    await page.locator("a[rel=next]").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("重打")


@pytest.mark.feature(39)
async def test_an_operator_announces_and_everybody_reads_and_hides_it(browse: Browsers) -> None:
    shen = await browse("shen", "en")
    await shen.goto("/announcements")
    begins = (now() - timedelta(minutes=1)).astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")
    await shen.locator("#f-starts").fill(begins)
    for field, words in (("title_zh", "今晚例行维护"), ("title_en", "Maintenance this evening")):
        await shen.locator(f"#f-{field}").fill(words)
    await shen.get_by_role("button", name="Preview").click()
    await expect(shen.locator("#preview")).to_contain_text("Maintenance this evening")
    await shen.get_by_role("button", name="Announce").click()
    await expect(shen.locator(".kp-banner").first).to_contain_text("Maintenance this evening")
    guest = await browse.visitor("zh", scripts=False)
    await guest.goto("/status")
    banner = guest.locator(".kp-banner", has_text="今晚例行维护")
    await expect(banner).to_be_visible()
    await banner.get_by_role("button").click()
    await expect(guest.get_by_role("heading", level=1)).to_contain_text("服务状态")
    await expect(banner).to_have_count(0)
    await shen.get_by_role("button", name="End now").first.click()
    await expect(shen.locator(".kp-banner", has_text="Maintenance this evening")).to_have_count(0)


@pytest.mark.feature(39)
async def test_the_status_page_measures_the_running_parts_and_shows_the_operators_word(browse: Browsers, visit: Visit) -> None:
    shen = await visit("shen")
    desk = await shen.get("/announcements")
    form = desk.form("/announcements/services")
    await shen.send(form, service="courier", state="slow", note_zh="寄送较慢", note_en="Parcels take longer")
    page = await browse.visitor("en")
    await page.goto("/status")
    await expect(page.get_by_text("The workflow server answered in")).to_be_visible()
    await expect(page.get_by_text("the database answered in")).to_be_visible()
    await expect(page.get_by_text("Parcels take longer").first).to_be_visible()
    await shen.send(form, service="courier", state="works", note_zh="", note_en="")
    await page.reload()
    await expect(page.locator("tr", has_text="Courier")).to_contain_text("works")


@pytest.mark.feature(39, 12)
async def test_a_member_takes_a_copy_of_her_own_data_and_looks_up_a_tax_code(visit: Visit) -> None:
    meng = await visit("meng")
    data = await meng.get("/me/data")
    sent: Form = data.form("/me/data/export")
    answer = await meng.client.post(sent.action, data=sent.body)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        person = archive.read("person.json").decode()
    assert "孟瑶" in person
    assert "林澈" not in person
    found = await meng.get("/catalogue?text=30301")
    assert "云专线" in found.words
    assert "9%" in found.words
