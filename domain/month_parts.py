"""A charge over several months, cut where a month begins, by its hours: each part has a month of its own (feature 18).

A configuration that is changed on the 20th and billed a month later is one row from the 20th to the 20th. Its parts can be invoiced apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Context, Decimal

from domain.calendar import china_date, next_period

PLACES = Decimal("1e-20")
"""To which a part is cut: as fine as an amount may be in a billing file."""
FEN = Decimal("0.01")
"""To which a part of what is billed in yuan is cut, so that the records of the parts add up to the rounded row."""
MOST_MONTHS = 24
"""Months over which one row may go."""
_WIDE = Context(prec=80)


@dataclass(frozen=True, slots=True)
class MonthPart:
    """`day` is the date in China on which the part begins, `seconds` how long it is."""

    day: date
    seconds: int


def month_parts(billed_from: datetime, billed_in: str, begins: datetime, ends: datetime) -> tuple[MonthPart, ...]:
    """The parts of a charge, `ends` exclusive; none when it is all of one month, or goes on after the month it is billed in.

    `billed_from` is when the billing period `billed_in` begins: months are cut as the file cuts them, in China's time or in UTC. What is
    billed before it has ended is paid in advance, and stays whole.
    """
    zone = billed_from - _midnight(billed_in)
    if ends <= begins or begins >= billed_from or ends > _midnight(next_period(billed_in)) + zone:
        return ()
    parts: list[MonthPart] = []
    at, month = begins, f"{begins - zone:%Y-%m}"
    while at < ends:
        month = next_period(month)
        until = min(ends, _midnight(month) + zone)
        parts.append(MonthPart(china_date(at), int((until - at) / timedelta(seconds=1))))
        at = until
    return tuple(parts) if len(parts) > 1 else ()


def _midnight(month: str) -> datetime:
    return datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)


def shares(amounts: Sequence[Decimal], parts: Sequence[MonthPart], unit: Decimal = PLACES) -> list[tuple[Decimal, ...]]:
    """What of each amount falls on each part, in whole units. They sum to it exactly: the last part takes what is left."""
    return list(zip(*(_shares(amount, parts, unit) for amount in amounts), strict=True))


def rest(amount: Decimal, taken: Sequence[Decimal]) -> Decimal:
    """What is left of an amount, exactly."""
    return _WIDE.subtract(amount, together(taken))


def together(amounts: Sequence[Decimal]) -> Decimal:
    """The exact sum."""
    total = Decimal(0)
    for amount in amounts:
        total = _WIDE.add(total, amount)
    return total


def _shares(amount: Decimal, parts: Sequence[MonthPart], unit: Decimal) -> list[Decimal]:
    """Cut where the months end, so that what a cut leaves over is in the next part and does not gather in the last."""
    whole = Decimal(sum(part.seconds for part in parts))
    cut: list[Decimal] = []
    seconds, taken = 0, Decimal(0)
    for part in parts[:-1]:
        seconds += part.seconds
        exact = _WIDE.divide(_WIDE.multiply(amount, Decimal(seconds)), whole)
        until = exact.quantize(unit, ROUND_DOWN, _WIDE)
        cut.append(rest(until, (taken,)))
        taken = until
    return [*cut, rest(amount, cut)]
