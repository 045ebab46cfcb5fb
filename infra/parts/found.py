"""Where a part was found."""

import os
from dataclasses import dataclass
from pathlib import Path

from infra.parts.errors import PartMissing
from infra.settings import PREFIX, Settings


@dataclass(frozen=True, slots=True)
class Found:
    """A part on this machine: its path, and which of the ways led there."""

    path: Path
    how: str


def named_by_setting(settings: Settings, setting: str, *, executable: bool = True) -> Found | None:
    """The part that a setting names. Raises PartMissing when the setting names nothing usable."""
    path: Path | None = getattr(settings, setting)
    if path is None:
        return None
    name = PREFIX + setting.upper()
    if not path.exists() or (executable and not os.access(path, os.X_OK)):
        raise PartMissing(str(path), f"correct {name}, which names it, or unset {name}")
    return Found(path.absolute(), f"setting {name}")
