"""Where a case stands in the queue, and what its page shows of figures beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlmodel import Session

from domain.calendar import china_date
from infra.people import Person
from infra.queries.calendar import Calendar
from infra.queries.queue_order import RANKS, Place
from infra.queries.review import Case
from infra.queries.review_queue import QueueRow, neighbours, queue
from web.cursors import queue_place

Groups = list[tuple[tuple[str, datetime], list[QueueRow]]]
"""Rows under what they are listed by: expedited, special or ordinary, and the due moment."""


def grouped(rows: tuple[QueueRow, ...]) -> Groups:
    """The queue's rows in groups, in the queue's order."""
    return [(group, list(members)) for group, members in groupby(rows, key=lambda row: row.group)]


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a page stands in the queue: the rows beside it, the one before and the one after."""

    rows: tuple[QueueRow, ...]
    before: str
    after: str

    @property
    def groups(self) -> Groups:
        return grouped(self.rows)


def entry_of(session: Session, number: str, chosen: str, now: datetime, me: Person) -> Entry:
    """The first page of the queue, and the neighbours of this one wherever it stands."""
    before, after = neighbours(session, chosen, now, number, me)
    return Entry(queue(session, chosen, now, me=me).rows, before, after)


def days_left(days: Calendar, now: datetime) -> Callable[[datetime], int]:
    """How many working days lie between today and a deadline: 0 for one of today, of the past, or far away."""
    today = china_date(now)
    working = days.after(today)

    def count(due: datetime) -> int:
        due_on = min(china_date(due), working.last)
        ahead = (today + timedelta(days=day) for day in range(1, (due_on - today).days + 1))
        return sum(working.is_working_day(day) for day in ahead)

    return count


def bars(found: Case) -> list[tuple[str, int, int]]:
    """The two amounts to compare: name, fen, and the width of the bar in percent."""
    largest = max(found.amount_fen, found.consumed_fen, 1)
    both = (("amount", found.amount_fen), ("consumed", found.consumed_fen))
    return [(name, fen, max(0, round(100 * fen / largest))) for name, fen in both]


def written(place: Place | None) -> str:
    if place is None:
        return ""
    rank, due, turn, submitted, number = place
    return f"{rank}~{due.astimezone(UTC).isoformat()}~{turn}~{submitted.astimezone(UTC).isoformat()}~{number}"


def place_of(text: str) -> Place | None:
    """A place in the queue from the address; None for one that is malformed, which shows the first page."""
    return queue_place(text, RANKS)
