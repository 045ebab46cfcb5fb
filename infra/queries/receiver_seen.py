"""Where an application's invoices go, in parts, so that pages can mask what staff need not see whole."""

from dataclasses import dataclass

from sqlmodel import Session

from infra.tables import ReceiverRow


@dataclass(frozen=True, slots=True)
class ReceiverSeen:
    """An e-mail address, or a person with a postal address."""

    id: int
    email: str = ""
    recipient: str = ""
    address: str = ""


def receiver_seen(session: Session, receiver_id: int) -> ReceiverSeen | None:
    """None when the customer has removed it since."""
    row = session.get(ReceiverRow, receiver_id)
    return None if row is None else ReceiverSeen(receiver_id, row.email, row.recipient, row.address)
