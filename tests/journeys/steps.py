"""Steps that several stories take at a browser."""

import re

from playwright.async_api import Locator, Page, expect

from tests.journeys.consumption import Order


async def open_picker(page: Page, order: Order, show: str = "can") -> None:
    """The picker with this order's records only."""
    await page.goto(f"/consumption?show={show}&order={order.number}")


def record(page: Page, service: str) -> Locator:
    """The row of the service's record that can be ticked."""
    return page.locator("tr:has(input[type=checkbox])").filter(has_text=service)


async def tick_all(page: Page) -> None:
    """Tick every record that can be ticked, as shown."""
    for box in await page.locator("input[name=record][type=checkbox]").all():
        await box.check()


async def go_on_to_form(page: Page) -> None:
    await page.locator("#sum button[type=submit]").click()
    await expect(page.locator("form[action='/applications']")).to_be_visible()


async def number_on_form(page: Page) -> str:
    """The application number that was drawn with the form."""
    return await page.locator("input[name=number]").input_value()


async def submit(page: Page) -> str:
    """Agree to the terms and submit; the application's number."""
    number = await number_on_form(page)
    await page.locator("#terms").check()
    await page.locator("form[action='/applications'] button.btn-primary").click()
    await expect(page).to_have_url(re.compile(f"/applications/{number}"))
    return number


async def apply(page: Page, order: Order) -> str:
    """From the picker to the submitted form, with the defaults; the application's number."""
    await open_picker(page, order)
    await tick_all(page)
    await go_on_to_form(page)
    return await submit(page)


def state(page: Page) -> Locator:
    """The tag beside the heading, which says where the thing is."""
    return page.locator("h1 .kp-tag").first


def story(page: Page) -> Locator:
    """The timeline of what happened."""
    return page.locator("section.card:has(h2) .kp-timeline").first


async def kept_without_reload(page: Page) -> None:
    """Mark this very document, so that a reload would show."""
    await page.evaluate("() => { window.openedOnce = true; }")


async def was_not_reloaded(page: Page) -> bool:
    return bool(await page.evaluate("() => window.openedOnce === true"))


async def digits_of_heading(page: Page) -> str:
    """The invoice's 20 digits, which stand in groups."""
    return "".join(await page.locator("h1 .kp-groups span").all_inner_texts())


async def told(page: Page, text: str) -> None:
    """The answer to what was sent, which comes with the page or a moment after it, beside the next case or on the same one."""
    await expect(page.locator("#content > [role=status], #content [role=alert]").filter(has_text=text).first).to_be_visible()


async def told_without_script(page: Page, text: str) -> None:
    """The answer, which a person without script looks for again until it is there."""
    again = page.locator("#answer a")
    for _ in range(100):
        if not await again.count():
            break
        await again.click()
    await told(page, text)


async def ready_to_decide(page: Page) -> None:
    """The case was painted, and the last decision is long enough ago: before that the desk takes none."""
    await expect(page.locator("[data-decision][data-seen]")).to_have_count(1)
    await page.wait_for_timeout(750)
