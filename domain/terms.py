"""The terms of service and the privacy policy: which editions there are, and from which day each holds (feature 61).

An "I agree" is kept with the edition's version; the texts stand in `web/legal_texts/<language>/<document>-<version>.md`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Document(StrEnum):
    TERMS = "terms"
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class Edition:
    """One text. `version` never changes its meaning: a changed text is a new edition."""

    document: Document
    version: str
    valid_from: date
    """China day."""


EDITIONS: tuple[Edition, ...] = (
    Edition(Document.TERMS, "2026-11", date(2026, 11, 1)),
    Edition(Document.PRIVACY, "2026-11", date(2026, 11, 1)),
)
"""Oldest first within a document. Old ones stay: people have agreed to them."""


def editions_of(document: Document) -> tuple[Edition, ...]:
    """All editions, the newest first, also those that begin later."""
    return tuple(sorted((each for each in EDITIONS if each.document is document), key=lambda each: each.valid_from, reverse=True))


def edition_on(document: Document, day: date) -> Edition:
    """The edition that holds on a China day; before the first one, the first."""
    newest_first = editions_of(document)
    return next((each for each in newest_first if each.valid_from <= day), newest_first[-1])


def edition_named(document: Document, version: str) -> Edition | None:
    return next((each for each in EDITIONS if each.document is document and each.version == version), None)
