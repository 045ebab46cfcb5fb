"""The states of an application and of an invoice, and which step may follow which (`design.md` section 3)."""

from enum import StrEnum


class ApplicationState(StrEnum):
    """Where an application is. The first three can still be cancelled."""

    AWAITING_APPROVAL = "awaiting-approval"
    """Its own enterprise has to sign it off before it reaches our review; the amount is reserved meanwhile."""
    REVIEWING = "reviewing"
    AWAITING_MATERIAL = "awaiting-material"
    """Our review goes on when its customer has sent what was asked for."""
    ISSUING = "issuing"
    ISSUED = "issued"
    PARTLY_ISSUED = "partly-issued"
    NOT_ISSUED = "not-issued"
    """The tax bureau refused every invoice; the amount is back."""
    REFUSED = "refused"
    """The rules refused it at reservation: nothing was reserved."""
    DECLINED = "declined"
    """Its own enterprise did not sign it off."""
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"

    @property
    def is_final(self) -> bool:
        return self not in (*UNDECIDED, ApplicationState.ISSUING)


UNDECIDED = (ApplicationState.AWAITING_APPROVAL, ApplicationState.REVIEWING, ApplicationState.AWAITING_MATERIAL)
"""The states before a decision of ours: the customer can cancel, and its amount is reserved."""

IN_VAIN = (ApplicationState.DECLINED, ApplicationState.REJECTED, ApplicationState.LAPSED)
"""Ended without invoices by a decision or for want of one: its amount is back, and the same can be applied for anew."""


APPLICATION_STEPS: dict[ApplicationState | None, frozenset[ApplicationState]] = {
    None: frozenset({ApplicationState.AWAITING_APPROVAL, ApplicationState.REVIEWING, ApplicationState.REFUSED}),
    ApplicationState.AWAITING_APPROVAL: frozenset(
        {ApplicationState.REVIEWING, ApplicationState.DECLINED, ApplicationState.CANCELLED, ApplicationState.LAPSED}
    ),
    ApplicationState.REVIEWING: frozenset(
        {
            ApplicationState.AWAITING_MATERIAL,
            ApplicationState.ISSUING,
            ApplicationState.REJECTED,
            ApplicationState.CANCELLED,
            ApplicationState.LAPSED,
        }
    ),
    ApplicationState.AWAITING_MATERIAL: frozenset({ApplicationState.REVIEWING, ApplicationState.CANCELLED, ApplicationState.LAPSED}),
    ApplicationState.ISSUING: frozenset({ApplicationState.ISSUED, ApplicationState.PARTLY_ISSUED, ApplicationState.NOT_ISSUED}),
}


class InvoiceState(StrEnum):
    """Where an invoice is as a tax document; delivery and return have states of their own beside it."""

    ISSUING = "issuing"
    PARKED = "parked"
    """The bureau's answer does not fit what was asked: an operator has to look."""
    REFUSED = "refused"
    ISSUED = "issued"
    RETURNED = "returned"
    """Reversed by a red-letter invoice; the amount is invoiceable again."""
    CLOSED = "closed"
    """The correction window is over."""


class DeliveryState(StrEnum):
    """Where the customer's copy is. Electronic: pending, sent. Paper: pending, in transit, received or lost."""

    PENDING = "pending"
    SENT = "sent"
    IN_TRANSIT = "in-transit"
    RECEIVED = "received"
    LOST = "lost"


class ReturnState(StrEnum):
    """How far a return is. A paper return needs both halves, in either order (feature 33)."""

    NONE = "none"
    REQUESTED = "requested"
    """Online request here, the original not yet."""
    ORIGINAL_HERE = "original-here"
    """The original came back, the online request is missing."""
    REVERSING = "reversing"
    """Both are here; the red-letter invoice is being issued."""
    DONE = "done"
