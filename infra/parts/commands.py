"""Running the commands that make parts, so that people see what is going on."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.parts.errors import TOOLS, PartFailed, PartMissing

_printing = threading.Lock()
_running: set[int] = set()

locks = threading.local()
"""`fds`: lock files that this thread holds. Commands inherit them, so that a lock outlives a killed set-up
for as long as the command that it had started is still at work."""

EVERY_S = 5.0
"""Seconds between two progress lines."""


def say(text: str) -> None:
    """One whole line, also when several preparations talk at once."""
    with _printing:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def tool(name: str) -> str:
    """Path of a tool on PATH. Raises PartMissing with the command that installs it."""
    found = shutil.which(name)
    if found is None:
        raise PartMissing(name, TOOLS.get(name, f"install {name}"))
    return found


def run_slowly(
    what: str,
    command: Sequence[str | Path],
    *,
    usual_s: int,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> None:
    """Run a command that takes long; every few seconds a line says what happens and for how long.

    Its output goes to `log`. Raises PartFailed with the last lines of it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    say(f"  {what}: started, usually {_span(usual_s)}")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=True,
            pass_fds=getattr(locks, "fds", ()),
        )
        _running.add(process.pid)
        try:
            while (code := _wait(process)) is None:
                so_far = time.monotonic() - began
                say(f"  {what}: {_span(so_far)} so far, usually {_span(usual_s)}{_last_words(log)}")
        except BaseException:
            stop_group(process.pid)
            raise
        finally:
            _running.discard(process.pid)
    if code != 0:
        raise PartFailed(f"{what} failed (exit code {code}). The end of {log}:\n{tail(log)}")
    say(f"  {what}: done in {_span(time.monotonic() - began)}")


def stop_all_running() -> None:
    """End every command that `run_slowly` still runs (Ctrl-C arrives in the main thread only)."""
    for pid in list(_running):
        stop_group(pid)


def stop_group(pid: int) -> None:
    """End a process that leads its own group, with its children."""
    try:
        os.killpg(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, indented."""
    try:
        text = log.read_bytes()[-16_000:].decode("utf-8", errors="replace")
    except FileNotFoundError:
        return "    (no output)"
    kept = [line for line in text.splitlines() if line.strip()][-lines:]
    return "\n".join("    " + line for line in kept) or "    (no output)"


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(timeout=EVERY_S)
    except subprocess.TimeoutExpired:
        return None


def _last_words(log: Path) -> str:
    last = tail(log, 1).strip()
    return "" if last == "(no output)" else f" ({last[:70]})"


def _span(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"
