"""Reviewers who are away, and who stands in for them meanwhile (feature 23)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.calendar import typed_day
from domain.errors import Problem, Refusal
from domain.free_text import free_text_problems

MOST_DAYS = 366
NOTE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody is away today: since when that holds, until which day, and who stands in (nobody: what they have goes to the queue)."""

    person: int
    since: datetime
    last_day: date
    substitute: int | None


@dataclass(frozen=True, slots=True)
class AbsenceForm:
    """An absence as typed. `substitute` None: nobody stands in. `chained`: it is known that the substitute is away as well."""

    person: int
    first_day: str
    last_day: str
    substitute: int | None
    note: str = ""
    chained: bool = False


def absence_days(form: AbsenceForm, today: date) -> tuple[date, date]:
    """The days of an absence. Raises Refusal: day-form, absence-order, absence-past, absence-long (max), note-long (max)."""
    first, last = typed_day(form.first_day), typed_day(form.last_day)
    problems = [Problem(name, "day-form") for name, day in (("first_day", first), ("last_day", last)) if day is None]
    if first is not None and last is not None:
        if last < first:
            problems.append(Problem("last_day", "absence-order"))
        elif last < today:
            problems.append(Problem("last_day", "absence-past"))
        elif last - first >= timedelta(days=MOST_DAYS):
            problems.append(Problem("last_day", "absence-long", {"max": str(MOST_DAYS)}))
    problems += free_text_problems("note", form.note.strip(), NOTE_LENGTH)
    if problems or first is None or last is None:
        raise Refusal(*problems)
    return first, last


def stand_in(person: int, away: Mapping[int, Away]) -> int | None:
    """Who does it instead of a person: themselves when they are there, else their substitute, or that one's. None: nobody does."""
    asked: set[int] = set()
    who: int | None = person
    while who is not None and who in away:
        if who in asked:
            return None
        asked.add(who)
        who = away[who].substitute
    return who
