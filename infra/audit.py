"""The audit trail: what must be answered for, appended in the transaction of the deed, as a hash chain for each tenant."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session, col

from infra.queries.scope import utc
from infra.tables import AuditRow

NO_TENANT = 0
"""The chain of deeds that concern no enterprise."""
FIRST = "0" * 64
"""What stands before the first entry."""
_LOCK = 20_261_121
"""Our number among PostgreSQL's advisory locks."""


def note_deed(
    session: Session,
    actor_id: int | None,
    action: str,
    subject: str,
    at: datetime,
    *,
    tenant: int | None = None,
    reason: str = "",
    facts: Mapping[str, object] | None = None,
) -> None:
    """Append an entry, in the caller's transaction: the deed and its entry are written together or not at all.

    `facts` says what changed, never a personal value itself.
    """
    chain = tenant or NO_TENANT
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        session.execute(text("SELECT pg_advisory_xact_lock(:ours, :chain)"), {"ours": _LOCK, "chain": chain})
    session.flush()
    last = session.execute(
        select(col(AuditRow.position), col(AuditRow.hash))
        .where(col(AuditRow.tenant) == chain)
        .order_by(col(AuditRow.position).desc())
        .limit(1)
    ).first()
    row = AuditRow(
        tenant=chain,
        position=last.position + 1 if last else 1,
        at=at,
        actor_id=actor_id,
        action=action,
        subject=subject,
        reason=reason,
        facts=json.dumps(dict(facts or {}), ensure_ascii=False, sort_keys=True),
        previous_hash=last.hash if last else FIRST,
        hash="",
    )
    row.hash = _hash(row)
    session.add(row)
    session.flush()


def broken_entries(session: Session, tenant: int | None = None) -> list[int]:
    """Positions in a tenant's chain where an entry was changed, taken out or put in; empty for a whole chain."""
    broken = []
    before, position = FIRST, 0
    statement = select(AuditRow).where(col(AuditRow.tenant) == (tenant or NO_TENANT)).order_by(col(AuditRow.position))
    for row in session.execute(statement).scalars():
        position += 1
        if row.position != position or row.previous_hash != before or row.hash != _hash(row):
            broken.append(row.position)
            position = row.position
        before = row.hash
    return broken


def _hash(row: AuditRow) -> str:
    fields: list[Any] = [
        row.tenant,
        row.position,
        utc(row.at).astimezone(UTC).isoformat(),
        row.actor_id,
        row.action,
        row.subject,
        row.reason,
        row.facts,
        row.previous_hash,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()
