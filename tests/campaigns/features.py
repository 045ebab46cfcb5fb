"""`python -m tests.campaigns.features [again]`: for each number of docs/features.md, its journeys and whether they passed.

The journeys run when there is no result of exactly this code yet, or with `again`. One line a number:
`feature 09 ok|failed|none <journeys>`. The exit code is 1 when a journey failed or did not run to its end.
"""

import hashlib
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
FEATURES = CHECKOUT / "docs" / "features.md"
KEPT = Path(__file__).resolve().parent / "results" / "local" / "features"
CODE = ("domain", "workflows", "activities", "infra", "web", "cli", "simulators", "tests/journeys")
DATA = {".py", ".html", ".po", ".css", ".js", ".txt", ".typ", ".csv"}


@dataclass(frozen=True, slots=True)
class Journey:
    """One test of `tests/journeys`, as its report has it."""

    name: str
    passed: bool
    numbers: tuple[int, ...]


def titles() -> dict[int, str]:
    """Every number with its title."""
    lines = re.findall(r"^(\d+)\. (.+)$", FEATURES.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): title for number, title in lines}


def source() -> str:
    """A hash over the code and the journeys: a result counts for exactly these files, committed or not."""
    total = hashlib.sha256()
    for folder in CODE:
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.suffix in DATA and "vendor" not in path.parts and path.is_file():
                total.update(f"{path.relative_to(CHECKOUT)}\0".encode() + path.read_bytes())
    return total.hexdigest()[:16]


def run(report: Path) -> None:
    """Run all journeys; pytest's own output is shown, its report written."""
    report.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "tests/journeys", "--quiet", f"--junit-xml={report}", "-o", "junit_family=xunit1"]
    subprocess.run(command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, check=False)


def read(report: Path) -> list[Journey]:
    """The journeys of a JUnit report, with the numbers that `tests/journeys/conftest.py` notes in it."""
    found = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        numbers = sorted({int(each.get("value", "0")) for each in case.iter("property") if each.get("name") == "feature"})
        passed = not any(case.find(bad) is not None for bad in ("failure", "error", "skipped"))
        story = case.get("classname", "").rpartition(".")[2].removeprefix("test_")
        found.append(Journey(f"{story}:{case.get('name', '').removeprefix('test_')}", passed, tuple(numbers)))
    return found


def lines(journeys: Sequence[Journey], known: Sequence[int]) -> list[str]:
    """A line a number, in order. A number that no journey has is `none`; one failed journey makes it `failed`."""
    told = []
    for number in known:
        proofs = [journey for journey in journeys if number in journey.numbers]
        verdict = "none" if not proofs else "ok" if all(journey.passed for journey in proofs) else "failed"
        told.append(" ".join([f"feature {number:02d} {verdict}", *(journey.name for journey in proofs)]))
    return told


def main(arguments: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    before = source()
    report = KEPT / f"{before}.xml"
    if "again" in arguments or not report.exists():
        report.unlink(missing_ok=True)
        run(report)
        if source() != before:
            print("The code changed while the journeys ran: the result is not kept.")
            changed = report.with_suffix(".changed")
            if report.exists():
                report.replace(changed)
            report = changed
    if not report.exists():
        print("The journeys did not run to their end.")
        return 1
    known = titles()
    journeys = read(report)
    told = lines(journeys, sorted(known))
    print(*told, sep="\n")
    strangers = sorted({number for journey in journeys for number in journey.numbers} - set(known))
    counts = {verdict: sum(line.split()[2] == verdict for line in told) for verdict in ("ok", "failed", "none")}
    print(f"features: {counts['ok']} ok, {counts['failed']} failed, {counts['none']} without a journey")
    if strangers:
        print(f"unknown numbers: {strangers}")
    unmarked = [journey.name for journey in journeys if not journey.numbers]
    if unmarked:
        print(f"journeys without a number: {' '.join(unmarked)}")
    failed = [journey.name for journey in journeys if not journey.passed]
    return 1 if failed or strangers or unmarked or not journeys else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
