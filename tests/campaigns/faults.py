"""The fault matrix on running parts: `python -m tests.campaigns.faults [--cell S8.K1] [--seeds N] [--quick] [--fresh] [--keep]`.

Cells S3, S8, S12 and S14 of the matrix in `docs/reliability.md`. In each cell lives are brought to the step, one of them is
struck, then all; the fault ends, every life must go on within 60 s, and the invariants are checked on the database and on
the tax bureau's own book. A cell that passed on exactly this code is not run again, unless `--fresh` says so.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cli.exit import run_main
from tests.campaigns import applying, issuing
from tests.campaigns.applying import BothWon
from tests.campaigns.field import Cell, Field, Lost, field_of
from tests.campaigns.figures import Figure, commit, keep, load, remember, remembered, report, source

CELLS: dict[str, Cell] = {**issuing.CELLS, **applying.CELLS}
QUICK = ("S8.K1", "S8.TO", "S3.RO", "S12.RO")
LIVES = 20
RACES = 1000


@dataclass
class Result:
    """What one cell came to. Times in seconds; `violations` are sentences."""

    cell: str
    passed: bool
    recovery_s: float = 0.0
    took_s: float = 0.0
    violations: list[str] = field(default_factory=list)
    failure: str = ""
    races: int = 0
    both_won: int = 0

    def line(self) -> str:
        state = "passed" if self.passed else "FAILED"
        why = "; ".join([*([self.failure] if self.failure else []), *self.violations[:3]])
        return f"{self.cell:<7} {state}  recovery {self.recovery_s:5.1f} s  took {self.took_s:5.1f} s  {why}".rstrip()


async def run_cell(ground: Field, name: str, lives: int, strikes: Sequence[int]) -> Result:
    """One cell, struck as often as `strikes` says in turn."""
    began = time.monotonic()
    result = Result(name, passed=True)
    for struck in strikes:
        ground.lives = []
        try:
            result.recovery_s = max(result.recovery_s, await CELLS[name](ground, lives, struck))
        except BothWon as won:
            result.both_won += won.count
            result.failure = f"struck {struck}: {won}"
        except Lost as lost:
            result.failure = f"struck {struck}: {lost}"
        except Exception as error:  # whatever breaks a cell is that cell's failure; the next one starts on mended ground
            result.failure = f"struck {struck}: {type(error).__name__}: {error}"
        try:
            await mend(ground)
            found = await ground.check()
        except Exception as error:  # books that cannot be read are not sound books
            found = [f"could not be checked: {type(error).__name__}: {error}"]
        # A life that did not get on is the failure already; what counts then is whether the books are wrong as well.
        new = [each for each in found if each not in ground.seen and (not result.failure or re.match(r"I(?!21)\d+: ", each))]
        ground.seen |= set(new)
        result.violations += new
        result.races += struck if name == "S12.RO" else 0
        if result.failure or result.violations:
            result.passed = False
            break
    result.took_s = time.monotonic() - began
    return result


async def mend(ground: Field) -> None:
    """Take every fault away and start what lies dead, so that a broken cell does not break the next one."""
    ground.to_database.delay_s = ground.to_temporal.delay_s = 0.0
    ground.to_database.refuse(False)
    ground.to_temporal.release()
    ground.to_database.release()

    def revive() -> None:
        if ground.postgres.process is not None and ground.postgres.process.poll() is not None:
            ground.postgres.restart()
        for part in ground.stack.parts:
            if not ground.stack.is_running(part):
                ground.stack.start(part)

    await asyncio.to_thread(revive)
    ground.clear_faults()


async def run(names: Sequence[str], lives: int, races: int, seeds: int, fresh: bool) -> list[Result]:
    """All cells on one ground, those of this code's earlier run left out."""
    results = [] if fresh else [Result(**_plain(kept)) for name in names if (kept := remembered("faults", name)) and kept["passed"]]
    for result in results:
        print(f"{result.line()}  (kept)", flush=True)
    left = [name for name in names if name not in {result.cell for result in results}]
    for seed in range(1, seeds + 1) if left else ():
        async with field_of(seed) as ground:
            for name in left:
                racing = name == "S12.RO"
                strikes = [min(applying.RACES_AT_ONCE, races)] * max(1, races // applying.RACES_AT_ONCE) if racing else [1, lives]
                result = await run_cell(ground, name, lives, strikes)
                print(f"{result.line()}  [seed {seed}, load {load()}]", flush=True)
                if seeds == 1 and races == RACES and lives == LIVES:
                    remember("faults", name, asdict(result))
                results = [old for old in results if old.cell != name or not old.passed] + [result]
    return results


def _plain(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name not in ("commit", "source")}


def figures(names: Sequence[str], results: Sequence[Result]) -> list[Figure]:
    passed = {name for name in names if all(r.passed for r in results if r.cell == name) and any(r.cell == name for r in results)}
    return [
        Figure("faults-cells-passed", len(passed), len(names), "at-least"),
        Figure("faults-violations", sum(len(result.violations) for result in results), 0, "at-most"),
        Figure("faults-recovery-s-max", round(max((result.recovery_s for result in results), default=0.0), 1), 60, "at-most"),
        *([Figure("races-both-won", sum(result.both_won for result in results), 0, "at-most")] if "S12.RO" in names else []),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.faults", description="Break running parts and check the books.")
    parser.add_argument("--cell", action="append", choices=sorted(CELLS), help="only this cell; may be given again")
    parser.add_argument("--seeds", type=int, default=1, help="runs with so many seeds")
    parser.add_argument("--lives", type=int, default=LIVES)
    parser.add_argument("--races", type=int, default=RACES, help="races of cancel against approve in S12.RO")
    parser.add_argument("--quick", action="store_true", help="a few cells with few lives")
    parser.add_argument("--fresh", action="store_true", help="run every cell, also those that passed on this code before")
    parser.add_argument("--keep", action="store_true", help="write the figures into results/latest.json")
    chosen = parser.parse_args(arguments)
    names = chosen.cell or (list(QUICK) if chosen.quick else list(CELLS))
    lives, races = (3, 20) if chosen.quick else (chosen.lives, chosen.races)
    print(f"{len(names)} cells on {commit()}, {lives} lives each, one struck and then all; load {load()}", flush=True)
    measured_on = source()
    results = asyncio.run(run(names, lives, races, chosen.seeds, chosen.fresh or chosen.quick))
    found = figures(names, results)
    ran = sum(result.races for result in results)
    if "S12.RO" in names:
        print(f"{ran} races of cancel against approve were run", flush=True)
    if measured_on != source(fresh=True):
        print("the code changed while this ran: parts that were restarted ran the newer one, and nothing is kept", flush=True)
        return report(found) or 1
    if chosen.keep:
        keep("faults", found, {**{result.cell: asdict(result) for result in results}, "lives": lives})
    return report(found)


if __name__ == "__main__":
    run_main(lambda: main(sys.argv[1:]))
