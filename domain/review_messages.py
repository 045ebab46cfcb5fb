"""What crosses a Temporal boundary while an application is under review. The same rules as `domain.messages`."""

from dataclasses import dataclass
from datetime import datetime

from domain.lifecycle import ApplicationState


@dataclass(frozen=True, slots=True)
class MaterialRequest:
    """A reviewer asks the customer for more. `wanted` are codes of `domain.material`, `note` what the reviewer adds.

    `phrase`: the code of a ready note before it, which the customer reads in its own language.
    """

    key: str
    by: int
    version: int
    wanted: tuple[str, ...]
    note: str = ""
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class MaterialAnswer:
    """The customer has sent what was asked for, or says why not; `waived`: a reviewer does without it."""

    key: str
    by: int
    version: int
    text: str = ""
    waived: bool = False


@dataclass(frozen=True, slots=True)
class ReviewClaim:
    """A reviewer takes the application for themselves for a while, or lets go of it."""

    key: str
    by: int
    release: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """Somebody gives the application to another reviewer, who has it from then on."""

    key: str
    by: int
    to: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PromiseMoved:
    """The promise of the application is another one: its rows say which. `by` is 0 for the calendar."""

    key: str
    by: int = 0


@dataclass(frozen=True, slots=True)
class ReviewOutcome:
    """What became of a decision, a claim or a hand-over. `approved`: every level has said yes."""

    taken: bool
    approved: bool = False
    state: ApplicationState = ApplicationState.REVIEWING


@dataclass(frozen=True, slots=True)
class MaterialAsked:
    """The application waits for its customer until `due_at`; who has not answered by `remind_at` is reminded."""

    due_at: datetime
    remind_at: datetime


@dataclass(frozen=True, slots=True)
class MaterialOutcome:
    """What became of a request for material, or of its answer. `promised_at` is the new promise once it is answered."""

    taken: bool
    asked: MaterialAsked | None = None
    promised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReviewSoFar:
    """What a review that goes on in a new run was at: a history is cut before it grows long."""

    state: ApplicationState
    expedited: bool
    levels: int | None
    lapses_at: datetime
    promised_at: datetime | None = None
    overdue: bool = False
    asked: MaterialAsked | None = None
    seen: tuple[str, ...] = ()
    """Keys of the messages that were answered."""
