"""What stands on a licence or an identity card, found among the lines that were recognised in its picture.

A reading fills a form and is compared with what a person typed. It is evidence, never the truth: recognition drops rare
hanzi without noticing, so only the unified social credit code, which has check digits, is more than a hint.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from domain.tax_ids import ALPHABET, check_tax_id, tidy_tax_id
from domain.titles import normalised_name

PICTURE_LIMIT = 10 * 1024 * 1024
"""Bytes of a picture that is read."""

CODE_LENGTH = 18


@dataclass(frozen=True, slots=True)
class Line:
    """One recognised piece of text and where it stands, in pixels from the picture's upper left corner."""

    text: str
    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> int:
        return (self.top + self.bottom) // 2


@dataclass(frozen=True, slots=True)
class LicenceReading:
    """What was read; what was not found is empty. `name` and `code` are also those of an identity card.

    `problem` says why nothing was read, so that a person types it: reading-off (this deployment reads nothing),
    reading-busy, reading-slow, reading-failed, picture-form (no PNG, JPEG or PDF that opens), picture-large, nothing-read.
    """

    name: str = ""
    code: str = ""
    legal_person: str = ""
    address: str = ""
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


_CODES = ("统一社会信用代码", "社会信用代码", "公民身份号码")
_NAMES = ("名称", "姓名")
_PEOPLE = ("法定代表人", "负责人", "经营者", "投资人", "执行事务合伙人")
_ADDRESSES = ("住所", "住址", "经营场所", "营业场所", "主要经营场所")
_OTHERS = (
    "类型",
    "组成形式",
    "注册资本",
    "出资额",
    "成立日期",
    "注册日期",
    "营业期限",
    "合伙期限",
    "经营范围",
    "登记机关",
    "性别",
    "民族",
    "出生",
)
_LABELS = (*_CODES, *_NAMES, *_PEOPLE, *_ADDRESSES, *_OTHERS)
_TWO = tuple(label for label in _LABELS if len(label) == 2)
_MISREAD = str.maketrans("IOSZV", "1052U")
"""Letters that a code never has, and what they are misread for."""


def reading_of(lines: Sequence[Line]) -> LicenceReading:
    """The fields of a licence or card among recognised lines, in any order."""
    tidy = list(_joined([replace(line, text="".join(line.text.split())) for line in lines if line.text.strip()]))
    if not tidy:
        return LicenceReading(problem="nothing-read")
    found = LicenceReading(
        name=_value(tidy, _NAMES, most=2),
        code=_code(tidy),
        legal_person=_value(tidy, _PEOPLE),
        address=_value(tidy, _ADDRESSES, most=3),
    )
    return found if found != LicenceReading() else LicenceReading(problem="nothing-read")


def _joined(lines: list[Line]) -> Iterator[Line]:
    """The lines, with labels put together that are printed wide apart: 名　称 comes as two."""
    halves: set[int] = set()
    for index, line in enumerate(lines):
        other = _right_of(lines, line) if any(line.text == label[0] for label in _TWO) else None
        if other is not None and any(line.text == label[0] and other.text.startswith(label[1]) for label in _TWO):
            halves |= {index, lines.index(other)}
            yield Line(line.text + other.text, line.left, line.top, other.right, line.bottom)
    yield from (line for index, line in enumerate(lines) if index not in halves)


def _value(lines: list[Line], labels: Sequence[str], most: int = 1) -> str:
    """What stands after the first label that is there: in its own line, or beside it; and its further lines below."""
    for line in lines:
        label = next((label for label in labels if line.text.startswith(label)), "")
        if not label:
            continue
        rest = line.text.removeprefix(label).lstrip("：:")
        if rest:
            width = (line.right - line.left) // max(len(line.text), 1)
            return _with_following(lines, replace(line, text=rest, left=line.left + width * (len(line.text) - len(rest))), most)
        beside = _right_of(lines, line)
        if beside is not None and not _is_label(beside.text):
            return _with_following(lines, replace(beside, text=beside.text.lstrip("：:")), most)
    return ""


def _with_following(lines: list[Line], first: Line, most: int) -> str:
    """The value and up to `most` lines of it in all: those that begin below it, at its left edge."""
    parts = [first.text]
    last = first
    while len(parts) < most:
        below = [
            line
            for line in lines
            if 0 < line.middle - last.middle < 1.9 * last.height
            and abs(line.left - first.left) < 2 * first.height
            and not _is_label(line.text)
            and not _stands_beside_a_label(lines, line)
        ]
        if not below:
            break
        last = min(below, key=lambda line: line.middle)
        parts.append(last.text)
    return "".join(parts)


def _right_of(lines: Sequence[Line], line: Line) -> Line | None:
    """The nearest line on the same height, to the right."""
    beside = [
        other
        for other in lines
        if other is not line and abs(other.middle - line.middle) < 0.7 * max(line.height, other.height) and other.left > line.left
    ]
    return min(beside, key=lambda other: other.left, default=None)


def _stands_beside_a_label(lines: Sequence[Line], line: Line) -> bool:
    return any(_is_label(other.text) and _right_of(lines, other) is line for other in lines)


def _is_label(text: str) -> bool:
    return any(text.startswith(label) for label in _LABELS)


def _code(lines: Sequence[Line]) -> str:
    """The code whose check digit holds, else the first that looks like one; empty without any."""
    candidates = [match for line in lines for match in _runs(tidy_tax_id(line.text))]
    for candidate in candidates:
        for text in (candidate, candidate.translate(_MISREAD)):
            if check_tax_id(text).ok:
                return text
    return candidates[0] if candidates else ""


def _runs(text: str) -> Iterator[str]:
    """Runs of 18 letters and digits that may be a code: more digits than letters."""
    for match in re.finditer(r"[0-9A-Z]{18,}", text):
        for start in range(len(match.group()) - CODE_LENGTH + 1):
            run = match.group()[start : start + CODE_LENGTH]
            if sum(character.isdigit() for character in run) >= CODE_LENGTH // 2 and all(c in ALPHABET or c in "IOSZV" for c in run):
                yield run


def agrees(read: str, typed: str) -> bool | None:
    """Whether what was read is what was typed, blanks and widths of brackets aside; None when nothing was read."""
    if not read:
        return None
    return normalised_name(read).upper() == normalised_name(typed).upper()
