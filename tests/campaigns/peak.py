"""A month's last working day at the review desk: `python -m tests.campaigns.peak`. Ten times the normal load, reviewers for 70 % of it.

Who comes when, and what the reviewers can do, is `peak_load.py`, with the arithmetic of what can be kept. What is real: the books on a
database (reserve, automatic review, expedite, claim, decide, approve, the broken promise), the calendar, the promises, and the queue,
which is read anew for each item that a reviewer takes. What is simulated: the clock, and the reviewers, who take the first of the queue
that nobody has in hand and need some minutes for it; all amounts are below the second level. No life runs in these: a tenth of the same
peak runs with real lives afterwards, time skipped (`peak_lives.py`).

Two runs of two days: in the first the reviewers are there for the peak's day only, and the next day has a normal day's two for a normal
day's arrivals; in the second they come again the next day. The figures take the worse of both.
"""

import argparse
import asyncio
import heapq
import itertools
import random
import sys
import tempfile
import time as clock
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from sqlmodel import select

from cli.exit import run_main
from domain.calendar import CHINA, end_of
from domain.invoices import InvoiceKind
from domain.messages import Expedite, Policy, ReviewDecision, Verdict
from domain.review_messages import ReviewClaim
from infra.books.applications import SqlApplications
from infra.books.review import SqlReview
from infra.database import Database
from infra.invariants import violations
from infra.queries.review_queue import queue
from infra.queries.scope import utc, utc_or_none
from infra.tables import ApplicationRow
from tests.campaigns.figures import RESULTS, Figure, commit, keep, load, report
from tests.campaigns.peak_lives import LivesOutcome, run_lives
from tests.campaigns.peak_load import (
    CLOSES,
    ITEM_MINUTES,
    KINDS,
    NORMAL,
    OPENS,
    PEAK_DAY,
    REJECTED,
    SHARE,
    TIMES,
    Arrival,
    Kind,
    Shift,
    arrivals_of,
    reviewers_for,
)
from tests.campaigns.peak_plot import Hours, plot
from tests.databases import sqlite_database
from tests.factories import Customer, make_customer, make_record, make_request, make_reviewer
from web.application_start import draw_number

CONSUMED_ON = date(2026, 7, 15)
TENTH = 10
PLOT = RESULTS / "peak.svg"


@dataclass(frozen=True, slots=True)
class Day:
    """One working day: how many applications come, and how many people review."""

    day: date
    arrivals: int
    reviewers: int


@dataclass(frozen=True, slots=True)
class Fate:
    """How an application fared. Moments in UTC; `decided_at` is None when nobody had decided at the end."""

    kind: Kind
    big: bool
    came_at: datetime
    promised_at: datetime
    decided_at: datetime | None

    @property
    def kept(self) -> bool:
        return self.decided_at is not None and self.decided_at <= self.promised_at


@dataclass
class Outcome:
    """What a run came to."""

    name: str
    days: Sequence[Day]
    fates: list[Fate]
    violations: dict[str, list[str]]
    hours: Hours
    took_s: float = 0.0

    def due(self, kind: Kind) -> list[Fate]:
        """Those whose promise was due before the end."""
        return [fate for fate in self.fates if fate.kind == kind and fate.promised_at <= self.ends_at]

    @property
    def ends_at(self) -> datetime:
        return end_of(self.days[-1].day)

    def kept(self, kind: Kind) -> float:
        """Percent of the promises that were due."""
        due = self.due(kind)
        return 100 * sum(fate.kept for fate in due) / len(due) if due else 0.0

    @property
    def title(self) -> str:
        return f"{self.days[0].arrivals:,} applications in a day, {self.days[0].reviewers} reviewers {self.name}"

    @property
    def shares(self) -> dict[str, tuple[float, int]]:
        return {kind: (self.kept(kind), len(self.due(kind))) for kind in KINDS}

    def longest_h(self, *, big: bool) -> float:
        """The longest wait of an ordinary application of the big customer, or of the small ones, among those that were due."""
        return max((worked_hours(fate.came_at, fate.decided_at or self.ends_at) for fate in self._ordinary(big=big)), default=0.0)

    def mean_h(self, *, big: bool) -> float:
        """The same on average."""
        waits = [worked_hours(fate.came_at, fate.decided_at or self.ends_at) for fate in self._ordinary(big=big)]
        return sum(waits) / max(1, len(waits))

    def _ordinary(self, *, big: bool) -> list[Fate]:
        return [fate for fate in self.due("ordinary") if fate.big is big]


def worked_hours(first: datetime, last: datetime) -> float:
    total = 0.0
    day = first.astimezone(CHINA).date()
    while day <= last.astimezone(CHINA).date():
        opens, closes = (datetime.combine(day, at, tzinfo=CHINA) for at in (OPENS, CLOSES))
        if day.weekday() < 5:
            total += max(0.0, (min(last, closes) - max(first, opens)).total_seconds())
        day += timedelta(days=1)
    return total / 3600


@dataclass
class Reviewer:
    """A person at the desk, and the application in hand."""

    user_id: int
    shift: Shift
    has: str = ""


Event = Literal["comes", "decided", "shift", "due"]


@dataclass
class Desk:
    """The review desk over some days, on one database."""

    database: Database
    days: Sequence[Day]
    dice: random.Random
    reviewers: list[Reviewer] = field(default_factory=list)
    customers: dict[int, Customer] = field(default_factory=dict)
    events: list[tuple[datetime, int, Event, Any]] = field(default_factory=list)
    hours: Hours = field(default_factory=Hours)

    def __post_init__(self) -> None:
        self.books = SqlApplications(self.database, lambda _text: set())
        self.review = SqlReview(self.database)
        self.turns = itertools.count()
        self.waiting: set[str] = set()
        self.promised: dict[str, datetime] = {}
        people = [make_reviewer(self.database) for _ in range(max(day.reviewers for day in self.days))]
        for day in self.days:
            self._plan(day, people)

    def _plan(self, day: Day, people: Sequence[int]) -> None:
        for arrival in arrivals_of(day.day, day.arrivals, self.dice):
            self._at(arrival.at, "comes", arrival)
        for turn, person in enumerate(people[: day.reviewers]):
            shift = Shift(day.day, time(12) if turn % 2 else time(13))
            self.reviewers.append(Reviewer(person, shift))
            for start in (OPENS, time(shift.off.hour + 1)):
                self._at(datetime.combine(day.day, start, tzinfo=CHINA), "shift", None)
        self._at(datetime.combine(day.day, CLOSES, tzinfo=CHINA), "due", None)

    def _at(self, moment: datetime, event: Event, what: object) -> None:
        heapq.heappush(self.events, (moment.astimezone(UTC), next(self.turns), event, what))

    def run(self) -> None:
        end = end_of(self.days[-1].day)
        while self.events and self.events[0][0] <= end:
            now, _, event, what = heapq.heappop(self.events)
            if event == "comes":
                self._comes(what, now)
            elif event == "decided":
                self._decided(what, now)
            elif event == "due":
                self._due(now)
            self._take(now)
            self.hours.waiting(now, len(self.waiting))

    def _comes(self, arrival: Arrival, now: datetime) -> None:
        owner = self.customers.get(arrival.customer)
        record = {"day": CONSUMED_ON, "opened": owner is None}
        owner = self.customers.setdefault(arrival.customer, owner or make_customer(self.database))
        kind = InvoiceKind.SPECIAL if arrival.special else InvoiceKind.ORDINARY
        request = make_request(owner, make_record(self.database, owner, arrival.fen, **record), number=draw_number(now), kind=kind)  # type: ignore[arg-type]
        reservation = self.books.reserve(request, now)
        if reservation.promised_at is None:
            raise RuntimeError(f"refused: {reservation.problems}")
        self.promised[request.number] = reservation.promised_at
        self.books.check(request.number, request.policy, now)
        if arrival.kind == "expedited":
            expedite = Expedite(f"{request.number}:with-form", owner.user_id)
            self.promised[request.number] = self.books.expedite(request.number, expedite, request.policy, now)
        self.waiting.add(request.number)
        self.hours.came(now)

    def _take(self, now: datetime) -> None:
        """Whoever is free takes the first of the queue that nobody has in hand."""
        free = [each for each in self.reviewers if not each.has and each.shift.works_at(now)]
        if not free or not self.waiting:
            return
        in_hand = {each.has for each in self.reviewers if each.has}
        with self.database.read() as session:
            rows = queue(session, "all", now, limit=len(in_hand) + len(free)).rows
        left = (row.number for row in rows if row.number not in in_hand)
        for reviewer, number in zip(free, left, strict=False):
            reviewer.has = number
            if not self.review.claim(number, ReviewClaim(f"key-{uuid4()}", reviewer.user_id), now).taken:
                raise RuntimeError(f"the claim of {number} was refused")
            self._at(now + timedelta(minutes=self.dice.uniform(*ITEM_MINUTES)), "decided", reviewer)

    def _decided(self, reviewer: Reviewer, now: datetime) -> None:
        number, reviewer.has = reviewer.has, ""
        verdict = Verdict.REJECT if self.dice.random() < REJECTED else Verdict.APPROVE
        with self.database.read() as session:
            version = session.get_one(ApplicationRow, number).version
        reason = "抬头不符" if verdict is Verdict.REJECT else ""
        decision = ReviewDecision(f"key-{uuid4()}", reviewer.user_id, verdict, version, reason)
        outcome = self.review.decide(number, decision, now)
        if not outcome.taken:
            raise RuntimeError(f"the decision about {number} was refused")
        if outcome.approved:
            self.books.approve(number, decision, Policy(), now)
        self.waiting.discard(number)
        self.hours.decided(now)

    def _due(self, now: datetime) -> None:
        for number in self.waiting:
            if self.promised[number] <= now:
                self.books.mark_overdue(number, self.promised[number], now)

    def fates(self) -> list[Fate]:
        """As the rows say it."""
        big = self.customers[0].enterprise_id if 0 in self.customers else 0
        with self.database.read() as session:
            rows = session.exec(select(ApplicationRow)).all()
        return [
            Fate(
                "expedited" if row.expedited else "special" if row.kind == InvoiceKind.SPECIAL else "ordinary",
                row.enterprise_id == big,
                utc(row.submitted_at),
                utc(row.promised_at or row.submitted_at),
                utc_or_none(row.decided_at),
            )
            for row in rows
        ]


def run(name: str, days: Sequence[Day], seed: int) -> Outcome:
    """One run on a database of its own."""
    began = clock.monotonic()
    with tempfile.TemporaryDirectory(prefix="kaipiao-peak-") as folder:
        database = sqlite_database(Path(folder))
        desk = Desk(database, days, random.Random(seed))
        desk.run()
        with database.read() as session:
            broken = violations(session)
        outcome = Outcome(name, days, desk.fates(), broken, desk.hours)
        database.engine.dispose()
    outcome.took_s = clock.monotonic() - began
    return outcome


def scenarios(normal: int, times: int, share: float) -> dict[str, list[Day]]:
    peak, after = Day(PEAK_DAY, normal * times, reviewers_for(normal * times, share)), PEAK_DAY + timedelta(days=1)
    return {
        "for the peak's day only": [peak, Day(after, normal, reviewers_for(normal, 1.0))],
        "the next day as well": [peak, Day(after, normal, peak.reviewers)],
    }


def told(outcome: Outcome) -> str:
    """A run in words."""
    parts: dict[Kind, str] = {}
    for kind in KINDS:
        due = outcome.due(kind)
        parts[kind] = f"{kind} {outcome.kept(kind):.1f} % of {len(due)}"
    late = Counter(fate.kind for fate in outcome.fates if fate.decided_at is None)
    peak = outcome.days[0]
    return (
        f"{peak.reviewers} reviewers {outcome.name}, {peak.arrivals:,} arrivals: promises kept: {', '.join(parts.values())}; "
        f"undecided after {len(outcome.days)} days: {dict(late) or 'none'}; longest (mean) wait of an ordinary one, in hours of work: "
        f"small customers {outcome.longest_h(big=False):.1f} ({outcome.mean_h(big=False):.1f}), "
        f"the one with half of all {outcome.longest_h(big=True):.1f} ({outcome.mean_h(big=True):.1f}); "
        f"took {outcome.took_s:.0f} s"
    )


def figures(outcomes: Sequence[Outcome], lives: LivesOutcome | None) -> list[Figure]:
    settled = outcomes[-1]
    broken = [*(outcome.violations for outcome in outcomes), *([lives.violations] if lives else [])]
    found = [
        Figure("peak-expedited-kept", min(each.kept("expedited") for each in outcomes), 100, "at-least"),
        Figure("peak-special-kept", min(each.kept("special") for each in outcomes), 100, "at-least"),
        Figure("peak-small-wait-to-big", round(settled.longest_h(big=False) / max(settled.longest_h(big=True), 0.01), 2), 1, "at-most"),
        Figure("peak-violations", sum(len(sentences) for each in broken for sentences in each.values()), 0, "at-most"),
    ]
    if lives is not None:
        kept = min(lives.percent("expedited"), lives.percent("special"))
        found += [Figure("peak-lives-kept", kept, 100, "at-least"), Figure("peak-lives-wrong", len(lives.wrong), 0, "at-most")]
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.peak", description="A month's end at the review desk.")
    parser.add_argument("--normal", type=int, default=NORMAL, help="applications of a normal day")
    parser.add_argument("--times", type=int, default=TIMES, help="so many times of that on the peak's day")
    parser.add_argument("--share", type=float, default=SHARE, help="reviewers, in parts of the peak's arrivals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-lives", action="store_true", help="the books only")
    parser.add_argument("--keep", action="store_true", help="write the figures into results/latest.json and the plot beside it")
    chosen = parser.parse_args(arguments)
    print(f"on {commit()}, load {load()}", flush=True)
    planned = scenarios(chosen.normal, chosen.times, chosen.share)
    with ProcessPoolExecutor(len(planned)) as processes:
        outcomes = list(processes.map(run, planned.keys(), planned.values(), [chosen.seed] * len(planned)))
    for outcome in outcomes:
        print(told(outcome), flush=True)
        for invariant, sentences in outcome.violations.items():
            print(f"{invariant}: {len(sentences)} violations, first {sentences[:3]}", flush=True)
    lives = None
    if not chosen.no_lives:
        peak = max(1, chosen.normal * chosen.times // TENTH)
        after = max(1, chosen.normal // TENTH)
        lives = asyncio.run(run_lives([(peak, round(peak * chosen.share)), (after, after)], chosen.seed))
        print(lives.told(), flush=True)
        for sentence in lives.wrong[:5]:
            print(sentence, flush=True)
    found = figures(outcomes, lives)
    if chosen.keep:
        PLOT.write_text(plot(outcomes), encoding="utf-8")
        kept = {each.name: {kind: each.kept(kind) for kind in KINDS} for each in outcomes}
        keep(
            "peak", found, {"kept": kept, "waits_h": {each.name: [each.longest_h(big=side) for side in (False, True)] for each in outcomes}}
        )
    return report(found)


if __name__ == "__main__":
    run_main(lambda: main(sys.argv[1:]))
