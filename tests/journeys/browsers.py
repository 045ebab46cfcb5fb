"""People at a browser: Debian's Chromium, headless, one context a person."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect

from infra.demo.people import DEMO_PASSWORD
from infra.parts import chromium
from infra.settings import Settings
from tests.journeys.staff import STAFF_LOGINS, codes, shared_session

Language = Literal["zh", "en"]
WIDE, PHONE = 1280, 390
HEIGHTS = {WIDE: 900, PHONE: 844}
SEEN_WITHIN_MS = 40_000
"""How long a thing to be seen is waited for: a life's longest first pause on a busy machine fits into it."""

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=SEEN_WITHIN_MS)


async def launch(playwright: Playwright, settings: Settings) -> Browser:
    return await playwright.chromium.launch(executable_path=str(chromium(settings)), args=list(ARGUMENTS), headless=True)


@dataclass
class Browsers:
    """Opens browsers for people and remembers what went wrong in their pages."""

    browser: Browser
    base_url: str
    contexts: list[BrowserContext] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Script errors, and what the content security policy had to stop."""

    async def visitor(self, language: Language = "en", width: int = WIDE, scripts: bool = True) -> Page:
        """A browser in which nobody is signed in."""
        context = await self.browser.new_context(
            base_url=self.base_url,
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": HEIGHTS[width]},
            java_script_enabled=scripts,
        )
        context.set_default_timeout(SEEN_WITHIN_MS)
        self.contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._listen(page, message))
        return page

    async def __call__(self, login: str, language: Language = "en", width: int = WIDE, scripts: bool = True) -> Page:
        """A browser in which this person has signed in by the form."""
        page = await self.visitor(language, width, scripts)
        if login in STAFF_LOGINS:
            cookie = await shared_session(self.base_url, login, lambda: self._sign_in(login))
            await page.context.add_cookies([{"name": "kaipiao", "value": cookie, "url": self.base_url}])
        else:
            await sign_in(page, login)
        return page

    async def _sign_in(self, login: str) -> str:
        """In a browser of its own, by the forms."""
        page = await self.visitor()
        await sign_in(page, login)
        return next(cookie["value"] for cookie in await page.context.cookies() if cookie["name"] == "kaipiao")

    def _listen(self, page: Page, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.wrong.append(f"{page.url}: {message.text}")

    async def save_pictures(self, folder: Path, name: str) -> None:
        """What each page shows now, for a story that failed."""
        for number, page in enumerate(page for context in self.contexts for page in context.pages):
            await page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()
        self.contexts.clear()


async def sign_in(page: Page, login: str, password: str = DEMO_PASSWORD) -> None:
    """Fill in the sign-in form and press its button."""
    await page.goto("/sign-in")
    await page.locator("#f-login").fill(login)
    await page.locator("#f-password").fill(password)
    await page.locator("form[action='/sign-in'] button[type=submit]").click()
    for code in codes(login) if login in STAFF_LOGINS else ():
        await page.locator("#f-code").fill(code)
        await page.locator("form[action='/second-factor'] button[type=submit]").click()
        await expect(page.locator("form[action='/sign-out'], #f-code-error").first).to_be_attached()
        if not await page.locator("#f-code-error").count():
            break
    await expect(page.locator("form[action='/sign-out']").first).to_be_attached()
