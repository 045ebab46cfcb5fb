"""Figures: one line each at the end of a run, and what is kept of a run so that the next one can go on from it."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

CHECKOUT = Path(__file__).resolve().parent.parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
LOCAL = RESULTS / "local"
LATEST = RESULTS / "latest.json"
CODE = ("domain", "workflows", "activities", "infra", "web", "cli", "simulators", "tests/campaigns")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number with its goal. `sense`: whether the goal is the least or the most that is good."""

    name: str
    value: float
    goal: float
    sense: Literal["at-least", "at-most"]

    @property
    def is_met(self) -> bool:
        return self.value >= self.goal if self.sense == "at-least" else self.value <= self.goal

    def line(self) -> str:
        sign = ">=" if self.sense == "at-least" else "<="
        return f"figure: {self.name} {_short(self.value)} goal {sign}{_short(self.goal)} {'ok' if self.is_met else 'short'}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}"


def report(figures: Sequence[Figure]) -> int:
    """Print the figures as the last lines of a run; the exit code."""
    for figure in figures:
        print(figure.line(), flush=True)
    return 0 if figures and all(figure.is_met for figure in figures) else 1


@cache
def commit() -> str:
    """The commit that is checked out, with `+changes` when the work tree differs from it."""
    head = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    return f"{head}+changes" if _git("status", "--porcelain", "--", *CODE) else head


@cache
def source(*, fresh: bool = False) -> str:
    """A hash over the code that a campaign runs, templates included: results of the same code can be put together, commit or not.

    As it was at the first call; `fresh` looks once more, to see whether it changed meanwhile.
    """
    total = hashlib.sha256()
    for folder in CODE:
        for path in sorted(each for each in (CHECKOUT / folder).rglob("*") if each.suffix in {".py", ".html", ".typ", ".po", ".csv"}):
            total.update(str(path.relative_to(CHECKOUT)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def load() -> str:
    """The load average of one, five and fifteen minutes."""
    return " ".join(f"{value:.1f}" for value in os.getloadavg())


def machine() -> dict[str, object]:
    """What the numbers were measured on."""
    packages = ("temporalio", "sqlalchemy", "sqlmodel", "fastapi", "typst", "psycopg")
    return {
        "cores": os.cpu_count(),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "load": load(),
        "packages": {name: version(name) for name in packages},
    }


def remember(kind: str, name: str, result: dict[str, Any]) -> None:
    """Keep one cell's or one metric's result beside the code that it was measured with."""
    path = LOCAL / kind / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps({**result, "commit": commit(), "source": source()}, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def remembered(kind: str, name: str) -> dict[str, Any] | None:
    """The kept result of exactly this code, or None."""
    path = LOCAL / kind / f"{name}.json"
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found if found.get("source") == source() else None


def keep(campaign: str, figures: Sequence[Figure], details: dict[str, Any]) -> None:
    """Write this campaign's part of the committed results file."""
    RESULTS.mkdir(exist_ok=True)
    kept: dict[str, Any] = json.loads(LATEST.read_text(encoding="utf-8")) if LATEST.exists() else {}
    kept[campaign] = {
        "commit": commit(),
        "machine": machine(),
        "figures": {f.name: {"value": f.value, "goal": f.goal, "sense": f.sense, "met": f.is_met} for f in figures},
        "details": details,
    }
    LATEST.write_text(json.dumps(kept, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
