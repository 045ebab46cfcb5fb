"""`make a11y`: axe-core over every page, in both languages, at 1280 and 390, light and dark, as everybody who may open it.

The pages are the GET routes of `authz_table.py`, which knows every route; those without HTML are named here with the reason.
Each page is looked at in all eight ways by the first who may open it, and in two by everybody else. On a phone a page that
scrolls sideways counts as a violation, too.
"""

import asyncio
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from playwright.async_api import Browser, async_playwright

from infra.settings import Settings
from tests.campaigns.authz import address, not_in_step, thing_of
from tests.campaigns.authz_table import LETTERS, TABLE, Line
from tests.campaigns.figures import CHECKOUT, Figure, report
from tests.campaigns.people_and_things import NOBODY, World, make_world, token_of
from tests.journeys.browsers import HEIGHTS, PHONE, WIDE, Language, launch
from web.dependencies import SESSION_COOKIE

AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag", values: [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}});
  const why = (node) => (node.any[0] || node.all[0] || node.none[0] || {}).message || "";
  const result = found.violations.flatMap((rule) => rule.nodes.map((node) => [rule.id, node.html.slice(0, 160), why(node)]));
  const over = document.documentElement.scrollWidth - window.innerWidth;
  const wide = [...document.querySelectorAll("main *")].filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1);
  const names = wide.slice(0, 3).map((each) => each.tagName + "." + each.className).join(" ");
  if (over > 0) result.push(["scrolls-sideways", `${over} px`, names]);
  return result;
}"""
_OPEN_ALL = "() => { for (const each of document.querySelectorAll('main details, [data-more]')) each.open = true; }"

NOT_PAGES: dict[str, str] = {
    "/health": "an answer for programs",
    "/review/{number}/live": "a part of a page",
    "/review/bulk/result/live": "a part of a page",
    "/review/team.csv": "a file",
    "/search": "leads on to what was found",
    "/consumption/sum": "a part of the picker's page",
    "/apply/split": "a part of the application form",
    "/applications/export.csv": "a file",
    "/statements/{statement_id}/export.csv": "a file",
    "/applications/{number}/live": "a part of the application's page",
    "/applications/{number}/promise": "a part of the application's page",
    "/desk/promises/export.csv": "a file",
    "/desk/promises/days.csv": "a file",
    "/applications/{number}/files/{attachment_id}": "a file",
    "/invoices/{invoice_id}/live": "a part of the invoice's page",
    "/invoices/{invoice_id}/{name}.{form}": "a file",
    "/imports/files/{digest}/problems.csv": "a file",
    "/imports/{batch_id}/problems.csv": "a file",
    "/imports/{batch_id}/remainders.csv": "a file",
    "/imports/{batch_id}/live": "a part of a page",
    "/imports/orders-template.xlsx": "a file",
    "/apply/excel/template.xlsx": "a file",
    "/apply/excel/{batch_id}/live": "a part of a page",
    "/apply/excel/{batch_id}/problems.xlsx": "a file",
    "/titles/excel/template.xlsx": "a file",
    "/titles/excel/{batch_id}/live": "a part of a page",
    "/titles/excel/{batch_id}/problems.xlsx": "a file",
    "/api/orders/{batch_id}": "an answer for programs",
    "/audit/export.csv": "a file",
    "/balance.json": "an answer for programs",
    "/balance/export.csv": "a file",
    "/catalogue/export.csv": "a file",
    "/titles/export.csv": "a file",
    "/support/{number}/files/{attachment_id}": "a file",
    "/desk/tickets/{number}/files/{attachment_id}": "a file",
    "/identity/{number}/picture": "a file",
}
"""GET routes that are not looked at, and why."""

MORE: tuple[tuple[str, str], ...] = (
    ("/consumption?show=can", "M"),
    ("/consumption?show=can&tick=all", "M"),
    ("/consumption/amount?every=amount&amount=1,5", "M"),
    ("/apply?record=103", "M"),
    ("/applications?text=nothing", "M"),
    ("/invoices?text=nothing", "M"),
    ("/audit?action=nothing", "a"),
    ("/acting?q=拾光", "c"),
    ("/acting?customer=1", "c"),
    ("/nowhere", "Mo"),
)
"""Further states of pages: an address and who looks at it."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to look at a page."""

    language: Language
    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.language} {self.width} {self.scheme}"


EVERY_WAY = tuple(Way(language, width, scheme) for language in ("zh", "en") for width in (WIDE, PHONE) for scheme in ("light", "dark"))
TWO_WAYS = (Way("zh", PHONE, "light"), Way("en", WIDE, "dark"))


@dataclass(frozen=True, slots=True)
class Violation:
    path: str
    login: str
    way: Way
    rule: str
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule}  {self.path} as {self.login} ({self.way}): {self.where}  {self.why}"


def pages(world: World, table: Sequence[Line] = TABLE) -> list[tuple[str, str]]:
    """Address and log-in of every page that somebody may open; the first of an address is looked at in every way."""
    found: list[tuple[str, str]] = []
    for line in table:
        if line.method != "GET" or line.path in NOT_PAGES:
            continue
        for letter, login in LETTERS.items():
            if letter not in (line.own if line.kind else line.who):
                continue
            thing = thing_of(world, line, login, "own") if line.kind else ""
            if thing is not None and not (login == "acting" and line.by_person):
                found.append((address(line, thing), login))
    return [*found, *((path, LETTERS[letter]) for path, letters in MORE for letter in letters)]


def not_looked_at(app: object, table: Sequence[Line] = TABLE) -> list[str]:
    """GET routes without a line, and names in NOT_PAGES that are no route's."""
    left_over = [f"no route for {path} of NOT_PAGES" for path in NOT_PAGES if path not in {line.path for line in table}]
    return [text for text in not_in_step(app, table) if " GET " in text] + left_over


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The app under an address of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(world.app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        await serving


async def look(browser: Browser, base_url: str, path: str, login: str, ways: Iterable[Way]) -> list[Violation]:
    """What axe says about a page. Sizes and themes of one language are looked at without loading it anew."""
    found: list[Violation] = []
    ways = list(ways)
    for language in dict.fromkeys(way.language for way in ways):
        context = await browser.new_context(
            base_url=base_url, locale={"zh": "zh-CN", "en": "en-GB"}[language], timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        await context.add_init_script(path=AXE)
        if login != NOBODY:
            await context.add_cookies([{"name": SESSION_COOKIE, "value": token_of(login), "url": base_url}])
        page = await context.new_page()
        for way in (each for each in ways if each.language == language):
            await page.set_viewport_size({"width": way.width, "height": HEIGHTS[way.width]})
            await page.emulate_media(color_scheme="dark" if way.scheme == "dark" else "light")
            if page.url == "about:blank":
                answer = await page.goto(path)
                if answer is None or (answer.status >= 400 and path != "/nowhere"):
                    found.append(Violation(path, login, way, "does-not-open", str(answer and answer.status), ""))
                    break
            if way.scheme == "dark":
                await page.evaluate(_OPEN_ALL)
            result: list[Any] = await page.evaluate(_RUN)
            found += [Violation(path, login, way, *one) for one in result]
        await context.close()
    return found


async def check(folder: Path, wanted: str = "") -> tuple[list[Violation], int, list[str]]:
    """Look at every page whose address begins with `wanted`: violations, looks, and routes that have no line."""
    world = make_world(folder)
    found: list[Violation] = []
    looks = 0
    try:
        missing = not_looked_at(world.app)
        async with served(world) as base_url, async_playwright() as playwright:
            browser = await launch(playwright, Settings(data_dir=folder))
            seen: Counter[str] = Counter()
            listed = [each for each in pages(world) if each[0].startswith(wanted)]
            for number, (path, login) in enumerate(listed, start=1):
                if number % 25 == 0:
                    print(f"{number} of {len(listed)} pages looked at", flush=True)
                ways = TWO_WAYS if seen[path] else EVERY_WAY
                seen[path] += 1
                looks += len(ways)
                here = await look(browser, base_url, path, login, ways)
                for one in {(each.rule, each.where): each for each in here}.values():
                    print(one, flush=True)
                found += here
            await browser.close()
    finally:
        await world.close()
    return found, looks, missing


def main(wanted: str = "") -> int:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kaipiao-a11y-") as folder:
        found, looks, missing = asyncio.run(check(Path(folder), wanted))
    for text in missing:
        print(text)
    for rule, count in Counter(each.rule for each in found).most_common():
        print(f"{count:>6}  {rule}")
    print(f"{looks} looks at pages in {time.monotonic() - began:.0f} s")
    code = report([Figure("a11y-violations", len(found), 0, "at-most")])
    return 1 if missing else code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
