"""Marks that templates call as functions: the two a list shows by the hundred (a macro costs five times as much), and help."""

from collections.abc import Callable

from markupsafe import Markup, escape

from web import formats
from web.articles import Library
from web.icons import icon
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


def help_link(library: Library) -> Callable[[str], Markup]:
    """`help_link(slug)` of a language: leads to a help page by its title, from where the question comes up.

    Raises KeyError for a page that is not there: a test looks at every template.
    """

    def link(slug: str) -> Markup:
        article = library.articles[slug]
        return Markup('<a class="kp-help" href="/help/{}">{} {}</a>').format(slug, icon("help-circle"), article.title)

    return link
