"""Finding help pages by words: asked in either language, hanzi by substring or by pairs, other words by how they begin."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log

from markupsafe import Markup, escape

from web.articles import Article, Library
from web.words import Locale

LONGEST = 80
"""Characters of a question that are looked at."""
_HANZI = "[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
_TERM = re.compile(f"{_HANZI}+|[a-z0-9]+")
_SMALL_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "can",
        "do",
        "does",
        "for",
        "how",
        "i",
        "in",
        "is",
        "it",
        "my",
        "of",
        "on",
        "or",
        "the",
        "to",
        "was",
        "what",
        "when",
        "where",
        "why",
        "with",
        "you",
        "your",
    }
)
_SMALL_HANZI = re.compile("怎么办|怎么样|怎么|怎样|如何|为什么|什么|多久|哪里|可以|需要|请问|我的|[吗呢的了我要]")
_WEIGHTS = {"title": 9.0, "words": 6.0, "summary": 4.0}
_HEADING, _TEXT = 3.0, 1.0
_OTHER_LANGUAGE = 0.4
"""What a find in the language that is not being read counts."""
_WORTH_SHOWING = 0.2
"""Of the best one's score; what fits less is left out."""
_BEFORE, _AFTER = 35, 140
"""Characters of an excerpt around the first find."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found. `title` and `excerpt` carry the found words in `<mark>`."""

    slug: str
    anchor: str
    title: Markup
    excerpt: Markup
    excerpt_locale: Locale


@dataclass(frozen=True, slots=True)
class _Evened:
    """An article's texts for comparing: by place, and of its parts heading and text."""

    places: Mapping[str, str]
    parts: tuple[tuple[str, str], ...]

    @property
    def whole(self) -> str:
        return "\n".join([*self.places.values(), *(f"{heading}\n{text}" for heading, text in self.parts)])


def even(text: str) -> str:
    """The text for comparing, character by character of the same length: half width, small letters."""
    made = (unicodedata.normalize("NFKC", character).casefold() for character in text)
    return "".join(new if len(new) == 1 else old for new, old in zip(made, text, strict=True))


def terms_of(question: str) -> tuple[str, ...]:
    """What is looked for: words and runs of hanzi, without those that every question has (unless there are no others)."""
    plain = even(question[:LONGEST])
    found = [term for term in _TERM.findall(_SMALL_HANZI.sub(" ", plain)) if term not in _SMALL_WORDS]
    return tuple(dict.fromkeys(found or _TERM.findall(plain)))


def _pattern(term: str) -> str:
    """A regular expression: hanzi anywhere, other words where a word begins, in singular or plural."""
    if re.match(_HANZI, term):
        return re.escape(term)
    return rf"\b{re.escape(term[:-1] if len(term) > 3 and term.endswith('s') and not term.endswith('ss') else term)}"


def _pieces(term: str) -> list[str]:
    """The pairs of a longer run of hanzi; nothing for other words."""
    return [term[at : at + 2] for at in range(len(term) - 1)] if len(term) > 2 and re.match(_HANZI, term) else []


def _covered(term: str, text: str) -> set[int]:
    """Places in a run of hanzi that are covered by its pairs in the text."""
    return {place for at, pair in enumerate(_pieces(term)) if pair in text for place in (at, at + 1)}


def marked(text: str, terms: tuple[str, ...]) -> Markup:
    """The text, escaped, with what was found in `<mark>`."""
    plain = even(text)
    wanted: list[str] = []
    for term in terms:
        wanted += [_pattern(term)] if re.search(_pattern(term), plain) else [re.escape(pair) for pair in _pieces(term)]
    if not wanted:
        return escape(text)
    pieces, at = [Markup("")], 0
    for found in re.finditer(f"(?:{'|'.join(wanted)})+", plain):
        pieces += [escape(text[at : found.start()]), Markup("<mark>{}</mark>").format(text[found.start() : found.end()])]
        at = found.end()
    return Markup("").join([*pieces, escape(text[at:])])


class HelpSearch:
    """The help pages of all languages, ready to be asked."""

    def __init__(self, libraries: Mapping[Locale, Library]) -> None:
        self._libraries = libraries
        self._evened = {locale: {slug: _evened(each) for slug, each in held.articles.items()} for locale, held in libraries.items()}
        self._rarity = cache(self._rarity_of)

    def _rarity_of(self, locale: Locale, pattern: str) -> float:
        """1 for what one article in many says, near 0 for what all say."""
        texts = self._evened[locale].values()
        saying = sum(bool(re.search(pattern, each.whole)) for each in texts)
        return (log(1 + len(texts) / saying) / log(1 + len(texts))) ** 2 if saying else 1.0

    def _fits(self, locale: Locale, term: str, text: str) -> float:
        """How well a term stands in a text, the rarer the more: whole, or by its pairs of hanzi and the ones between."""
        whole = _pattern(term)
        if re.search(whole, text):
            return self._rarity(locale, whole)
        pairs = [pair for pair in _pieces(term) if pair in text]
        covered = _covered(term, text)
        worth = sum(self._rarity(locale, re.escape(pair)) for pair in pairs)
        worth += sum(
            self._rarity(locale, re.escape(one)) for at, one in enumerate(term) if _pieces(term) and at not in covered and one in text
        )
        return worth / len(term)

    def _score(self, locale: Locale, slug: str, terms: tuple[str, ...]) -> tuple[float, str]:
        """How well an article answers, and the anchor of its best part; 0 unless at least half of the terms are in it."""
        texts, article = self._evened[locale][slug], self._libraries[locale].articles[slug]
        worths = [0.0] * len(texts.parts)
        total, found = 0.0, 0
        for term in terms:
            if not re.search(_pattern(term), texts.whole) and len(_covered(term, texts.whole)) * 2 < max(2, len(term)):
                continue
            worth = sum(_WEIGHTS[place] * self._fits(locale, term, text) for place, text in texts.places.items())
            strongest = 0.0
            for number, (heading, text) in enumerate(texts.parts):
                part = _HEADING * self._fits(locale, term, heading) + _TEXT * self._fits(locale, term, text)
                worths[number] += part
                strongest = max(strongest, part)
            worth += strongest
            found += worth > 0
            total += worth
        if not found or found * 2 < len(terms):
            return 0.0, ""
        best = max(range(len(worths)), key=worths.__getitem__, default=-1)
        return total * (found / len(terms)), article.parts[best].anchor if best >= 0 and worths[best] > 0 else ""

    def find(self, locale: Locale, question: str) -> list[Hit]:
        """The articles that answer a question, best first, in the language being read."""
        terms = terms_of(question)
        other: Locale = "en" if locale == "zh" else "zh"
        scored: list[tuple[float, Hit]] = []
        for slug, article in self._libraries[locale].articles.items() if terms else ():
            own, anchor = self._score(locale, slug, terms)
            foreign, elsewhere = self._score(other, slug, terms)
            if own > 0:
                hit = Hit(slug, anchor, marked(article.title, terms), _excerpt(article, anchor, terms), locale)
            elif foreign > 0:
                translated = self._libraries[other].articles[slug]
                hit = Hit(slug, elsewhere, escape(article.title), _excerpt(translated, elsewhere, terms), other)
            else:
                continue
            scored.append((max(own, foreign * _OTHER_LANGUAGE), hit))
        scored.sort(key=lambda each: -each[0])
        return [hit for score, hit in scored if score >= _WORTH_SHOWING * scored[0][0]]


def _evened(article: Article) -> _Evened:
    places = {"title": article.title, "words": article.words, "summary": article.summary}
    parts = tuple((even(part.heading), even(part.text)) for part in article.parts)
    return _Evened({name: even(text) for name, text in places.items()}, parts)


def _excerpt(article: Article, anchor: str, terms: tuple[str, ...]) -> Markup:
    """Some words around the first find in the best part; the summary when no term stands there whole."""
    part = next((each for each in article.parts if each.anchor == anchor and each.text), None)
    text = part.text if part is not None else ""
    finds = [found.start() for term in terms if (found := re.search(_pattern(term), even(text)))]
    if not finds:
        return marked(article.summary, terms)
    start, end = max(0, min(finds) - _BEFORE), min(len(text), min(finds) + _AFTER)
    while start > 0 and text[start - 1].isascii() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isascii() and text[end].isalnum():
        end += 1
    return Markup("{}{}{}").format("…" if start else "", marked(text[start:end].strip(), terms), "…" if end < len(text) else "")
