"""The State Council's notice of a year's holidays as operators paste it: its own sentences, or a line a day."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from domain.errors import Problem

LONGEST = 20_000
MOST_DAYS = 120
"""Days that a notice of one year can name, with room."""
_WORKED = {"on": True, "work": True, "worked": True, "working": True, "true": True, "1": True, "班": True, "上班": True, "补班": True}
_OFF = {"off": False, "holiday": False, "false": False, "0": False, "休": False, "放假": False, "假": False}
_WORDS = _WORKED | _OFF
_LINE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:\.\.|~|～|至|to)\s*(\d{4}-\d{2}-\d{2}))?[\s,，;；\t]+([^\s,，;；]+)(?:[\s,，;；\t]+(.*))?")
_DAY = re.compile(r"(?:(\d{4})\s*年)?(?:(\d{1,2})\s*月)?(\d{1,2})\s*日(?:\s*[（(]([^）)]*)[）)])?")
_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日])")
_WEEKDAYS = "一二三四五六日"
_TITLE = re.compile(r"[一二三四五六七八九十]+、\s*([^：:]{1,20})[：:]")


@dataclass(frozen=True, slots=True)
class NoticedDay:
    """A day that the notice names: worked or off, and what for."""

    day: date
    worked: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReadNotice:
    """What a pasted text says, by day, and the lines that say nothing that can be read."""

    days: tuple[NoticedDay, ...]
    problems: tuple[Problem, ...] = ()


def read_notice(text: str, year: int) -> ReadNotice:
    """The days of a notice for `year`.

    A line is `2027-02-06,off,Spring Festival`, `2027-02-05~2027-02-11 休 春节`, or the notice's own sentences:
    `二、春节：2月15日（农历腊月二十八、周日）至23日（周一）放假调休，共9天。2月14日（周六）上班。` A weekday that is written is checked.
    Problems are of the field `text`: notice-empty, notice-long, notice-line (line), notice-weekday (line, day), notice-twice (line, day),
    notice-year (line, day), notice-days.
    """
    if not text.strip():
        return ReadNotice((), (Problem("text", "notice-empty"),))
    if len(text) > LONGEST:
        return ReadNotice((), (Problem("text", "notice-long", {"max": str(LONGEST)}),))
    found: dict[date, NoticedDay] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#") or (number == 1 and line.strip().lower().startswith("day,")):
            continue
        named, wrong = _plain(line.strip(), number) if _LINE.fullmatch(line.strip()) else _sentences(line, year, number)
        problems += wrong
        for each in named:
            if each.day.year not in (year - 1, year):
                problems.append(Problem("text", "notice-year", {"line": str(number), "day": each.day.isoformat()}))
            elif each.day in found and found[each.day].worked is not each.worked:
                problems.append(Problem("text", "notice-twice", {"line": str(number), "day": each.day.isoformat()}))
            found.setdefault(each.day, each)
    if not problems and not any(each.day.year == year for each in found.values()):
        problems.append(Problem("text", "notice-none", {"year": str(year)}))
    if len(found) > MOST_DAYS:
        problems.append(Problem("text", "notice-days", {"max": str(MOST_DAYS)}))
    return ReadNotice(tuple(found[day] for day in sorted(found)), tuple(problems))


def _plain(line: str, number: int) -> tuple[list[NoticedDay], list[Problem]]:
    """A line a day or span."""
    match = _LINE.fullmatch(line)
    assert match is not None  # noqa: S101 (asked before)
    first_text, last_text, word, note = match.groups()
    wrong = [Problem("text", "notice-line", {"line": str(number)})]
    try:
        first = date.fromisoformat(first_text)
        last = date.fromisoformat(last_text) if last_text else first
    except ValueError:
        return [], wrong
    if word.lower() not in _WORDS or not first <= last <= first + timedelta(days=31):
        return [], wrong
    return [NoticedDay(day, _WORDS[word.lower()], (note or "").strip()[:200]) for day in _span(first, last)], []


def _sentences(line: str, year: int, number: int) -> tuple[list[NoticedDay], list[Problem]]:
    """The notice's own words: spans that are off, single days that are worked."""
    title = _TITLE.search(line)
    note = title.group(1).strip() if title else ""
    named: list[NoticedDay] = []
    problems: list[Problem] = []
    for sentence in re.split(r"[。；;]", line):
        worked = "上班" in sentence
        if not worked and "放假" not in sentence:
            continue
        try:
            for first, last, weekdays in _spans(sentence, year):
                named += [NoticedDay(day, worked, note) for day in _span(first, last)]
                problems += [
                    Problem("text", "notice-weekday", {"line": str(number), "day": day.isoformat()})
                    for day, weekday in weekdays
                    if day.weekday() != weekday
                ]
        except ValueError:
            problems.append(Problem("text", "notice-line", {"line": str(number)}))
    if not named and not problems:
        problems.append(Problem("text", "notice-line", {"line": str(number)}))
    return named, problems


def _spans(sentence: str, year: int) -> Iterator[tuple[date, date, list[tuple[date, int]]]]:
    """First and last day of each span a sentence names, with the weekdays it gives them. Raises ValueError for no day."""
    matches = list(_DAY.finditer(sentence))
    month, index = 0, 0
    while index < len(matches):
        group = [matches[index]]
        if index + 1 < len(matches) and re.fullmatch(r"\s*(?:至|到|-|—|~)\s*", sentence[matches[index].end() : matches[index + 1].start()]):
            group.append(matches[index + 1])
        days: list[date] = []
        weekdays: list[tuple[date, int]] = []
        for match in group:
            of_year, of_month, of_day, aside = match.groups()
            month = int(of_month) if of_month else month
            day = date(int(of_year) if of_year else year, month, int(of_day))
            if days and day < days[0] and not of_year:
                day = day.replace(year=day.year + 1)
            days.append(day)
            said = _WEEKDAY.search(aside or "")
            if said:
                weekdays.append((day, _WEEKDAYS.index(said.group(1))))
        if not days[0] <= days[-1] <= days[0] + timedelta(days=31):
            raise ValueError(sentence)
        yield days[0], days[-1], weekdays
        index += len(group)


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
