"""Who is told of what concerns a whole company: its oldest master account, else where its invoices are mailed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.access import Role
from infra.books.ticket_notices import default_email
from infra.tables import UserRow


@dataclass(frozen=True, slots=True)
class Contact:
    """`email` is empty when there is nobody to write to."""

    email: str
    locale: str


def contact_of(session: Session, enterprise_id: int, default_locale: str) -> Contact:
    user: Any = UserRow
    masters = select(UserRow).where(user.enterprise_id == enterprise_id, user.role == Role.CUSTOMER_MASTER, ~user.disabled)
    master = session.execute(masters.order_by(user.id).limit(1)).scalars().first()
    address = (master.email if master else "") or default_email(session, enterprise_id)
    return Contact(address, (master.locale if master else "") or default_locale)
