"""Who applies for what and when on a month's last working day, and how many reviewers there are. Everything is drawn from a seed.

The mix, of all arrivals: 5 % expedited (of either kind), 25 % special, 70 % ordinary. Half of all comes from one customer, with the
same mix; the other half from small ones, a few each. A normal day has 240, the peak ten times as many.

A reviewer needs 2 to 6 minutes for an item, 4 on average, and has eight hours: 120 items a day, 15 an hour. For 70 % of 2,400 that
makes 14 reviewers, together 210 an hour.

Why expedited and special can all be kept, and until where. The queue gives expedited and special first, so they are kept when what
they ask for fits, whatever the rest asks for:
- over the day: 5 % + 25 % = 30 % of the arrivals, reviewers for 70 %. At a mix of more than 70 % expedited and special together, what
  comes first would fill the day, and special ones would wait for the day after; more than twice that (140 %) is not possible, so with
  the same reviewers the next day special are kept at any mix. With the reviewers of a normal day afterwards (two, 240 items), special
  are kept as long as what is left of them at 18:00, and the next day's, are at most 240: up to about 77 %.
- over an hour: a same-day promise has no day after to fall back on. In the busiest hour 13 % of the day's arrivals come: 312, of them
  16 expedited; reviewers for 210. Expedited alone would have to be 67 % of the mix to fill that hour, or 70 % to fill the day.
- over the last minutes: an expedite that comes so late that nobody can finish it by 18:00 cannot be kept at any mix. Every reviewer is
  free again within 6 minutes and needs up to 6 for the next item, so what comes by 17:48 is safe. This campaign found two broken
  promises of 132 while `infra.promises.same_day` still promised today at 17:59; what comes after 17:30 is promised for the next working
  day since. With fewer than two reviewers, or items of more than 15 minutes, half an hour is not enough either.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from domain.calendar import CHINA

NORMAL = 240
TIMES = 10
SHARE = 0.7
"""Reviewers, in parts of the arrivals."""
EXPEDITED, SPECIAL = 0.05, 0.25
BIG = 0.5
REJECTED = 0.08
"""Of what is decided."""
SMALL_MOST = 6
"""Applications of one small customer on the day, at most."""
ITEM_MINUTES = (2.0, 6.0)
HOURS_A_DAY = 8
ITEMS_A_DAY = round(HOURS_A_DAY * 60 / (sum(ITEM_MINUTES) / 2))
OPENS, CLOSES = time(9), time(18)
PEAK_DAY = date(2026, 8, 31)
"""A Monday, and its month's last day."""

Kind = Literal["expedited", "special", "ordinary"]
KINDS: tuple[Kind, ...] = ("expedited", "special", "ordinary")

BY_HOUR = (2, 1, 0, 0, 0, 0, 1, 2, 6, 12, 13, 11, 5, 8, 10, 10, 9, 6, 2, 1, 1, 0, 0, 0)
"""Of a hundred arrivals, how many come in each hour of the day in China."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An application that comes at a moment. `customer` is 0 for the big one. Expedited ones are special or ordinary as well."""

    at: datetime
    customer: int
    kind: Kind
    special: bool
    fen: int


def arrivals_of(day: date, count: int, dice: random.Random) -> list[Arrival]:
    """A day's arrivals, in their order."""
    found = []
    small = _small_customers(count, dice)
    for turn in range(count):
        hour = dice.choices(range(24), weights=BY_HOUR)[0]
        at = datetime.combine(day, time(hour), tzinfo=CHINA) + timedelta(seconds=dice.randrange(3600))
        drawn = dice.random()
        kind: Kind = "expedited" if drawn < EXPEDITED else "special" if drawn < EXPEDITED + SPECIAL else "ordinary"
        special = kind == "special" or (kind == "expedited" and dice.random() < SPECIAL)
        customer = 0 if dice.random() < BIG else small[turn]
        found.append(Arrival(at, customer, kind, special, dice.randrange(1_000, 5_000_000)))
    return sorted(found, key=lambda arrival: arrival.at)


def _small_customers(count: int, dice: random.Random) -> list[int]:
    """A customer for each turn, each at most `SMALL_MOST` times; numbers from 1."""
    found: list[int] = []
    customer = 0
    while len(found) < count:
        customer += 1
        found += [customer] * dice.randint(1, SMALL_MOST)
    dice.shuffle(found)
    return found[:count]


def reviewers_for(arrivals: int, share: float) -> int:
    """So many that they decide this share of the arrivals in a day; at least one."""
    return max(1, round(arrivals * share / ITEMS_A_DAY))


@dataclass(frozen=True, slots=True)
class Shift:
    """When a reviewer works on a day: nine hours with one off in the middle, half of them from 12, half from 13."""

    day: date
    off: time

    def works_at(self, moment: datetime) -> bool:
        local = moment.astimezone(CHINA)
        if local.date() != self.day or not OPENS <= local.time() < CLOSES:
            return False
        return not self.off <= local.time() < time(self.off.hour + 1)

    def next_start(self, moment: datetime) -> datetime | None:
        """When the work goes on after a moment at which it rests; None when it is over."""
        for start in (OPENS, time(self.off.hour + 1)):
            at = datetime.combine(self.day, start, tzinfo=CHINA)
            if at > moment:
                return at
        return None
