"""The life of an import: what starts it, what it is told, where it is, and what its steps need from outside."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.messages import Note


class ImportPhase(StrEnum):
    """Where the import of a file is. From `DONE` on it has ended."""

    CHECKING = "checking"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"
    """The file has problems: its report names them, nothing was imported."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    """A step failed again and again; nothing was imported."""

    @property
    def is_over(self) -> bool:
        return self not in (ImportPhase.CHECKING, ImportPhase.WRITING)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Import the file whose bytes have this SHA-256 (in hex). They wait in the store under it and never come through here."""

    batch_id: str
    file_name: str
    by: int | None = None


@dataclass(frozen=True, slots=True)
class ImportStep:
    """What an import has come to: rows, and for a refused one its problems. The report itself stands in our rows."""

    phase: ImportPhase
    rows: int = 0
    problem_count: int = 0
    records: int = 0
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class ImportEnding:
    """The import ends without a batch; `note` answers the message that ended it, if one did."""

    request: ImportRequest
    phase: ImportPhase
    note: Note | None = None


OnProgress = Callable[[int, int], None]
"""Told rows and total (about)."""


class ImportRuns(Protocol):
    """The rows of an import's life. Each method is safe to repeat."""

    def check(self, request: ImportRequest, content: bytes, on_rows: OnProgress, now: datetime) -> ImportStep:
        """Read the file and say what an import would do; keep the report, and how far it is while it reads."""

    def write(self, request: ImportRequest, content: bytes, on_rows: OnProgress, now: datetime) -> ImportStep:
        """Import in one transaction, or refuse; the same bytes once more change nothing."""

    def end(self, ending: ImportEnding, now: datetime) -> None:
        """Bring a run that has no batch to its end, and answer the message that did it."""

    def note(self, note: Note, now: datetime) -> None:
        """Keep the outcome of a message that came too late."""
