"""`make run`: start every part, say where they are, mind them until Ctrl-C, stop them all."""

import signal
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import FrameType

from cli.leftovers import AlreadyRunning, end_leftovers, only_supervisor
from cli.ports import holder_of, is_free
from cli.stack import PartDied, Stack
from cli.stack_parts import BY_NAME, parts_to_run
from infra.parts import PartFailed, PartMissing
from infra.settings import PREFIX, Settings, settings

FIRST_BACK_OFF_S = 1.0
LONGEST_BACK_OFF_S = 30.0
CALM_AFTER_S = 60.0
"""A part that ran for so long has recovered: its next end counts as the first."""


def run() -> int:
    """Supervise a whole Kaipiao; the exit code. 0 after Ctrl-C or TERM."""
    config = settings()
    stopping = _stop_on_signals()
    try:
        with only_supervisor(config.data_dir):
            return _run_alone(config, stopping)
    except AlreadyRunning as problem:
        _say(str(problem))
        return 1


def _run_alone(config: Settings, stopping: threading.Event) -> int:
    began = time.monotonic()
    ended = end_leftovers(config.data_dir)
    if ended:
        _say(f"Stopped {ended} processes that an earlier run had left behind")
    try:
        stack = Stack(parts_to_run(config), settings=config, demo=config.deployment == "local", say=_say, stop_starting=stopping)
    except ValueError as problem:
        _say(f"{PREFIX}RUN_PARTS: {problem}")
        return 1
    taken = taken_ports(config, stack.parts)
    if taken:
        for line in taken:
            _say(line)
        _say("Nothing was started")
        return 1
    _say(f"Kaipiao 开票 starts; data and logs are in {config.data_dir}")
    try:
        stack.start_all()
        if not stopping.is_set():
            _say(f"\nUp after {time.monotonic() - began:.1f} s. Ctrl-C stops everything.\n\n{_table(stack)}")
            Minder(stack).mind(stopping)
    except (PartDied, PartMissing, PartFailed) as problem:
        if not stopping.is_set():
            _say(str(problem))
            return 1
    finally:
        if stopping.is_set():
            _say("\nStopping ...")
        stack.close()
    _say("Stopped")
    return 0


def taken_ports(config: Settings, names: Iterable[str]) -> list[str]:
    """A line for each port that somebody holds: which, for what, by whom, and the setting that moves it."""
    lines = []
    for kind in (BY_NAME[name] for name in names):
        for setting in kind.ports:
            port = getattr(config, setting)
            if not is_free(port):
                holder = holder_of(port)
                who = f"pid {holder.pid}: {holder.command}" if holder.pid else holder.command
                lines.append(f"Port {port} for {kind.name} is taken by {who}. To move ours: {PREFIX}{setting.upper()}=<port>")
    if lines:
        lines.append(f"{PREFIX}PORT_OFFSET=<number> moves all ports at once")
    return lines


@dataclass
class _Back:
    """When a part that ended is started again."""

    at: float
    wait_s: float


class Minder:
    """Starts parts again that ended without being asked, each with a growing pause."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._waits: dict[str, float] = {}
        self._due: dict[str, _Back] = {}

    def mind(self, stopping: threading.Event, every_s: float = 0.5) -> None:
        """Look after the parts until `stopping` is set."""
        while not stopping.wait(every_s):
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Note what has ended, and start again what is due."""
        for name, (code, ran_s) in self._stack.ended().items():
            if name not in self._due:
                wait_s = FIRST_BACK_OFF_S if ran_s > CALM_AFTER_S else self._waits.get(name, FIRST_BACK_OFF_S)
                self._waits[name] = min(wait_s * 2, LONGEST_BACK_OFF_S)
                self._due[name] = _Back(now + wait_s, wait_s)
                _say(f"{name} ended with exit code {code}; it is started again in {wait_s:.0f} s. The end of its log:")
                _say(self._stack.tail(name, 5))
        for name in [name for name, back in self._due.items() if back.at <= now]:
            del self._due[name]
            try:
                self._stack.start(name)
            except PartDied as problem:
                _say(str(problem))


def _table(stack: Stack) -> str:
    config = stack.settings
    rows = [
        ("Kaipiao", config.public_url),
        ("Temporal UI", f"{config.temporal_ui_url}/namespaces/{config.temporal_namespace}/workflows"),
        ("Mails", config.mail_page_url),
        ("Tax bureau (simulated)", config.tax_bureau_url),
        ("Courier (simulated)", config.courier_url),
        ("SMS (simulated)", config.sms_url),
        ("OA (simulated)", config.oa_page_url),
        ("Documents (S3)", f"{config.s3_endpoint}  bucket {config.s3_bucket}"),
        ("Database", config.database_url if config.database_url.startswith("sqlite") else "KAIPIAO_DATABASE_URL"),
    ]
    lines = [f"  {name:<24}{address}" for name, address in rows]
    if config.deployment == "local" and "web" in stack.parts:
        from infra.demo.people import log_ins

        lines += ["", *(f"  {log_in}" for log_in in log_ins())]
    return "\n".join(lines)


def _stop_on_signals() -> threading.Event:
    """An event that Ctrl-C, TERM or a closed terminal sets; the third signal ends us the hard way."""
    stopping = threading.Event()
    asked = 0

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        stopping.set()
        if asked >= 3:
            signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)
    return stopping


def _say(text: str) -> None:
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return  # nobody reads any more; the parts must be stopped all the same
