"""The cache folder of built programs: shared by every checkout of a user, whole or not there."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.parts.commands import locks, say
from infra.settings import Settings


def cache_folder(settings: Settings) -> Path:
    """`cache_dir`, else `kaipiao/` in the user's cache folder (XDG)."""
    if settings.cache_dir is not None:
        return settings.cache_dir.expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "kaipiao"


def log_folder(settings: Settings) -> Path:
    """Where the output of the preparations is kept."""
    return cache_folder(settings) / "logs"


@contextmanager
def only_one(settings: Settings, name: str) -> Iterator[None]:
    """Hold the lock `name`; whoever comes second waits and says so.

    The system frees it when we and the commands that we started are gone.
    """
    folder = cache_folder(settings) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  {name}: another set-up is at it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        before: tuple[int, ...] = getattr(locks, "fds", ())
        locks.fds = (*before, lock.fileno())
        try:
            yield
        finally:
            locks.fds = before


def made_once(settings: Settings, target: Path, make: Callable[[Path], None]) -> Path:
    """`target`, made by `make(draft)` when it is not there.

    The draft lies beside the target and is renamed at the end: a crash leaves a draft, which nobody
    trusts and the next call removes, but never half a target.
    """
    if target.exists():
        return target
    with only_one(settings, target.name):
        if target.exists():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".draft-{target.name}")
        remove(draft)
        try:
            make(draft)
            draft.rename(target)
        finally:
            remove(draft)
    return target


def remove(path: Path) -> None:
    """Remove a file or folder if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
