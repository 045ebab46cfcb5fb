"""The reviewer's day by keys alone: twenty applications, one rejected with a ready reason, one that another reviewer was faster with."""

import asyncio
import re
from pathlib import PurePath

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import LINCHUAN
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Order, import_order, order_of, today
from tests.journeys.visitor import Visitor

ITEMS = 20
AT_ONCE = 4


def together(orders: list[Order]) -> Order:
    """All of them in one billing file."""
    heads, *_ = orders[0].content.splitlines(keepends=True)
    lines = [line for order in orders for line in order.content.splitlines(keepends=True)[1:]]
    return Order(orders[0].number, orders[0].enterprise, f"together-{orders[0].number}.csv", heads + b"".join(lines))


async def apply_for_all(customer: Visitor, operator: Visitor) -> list[str]:
    """That many expedited applications of one order each, all under review."""
    orders = [order_of(LINCHUAN, Charge(f"{106 + place}.00"), today=today()) for place in range(ITEMS)]
    await import_order(operator, together(orders))
    turns = asyncio.Semaphore(AT_ONCE)

    async def apply(order: Order) -> str:
        async with turns:
            return await customer.apply(order.number, expedite="true")

    return list(await asyncio.gather(*(apply(order) for order in orders)))


def shown(page: Page) -> str:
    """The number of the case that is open."""
    return PurePath(page.url.partition("?")[0]).name


async def seen(page: Page) -> str:
    """Wait until the case has been painted, as a person does before deciding; its number."""
    await expect(page.locator("[data-decision][data-seen]")).to_have_count(1)
    assert await page.locator("[data-decision]").get_attribute("data-decision") == shown(page)
    await page.wait_for_timeout(750)  # a decision right after the last one is none: see the double press below
    return shown(page)


async def comes_after(page: Page, number: str) -> None:
    """The next item has opened by itself, and says what became of this one."""
    await expect(page).not_to_have_url(re.compile(number))
    await expect(page.locator("#content > .kp-notice").first).to_contain_text(number)


@pytest.mark.timeout(600)
@pytest.mark.feature(47)
async def test_a_reviewer_clears_twenty_items_with_the_keyboard_alone(browse: Browsers, visit: Visit) -> None:
    fang = await visit("fang")
    ours = set(await apply_for_all(fang, await visit("shen")))
    page = await browse("xu")
    press = page.keyboard.press
    await page.goto("/review")
    await press("2")  # the filter: expedited
    await expect(page).to_have_url(re.compile("show=expedited"))
    await press("j")
    await press("j")
    await press("k")
    await expect(page.locator(".kp-desk-queue tbody a").first).to_be_focused()
    await press("Enter")
    await expect(page).to_have_url(re.compile("/review/KP-"))

    done: list[str] = []
    rejected = overtaken = ""
    while len(done) < ITEMS:
        number = await seen(page)
        assert number in ours, "another story left an expedited application"
        done.append(number)
        if len(done) == 3:
            rejected = number
            await press("r")  # nothing is typed yet: it leads to the reason and shows the ready ones
            await expect(page.locator("#f-reason")).to_be_focused()
            await press("2")
            await expect(page.locator("[data-phrase-chosen]")).to_contain_text("The tax ID is not the one of the licence.")
            await page.keyboard.type("Character 3.")
            await press("Escape")
            await press("r")
        elif len(done) == 5:
            overtaken = number
            other = await browse("su")
            await other.goto(f"/review/{number}")
            await expect(page.locator("#beside")).to_contain_text("苏蔓 is looking at this since")
            await expect(other.locator("#beside")).to_contain_text("许衡 is looking at this since")
            await (await visit("su")).approve(number)
            await expect(page.locator("#beside")).to_contain_text("苏蔓 approved it, today")  # without a reload
            await expect(page.locator("[data-decision]")).to_have_count(0)
            await press("a")  # there is nothing to decide any more
            assert shown(page) == number
            await press("j")
            await expect(page).not_to_have_url(re.compile(number))
            continue
        elif len(done) == 7:
            await press("a")
            await press("a")  # a hand that trembles
            await comes_after(page, number)
            next_one = shown(page)
            await expect(page.locator("[data-decision][data-seen]")).to_have_count(1)
            await press("a")
            await expect(page.locator("[data-too-soon]")).to_contain_text("Look at it, then press again")
            assert shown(page) == next_one
            assert "Under review" in (await fang.get(f"/applications/{next_one}")).words
            continue
        else:
            await press("a")
        if len(done) < ITEMS:
            await comes_after(page, number)
    await expect(page).to_have_url(re.compile(r"/review\?"))
    await expect(page.locator("#content > .kp-notice").first).to_contain_text(done[-1])
    assert set(done) == ours
    for number in ours - {rejected}:
        await fang.until(f"/applications/{number}", lambda shown: "Under review" not in shown.words, "a decision")
    english = await fang.get(f"/applications/{rejected}")
    assert "The tax ID is not the one of the licence. Please correct it in your titles. Character 3." in english.words
    chinese = await (await visit("fang", "zh")).get(f"/applications/{rejected}")
    assert "税号与营业执照不一致，请在抬头里改正。 Character 3." in chinese.words
    assert overtaken in ours
