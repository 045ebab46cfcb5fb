"""What holds on every page: a button that cannot be pressed says why, and help is one step away from where the question comes up."""

import re

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import LINCHUAN, SHIGUANG, YANXI
from tests.journeys import steps
from tests.journeys.browsers import PHONE, Browsers, Language
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.roles import speaker


async def buttons_with_reasons(page: Page, path: str) -> int:
    """How many buttons of the page are inactive; each is focusable, says why, and leads there when it is pressed."""
    await page.goto(path)
    # A button may not be disabled in the browser's way: nobody could reach it and its reason.
    await expect(page.locator("button[disabled], a.btn[disabled]")).to_have_count(0)
    found = await page.locator("[aria-disabled=true]").all()
    for button in found:
        reason = page.locator(f"#{await button.get_attribute('aria-describedby')}")
        await expect(reason).to_be_visible()
        assert len((await reason.inner_text()).strip()) > 10, path
        await button.focus()
        await expect(button).to_be_focused()
        await button.click(force=True)
        await expect(reason).to_be_focused()
        await expect(page).to_have_url(re.compile(re.escape(path)))
    return len(found)


@pytest.mark.feature(1, 45)
@pytest.mark.parametrize(("language", "width"), [("zh", PHONE), ("en", 1280)])
async def test_every_inactive_button_says_why_and_what_instead(
    browse: Browsers, consume: Consume, visit: Visit, language: Language, width: int
) -> None:
    gu = await visit("gu")
    number = await gu.apply((await consume(YANXI, Charge("190.80"))).number)
    await (await visit("xu")).approve(number)
    invoice = await gu.issued(number)
    form = (await gu.get(f"/invoices/{invoice}")).form(f"/invoices/{invoice}/return")
    await gu.send(form, reason="The amount is wrong", reissue=None)
    await gu.until(f"/invoices/{invoice}", lambda page: "red.pdf" in page.text, "the red-letter documents")
    title = re.search(r'href="(/titles/\d+)"', (await gu.get("/titles")).text)
    assert title is not None
    customer, newcomer, guest = await browse("gu", language, width), await browse("wen", language, width), await browse.visitor(language)
    counted = {
        "nothing ticked": await buttons_with_reasons(customer, "/consumption?show=can"),
        "issued": await buttons_with_reasons(customer, f"/applications/{number}"),
        "returned": await buttons_with_reasons(customer, f"/invoices/{invoice}"),
        "accepted title": await buttons_with_reasons(customer, title[1]),
        "own data": await buttons_with_reasons(customer, "/me/data"),
        "not verified": await buttons_with_reasons(newcomer, "/"),
        "not verified, picker": await buttons_with_reasons(newcomer, "/consumption"),
        "company account": await buttons_with_reasons(guest, "/sign-in?by=company"),
    }
    assert [where for where, count in counted.items() if not count] == []
    await newcomer.goto("/")
    await expect(newcomer.locator("main")).to_contain_text(speaker(language)("See what is missing"))


@pytest.mark.feature(39)
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_help_is_found_where_the_question_comes_up(browse: Browsers, language: Language) -> None:
    places = {
        "lin": (
            *("/", "/consumption?show=can", "/applications", "/invoices", "/titles", "/receivers", "/people"),
            *("/catalogue", "/authentication", "/me/data", "/status"),
        ),
        "shen": ("/imports",),
    }
    seen = set()
    for login, paths in places.items():
        page = await browse(login, language)
        for path in paths:
            await page.goto(path)
            link = page.locator("main a.kp-help").first
            words = (await link.inner_text()).strip()
            await link.click()
            await expect(page).to_have_url(re.compile("/help/"))
            await expect(page.get_by_role("heading", level=1)).to_have_text(words)
            seen.add(page.url)
    assert len(seen) >= 8


@pytest.mark.feature(47)
async def test_the_review_desk_needs_no_mouse(browse: Browsers, consume: Consume, visit: Visit) -> None:
    fang = await visit("fang")
    applied = [await fang.apply((await consume(LINCHUAN, Charge(yuan))).number, expedite="true") for yuan in ("116.60", "127.20")]
    page = await browse("su")
    press = page.keyboard.press
    await page.goto("/review")
    queue = await page.locator(".kp-desk-queue a").evaluate_all("(links) => links.map((link) => link.href)")
    numbers = sorted(applied, key=lambda number: next(place for place, link in enumerate(queue) if number in link))
    assert len(applied) == len(set(numbers)) == 2
    await page.goto(f"/review/{numbers[1]}")
    await press("k")  # the case before it in the queue
    await expect(page).to_have_url(re.compile(numbers[0]))
    await press("j")
    await expect(page).to_have_url(re.compile(numbers[1]))
    await press("?")
    await expect(page.locator("[data-keys] li").first).to_be_visible()
    await press("?")
    await press("r")  # without a reason it leads to the reason
    reason = page.locator("#f-reason")
    await expect(reason).to_be_focused()
    await expect(reason).to_have_value("")
    await page.keyboard.type("ja: typed, not pressed")
    await press("Escape")
    await expect(reason).not_to_be_focused()
    await expect(page.locator("[data-decision][data-seen]")).to_have_count(1)
    await press("r")
    await expect(page.get_by_role("status").first).to_contain_text(numbers[1])
    said = "ja: typed, not pressed"  # the answer is on its way while the next case is shown
    await fang.until(f"/applications/{numbers[1]}", lambda shown: said in shown.words, "the reason")
    await page.goto(f"/review/{numbers[0]}")
    await steps.ready_to_decide(page)
    await press("a")
    await expect(page.get_by_role("status").first).to_contain_text(numbers[0])
    await fang.issued(numbers[0])


@pytest.mark.feature(3, 59)
async def test_the_demo_shows_what_waits_for_customer_service(browse: Browsers) -> None:
    """A title, an authentication and a ticket wait; a title was refused with its reason; a ticket is answered."""
    he = await browse("he", "zh")
    await he.goto("/titles/desk")
    await expect(he.get_by_role("link", name="拾光互动科技（成都）有限公司")).to_be_visible()
    await he.goto("/identity")
    await he.get_by_role("link", name="杭州市西湖区小满咖啡馆").click()
    await expect(he.locator("img.kp-identity-picture")).to_be_visible()
    await he.goto("/desk/tickets?show=all")
    await expect(he.get_by_role("row").filter(has_text="KT-261101-DEM00001")).to_contain_text("待回复")
    await expect(he.get_by_role("row").filter(has_text="KT-261101-DEM00002")).to_contain_text("已回复")
    lin = await browse("lin", "zh")
    await lin.goto("/titles")
    await expect(lin.get_by_role("row").filter(has_text="北京拾光互动网络科技有限公司")).to_contain_text("营业执照上没有“网络”二字")
    assert SHIGUANG.name in await lin.get_by_role("table").inner_text()
