"""What a supervisor started, on disk: so that the next one finds what a killed one left behind, and nothing else.

`<data>/run/processes.json` lists pid and start of each; both must fit, as a pid may belong to somebody
else by now. `<data>/run/lock` is held while a supervisor lives; the system frees it at its death.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from cli.processes import Identity, end_leftover


class AlreadyRunning(Exception):
    """Another supervisor runs on this data folder."""

    def __init__(self, data_dir: Path, pid: str) -> None:
        super().__init__(
            f"Kaipiao runs already with the data of {data_dir} (pid {pid}). Stop it there with Ctrl-C, or set KAIPIAO_DATA_DIR"
        )


@contextmanager
def only_supervisor(data_dir: Path) -> Iterator[None]:
    """Be the one supervisor of a data folder. Raises AlreadyRunning."""
    folder = _folder(data_dir)
    with (folder / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(data_dir, lock.read().strip() or "?") from None
        _write_pid(lock)
        yield


def remember(data_dir: Path, identity: Identity) -> None:
    """Note a process that was started."""
    _write(data_dir, [*_read(data_dir), identity])


def forget(data_dir: Path, identity: Identity) -> None:
    """Note that a process is gone."""
    if data_dir.exists():
        _write(data_dir, [known for known in _read(data_dir) if known != identity])


def end_leftovers(data_dir: Path) -> int:
    """End the noted processes that still run, the last started first; how many there were."""
    ended = sum(end_leftover(identity) for identity in reversed(_read(data_dir)))
    _write(data_dir, [])
    return ended


def _folder(data_dir: Path) -> Path:
    folder = data_dir / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _read(data_dir: Path) -> list[Identity]:
    try:
        listed = json.loads((data_dir / "run" / "processes.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Identity(**entry) for entry in listed]


def _write(data_dir: Path, identities: list[Identity]) -> None:
    path = _folder(data_dir) / "processes.json"
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps([asdict(identity) for identity in identities]), encoding="utf-8")
    draft.replace(path)


def _write_pid(lock: TextIO) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
