"""The first figures of speed: `python -m tests.campaigns.bench [--only P9] [--keep]`.

Every speed is a ratio to a base that runs in the same alternating rounds; what is counted (CPU, events, bytes) stands as it is.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

from cli.exit import run_main
from tests.campaigns import bench_documents, bench_lives, bench_pages
from tests.campaigns.figures import Figure, commit, keep, load, remember, report

Measure = Callable[[], tuple[list[Figure], dict[str, Any]]]

MEASURES: dict[str, tuple[tuple[str, ...], Measure]] = {
    "documents": (("P9", "P10"), bench_documents.measure),
    "pages": (("P1",), bench_pages.measure),
    "lives": (("P4", "P5", "P27"), bench_lives.measure),
}


def main(arguments: Sequence[str] | None = None) -> int:
    known = [name for measured, _ in MEASURES.values() for name in measured]
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.bench", description="Measure lives, pages and documents.")
    parser.add_argument("--only", action="append", choices=known, help="only this metric and what is measured along with it")
    parser.add_argument("--keep", action="store_true", help="write the figures into results/latest.json")
    chosen = parser.parse_args(arguments)
    print(f"on {commit()}, load {load()}", flush=True)
    found: list[Figure] = []
    details: dict[str, Any] = {}
    for name, (measured, measure) in MEASURES.items():
        if chosen.only and not set(chosen.only) & set(measured):
            continue
        figures, numbers = measure()
        remember("bench", name, {"figures": {figure.name: figure.value for figure in figures}, "details": numbers})
        found += figures
        details |= numbers
        print(f"load {load()}", flush=True)
    if chosen.keep:
        keep("bench", found, details)
    return report(found)


if __name__ == "__main__":
    run_main(lambda: main(sys.argv[1:]))
