"""Parts that the system's package manager installs: Chromium."""

import os
import shutil
from pathlib import Path

from infra.parts.cache import log_folder, only_one
from infra.parts.commands import run_slowly
from infra.parts.errors import PartMissing
from infra.parts.found import Found, named_by_setting
from infra.settings import Settings

_MEND = "apt-get install chromium (as root), or set KAIPIAO_CHROMIUM_BINARY"


def find_chromium(settings: Settings) -> Found | None:
    """Chromium, or None."""
    named = named_by_setting(settings, "chromium_binary")
    if named is not None:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found is not None:
            return Found(Path(found), "PATH")
    return None


def prepare_chromium(settings: Settings) -> Found:
    """Chromium, installed by apt when we are root. Raises PartMissing with the command otherwise."""
    found = find_chromium(settings)
    if found is not None:
        return found
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise PartMissing("Chromium", _MEND)
    with only_one(settings, "apt"):
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        logs = log_folder(settings)
        run_slowly("reading Debian's package lists", [apt, "update"], usual_s=10, log=logs / "apt-update.log", environment=quiet)
        run_slowly(
            "installing Chromium",
            [apt, "install", "--yes", "--no-install-recommends", "chromium"],
            usual_s=60,
            log=logs / "apt-chromium.log",
            environment=quiet,
        )
    found = find_chromium(settings)
    if found is None:
        raise PartMissing("Chromium", _MEND)
    return found


def chromium(settings: Settings) -> Path:
    """Path of Chromium. Raises PartMissing."""
    found = find_chromium(settings)
    if found is None:
        raise PartMissing("Chromium", "make setup-test")
    return found.path
