"""Our processes end with all their children; nobody else's do."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from cli.leftovers import AlreadyRunning, end_leftovers, only_supervisor, remember
from cli.processes import Identity, Started, start, started_of

# A parent that ignores TERM when told so, with a child of its own.
PARENT = """
import signal, subprocess, sys, time
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def family(tmp_path: Path, *arguments: str) -> tuple[Started, int]:
    """A started parent, and the pid of its child."""
    parent = start("family", [sys.executable, "-c", PARENT, *arguments], log=tmp_path / "log", folder=tmp_path, environment={})
    deadline = time.monotonic() + 20
    while not (text := parent.log.read_text(encoding="utf-8")).endswith("\n"):
        assert time.monotonic() < deadline
    return parent, int(text)


@pytest.mark.parametrize(("how", "by_itself"), [("", True), ("stubborn", False)])
def test_stopping_ends_the_children_as_well(tmp_path: Path, how: str, by_itself: bool) -> None:
    parent, child = family(tmp_path, how)
    assert parent.stop(grace_s=1 if how else 10) is by_itself
    assert started_of(parent.pid) is None
    assert _is_gone(child)


def test_a_held_process_can_be_stopped(tmp_path: Path) -> None:
    parent, child = family(tmp_path)
    parent.send(signal.SIGSTOP)
    assert parent.stop(grace_s=10)
    assert _is_gone(child)


def test_a_supervisor_ends_what_an_earlier_one_left_and_no_other(tmp_path: Path) -> None:
    left, child = family(tmp_path)
    stranger, _ = family(tmp_path / "stranger")
    try:
        remember(tmp_path, left.identity)
        # The same pid, but a process that started at another time: somebody else's by now.
        remember(tmp_path, Identity(stranger.pid, "another boot:1"))
        assert end_leftovers(tmp_path) == 1
        assert _is_gone(left.pid)
        assert _is_gone(child)
        assert stranger.exit_code is None
        assert end_leftovers(tmp_path) == 0
    finally:
        stranger.kill()
        left.kill()


def test_a_data_folder_has_one_supervisor_at_a_time(tmp_path: Path) -> None:
    with only_supervisor(tmp_path), pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}"), only_supervisor(tmp_path):
        pass
    with only_supervisor(tmp_path):
        pass


def _is_gone(pid: int, within_s: float = 5.0) -> bool:
    """A killed child of a dead parent is gone as soon as the system has buried it."""
    try:
        psutil.Process(pid).wait(within_s)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    return True
