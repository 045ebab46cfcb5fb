"""What must hold of every page, whatever its story: it fits its width, it is in one language, axe finds no barrier."""

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from infra.settings import CHECKOUT
from tests.journeys.browsers import Language

AXE = CHECKOUT / "node_modules" / "axe-core" / "axe.min.js"

_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll("body *")]
    .filter((each) => each.getBoundingClientRect().right > room + 1 || each.scrollWidth > room + 1)
    .slice(0, 5)
    .map((each) => `${each.tagName.toLowerCase()}.${each.className} ${Math.round(each.getBoundingClientRect().right)} > ${room}`);
}"""

_RUN_AXE = """async () => {
  const found = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
  return found.violations.flatMap((rule) => rule.nodes.slice(0, 3).map((node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


async def too_wide(page: Page) -> list[str]:
    """What reaches beyond the window, when the page scrolls sideways."""
    found: list[str] = await page.evaluate(_TOO_WIDE)
    return found


async def barriers(page: Page) -> list[str]:
    """What axe-core objects to, by rule and element."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Any] = await page.evaluate(_RUN_AXE)
    return [" ".join(str(one).split()) for one in found]


_LEFT = re.compile(r"%\(\w+\)s|\{\w+\}|\b(?:None|Undefined)\b|[a-z]+:[a-z-]+:[a-z]+")
"""A place that nothing filled, or a code that has no sentence."""
_ENGLISH = re.compile(r"[A-Za-z][a-z]+(?:[ ,]+[A-Za-z]?[a-z]+){2,}")
"""Three words in a row: names like `FOCUS` or `PDF` are fewer."""
_CHINESE = re.compile(r"[一-鿿]{2,}")


async def untranslated(page: Page, language: Language, allowed: re.Pattern[str]) -> list[str]:
    """Texts in the other language, and codes. `allowed`: data, which is in the language in which it was entered."""
    text = await page.evaluate(
        """() => {
          const copy = document.body.cloneNode(true);
          copy.querySelectorAll("script, style, .kp-language, .kp-brand, [lang]").forEach((each) => each.remove());
          const said = [...copy.querySelectorAll("[placeholder], [aria-label], [title]")].flatMap((each) =>
            ["placeholder", "aria-label", "title"].map((name) => each.getAttribute(name) || ""));
          const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) said.push(walker.currentNode.data);
          return [document.title, ...said].join("\\n");
        }"""
    )
    found = []
    for line in {allowed.sub(" ", " ".join(line.split())) for line in str(text).splitlines()}:
        other = _ENGLISH if language == "zh" else _CHINESE
        found += [each.group() for each in (*_LEFT.finditer(line), *other.finditer(line))]
    return sorted(found)


async def take(page: Page, folder: Path, name: str) -> None:
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
