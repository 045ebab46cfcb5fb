"""The service "one application over several accounts": its master switches it on and off for an enterprise (feature 17)."""

from datetime import datetime

from domain.audit import AuditAction
from infra.audit import note_deed
from infra.database import Database
from infra.tables import EnterpriseRow


def consolidate(database: Database, enterprise_id: int, on: bool, by: int, now: datetime) -> None:
    """Switch it on or off; as it is already changes nothing. Applications that were sent stay as they are."""
    with database.write() as session:
        row = session.get_one(EnterpriseRow, enterprise_id, with_for_update=True)
        if (row.consolidated_since is not None) is on:
            return
        row.consolidated_since, row.consolidated_by = (now, by) if on else (None, None)
        session.add(row)
        if on:
            note_deed(session, by, AuditAction.CONSOLIDATION_ON, f"enterprise:{enterprise_id}", now, tenant=enterprise_id)
        else:
            note_deed(session, by, AuditAction.CONSOLIDATION_OFF, f"enterprise:{enterprise_id}", now, tenant=enterprise_id)
