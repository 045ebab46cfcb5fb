"""Slow, failing and cut off: what a page says of a part that is being renewed, and that nothing chosen is lost by it."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from infra.demo.companies import YANXI
from tests.journeys import steps
from tests.journeys.browsers import PHONE, Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume

Handler = Callable[[Route], Coroutine[Any, Any, None]]


def held_back(until: asyncio.Event) -> Handler:
    """Answers when the story says so."""

    async def hold(route: Route) -> None:
        await until.wait()
        await route.continue_()

    return hold


async def picker(browse: Browsers, consume: Consume, language: Any = "en", width: int = 1280) -> Page:
    order = await consume(YANXI, Charge("106.00"))
    page = await browse("gu", language, width)
    await page.clock.install()
    await steps.open_picker(page, order)
    return page


@pytest.mark.feature(8, 45)
async def test_a_slow_sum_is_dimmed_then_counts_and_then_says_what_still_runs(browse: Browsers, consume: Consume) -> None:
    page = await picker(browse, consume)
    answer = asyncio.Event()
    await page.route("**/consumption/sum*", held_back(answer))
    total = page.locator("#sum")
    await steps.tick_all(page)
    await expect(total).to_have_attribute("aria-busy", "true")
    await expect(total).to_have_css("opacity", "0.6")
    await page.clock.fast_forward(400)
    await expect(total.locator("strong.kp-num").first).to_have_css("color", "rgba(0, 0, 0, 0)")
    waits = page.locator("aside .kp-waits")
    await page.clock.fast_forward(1_600)
    await expect(waits.locator("progress")).to_be_visible()
    await expect(waits).to_contain_text("s so far")
    await expect(waits).not_to_contain_text("You can leave this page")
    await page.clock.fast_forward(8_000)
    await expect(waits).to_contain_text("The split into invoices is being worked out. You can leave this page; nothing is lost.")
    answer.set()
    await expect(total).to_contain_text("106.00")
    await expect(total).not_to_have_attribute("aria-busy", "true")
    await expect(waits).to_have_count(0)
    await expect(total.get_by_role("button", name="Next: fill in")).to_be_enabled()


@pytest.mark.feature(8, 57)
async def test_a_failed_sum_says_so_in_place_keeps_the_ticks_and_is_tried_again(browse: Browsers, consume: Consume) -> None:
    page = await picker(browse, consume, "zh", PHONE)

    async def fail(route: Route) -> None:
        await route.fulfill(status=500, headers={"x-error-number": "12AB-34CD"}, body="<h1>not to be seen</h1>")

    await page.route("**/consumption/sum*", fail)
    await steps.tick_all(page)
    trouble = page.get_by_role("alert")
    await expect(trouble).to_contain_text("这部分没有更新上。")
    await expect(trouble).to_contain_text("已勾选的还在。 没有改动任何内容，可以再试。 错误编号 12AB-34CD")
    await expect(page.get_by_text("not to be seen")).to_have_count(0)
    await expect(page.locator("input[name=record]").first).to_be_checked()
    await page.unroute_all()
    await trouble.get_by_role("button", name="再试一次").click()
    await expect(page.locator("#sum")).to_contain_text("106.00")
    await expect(trouble).to_have_count(0)


@pytest.mark.feature(31)
async def test_a_page_that_is_cut_off_says_from_when_it_is_and_goes_on_silently(browse: Browsers, consume: Consume, visit: Visit) -> None:
    gu = await visit("gu")
    number = await gu.apply((await consume(YANXI, Charge("212.00"))).number)
    page = await browse("gu")
    await page.goto(f"/applications/{number}")
    mark = page.locator("[data-live]")
    await expect(mark).to_contain_text("updated ")
    await steps.kept_without_reload(page)
    await page.context.set_offline(True)
    await expect(mark).to_contain_text("not connected")
    cut = page.get_by_role("status").filter(has_text="No connection.")
    await expect(cut).to_contain_text("It goes on by itself once you are connected.")
    await (await visit("xu")).reject(number, "Not needed any more in this story")
    await page.context.set_offline(False)
    await expect(steps.state(page)).to_have_text("Not approved")
    await expect(cut).to_have_count(0)
    assert await steps.was_not_reloaded(page)


@pytest.mark.feature(13)
async def test_a_slow_filter_leaves_the_old_list_dimmed_until_the_new_one_comes(browse: Browsers) -> None:
    page = await browse("gu")
    await page.clock.install()
    await page.goto("/applications")

    async def stay(route: Route) -> None:
        await route.fulfill(status=204)  # the browser keeps the old page, as it does while an answer is on its way

    await page.route("**/applications?*", stay)
    await page.get_by_label("State").select_option("cancelled")
    listed = page.locator(".card:has(form.kp-filters)")
    await expect(listed).to_have_attribute("aria-busy", "true")
    await page.clock.fast_forward(10_000)
    await expect(page.locator(".kp-waits")).to_contain_text("The list is being looked up. You can leave this page; nothing is lost.")
    await page.unroute_all()
    await page.get_by_role("button", name="Filter").click()
    await expect(page).to_have_url(re.compile("state=cancelled"))
    await expect(listed).not_to_have_attribute("aria-busy", "true")
    await expect(page.locator(".kp-waits")).to_have_count(0)
