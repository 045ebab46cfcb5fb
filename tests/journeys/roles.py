"""Each role's work in both languages, at a desk and on a phone."""

from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.journeys.browsers import PHONE, WIDE, Language
from tests.journeys.pictures import too_wide
from web.words import words

WAYS = pytest.mark.parametrize(("language", "width"), [("zh", WIDE), ("zh", PHONE), ("en", WIDE), ("en", PHONE)])


def speaker(language: Language) -> Callable[[str], str]:
    """Our own text in the page's language, by the English one."""
    return words(language).gettext


async def go_to(page: Page, width: int, word: str) -> None:
    """By the menu: the sidebar, or on a phone the bar at the bottom and what stands under its last button."""
    if width != PHONE:
        await page.locator(".kp-sidebar").get_by_role("link", name=word, exact=True).click()
        return
    bar = page.locator(".kp-bottom")
    link = bar.locator("> a").filter(has_text=word)
    if not await link.count():
        await bar.locator("summary").click()
        link = bar.locator(".kp-more-sheet a").filter(has_text=word)
    await link.first.click()


async def whole(page: Page, language: Language) -> None:
    """The page fits its window and says which language it is in."""
    await expect(page.locator("html")).to_have_attribute("lang", {"zh": "zh-CN", "en": "en"}[language])
    wide = await too_wide(page)
    assert not wide, wide
