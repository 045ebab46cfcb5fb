"""The audit trail for its page and export: filtered, newest first, by keyset."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from domain.calendar import CHINA
from infra.audit import NO_TENANT
from infra.queries.scope import utc
from infra.tables import AuditCheckRow, AuditRow, EnterpriseRow, UserRow

PAGE = 50
EXPORT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Filters as they stand in the address. `after` is the id of the last entry of the page before."""

    who: str = ""
    """Part of a name or login."""
    action: str = ""
    subject: str = ""
    """How the subject begins: `title:`, `title:12`."""
    first_day: date | None = None
    last_day: date | None = None
    """China days, both included."""
    after: int | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    tenant: str
    """The enterprise's name; empty for what concerns none."""
    position: int
    at: datetime
    who: str
    login: str
    action: str
    subject: str
    reason: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AuditPage:
    entries: tuple[AuditEntry, ...]
    older: int | None


@dataclass(frozen=True, slots=True)
class ChainState:
    """A tenant's chain that is not whole: where, and up to which entry it was there when it was anchored (0: nothing is missing)."""

    tenant: str
    positions: tuple[int, ...]
    last: int
    missing_to: int


@dataclass(frozen=True, slots=True)
class AuditState:
    """How the last verification found the chains. `checked_at` is that of the chain looked at first; None before the first time."""

    checked_at: datetime | None
    entries: int
    chains: int
    broken: tuple[ChainState, ...]


def audit_page(session: Session, wanted: AuditFilter, limit: int = PAGE) -> AuditPage:
    """The entries that fit, newest first."""
    columns: Any = select(AuditRow, col(UserRow.name).label("who"), col(UserRow.login), col(EnterpriseRow.name).label("tenant_name"))
    statement = (
        columns.outerjoin(UserRow, col(UserRow.id) == col(AuditRow.actor_id))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.id) == col(AuditRow.tenant))
        .order_by(col(AuditRow.id).desc())
        .limit(limit + 1)
    )
    if wanted.who:
        names = (func.lower(UserRow.name), func.lower(UserRow.login))
        people = select(col(UserRow.id)).where(or_(*(name.contains(wanted.who.lower(), autoescape=True) for name in names)))
        statement = statement.where(col(AuditRow.actor_id).in_(people))
    if wanted.action:
        statement = statement.where(col(AuditRow.action) == wanted.action)
    if wanted.subject:
        statement = statement.where(col(AuditRow.subject).startswith(wanted.subject, autoescape=True))
    if wanted.first_day:
        statement = statement.where(col(AuditRow.at) >= _midnight(wanted.first_day))
    if wanted.last_day:
        statement = statement.where(col(AuditRow.at) < _midnight(wanted.last_day) + timedelta(days=1))
    if wanted.after is not None:
        statement = statement.where(col(AuditRow.id) < wanted.after)
    rows = list(session.execute(statement))
    entries = tuple(_entry(row) for row in rows[:limit])
    return AuditPage(entries, entries[-1].id if len(rows) > limit else None)


def _entry(found: Any) -> AuditEntry:
    row: AuditRow = found.AuditRow
    assert row.id is not None  # noqa: S101 (it was read)
    return AuditEntry(
        row.id,
        found.tenant_name or "",
        row.position,
        utc(row.at),
        found.who or "",
        found.login or "",
        row.action,
        row.subject,
        row.reason,
        json.loads(row.facts),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=CHINA)


def audit_state(session: Session) -> AuditState:
    """How the chains were found last; reads a row for each chain, whatever its length."""
    row: Any = AuditCheckRow
    checked_at, entries, chains = session.execute(
        select(func.min(row.checked_at), func.coalesce(func.sum(row.position), 0), func.count())
    ).one()
    faulty = (
        select(row.tenant, row.position, row.broken, row.missing_to, col(EnterpriseRow.name))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.id) == row.tenant)
        .where(or_(row.broken != "[]", row.missing_to > 0))
        .order_by(row.tenant)
    )
    broken = tuple(
        ChainState(
            "" if one.tenant == NO_TENANT else one.name or str(one.tenant), tuple(json.loads(one.broken)), one.position, one.missing_to
        )
        for one in session.execute(faulty)
    )
    return AuditState(utc(checked_at) if checked_at else None, int(entries), chains, broken)
