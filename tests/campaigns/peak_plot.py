"""The plot of the peak campaign as an SVG in the product's look: what came, was decided and waited by hour, and the promises kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from typing import Protocol

from domain.calendar import CHINA

Hour = tuple[date, int]
"""The day and the hour, in China."""


@dataclass
class Hours:
    """Counts by hour: what came and was decided within it, and what waited at its end."""

    arrivals: Counter[Hour] = field(default_factory=Counter)
    decisions: Counter[Hour] = field(default_factory=Counter)
    queue: dict[Hour, int] = field(default_factory=dict)

    def came(self, now: datetime) -> None:
        self.arrivals[_hour(now)] += 1

    def decided(self, now: datetime) -> None:
        self.decisions[_hour(now)] += 1

    def waiting(self, now: datetime, count: int) -> None:
        self.queue[_hour(now)] = count


def _hour(moment: datetime) -> Hour:
    local = moment.astimezone(CHINA)
    return (local.date(), local.hour)


class Run(Protocol):
    """What is drawn of a run."""

    @property
    def title(self) -> str: ...

    @property
    def hours(self) -> Hours: ...

    @property
    def shares(self) -> Mapping[str, tuple[float, int]]:
        """Percent of promises kept, and how many were due, by kind."""
        ...


WIDTH, LEFT, RIGHT = 1000, 56, 300
"""Of the picture, and of the margins of its curves; the bars stand at the right."""
PANEL, GAP, TOP = 210, 84, 74
FROM_HOUR, TO_HOUR = 7, 21
INK, SECOND, HAIRLINE, GROUND, CARD = "#1B2422", "#53605C", "#E1E6E4", "#F5F7F6", "#FFFFFF"
CAME, DECIDED, WAITING = "#6F87C2", "#0B6B63", "#B97A0F"
BARS = {"expedited": "#6A2C9C", "special": "#0B6B63", "ordinary": "#7D8985"}
FONT = """font-family="Inter, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif" """.strip()


def plot(runs: Sequence[Run]) -> str:
    """The SVG text: a card for each run."""
    height = TOP + len(runs) * (PANEL + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" {FONT}>',
        "<title>A month's last working day at the review desk</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="{GROUND}"/>',
        _text(16, 26, "A month's last working day at the review desk", size=17, weight=650, fill=INK),
        *_legend(16, 50),
    ]
    top = TOP
    for run in runs:
        parts += _card(run, top)
        top += PANEL + GAP
    return "\n".join([*parts, "</svg>", ""])


def _legend(x: int, y: int) -> list[str]:
    parts = []
    for colour, words in ((CAME, "came, an hour"), (DECIDED, "decided, an hour"), (WAITING, "waiting")):
        parts += [f'<rect x="{x}" y="{y - 9}" width="10" height="10" rx="2" fill="{colour}"/>', _text(x + 16, y, words)]
        x += 34 + 7 * len(words)
    return parts


def _card(run: Run, top: int) -> list[str]:
    hours = sorted({hour for hour in run.hours.queue if FROM_HOUR <= hour[1] < TO_HOUR})
    most = _round_up(max(*run.hours.queue.values(), *run.hours.arrivals.values(), 1))
    bottom, width = top + 44 + PANEL - 30, WIDTH - LEFT - RIGHT - 32
    step = width / max(1, len(hours))
    scale = (PANEL - 40) / most
    parts = [
        f'<rect x="16" y="{top}" width="{WIDTH - 32}" height="{PANEL + GAP - 16}" rx="10" fill="{CARD}" stroke="{HAIRLINE}"/>',
        _text(32, top + 26, run.title, size=14, weight=620, fill=INK),
    ]
    for part in range(5):
        value = most * part // 4
        y = bottom - value * scale
        parts += [
            f'<path d="M{LEFT + 16} {y:.1f}H{LEFT + 16 + width:.1f}" stroke="{HAIRLINE}"/>',
            _text(LEFT + 8, round(y) + 4, f"{value:,}", anchor="end", size=11),
        ]
    line = []
    for place, hour in enumerate(hours):
        x = LEFT + 16 + place * step
        bars = ((run.hours.arrivals[hour], CAME, 0.12), (run.hours.decisions[hour], DECIDED, 0.5))
        for count, colour, shift in bars:
            parts.append(
                f'<rect x="{x + shift * step:.1f}" y="{bottom - count * scale:.1f}" width="{0.36 * step:.1f}" height="{count * scale:.1f}" '
                f'fill="{colour}"><title>{hour[1]}:00, {count}</title></rect>'
            )
        line.append(f"{x + step:.1f} {bottom - run.hours.queue[hour] * scale:.1f}")
        if hour[1] % 3 == 0:
            parts.append(_text(round(x), bottom + 16, f"{hour[1]}:00", size=11))
        if hour[1] == FROM_HOUR or place == 0:
            parts.append(_text(round(x), bottom + 34, hour[0].isoformat(), fill=INK))
    if line:
        parts.append(f'<path d="M{" L".join(line)}" fill="none" stroke="{WAITING}" stroke-width="2.5" stroke-linejoin="round"/>')
    return [*parts, *_shares(run, WIDTH - RIGHT + 8, top + 52)]


def _shares(run: Run, x: int, y: int) -> list[str]:
    parts = [_text(x, y, "Promises kept", weight=620, fill=INK)]
    full = RIGHT - 48
    for kind, (percent, due) in run.shares.items():
        y += 26
        parts += [
            _text(x, y, f"{kind}, {due:,} due"),
            _text(x + full, y, f"{percent:.1f} %", anchor="end", fill=INK),
            f'<rect x="{x}" y="{y + 6}" width="{full}" height="8" rx="2" fill="{HAIRLINE}"/>',
            f'<rect x="{x}" y="{y + 6}" width="{full * percent / 100:.1f}" height="8" rx="2" fill="{BARS[kind]}"/>',
        ]
        y += 18
    return parts


def _round_up(value: int) -> int:
    """To a figure that four lines divide well."""
    step = 10 ** max(1, len(str(value)) - 1)
    return -(-value // step) * step if value % step else value


def _text(x: int, y: int, words: str, *, size: int = 12, weight: int = 400, fill: str = SECOND, anchor: str = "start") -> str:
    more = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}"{more}>{escape(words)}</text>'
