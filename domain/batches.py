"""Batches by Excel: a sheet of applications or titles, checked in a dry run, then carried out row by row (feature 54)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from domain.messages import ApplicationRequest, Policy

MOST_ROWS = 500
"""Rows of one sheet: what a person still reads, and what the dry run checks in a few seconds."""
MOST_BYTES = 1024 * 1024
MOST_UNPACKED = 20 * 1024 * 1024
"""Bytes that a sheet may become: a workbook is a ZIP."""
MOST_ORDERS = 100
"""Order numbers in one row."""
KEPT_DAYS = 30
"""A dry run that nobody submits is forgotten after so many days."""
AT_ONCE = 20
"""Rows that one step of the batch's life takes."""


class BatchKind(StrEnum):
    APPLICATIONS = "applications"
    TITLES = "titles"


class BatchState(StrEnum):
    CHECKED = "checked"
    """The dry run was made; nothing is submitted."""
    RUNNING = "running"
    DONE = "done"
    """Each row was submitted or refused. Its applications live on by themselves."""


class EntryState(StrEnum):
    WRONG = "wrong"
    GOOD = "good"
    WAITING = "waiting"
    STARTED = "started"
    """Its application's life has begun; whether the rules took it stands there."""
    ADDED = "added"
    """The title is in the library."""
    REFUSED = "refused"


def batch_id(kind: BatchKind, enterprise_id: int, account_id: int, content: bytes) -> str:
    """By the bytes and whose they are: the same sheet twice is one batch, and one customer's sheet says nothing of another's."""
    return sha256(f"{kind}:{enterprise_id}:{account_id}:{sha256(content).hexdigest()}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Carry out the good rows of a checked batch. `by` agreed to the editions named here; titles need none."""

    batch_id: str
    by: int
    agreed_at: datetime | None = None
    terms_version: str = ""
    privacy_version: str = ""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class BatchStep:
    """The next rows after a line. `by_amount`: those that take the oldest consumption, which wait until the named ones have theirs."""

    request: BatchRequest
    after: int = 0
    by_amount: bool = False


@dataclass(frozen=True, slots=True)
class BatchPart:
    """What a step prepared: applications to begin. `last` is the line to go on after; `more` says whether there may be any."""

    applications: tuple[ApplicationRequest, ...] = ()
    last: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class BatchBegun:
    """Numbers of applications whose lives have begun, and of those that another life has."""

    batch_id: str
    numbers: tuple[str, ...]
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    batch_id: str
    submitted: int = 0


class BatchBooks(Protocol):
    """The rows of a batch's life. Each method is safe to repeat."""

    def begin(self, request: BatchRequest, now: datetime) -> int:
        """The good rows wait now; how many there are. A batch that has begun stays as it is."""

    def prepare(self, step: BatchStep, now: datetime) -> BatchPart:
        """The next waiting rows: titles are added, applications handed back; what is refused now says why."""

    def begun(self, begun: BatchBegun) -> int:
        """Note what has begun; how many of them are not reserved or refused yet."""

    def end(self, batch_id: str, now: datetime) -> None:
        """The batch is done."""
