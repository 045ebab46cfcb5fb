"""Plots as shapes: what a template draws as SVG without any script. Numbers stand beside them in a table, for every reader.

Shapes lie in a field of `WIDTH` by `HEIGHT` that the page stretches; words stand outside of it, so that they keep their size on a phone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.peak import Peak
from domain.promises import ReviewDay
from web import formats
from web.words import Words

WIDTH, HEIGHT = 1000, 200
INSET = 2
"""So far a line stays away from the edges, which would cut it."""
TICKS = 5
"""Days named below a plot, at most."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `y` down; `tone` names its colour."""

    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line as an SVG path; it is broken where there is no value."""

    path: str
    tone: str


@dataclass(frozen=True, slots=True)
class Plot:
    """`top` is the value at the upper edge. `peaks`: stretches (x, width) of planned peaks. `words` say what is to be seen."""

    title: str
    words: str
    top: str
    legend: tuple[tuple[str, str], ...]
    """Tone and word of each series."""
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    ticks: tuple[str, ...] = ()
    peaks: tuple[tuple[float, float], ...] = ()


def plots_of(language: Words, days: Sequence[ReviewDay], peaks: Sequence[Peak]) -> tuple[Plot, ...]:
    """Age of the queue, throughput, share of promises kept. No plot without a day."""
    if not days:
        return ()
    shared = {"ticks": _ticks([each.day for each in days]), "peaks": _stretches([each.day for each in days], peaks)}
    return (_age(language, days, **shared), _throughput(language, days, **shared), _share(language, days, **shared))


def _age(language: Words, days: Sequence[ReviewDay], **shared: tuple[object, ...]) -> Plot:
    say = language.gettext
    top = max(1, *(each.oldest_days for each in days))
    oldest = max(days, key=lambda each: each.oldest_days)
    words = language.say(
        "At most {days} days old, at the end of {day}; {count} waited then.",
        {"days": oldest.oldest_days, "day": oldest.day.isoformat(), "count": formats.count(oldest.waiting)},
    )
    lines = (
        Line(_steps(days, lambda each: each.oldest_days / top), "amber"),
        Line(_steps(days, lambda each: each.middle_days / top), "slate"),
    )
    legend = (("amber", say("Oldest")), ("slate", say("Half wait at least so long")))
    return _plot(say("Age of the queue (days)"), words, str(top), legend, lines=lines, **shared)


def _throughput(language: Words, days: Sequence[ReviewDay], **shared: tuple[object, ...]) -> Plot:
    say = language.gettext
    top = max(1, *(max(each.by_people + each.by_policy, each.arrived) for each in days))
    step = WIDTH / len(days)
    bars = []
    for place, each in enumerate(days):
        below = HEIGHT * each.by_people / top
        above = HEIGHT * each.by_policy / top
        bars.append(Bar(place * step + step * 0.12, HEIGHT - below, step * 0.76, below, "slate"))
        bars.append(Bar(place * step + step * 0.12, HEIGHT - below - above, step * 0.76, above, "grey"))
    facts = {
        "arrived": formats.count(sum(each.arrived for each in days)),
        "people": formats.count(sum(each.by_people for each in days)),
        "policy": formats.count(sum(each.by_policy for each in days)),
    }
    words = language.say("{arrived} arrived; people decided {people}, the policy {policy}.", facts)
    legend = (("slate", say("Decided by people")), ("grey", say("Passed by the policy")), ("amber", say("Arrived")))
    lines = (Line(_steps(days, lambda each: each.arrived / top), "amber"),)
    return _plot(say("Throughput by day"), words, formats.count(top), legend, bars=tuple(bars), lines=lines, **shared)


def _share(language: Words, days: Sequence[ReviewDay], **shared: tuple[object, ...]) -> Plot:
    say = language.gettext
    first = (sum(each.first_kept for each in days), sum(each.first_broken for each in days))
    rest = (sum(each.rest_kept for each in days), sum(each.rest_broken for each in days))
    words = language.say("Expedited and special: {first}; the others: {rest}.", {"first": share(*first), "rest": share(*rest)})
    lines = (
        Line(_steps(days, lambda each: _part(each.rest_kept, each.rest_broken)), "slate"),
        Line(_steps(days, lambda each: _part(each.first_kept, each.first_broken)), "green"),
    )
    legend = (("green", say("Expedited and special")), ("slate", say("The others")))
    return _plot(say("Promises kept, by the day they were due"), words, "100%", legend, lines=lines, **shared)


def share(kept: int, broken: int) -> str:
    """`98.5%`: never 100 while one is broken; a dash without any promise."""
    if not kept + broken:
        return formats.NOTHING
    tenths = 1000 * kept // (kept + broken)
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def _plot(title: str, words: str, top: str, legend: tuple[tuple[str, str], ...], **more: object) -> Plot:
    return Plot(title, words, top, legend, **more)  # type: ignore[arg-type]


def _part(kept: int, broken: int) -> float | None:
    return kept / (kept + broken) if kept + broken else None


def _steps(days: Sequence[ReviewDay], value: Callable[[ReviewDay], float | None]) -> str:
    """A line of one step a day, also when there is one day only."""
    step = WIDTH / len(days)
    path, drawn = [], False
    for place, each in enumerate(days):
        found = value(each)
        if found is not None:
            y = f"{INSET + (HEIGHT - 2 * INSET) * (1 - found):.1f}"
            path.append(f"V{y}H{(place + 1) * step:.1f}" if drawn else f"M{place * step:.1f} {y}H{(place + 1) * step:.1f}")
        drawn = found is not None
    return "".join(path)


def _ticks(days: Sequence[date]) -> tuple[str, ...]:
    """Some of the days, the first and the last among them, as `11-20`."""
    count = min(TICKS, len(days))
    places = sorted({round(each * (len(days) - 1) / max(1, count - 1)) for each in range(count)})
    return tuple(days[place].strftime("%m-%d") for place in places)


def _stretches(days: Sequence[date], peaks: Sequence[Peak]) -> tuple[tuple[float, float], ...]:
    step = WIDTH / len(days)
    found = []
    for peak in peaks:
        first, last = max(peak.first, days[0]), min(peak.last, days[-1])
        if first <= last:
            found.append(((first - days[0]).days * step, ((last - first).days + 1) * step))
    return tuple(found)
