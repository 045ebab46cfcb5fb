"""Whose turn a review is: level by level, never the applicant, never the same person twice (feature 23)."""

from collections.abc import Collection
from datetime import timedelta

from domain.access import Role
from domain.review_policy import Level

CLAIM = timedelta(minutes=30)
"""How long a reviewer has an application to themselves after taking it."""
HANDED = timedelta(days=1)
"""The same after somebody handed it to them."""


def level_of(role: str, level: int) -> Level:
    """The highest level at which a person decides: 0 for people who review nothing."""
    if role == Role.SUPERVISOR:
        return Level.SUPERVISOR
    return Level(min(max(level, Level.ONE), Level.TWO)) if role == Role.REVIEWER else Level.NONE


def why_not(person: int, level: Level, *, step: int, applicant: int, decided: Collection[int]) -> str:
    """The code of what keeps a person from deciding at a step; empty when nothing does.

    Codes: own-application, same-person (they decided at a level before), level-too-low.
    """
    if person == applicant:
        return "own-application"
    if person in decided:
        return "same-person"
    return "level-too-low" if level < step else ""
