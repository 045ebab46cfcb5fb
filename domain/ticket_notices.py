"""Word of a ticket's new message: to whom, and which is still owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TicketNotice:
    """A message somebody has not been told of. `to_staff` when a customer wrote to a colleague who has the ticket."""

    id: str
    """Our message id: `ticket.<key of the message>`."""
    number: str
    to: str
    locale: str
    state: str
    to_staff: bool
    open_until: date | None = None
    """Of an answer: the last day on which the ticket is open if nobody writes."""


class TicketNoticeBooks(Protocol):
    def owed(self, key: str, now: datetime) -> Sequence[TicketNotice]:
        """The notice of this message, and those of older messages that were never sent (Temporal was away then)."""

    def record(self, notice: TicketNotice, now: datetime) -> None:
        """The mail server took it, or refused its receiver for good."""
