"""`python -m infra.parts [setup | setup-test]`: show the parts, or prepare them."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from infra.parts.commands import say, stop_all_running
from infra.parts.errors import PartFailed, PartMissing
from infra.parts.found import Found
from infra.parts.java import find_test_server, prepare_test_server
from infra.parts.node import find_node_packages, find_web_assets, prepare_web_assets
from infra.parts.postgres import find_postgres, prepare_postgres
from infra.parts.programs import TEMPORAL, VERSITYGW
from infra.parts.system import find_chromium, prepare_chromium
from infra.settings import Settings, settings


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the table, and how it comes about."""

    name: str
    needed_for: str
    find: Callable[[Settings], Found | None]


PARTS = (
    Part("Temporal CLI", "run", TEMPORAL.find),
    Part("S3 server versitygw", "run", VERSITYGW.find),
    Part("npm packages, fonts", "run", lambda _: find_node_packages()),
    Part("web assets", "run", lambda _: find_web_assets()),
    Part("time-skipping server", "test", find_test_server),
    Part("PostgreSQL", "test", find_postgres),
    Part("Chromium", "test", find_chromium),
)


def jobs_for(config: Settings, *, tests: bool) -> list[Callable[[], object]]:
    """Jobs that may run side by side. The Go builds use every core, so they go one after the other."""
    programs = [lambda: VERSITYGW.prepare(config), lambda: TEMPORAL.prepare(config)]
    packages: list[Callable[[], object]] = [lambda: prepare_web_assets(config)]
    if not tests:
        return [_in_a_row(programs), _in_a_row(packages)]
    packages.append(lambda: prepare_postgres(config))
    return [_in_a_row(programs), _in_a_row(packages), lambda: prepare_test_server(config), lambda: prepare_chromium(config)]


def _in_a_row(jobs: Sequence[Callable[[], object]]) -> Callable[[], object]:
    return lambda: [job() for job in jobs]


def show(config: Settings) -> int:
    """Print where each part was found. Exit code 1 when one that `make run` needs is missing."""
    missing = 0
    for part in PARTS:
        try:
            found = part.find(config)
            place = f"{found.path}  ({found.how})" if found else f"not found: make setup{'-test' if part.needed_for == 'test' else ''}"
        except PartMissing as problem:
            found, place = None, str(problem)
        missing += found is None and part.needed_for == "run"
        say(f"{part.name:<22}{part.needed_for:<6}{place}")
    return 1 if missing else 0


def prepare(config: Settings, *, tests: bool) -> int:
    """Prepare what is not there. Every failure is said; exit code 1 when there was one."""
    names = {"run", "test"} if tests else {"run"}
    try:
        if all(part.find(config) for part in PARTS if part.needed_for in names):
            return 0
    except PartMissing as problem:
        say(f"Set-up: {problem}")
        return 1
    began = time.monotonic()
    say("Preparing parts (once on this machine; the output of each step is kept in the cache folder's logs)")
    jobs = jobs_for(config, tests=tests)
    problems: list[str] = []
    pool = ThreadPoolExecutor(max_workers=len(jobs))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        waiting: list[Future[object]] = [pool.submit(job) for job in jobs]
        for done in as_completed(waiting):
            try:
                done.result()
            except (PartMissing, PartFailed) as problem:
                problems.append(str(problem))
    except KeyboardInterrupt:
        say("Set-up: stopped; the next run goes on with what is missing")
        stop_all_running()
        os._exit(130)  # the threads only wait for commands that were just ended
    for text in dict.fromkeys(problems):
        say(f"Set-up: {text}")
    if not problems:
        say(f"Parts are ready after {time.monotonic() - began:.0f} s")
    return 1 if problems else 0


def main(arguments: list[str]) -> int:
    match arguments:
        case []:
            return show(settings())
        case ["setup"]:
            return prepare(settings(), tests=False)
        case ["setup-test"]:
            return prepare(settings(), tests=True)
        case _:
            say("usage: python -m infra.parts [setup | setup-test]")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
