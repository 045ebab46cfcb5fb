"""Announcements: what operators tell everybody, in both languages, from one moment to another (feature 39)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.calendar import CHINA
from domain.errors import Problem
from domain.titles import character_fault

LONGEST_TITLE = 200
LONGEST_BODY = 2000
LONGEST_SPAN = timedelta(days=366)
_LOCAL = re.compile(r"(20\d\d)-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::00)?")


class Level(StrEnum):
    NEWS = "news"
    MAINTENANCE = "maintenance"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class Wording:
    """What an announcement says and when; moments are aware, `ends_at` None means until it is ended."""

    level: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    starts_at: datetime | None
    ends_at: datetime | None = None

    def tidy(self) -> "Wording":
        return Wording(
            self.level,
            self.title_zh.strip(),
            self.title_en.strip(),
            _lines(self.body_zh),
            _lines(self.body_en),
            self.starts_at,
            self.ends_at,
        )


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def china_moment(text: str) -> datetime | None:
    """A moment as a form sends it, `2026-11-21T14:30`, in China time; None for anything else."""
    found = _LOCAL.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=CHINA)
    except ValueError:
        return None


def wording_problems(new: Wording, *, starts_text: str = "", ends_text: str = "") -> tuple[Problem, ...]:
    """Everything wrong with it. `starts_text` and `ends_text` are what was typed where no moment came of it.

    Codes: choose-one, field-needed, announcement-long, announcement-character, announcement-other-language, moment-form,
    moment-order, moment-span.
    """
    problems: list[Problem] = []
    if new.level not in set(Level):
        problems.append(Problem("level", "choose-one"))
    for field, text, most, needed in (
        ("title_zh", new.title_zh, LONGEST_TITLE, True),
        ("title_en", new.title_en, LONGEST_TITLE, True),
        ("body_zh", new.body_zh, LONGEST_BODY, bool(new.body_en)),
        ("body_en", new.body_en, LONGEST_BODY, bool(new.body_zh)),
    ):
        problems += _text_problems(field, text, most, needed)
    problems += _span_problems(new, starts_text, ends_text)
    return tuple(problems)


def _text_problems(field: str, text: str, most: int, needed: bool) -> list[Problem]:
    if not text:
        return [Problem(field, "field-needed" if field.startswith("title") else "announcement-other-language")] if needed else []
    if len(text) > most:
        return [Problem(field, "announcement-long", {"max": str(most)})]
    for position, character in enumerate(text, start=1):
        if character != "\n" and character_fault(character):
            return [Problem(field, "announcement-character", {"position": str(position)})]
    return [Problem(field, "announcement-character", {"position": str(text.index("\n") + 1)})] if "title" in field and "\n" in text else []


def _span_problems(new: Wording, starts_text: str, ends_text: str) -> list[Problem]:
    if new.starts_at is None:
        return [Problem("starts", "moment-form" if starts_text else "field-needed")]
    if new.ends_at is None:
        return [Problem("ends", "moment-form")] if ends_text else []
    if new.ends_at <= new.starts_at:
        return [Problem("ends", "moment-order")]
    if new.ends_at - new.starts_at > LONGEST_SPAN:
        return [Problem("ends", "moment-span", {"max": str(LONGEST_SPAN.days)})]
    return []
