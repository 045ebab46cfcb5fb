"""The two marks a list shows by the hundred, as functions: a template's macro costs five times as much."""

from collections.abc import Callable

from markupsafe import Markup, escape

from web import formats
from web.words import Words


def money_mark(words: Words) -> Callable[..., Markup]:
    """`money(fen, red=False, strong=False)` of a language: digits of one width, the minus of a negative amount spoken."""
    minus = Markup('<span class="visually-hidden">{} </span>').format(words.gettext("minus"))

    def money(fen: int | None, red: bool = False, strong: bool = False) -> Markup:
        classes = "kp-num" + (" kp-red" if red else "") + (" fw-bold" if strong else "")
        spoken = minus if fen is not None and fen < 0 else ""
        return Markup(f'<span class="{classes}">{spoken}{formats.money(fen)}</span>')  # noqa: S704 (digits and our own words)

    return money


def number_mark(text: str, size: int = 4) -> Markup:
    """A number in groups, each in a span of its own: margins part them, and copying gives the bare digits."""
    spans = "".join(f"<span>{escape(group)}</span>" for group in formats.groups(text, size))
    return Markup(f'<span class="kp-groups">{spans}</span>')  # noqa: S704 (escaped above)
