"""Why an application's promise stands where it does, from its events: what it is counted from, and what moved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from domain.lifecycle import ApplicationState
from domain.promises import BEGINNINGS, Begins, Passed
from infra.queries.lives import LifeEvent
from infra.queries.scope import utc, utc_or_none
from infra.tables import CalendarChangeRow


@dataclass(frozen=True, slots=True)
class PromiseMove:
    """The calendar moved it; `note` is what the operator wrote, empty when the libraries' own calendar came anew."""

    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class PromiseSeen:
    """A promise and why. `since` is the moment that it is counted from."""

    number: str
    state: str
    due_at: datetime
    estimated: bool
    begins: Begins
    since: datetime
    expedited_at: datetime | None = None
    """Earlier than `since` when material came after it: the same day is counted from `since` then."""
    passed: Passed | None = None
    """Those that it went before when it was expedited; None of older ones, which were not counted."""
    moved: PromiseMove | None = None
    overdue: bool = False
    decided_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state == ApplicationState.REVIEWING

    @property
    def kept(self) -> bool:
        """Of a decided one: the decision came in time."""
        return self.decided_at is not None and not self.overdue and self.decided_at <= self.due_at


def promise_seen(session: Session, row: Any, events: Sequence[LifeEvent]) -> PromiseSeen | None:
    """By an application's row, or the columns of it, and its events, the newest first."""
    due_at = utc_or_none(row.promised_at)
    if due_at is None:
        return None
    begins, since = Begins.SUBMITTED, utc(row.submitted_at)
    expedited = moved = None
    passed = None
    for event in reversed(events):
        if event.kind in BEGINNINGS:
            begins, since = BEGINNINGS[event.kind], event.at
            moved = None
        elif event.kind == "expedited":
            expedited = event.at
            if "passed" in event.facts:
                passed = Passed(event.facts["passed"], event.facts["passed_today"])
        elif event.kind == "promise-moved":
            moved = PromiseMove(event.at, _note(session, event.facts.get("calendar")))
    return PromiseSeen(
        number=row.number,
        state=row.state,
        due_at=due_at,
        estimated=row.promise_estimated,
        begins=begins,
        since=since,
        expedited_at=expedited,
        passed=passed,
        moved=moved,
        overdue=any(event.kind == "overdue" and event.at >= since for event in events),
        decided_at=utc_or_none(row.decided_at),
    )


def _note(session: Session, version: object) -> str:
    """What was written beside a change of the calendar, by the version's name `..., days 3`."""
    _, _, number = str(version or "").rpartition(", days ")
    change = session.get(CalendarChangeRow, int(number)) if number.isdecimal() else None
    return change.note if change is not None else ""
