"""Languages: English stands in the code and templates, Chinese in `web/locale/zh/*.po`, one file per subject.

The files are read at the start; there is nothing to compile. A text without a translation is shown in English,
and a test fails on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

Locale = Literal["zh", "en"]
LOCALES: tuple[Locale, ...] = ("zh", "en")
HTML_LANGUAGE: Mapping[Locale, str] = {"zh": "zh-CN", "en": "en"}
_FOLDER = Path(__file__).parent / "locale"


class TwoTranslations(Exception):
    """The same English has two different translations in two files."""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language, with the two functions Jinja's i18n extension calls."""

    locale: Locale
    catalogue: Mapping[str, str]

    def gettext(self, text: str) -> str:
        return self.catalogue.get(text, text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Chinese has one form; English takes the first for 1."""
        if self.locale == "zh":
            return self.catalogue.get(one, many)
        return one if count == 1 else many

    def say(self, text: str, params: Mapping[str, object] | None = None) -> str:
        """A sentence with its {params} filled in; a missing one stays visible instead of failing the page."""
        return self.gettext(text).format_map(_Kept(params or {}))


class _Kept(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def words(locale: Locale) -> Words:
    """The texts of a language, read once."""
    return Words(locale, {} if locale == "en" else read_catalogue(_FOLDER / locale))


def read_catalogue(folder: Path) -> dict[str, str]:
    """English to the other language, from all files of the folder. Raises TwoTranslations."""
    merged: dict[str, str] = {}
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                key = message.id if isinstance(message.id, str) else message.id[0]
                text = message.string if isinstance(message.string, str) else (message.string or ("",))[0]
                if not key or not text:
                    continue
                if merged.setdefault(key, text) != text:
                    raise TwoTranslations(f"{path.name}: {key!r}: {merged[key]!r} and {text!r}")
    return merged


def choose_locale(cookie: str, accept_language: str, default: Locale) -> Locale:
    """The cookie's language, else the browser's first that we have, else the default."""
    for locale in LOCALES:
        if cookie == locale:
            return locale
    wanted = [part.split(";")[0].strip().lower() for part in accept_language.split(",")]
    for language in wanted:
        for locale in LOCALES:
            if language == locale or language.startswith(locale + "-"):
                return locale
    return default
