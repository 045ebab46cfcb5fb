"""The audit trail: what must be answered for, appended in the transaction of the deed, as a hash chain for each tenant."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session, col

from domain.audit import FIRST_HASH, AuditAction, ChainHead
from infra.queries.scope import utc
from infra.tables import AuditRow

NO_TENANT = 0
"""The chain of deeds that concern no enterprise."""
_LOCK = 20_261_121
"""Our number among PostgreSQL's advisory locks."""


def note_deed(
    session: Session,
    actor_id: int | None,
    action: AuditAction,
    subject: str,
    at: datetime,
    *,
    tenant: int | None = None,
    reason: str = "",
    facts: Mapping[str, object] | None = None,
) -> None:
    """Append an entry, in the caller's transaction: the deed and its entry are written together or not at all.

    `facts` says what changed, never a personal value itself. Without an actor the house's own rules did it, or a command.
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
        action=str(action),
        subject=subject,
        reason=reason,
        facts=json.dumps(dict(facts or {}), ensure_ascii=False, sort_keys=True),
        previous_hash=last.hash if last else FIRST_HASH,
        hash="",
    )
    row.hash = _hash(row)
    session.add(row)
    session.flush()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some entries of a chain, looked at in order: the last of them, how many, and the positions that do not fit."""

    last: ChainHead
    entries: int
    broken: tuple[int, ...]
    at_end: bool


def look_through(session: Session, after: ChainHead, mark: ChainHead | None, most: int) -> Stretch:
    """The next entries of a chain after one that was looked at, at most so many.

    One does not fit when it was changed, taken out before, put in, or has another hash than the anchor's mark says.
    """
    fields: tuple[Any, ...] = tuple(getattr(AuditRow, name) for name in _HASHED)
    statement: Any = (
        select(*fields, col(AuditRow.hash))
        .where(col(AuditRow.tenant) == after.tenant, col(AuditRow.position) > after.position)
        .order_by(col(AuditRow.position))
        .limit(most)
    )
    position, before, broken, count = after.position, after.hash, [], 0
    for row in session.execute(statement):
        count += 1
        marked = mark is not None and mark.position == row.position
        if (
            row.position != position + 1
            or row.previous_hash != before
            or row.hash != _hash(row)
            or (marked and mark is not None and mark.hash != row.hash)
        ):
            broken.append(row.position)
        position, before = row.position, row.hash
    return Stretch(ChainHead(after.tenant, position, before), count, tuple(broken), at_end=count < most)


def broken_entries(session: Session, tenant: int | None = None) -> list[int]:
    """Positions in a tenant's whole chain where an entry was changed, taken out or put in; empty for a whole chain."""
    return list(look_through(session, ChainHead(tenant or NO_TENANT, 0, FIRST_HASH), None, 10**9).broken)


_HASHED = ("tenant", "position", "at", "actor_id", "action", "subject", "reason", "facts", "previous_hash")


def _hash(row: Any) -> str:
    fields: list[Any] = [getattr(row, name) for name in _HASHED]
    fields[2] = utc(row.at).astimezone(UTC).isoformat()
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False).encode()).hexdigest()
