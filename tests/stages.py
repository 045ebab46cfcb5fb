"""What `make test` runs, stage by stage: first the gates, then the tests, with the time that each took.

`python -m tests.stages` runs all, `... check` the gates only. Every stage runs, also after one has failed;
the exit code is 1 when any failed. Tests marked `serial` need the machine for themselves and run last.
"""

import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent  # not resolved: the programs of the virtual environment lie beside its python
TESTED_IN_PARALLEL = ("domain", "activities", "infra", "simulators", "web", "workflows", "cli", "replay")
NO_TESTS = 5
"""pytest's exit code when it found nothing to run, as for a folder whose tests are all of the other kind."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A command with a name. `report`: where pytest writes its counts."""

    name: str
    command: Sequence[str | Path]
    report: Path | None = None


def gates() -> list[Stage]:
    """Checks that need nothing running."""
    stages = [
        Stage("ruff", [BIN / "ruff", "check", "--quiet", "."]),
        Stage("format", [BIN / "ruff", "format", "--check", "--quiet", "."]),
        Stage("types", [sys.executable, "-m", "mypy"]),
        Stage("imports", [BIN / "lint-imports", "--no-logo"]),
    ]
    if (CHECKOUT / "web" / "templates").is_dir():
        stages.append(Stage("templates", [BIN / "djlint", "web/templates", "--lint", "--quiet"]))
    return stages


def suites(reports: Path) -> list[Stage]:
    """The tests in two stages. A folder that is in neither list runs with the serial ones: nothing is left out."""
    folder = CHECKOUT / "tests"
    parallel = [f"tests/{name}" for name in TESTED_IN_PARALLEL if (folder / name).is_dir()]
    row = [f"--ignore={path}" for path in parallel]
    pytest = [sys.executable, "-m", "pytest", "--quiet", "--durations=10", "--durations-min=2"]
    return [
        Stage(
            "tests, two at a time",
            [*pytest, "-n", "2", "--dist", "loadfile", "-m", "not serial", f"--junit-xml={reports}/parallel.xml", *parallel],
            reports / "parallel.xml",
        ),
        Stage(
            "serial tests of the same",
            [*pytest, "-m", "serial", f"--junit-xml={reports}/serial.xml", *parallel],
            reports / "serial.xml",
        ),
        Stage("tests on running parts", [*pytest, f"--junit-xml={reports}/row.xml", "tests", *row], reports / "row.xml"),
    ]


def run(stages: Sequence[Stage]) -> int:
    """Run the stages, print their times and the sum of their tests; the exit code."""
    times: list[tuple[str, float, bool]] = []
    counts: dict[str, int] = {}
    for stage in stages:
        print(f"\n== {stage.name}", flush=True)
        began = time.monotonic()
        code = subprocess.run([str(word) for word in stage.command], cwd=CHECKOUT, stdin=subprocess.DEVNULL, check=False).returncode
        fine = code == 0 or (code == NO_TESTS and stage.report is not None)
        times.append((stage.name, time.monotonic() - began, fine))
        if stage.report is not None:
            for name, count in counts_of(stage.report).items():
                counts[name] = counts.get(name, 0) + count
    print()
    for name, seconds, fine in times:
        print(f"{name:<26}{seconds:>7.1f} s  {'fine' if fine else 'FAILED'}")
    print(f"{'all':<26}{sum(seconds for _, seconds, _ in times):>7.1f} s", flush=True)
    if counts:
        failed = counts["failures"] + counts["errors"]
        print(f"total: {counts['tests'] - failed - counts['skipped']} passed, {failed} failed, {counts['skipped']} skipped", flush=True)
        if counts["tests"] == 0:
            print("no test ran", flush=True)
            return 1
    return 0 if all(fine for _, _, fine in times) else 1


def counts_of(report: Path) -> dict[str, int]:
    """Tests, failures, errors and skipped of a JUnit report; zeros when pytest died before it wrote one."""
    names = ("tests", "failures", "errors", "skipped")
    if not report.exists():
        return dict.fromkeys(names, 0)
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    sums = dict.fromkeys(names, 0)
    for suite in suites:
        for name in names:
            sums[name] += int(suite.get(name, "0"))
    return sums


def main(arguments: Sequence[str]) -> int:
    """All stages, or the gates only."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if list(arguments) == ["check"]:
        return run(gates())
    with tempfile.TemporaryDirectory(prefix="kaipiao-reports-") as folder:
        return run([*gates(), *suites(Path(folder))])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
