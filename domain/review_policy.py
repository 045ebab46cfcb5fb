"""What the supervisor decides about reviews: how much each check weighs, and which score and amount go to whom (features 21, 23)."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Any

from domain.amounts import parse_amount
from domain.errors import Problem, Refusal


class Level(IntEnum):
    """Who reviews an application; a higher level may do what a lower one does."""

    NONE = 0
    """Nobody: it passed by the policy, or its checks have not run."""
    ONE = 1
    TWO = 2
    SUPERVISOR = 3


class CheckCode(StrEnum):
    """Every check of the automatic review, in the order in which a reviewer reads them. Codes never change."""

    TITLE_IS_REAL_NAME = "title-is-real-name"
    TAX_ID_IS_REGISTERED = "tax-id-is-registered"
    TAX_ID_CHECK_DIGITS = "tax-id-check-digits"
    TITLE_UNCHANGED = "title-unchanged"
    AMOUNT_WITHIN_90_DAYS = "amount-within-90-days"
    NO_ARREARS = "no-arrears"
    EVIDENCE_IS_THERE = "evidence-is-there"
    NOT_THE_FIRST = "not-the-first-application"
    USUAL_SPLIT = "usual-split"
    NOT_REJECTED_BEFORE = "not-rejected-before"


_POINTS: Mapping[CheckCode, int] = {
    CheckCode.TITLE_IS_REAL_NAME: 30,
    CheckCode.TAX_ID_IS_REGISTERED: 30,
    CheckCode.TAX_ID_CHECK_DIGITS: 40,
    CheckCode.TITLE_UNCHANGED: 20,
    CheckCode.AMOUNT_WITHIN_90_DAYS: 50,
    CheckCode.NO_ARREARS: 20,
    CheckCode.EVIDENCE_IS_THERE: 20,
    CheckCode.NOT_THE_FIRST: 10,
    CheckCode.USUAL_SPLIT: 15,
    CheckCode.NOT_REJECTED_BEFORE: 15,
}

MOST_POINTS = 100
MOST_SCORE = 1000
MOST_DAYS = 365
REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Judgement:
    """A level and why: `score` or `amount` reached `limit`, an `alarm`, more than passes by itself (`automatic`), or it `passes`.

    `limit` is in points for a score, else in fen.
    """

    level: Level
    why: str
    limit: int


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """Amounts in fen, scores in points. What is reached, not only exceeded, counts: people look from score `people_from_score` on.

    A check that alarms asks for a person whatever it weighs; one that only asks for a look does so by its points.
    """

    points: Mapping[str, int] = field(default_factory=lambda: {str(code): points for code, points in _POINTS.items()})
    people_from_score: int = 1
    level_2_from_score: int = 50
    supervisor_from_score: int = 100
    level_2_from_fen: int = 50_000_000
    supervisor_from_fen: int = 500_000_000
    automatic_up_to_fen: int = 0
    """Applications without points pass up to this amount; 0: a person looks at every one."""
    recent_days: int = 30
    """A title that changed within so many days, and applications that are looked at together for an unusual split."""
    near_percent: int = 10
    """So close under a limit is just under it."""
    near_count: int = 3
    """So many just under the same limit are unusual."""
    bulk_up_to_score: int = 0
    """Applications of level 1 up to this score, without an alarm, may be approved several at once."""
    alarm_asks: bool = True
    """An amount above the consumption without a file that shows why is asked about at once, before a person looks."""

    def weight(self, code: str) -> int:
        """Points of a check; of one that this version does not know, none."""
        return self.points.get(code, 0)

    def judge(self, score: int, amount_fen: int, *, alarmed: bool) -> "Judgement":
        """Who reviews an application of this score and amount, and what of the two decided that."""
        if score >= self.supervisor_from_score:
            return Judgement(Level.SUPERVISOR, "score", self.supervisor_from_score)
        if amount_fen >= self.supervisor_from_fen:
            return Judgement(Level.SUPERVISOR, "amount", self.supervisor_from_fen)
        if score >= self.level_2_from_score:
            return Judgement(Level.TWO, "score", self.level_2_from_score)
        if amount_fen >= self.level_2_from_fen:
            return Judgement(Level.TWO, "amount", self.level_2_from_fen)
        if score >= self.people_from_score:
            return Judgement(Level.ONE, "score", self.people_from_score)
        if alarmed:
            return Judgement(Level.ONE, "alarm", 0)
        if amount_fen > self.automatic_up_to_fen:
            return Judgement(Level.ONE, "automatic", self.automatic_up_to_fen)
        return Judgement(Level.NONE, "passes", self.automatic_up_to_fen)

    @property
    def text(self) -> str:
        """As it is kept: JSON with every figure."""
        return json.dumps(asdict(self), sort_keys=True)


FIRST = ReviewPolicy()
"""Version 1, with which Kaipiao comes."""

SCORES = ("people_from_score", "level_2_from_score", "supervisor_from_score")
AMOUNTS = ("automatic_up_to_fen", "level_2_from_fen", "supervisor_from_fen")
LIMITS: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(SCORES, (0, MOST_SCORE)),
    "recent_days": (0, MOST_DAYS),
    "near_percent": (0, 50),
    "near_count": (2, 50),
    "bulk_up_to_score": (0, MOST_SCORE),
}
"""Whole numbers of the form: least and most."""
SWITCHES = ("alarm_asks",)
SWITCH = {True: "yes", False: "no"}
"""A switch as the form sends it."""


def read_policy(text: str) -> ReviewPolicy:
    """The policy that a kept text says; a figure that came later has its first value."""
    kept = json.loads(text)
    known = {each.name: kept[each.name] for each in fields(ReviewPolicy) if each.name in kept}
    return ReviewPolicy(**known)


def points_field(code: str) -> str:
    """The form's field of a check's points."""
    return f"points-{code}"


def policy_of_form(typed: Mapping[str, str]) -> ReviewPolicy:
    """The policy that was typed, amounts in CNY. Raises Refusal with a problem for each field that is wrong.

    Codes: field-needed, whole-number (least, most), those of `parse_amount`, policy-order (than: the field it has to exceed or equal),
    choose-one.
    """
    problems: list[Problem] = []
    points = {str(code): _whole(typed, points_field(code), 0, MOST_POINTS, problems) for code in CheckCode}
    numbers = {name: _whole(typed, name, *limits, problems) for name, limits in LIMITS.items()}
    amounts = {name: _amount(typed, name, problems) for name in AMOUNTS}
    switches = {name: typed.get(name) == SWITCH[True] for name in SWITCHES}
    problems += [Problem(name, "choose-one") for name in SWITCHES if typed.get(name) not in SWITCH.values()]
    if not problems:
        problems += _disorder(numbers, SCORES, at_least=0)
        problems += _disorder(amounts, AMOUNTS, at_least=1)
    if problems:
        raise Refusal(*problems)
    figures: dict[str, Any] = {**numbers, **amounts, **switches}
    return ReviewPolicy(points=points, **figures)


def typed_policy(policy: ReviewPolicy) -> dict[str, str]:
    """A policy as the form shows it."""
    shown = {points_field(code): str(policy.weight(code)) for code in CheckCode}
    shown |= {name: str(getattr(policy, name)) for name in LIMITS}
    shown |= {name: SWITCH[getattr(policy, name)] for name in SWITCHES}
    return shown | {name: _yuan(getattr(policy, name)) for name in AMOUNTS}


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that differs between two versions, as the form shows it."""

    field: str
    before: str
    after: str


def changes(before: ReviewPolicy, after: ReviewPolicy) -> tuple[Change, ...]:
    """What differs, in the order of the form."""
    old, new = typed_policy(before), typed_policy(after)
    return tuple(Change(name, old[name], new[name]) for name in new if old[name] != new[name])


def _whole(typed: Mapping[str, str], name: str, least: int, most: int, problems: list[Problem]) -> int:
    text = typed.get(name, "").strip()
    if not text:
        problems.append(Problem(name, "field-needed"))
    elif not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        problems.append(Problem(name, "whole-number", {"least": str(least), "most": str(most)}))
    else:
        return int(text)
    return 0


def _amount(typed: Mapping[str, str], name: str, problems: list[Problem]) -> int:
    try:
        return parse_amount(typed.get(name, ""), name, grouped=True)
    except Refusal as refusal:
        problems += refusal.problems
        return 0


def _disorder(values: Mapping[str, int], names: tuple[str, ...], *, at_least: int) -> list[Problem]:
    """Each figure is at least so much above the one before it: else no application could come to that level."""
    return [Problem(name, "policy-order", {"than": before}) for before, name in pairwise(names) if values[name] < values[before] + at_least]


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"
