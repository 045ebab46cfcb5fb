"""The shell in a browser: every place reached on a phone without script, the keys, and the first stop of the Tab key."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from infra.settings import Settings
from tests.campaigns.a11y import not_looked_at, served
from tests.campaigns.authz_table import TABLE
from tests.campaigns.people_and_things import LOGINS, World, make_world, token_of
from tests.journeys.browsers import HEIGHTS, PHONE, WIDE, launch
from web.dependencies import SESSION_COOKIE
from web.navigation import PLACES, Place

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = make_world(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        made = await launch(playwright, Settings(data_dir=tmp_path))
        yield made
        await made.close()


async def open_page(browser: Browser, base_url: str, login: str, path: str, width: int, *, scripts: bool = True) -> Page:
    context = await browser.new_context(
        base_url=base_url, locale="en-GB", viewport={"width": width, "height": HEIGHTS[width]}, java_script_enabled=scripts
    )
    await context.add_cookies([{"name": SESSION_COOKIE, "value": token_of(login), "url": base_url}])
    page = await context.new_page()
    await page.goto(path)
    return page


def test_a_page_that_nobody_looks_at_is_said(world: World) -> None:
    assert not_looked_at(world.app) == []
    assert not_looked_at(world.app, [line for line in TABLE if line.path != "/titles"]) == ["no line for the route GET /titles"]


async def test_on_a_phone_without_script_everybody_reaches_every_place(world: World, browser: Browser) -> None:
    from domain.access import RIGHTS

    async with served(world) as base_url:
        for login in ("master", "service", "operator", "auditor"):
            rights = RIGHTS[LOGINS[login][1]]
            wanted: list[Place] = [place for place in PLACES if place.right in rights]
            page = await open_page(browser, base_url, login, "/me", PHONE, scripts=False)
            assert len(await page.locator(".kp-bottom > a:visible").all()) <= 4
            if await page.locator(".kp-bottom summary").count():
                await page.locator(".kp-bottom summary").click()
            shown = {await link.get_attribute("href") for link in await page.locator(".kp-bottom a:visible").all()}
            assert {place.path for place in wanted} | {"/me"} <= shown, login
            await page.locator(f".kp-bottom a[href='{wanted[-1].path}']").first.click()
            assert page.url.endswith(wanted[-1].path)
            await page.context.close()


async def test_the_keys_of_every_page(world: World, browser: Browser) -> None:
    async with served(world) as base_url:
        page = await open_page(browser, base_url, "master", "/titles", WIDE)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.getAttribute('href')") == "#content"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "content"
        await page.keyboard.press("/")
        assert await page.evaluate("document.activeElement.id") == "search"
        await page.keyboard.type("a/?")
        assert await page.locator("#search").input_value() == "a/?", "keys are off while typing"
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        assert await page.locator("[data-shortcuts] ul").is_visible()
        await page.locator("[data-shortcuts-on]").uncheck()
        await page.keyboard.press("Escape")
        assert not await page.locator("[data-shortcuts] ul").is_visible()
        await page.keyboard.press("/")
        assert await page.evaluate("document.activeElement.id") != "search", "somebody switched the keys off"


async def test_paper_shows_the_invoice_in_black_and_no_button(world: World, browser: Browser) -> None:
    async with served(world) as base_url:
        for path in (f"/invoices/{world.things['invoice']['A']}", f"/applications/{world.things['application']['A']}", "/applications"):
            page = await open_page(browser, base_url, "master", path, WIDE)
            await page.emulate_media(media="print", color_scheme="dark")
            assert await page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
            assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            hidden = (".btn", ".kp-sidebar", ".kp-top", ".kp-bottom", ".kp-filters")
            for what in hidden:
                assert await page.locator(f"{what}:visible").count() == 0, f"{what} on {path}"
            assert "北京拾光互动科技有限公司" in await page.locator("main").inner_text(), "hidden text is not in it"
            await page.context.close()
