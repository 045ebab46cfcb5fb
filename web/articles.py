"""Texts for people to read, from Markdown files: help pages, and the terms and privacy policy.

A file begins with a small head between two lines of `---`, `name: value` a line: title, summary, checked (a day), next (the
slug of the article to read after it, or nothing) and words (what people call the matter, for the search). Figures that are
policy stand in the text as `[[name]]`, so that a text never says another number than the rules.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from web.words import LOCALES, Locale

HELP = Path(__file__).parent / "help_texts"
LEGAL = Path(__file__).parent / "legal_texts"
_PLACE = re.compile(r"\[\[(\w+)\]\]")

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("begin", ("first-steps", "registration", "real-name", "people")),
    ("apply", ("what-can-be-invoiced", "kinds", "titles", "receivers", "excel", "splitting", "review")),
    ("receive", ("electronic", "paper", "printing", "verification", "deduction", "retention")),
    ("mend", ("changing", "reprint", "refused")),
    ("else", ("faq", "network", "import", "law", "privacy-and-data", "support")),
)
"""The help pages in the order in which they are listed: a subject (its word is the label `help:<subject>`), and slugs."""


class TextFault(Exception):
    """A text lacks its head, or names a figure that nobody gives."""


@dataclass(frozen=True, slots=True)
class Part:
    """A text between two headings, as plain words. `anchor` is the heading's id on the page; empty before the first."""

    anchor: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Article:
    slug: str
    locale: Locale
    title: str
    summary: str
    checked: date
    next: str
    words: str
    body: Markup
    parts: tuple[Part, ...]
    links: tuple[str, ...]
    """Every address that the text leads to."""


@dataclass(frozen=True, slots=True)
class Library:
    """The help pages of one language."""

    locale: Locale
    articles: Mapping[str, Article]

    def groups(self) -> list[tuple[str, list[Article]]]:
        return [(word, [self.articles[slug] for slug in slugs]) for word, slugs in GROUPS]

    def group_of(self, slug: str) -> tuple[str, list[Article]]:
        return next(group for group in self.groups() if any(each.slug == slug for each in group[1]))


def _renderer() -> MarkdownIt:
    """CommonMark and tables. HTML in a text is shown as text, so that no text of ours can bring a script along."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _split_head(path: Path) -> tuple[dict[str, str], str]:
    text = path.read_text(encoding="utf-8")
    if not text.startswith("---\n") or "\n---\n" not in text[4:]:
        raise TextFault(f"{path.name}: no head")
    head, _, body = text[4:].partition("\n---\n")
    fields = {}
    for line in head.splitlines():
        name, colon, value = line.partition(":")
        if not colon:
            raise TextFault(f"{path.name}: {line!r}")
        fields[name.strip()] = value.strip()
    return fields, body


def read_article(path: Path, locale: Locale, values: Mapping[str, str]) -> Article:
    """One file as an article. `values` fill its figures. Raises TextFault."""
    head, body = _split_head(path)

    def filled(text: str) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] not in values:
                raise TextFault(f"{path.name}: nobody gives [[{found[1]}]]")
            return values[found[1]]

        return _PLACE.sub(value, text)

    renderer = _renderer()
    environment: dict[str, Any] = {}
    tokens = renderer.parse(filled(body), environment)
    links = _prepare(tokens)
    try:
        return Article(
            slug=path.stem,
            locale=locale,
            title=filled(head["title"]),
            summary=filled(head["summary"]),
            checked=date.fromisoformat(head["checked"]),
            next=head.get("next", ""),
            words=head.get("words", ""),
            body=Markup(renderer.renderer.render(tokens, renderer.options, environment)),  # noqa: S704 (html is off, the texts are ours)
            parts=tuple(_parts(tokens)),
            links=links,
        )
    except (KeyError, ValueError) as error:
        raise TextFault(f"{path.name}: {error}") from error


def _prepare(tokens: list[Token]) -> tuple[str, ...]:
    """Give headings their ids, and links to other sites what they need; gives the addresses of all links."""
    links: list[str] = []
    number = 0
    for token in tokens:
        if token.type == "heading_open":
            number += 1
            token.attrSet("id", f"part-{number}")
        for child in token.children or ():
            if child.type == "link_open":
                address = str(child.attrGet("href"))
                links.append(address)
                if not address.startswith(("/", "#", "mailto:", "tel:")):
                    child.attrSet("rel", "noopener noreferrer")
    return tuple(links)


def _parts(tokens: list[Token]) -> list[Part]:
    """The plain words between the headings."""
    parts: list[Part] = []
    anchor, heading, said = "", "", list[str]()
    in_heading = False
    for token in tokens:
        if token.type == "heading_open":
            parts.append(Part(anchor, heading, " ".join(said)))
            anchor, heading, said = str(token.attrGet("id")), "", []
            in_heading = True
        elif token.type == "heading_close":
            in_heading = False
        elif token.type == "inline":
            text = "".join(_plain(child) for child in token.children or ())
            if in_heading:
                heading = text
            else:
                said.append(text)
    parts.append(Part(anchor, heading, " ".join(said)))
    return [part for part in parts if part.heading or part.text]


def _plain(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return token.content if token.type in {"text", "code_inline", "text_special"} else ""


def libraries(values: Mapping[Locale, Mapping[str, str]]) -> dict[Locale, Library]:
    """The help pages of every language, with their figures. Raises TextFault for a text that is not whole."""
    return {locale: _library(locale, tuple(sorted(values[locale].items()))) for locale in LOCALES}


@cache
def _library(locale: Locale, values: tuple[tuple[str, str], ...]) -> Library:
    paths = {path.stem: path for path in (HELP / locale).glob("*.md")}
    listed = [slug for _, slugs in GROUPS for slug in slugs]
    if set(paths) != set(listed):
        raise TextFault(f"{locale}: {sorted(set(paths) ^ set(listed))} stand in the list or in the folder, not in both")
    return Library(locale, {slug: read_article(paths[slug], locale, dict(values)) for slug in listed})


@cache
def legal_text(document: str, version: str, locale: Locale) -> Article:
    """An edition of the terms or the privacy policy."""
    return read_article(LEGAL / locale / f"{document}-{version}.md", locale, {})
