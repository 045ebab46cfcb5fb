"""Processes that we start: each leads a group of its own, so that it ends with all its children and nobody else does."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.parts.commands import tail
from infra.parts.unprivileged import User

LONGEST_LOG = 20_000_000
"""Bytes; a longer log is set aside at the next start, in place of the one set aside before."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a process from a later one with the same pid: when it started, in ticks since that boot."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        return started_of(self.pid) == self.started


def started_of(pid: int) -> str | None:
    """Boot and tick at which the process with this pid started; None when there is none, or only its remains."""
    try:
        # The command's name, in brackets, may hold spaces and brackets itself.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in {"Z", "X"}:
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}:{fields[19]}"


class Started:
    """One process of ours with its log."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.log = log
        self.pid = process.pid
        self.identity = Identity(process.pid, started_of(process.pid) or "")
        self.since = time.monotonic()
        self._process = process

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.poll()

    def last_words(self, lines: int = 20) -> str:
        """The end of its log."""
        return tail(self.log, lines)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the whole group; nothing happens when it is gone."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return

    def stop(self, grace_s: float) -> bool:
        """TERM, then after `grace_s` KILL; whether it went by itself. Returns when the process is gone."""
        went = True
        if self.exit_code is None:
            self.send(signal.SIGTERM)
            self.send(signal.SIGCONT)  # one that is held back by SIGSTOP could not end
            try:
                self._process.wait(grace_s)
            except subprocess.TimeoutExpired:
                went = False
        self.kill()
        return went

    def kill(self) -> None:
        """KILL the group, children left behind by a dead leader included, and wait for the leader."""
        self.send(signal.SIGKILL)
        self._process.wait()


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    folder: Path,
    environment: Mapping[str, str],
    user: User | None = None,
) -> Started:
    """Start a process in a group of its own, its output appended to `log`.

    `environment` is added to ours. `user`: run as this user, which only root can ask for.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            start_new_session=True,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )
    return Started(name, process, log)


def end_leftover(identity: Identity, grace_s: float = 10.0) -> bool:
    """End the group of a process that an earlier supervisor left behind; whether there was one."""
    if not identity.is_alive():
        return False
    _signal_group(identity.pid, signal.SIGTERM)
    _signal_group(identity.pid, signal.SIGCONT)
    deadline = time.monotonic() + grace_s
    while identity.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal_group(identity.pid, signal.SIGKILL)
    while identity.is_alive():
        time.sleep(0.02)
    return True


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
