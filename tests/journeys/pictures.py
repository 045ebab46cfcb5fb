"""What must hold of every page, whatever its story: it fits its width, it is in one language, axe finds no barrier."""

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from infra.settings import CHECKOUT
from tests.journeys.browsers import Language
from web.words import words

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
  const said = (rule, node) => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`;
  return found.violations.flatMap((rule) => rule.nodes.slice(0, 3).map((node) => said(rule, node)));
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


_LEFT = re.compile(r"%\(\w+\)s|\{\w+\}|\b(?:None|Undefined)\b|\b[a-z]+:[a-z-]+(?::[a-z]+)?\b")
"""A place that nothing filled, or a code that has no sentence."""
_CODE = {"zh": re.compile(r"[a-z]+(?:-[a-z]+)*"), "en": re.compile(r"[a-z]+(?:-[a-z]+)+")}
"""A text that is nothing but a code."""
_ENGLISH = re.compile(r"[A-Za-z][a-z]+(?: [A-Za-z]?[a-z]+)+")
"""Two words in a row; names such as `PDF` are one."""

_TEXTS = """() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll("script, noscript, style, .kp-language, .kp-brand").forEach((each) => each.remove());
  const said = [document.title];
  for (const name of ["placeholder", "aria-label", "title", "data-word"]) {
    copy.querySelectorAll(`[${name}]`).forEach((each) => said.push(each.getAttribute(name)));
  }
  const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) said.push(walker.currentNode.data);
  return said.map((text) => text.replace(/\\s+/g, " ").trim()).filter((text) => text);
}"""


async def untranslated(page: Page, language: Language, entered: re.Pattern[str]) -> list[str]:
    """Texts of ours in the other language, and codes. `entered`: what people typed or what has one name only.

    Chinese on an English page is data, unless it is word for word one of our own translations.
    """
    catalogue = words("zh").catalogue
    ours = set(catalogue.values()) - set(catalogue)
    found = []
    for text in set(await page.evaluate(_TEXTS)):
        rest = entered.sub(" ", text)
        found += [each.group() for each in _LEFT.finditer(rest)]
        if _CODE[language].fullmatch(rest.strip()):
            found.append(rest.strip())
        if language == "zh":
            found += [each.group() for each in _ENGLISH.finditer(rest)]
        elif rest.strip() in ours:
            found.append(rest.strip())
    return sorted(found)


async def take(page: Page, folder: Path, name: str) -> None:
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
