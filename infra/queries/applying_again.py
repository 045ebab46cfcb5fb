"""What an application that ended in vain took: the records to apply for anew."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.lifecycle import IN_VAIN
from infra.tables import ApplicationItemRow

AGAIN_MOST = 300
"""Records that one address names; more are chosen anew."""


def records_again(session: Session, number: str, state: str) -> tuple[int, ...]:
    """The records of an application in this state; none unless it ended in vain, or when they are too many for an address."""
    if state not in IN_VAIN:
        return ()
    item: Any = ApplicationItemRow
    found = session.execute(select(item.record_id).where(item.application_number == number).order_by(item.record_id).limit(AGAIN_MOST + 1))
    ids = tuple(found.scalars())
    return ids if len(ids) <= AGAIN_MOST else ()
