"""Steps of an application on our own rows: reserve, check, answer messages, approve, end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import activity

from activities.clock import utc_now
from domain.books import ApplicationBooks
from domain.lifecycle import ApplicationState
from domain.messages import ApplicationRequest, Expedite, Findings, InvoiceOrder, Note, Policy, Reservation, ReviewDecision


@dataclass(frozen=True, slots=True)
class Approval:
    """`decision` is None when the policy approved without a person."""

    number: str
    policy: Policy
    decision: ReviewDecision | None = None


@dataclass(frozen=True, slots=True)
class ExpediteStep:
    number: str
    message: Expedite
    policy: Policy


@dataclass(frozen=True, slots=True)
class PassedPromise:
    """A promised moment that the life waited for, and that is over."""

    number: str
    promised_at: datetime


@dataclass(frozen=True, slots=True)
class CheckStep:
    number: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Ending:
    """`note` answers the message that ended the application, if one did."""

    number: str
    state: ApplicationState
    note: Note | None = None


@dataclass
class ApplicationActivities:
    books: ApplicationBooks
    clock: Callable[[], datetime] = utc_now

    @activity.defn
    def reserve(self, request: ApplicationRequest) -> Reservation:
        """Take the records in one transaction; the application's number makes a repeat give the first answer."""
        run = activity.info().workflow_run_id if activity.in_activity() else None
        return self.books.reserve(request, self.clock(), run or "")

    @activity.defn
    def check_automatically(self, step: CheckStep) -> Findings:
        """Run every automatic check and keep it with its evidence. A repeat finds the kept ones and gives the same outcome."""
        return self.books.check(step.number, step.policy, self.clock())

    @activity.defn
    def approve(self, approval: Approval) -> tuple[InvoiceOrder, ...]:
        """Freeze the split. A repeat finds the frozen invoices and gives the same orders."""
        return self.books.approve(approval.number, approval.decision, approval.policy, self.clock())

    @activity.defn
    def end_application(self, ending: Ending) -> None:
        """Bring the application to its end; releases are posted once by their cause."""
        self.books.end(ending.number, ending.state, ending.note, self.clock())

    @activity.defn
    def answer(self, note: Note) -> None:
        """Keep the answer to a message; its key makes a repeat harmless."""
        self.books.note(note, self.clock())

    @activity.defn
    def expedite(self, step: ExpediteStep) -> datetime:
        """Bring the promise forward; a repeat finds it done and gives the same moment."""
        return self.books.expedite(step.number, step.message, step.policy, self.clock())

    @activity.defn
    def mark_overdue(self, passed: PassedPromise) -> datetime | None:
        """Note a broken promise once; or say to when the calendar has moved it."""
        return self.books.mark_overdue(passed.number, passed.promised_at, self.clock())
