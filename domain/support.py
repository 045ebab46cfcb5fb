"""Support tickets: what they are about, their states, who may do what when, and how long somebody has waited in office hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

from domain.calendar import CHINA, WorkingDays, china_date
from domain.errors import Problem, Refusal
from domain.titles import character_fault

KIND = "KT"
"""The letters of a ticket's number (`domain.numbers.drawn_number`)."""
SUBJECT_LONGEST = 100
TEXT_LONGEST = 5000
ADJUSTMENT_FILES = 2
"""Files that a request for a difference adjustment needs: the supplementary agreement, and the page with the system seal."""
FILES_MOST = 5
"""Files that go with one message."""
TICKETS_A_DAY = 20
"""Tickets one person may open in 24 hours."""
QUIET_DAYS = 10
"""Working days without a word after which an answered ticket closes by itself, unless the settings say otherwise."""
CALENDAR_AHEAD = timedelta(days=40)
"""How far the next opening can be: longer than any holiday."""


class Topic(StrEnum):
    CANCEL_ISSUING = "cancel-issuing"
    MARKETPLACE = "marketplace"
    RED_LETTER_SCAN = "red-letter-scan"
    LOST_INVOICE = "lost-invoice"
    OTHER_TEMPLATE = "other-template"
    TITLE = "title"
    AUTHENTICATION = "authentication"
    BILLING = "billing"
    DIFFERENCE_ADJUSTMENT = "difference-adjustment"
    """Consumption older than a year, merged into an issued invoice: by a supplementary agreement with the system seal (feature 15)."""
    OTHER = "other"


class AboutKind(StrEnum):
    """What a ticket can be about, as it stands before the colon."""

    APPLICATION = "application"
    INVOICE = "invoice"
    RECORD = "record"
    TITLE = "title"
    AUTHENTICATION = "authentication"
    STATEMENT = "statement"


class TicketState(StrEnum):
    OPEN = "open"
    """We are to answer."""
    ANSWERED = "answered"
    WAITING = "waiting"
    """We asked the customer something."""
    CLOSED = "closed"
    REOPENED = "reopened"
    """The customer wrote again after the end: we are to answer."""


OURS = frozenset({TicketState.OPEN, TicketState.REOPENED})
"""States in which the customer waits for us."""


class Deed(StrEnum):
    """What somebody does to a ticket."""

    WRITE = "write"
    """The customer's message."""
    ANSWER = "answer"
    ASK = "ask"
    """Staff need something of the customer."""
    NOTE = "note"
    """Among staff; changes no state."""
    CLOSE = "close"


STAFF_DEEDS = (Deed.ANSWER, Deed.ASK, Deed.NOTE, Deed.CLOSE)


def state_after(state: TicketState, deed: Deed) -> TicketState:
    """The state a deed leads to. Raises Refusal with ticket-closed for an answer to a closed ticket or closing it twice."""
    if deed is Deed.NOTE:
        return state
    if deed is Deed.WRITE:
        return {TicketState.CLOSED: TicketState.REOPENED, TicketState.REOPENED: TicketState.REOPENED}.get(state, TicketState.OPEN)
    if state is TicketState.CLOSED:
        raise Refusal(Problem("ticket", "ticket-closed"))
    return {Deed.ANSWER: TicketState.ANSWERED, Deed.ASK: TicketState.WAITING, Deed.CLOSE: TicketState.CLOSED}[deed]


def open_until(answered_on: date, days: WorkingDays, quiet_days: int) -> date:
    """The last day on which an answered ticket is open if nobody writes; in the night after it, it closes by itself."""
    return days.add_working_days(answered_on, quiet_days)


class QuietTickets(Protocol):
    def close_quiet(self, today: date, now: datetime) -> int:
        """Close answered tickets whose last day is before today, some at a time, and say how many."""


def split_about(text: str) -> tuple[AboutKind, str] | None:
    """`invoice:KP-261120-ABCD1234-1` in its two parts; None for anything of another form."""
    kind, _, key = text.partition(":")
    if kind not in tuple(AboutKind) or not key or len(text) > 120 or not key.isascii() or not key.isprintable():
        return None
    return AboutKind(kind), key


def about_id(key: str) -> int | None:
    """The number of a title or record; None for what cannot be one."""
    return int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else None


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When people of ours answer: working days from `opens` to `closes`, China time."""

    days: WorkingDays
    opens: time = time(9)
    closes: time = time(17)

    def is_open(self, moment: datetime) -> bool:
        day = china_date(moment)
        return self.days.is_working_day(day) and self._start(day) <= moment < self._end(day)

    def next_opening(self, moment: datetime) -> datetime:
        """When it opens next, from now on. Raises ValueError when the calendar ends before."""
        day = china_date(moment)
        while not self.days.is_working_day(day) or self._start(day) < moment:
            day += timedelta(days=1)
        return self._start(day)

    def closing(self, moment: datetime) -> datetime:
        """When it closes on the day of this moment."""
        return self._end(china_date(moment))

    def between(self, since: datetime, until: datetime) -> timedelta:
        """Office time from one moment to another."""
        spans = (min(until, self._end(day)) - max(since, self._start(day)) for day in _days(china_date(since), china_date(until)))
        return sum((span for span in spans if span > timedelta(0)), timedelta(0)) if since < until else timedelta(0)

    def _start(self, day: date) -> datetime:
        """Opening of a working day; on another day the span is empty."""
        return datetime.combine(day, self.opens, tzinfo=CHINA)

    def _end(self, day: date) -> datetime:
        return datetime.combine(day, self.closes if self.days.is_working_day(day) else self.opens, tzinfo=CHINA)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


def ticket_problems(subject: str, text: str) -> tuple[Problem, ...]:
    """What keeps a ticket's subject and first message from being taken."""
    return (*_problems("subject", subject, SUBJECT_LONGEST, lines=False), *message_problems(text))


def message_problems(text: str) -> tuple[Problem, ...]:
    return _problems("text", text, TEXT_LONGEST, lines=True)


def _problems(field: str, text: str, longest: int, *, lines: bool) -> tuple[Problem, ...]:
    """Codes: text-blank, ticket-text-long (max), and those of characters that no page can show (domain.titles)."""
    if not text.strip():
        return (Problem(field, "text-blank"),)
    if len(text) > longest:
        return (Problem(field, "ticket-text-long", {"max": str(longest), "length": str(len(text))}),)
    for position, character in enumerate(text, start=1):
        fault = character_fault(character)
        if fault and fault != "emoji" and not (lines and character == "\n"):
            return (Problem(field, f"ticket-text-{fault}", {"position": str(position), "character": f"U+{ord(character):04X}"}),)
    return ()
