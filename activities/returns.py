"""Steps of a return and of the window's end, on our own rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.clock import utc_now
from domain.books import ReturnBooks
from domain.lifecycle import ReturnState
from domain.messages import OriginalReceived, ReturnRequest


@dataclass(frozen=True, slots=True)
class RequestStep:
    """`state` is where the return stands with this half."""

    invoice_id: str
    request: ReturnRequest
    state: ReturnState


@dataclass(frozen=True, slots=True)
class OriginalStep:
    invoice_id: str
    original: OriginalReceived
    state: ReturnState


@dataclass(frozen=True, slots=True)
class ReissueStep:
    """`started` is False when another life has the number."""

    invoice_id: str
    application_number: str
    started: bool = True


@dataclass
class ReturnActivities:
    books: ReturnBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def record_return_request(self, step: RequestStep) -> None:
        """Keep the online half and answer its message; the key makes a repeat harmless."""
        self.books.record_request(step.invoice_id, step.request, step.state, self.clock())

    @activity.defn
    def record_original(self, step: OriginalStep) -> None:
        """Keep the paper half and answer its message; the key makes a repeat harmless."""
        self.books.record_original(step.invoice_id, step.original, step.state, self.clock())

    @activity.defn
    def record_reissue(self, step: ReissueStep) -> None:
        """Link the corrected application to the invoice it replaces, or say that it was not started."""
        self.books.record_reissue(step.invoice_id, step.application_number, self.clock(), started=step.started)

    @activity.defn
    def close_window(self, invoice_id: str) -> None:
        """The correction window is over; a repeat finds it closed."""
        self.books.close_window(invoice_id, self.clock())
