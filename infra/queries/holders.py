"""Which application has a record: named only to who may open it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from infra.queries.scope import Scope
from infra.tables import ApplicationItemRow, ApplicationRow

HOLDING = ("awaiting-approval", "reviewing", "awaiting-material", "issuing", "issued", "partly-issued")
"""States of applications that have what they took."""


def holders(session: Session, scope: Scope, record_ids: Iterable[int]) -> dict[int, str]:
    """The application that has each of these records now, by record; one that the scope may not open is left out."""
    wanted = list(record_ids)
    if not wanted:
        return {}
    item: Any = ApplicationItemRow
    statement = (
        scope.narrow(select(item.record_id, item.application_number), ApplicationRow)
        .join(ApplicationRow, col(ApplicationRow.number) == item.application_number)
        .where(item.record_id.in_(wanted), col(ApplicationRow.state).in_(HOLDING))
        .order_by(col(ApplicationRow.submitted_at))
    )
    return {row.record_id: row.application_number for row in session.execute(statement)}
