"""What a person's name may be: of a contact, a member, a recipient."""

from dataclasses import replace

from domain.errors import Problem
from domain.titles import text_problems

_OF_NAMES = {"text-long": "name-long", "text-emoji": "name-emoji"}
"""Whose sentences would speak of invoices."""


def name_problems(field: str, text: str, longest: int, least: int = 0) -> tuple[Problem, ...]:
    """What is wrong with a name, by the rules of `text_problems`. Codes: its own, with name-long (max) and name-emoji (position)."""
    return tuple(replace(found, code=_OF_NAMES.get(found.code, found.code)) for found in text_problems(field, text, longest, least))
