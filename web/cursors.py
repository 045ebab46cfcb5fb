"""Places in a list as they stand in an address. Somebody may have typed there: what is malformed is the first page, never an error."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import Field

LARGEST_ID = 2**63 - 1
"""The largest id a database column holds."""

RecordId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""An id as a form or an address names it."""


def aware_moment(text: str) -> datetime | None:
    """An ISO moment with its offset, in UTC; None for anything else, also for one that UTC cannot express."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def whole_number(text: str, largest: int = LARGEST_ID) -> int | None:
    """A number from 0 to `largest` in plain digits; None for anything else."""
    if not (text.isascii() and text.isdecimal()):
        return None
    value = int(text)
    return value if value <= largest else None


def moment_place(text: str) -> tuple[datetime, str] | None:
    """The place `2026-11-20T06:32:00+00:00_KP-...`: the moment and name of the last row before."""
    written, _, name = text.partition("_")
    moment = aware_moment(written)
    return (moment, name) if moment else None


def day_place(text: str) -> tuple[date, int] | None:
    """The place `2026-10-31.183905`: the day and id of the last row before."""
    day, _, last = text.partition(".")
    identity = whole_number(last)
    try:
        return None if identity is None else (date.fromisoformat(day), identity)
    except ValueError:
        return None


def queue_place(text: str, ranks: int) -> tuple[int, datetime, int, datetime, str] | None:
    """The place `1~<due>~0~<submitted>~KP-...` of the last row before: rank (below `ranks`), due moment, turn, submission, number."""
    parts = text.split("~", 4)
    if len(parts) < 5:
        return None
    rank, due, turn, submitted = whole_number(parts[0], ranks - 1), aware_moment(parts[1]), whole_number(parts[2]), aware_moment(parts[3])
    if rank is None or due is None or turn is None or submitted is None:
        return None
    return (rank, due, turn, submitted, parts[4])
