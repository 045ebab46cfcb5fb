"""Whose turn a review is: level by level, never the applicant, never the same person twice (feature 23)."""

from collections.abc import Collection, Mapping
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


def can_be_decided(people: Collection[Level], step: int, last: int) -> bool:
    """Whether people of these levels can decide the levels from `step` to `last`, each a different one.

    Who decides at a level decides at those below it as well, so counting is enough: from each level upwards there have to be
    as many people as levels.
    """
    return all(sum(level >= each for level in people) >= last - each + 1 for each in range(step, last + 1))


def needed_later(person: int, left: Mapping[int, Level], step: int, last: int) -> bool:
    """Whether a person's approval at a step would leave the levels above without enough people, where somebody else's would not.

    `left` are all who may still decide a level of it. Never at the last level, and never where they are too few whoever begins.
    """
    others = [level for each, level in left.items() if each != person]
    return can_be_decided(left.values(), step, last) and not can_be_decided(others, step + 1, last)
