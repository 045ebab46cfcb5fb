"""Running parts without root's rights, also when root starts them.

The unprivileged user must be able to reach the program and its data. Folders like /root may be closed
to it, so `stage` gives a place that is not.
"""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class User:
    """A user by number."""

    uid: int
    gid: int


def unprivileged_user() -> User | None:
    """`nobody` when we are root; None when we have no rights to give up."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return User(nobody.pw_uid, nobody.pw_gid)


def everybody_reaches(path: Path) -> bool:
    """Whether every folder on the way to `path` lets every user through. `path` itself may be missing."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents if folder.exists())


def data_folder_for(user: User | None, wanted: Path) -> Path:
    """A folder that `user` owns: `wanted`, or one in /var/tmp named after it when the way there is closed."""
    if user is None:
        wanted.mkdir(parents=True, exist_ok=True)
        return wanted
    folder = wanted if everybody_reaches(wanted) else _stage_of(wanted.parent) / wanted.name
    folder.mkdir(parents=True, exist_ok=True)
    owner = folder.stat()
    if (owner.st_uid, owner.st_gid) != (user.uid, user.gid):
        os.chown(folder, user.uid, user.gid)
    folder.chmod(0o700)
    return folder


def program_for(user: User | None, program: Path) -> Path:
    """`program`, or a copy in /var/tmp when `user` cannot reach it. The copy stays: later starts use it again."""
    if user is None or everybody_reaches(program):
        return program
    folder = _stage_of(program.parent)
    copy = folder / program.name
    if not copy.exists() or copy.stat().st_size != program.stat().st_size or copy.stat().st_mtime < program.stat().st_mtime:
        draft = folder / f".draft-{program.name}-{os.getpid()}"
        shutil.copyfile(program, draft)
        draft.chmod(0o755)
        draft.replace(copy)
    return copy


def staged(near: Path) -> Path:
    """Path of the folder in /var/tmp that stands in for `near`; it may not exist."""
    digest = hashlib.sha256(str(near.resolve()).encode()).hexdigest()[:12]
    return Path("/var/tmp") / f"kaipiao-{digest}"  # noqa: S108 (made with care below)


def _stage_of(near: Path) -> Path:
    folder = staged(near)
    folder.mkdir(mode=0o711, exist_ok=True)
    owner = folder.lstat()
    # Anybody may make a folder in /var/tmp; one that is not ours could hand us a foreign program.
    if not stat.S_ISDIR(owner.st_mode) or owner.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else; remove it")
    folder.chmod(0o711)
    return folder
