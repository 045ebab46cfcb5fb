"""An "I agree": which editions it is about, and how a form carries them, so that nobody agrees to a text that was not shown."""

from collections.abc import Sequence
from datetime import date

from domain.errors import Problem
from domain.terms import Document, Edition, edition_named, edition_on


def editions_to_agree(day: date) -> tuple[Edition, ...]:
    """Terms of service and privacy policy as they hold on a China day."""
    return edition_on(Document.TERMS, day), edition_on(Document.PRIVACY, day)


def agreed_value(editions: Sequence[Edition]) -> str:
    """What the tick of a form that showed these editions sends."""
    return ".".join(f"{each.document}-{each.version}" for each in editions)


def agreement_problems(sent: str, day: date) -> tuple[Problem, ...]:
    """Whether a form agrees to what holds today: terms-needed without the tick, terms-changed for another edition."""
    if not sent:
        return (Problem("terms", "terms-needed"),)
    return () if sent == agreed_value(editions_to_agree(day)) else (Problem("terms", "terms-changed"),)


def agreed_editions(terms_version: str, privacy_version: str) -> tuple[Edition, ...]:
    """The editions that an application was made under; unknown and empty versions are left out."""
    named = (edition_named(Document.TERMS, terms_version), edition_named(Document.PRIVACY, privacy_version))
    return tuple(each for each in named if each is not None)
