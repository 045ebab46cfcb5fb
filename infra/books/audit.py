"""Verifying the audit's chains a stretch at a time, and what of them is anchored (`domain.audit.AuditBooks`)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.audit import FIRST_HASH, AuditProgress, ChainHead, Marks
from infra.audit import NO_TENANT, Stretch, look_through
from infra.database import Database
from infra.tables import AuditCheckRow, AuditRow

STRETCH = 20_000
"""Entries looked at in one step: about half a second."""
CHAIN = 50
"""What beginning a chain counts for in entries."""
BROKEN_MOST = 20
"""Positions that are kept of a chain that is not whole."""


class SqlAudit:
    def __init__(self, database: Database, stretch: int = STRETCH) -> None:
        self._database = database
        self._stretch = stretch

    def verify(self, progress: AuditProgress, marks: Marks, now: datetime) -> AuditProgress:
        left = self._stretch
        with self._database.read() as session:
            last_tenant = max(_last_tenant(session), max(marks, default=0))
        while left > 0 and not progress.done:
            mark = marks.get(progress.tenant)
            with self._database.read() as session:
                found = look_through(session, ChainHead(progress.tenant, progress.position, progress.hash), mark, left)
            left -= found.entries + CHAIN
            progress = replace(
                progress,
                position=found.last.position,
                hash=found.last.hash,
                broken=(*progress.broken, *found.broken)[:BROKEN_MOST],
                entries=progress.entries + found.entries,
            )
            if found.at_end:
                progress = self._keep(progress, found, mark, last_tenant, now)
        return progress

    def heads(self, marks: Marks) -> Sequence[ChainHead]:
        with self._database.read() as session:
            rows = session.execute(select(AuditCheckRow)).scalars().all()
        found = {row.tenant: ChainHead(row.tenant, row.position, row.hash) for row in rows if _is_whole(row)}
        heads = {**found, **{tenant: mark for tenant, mark in marks.items() if tenant not in found}}
        return tuple(heads[tenant] for tenant in sorted(heads))

    def _keep(self, progress: AuditProgress, found: Stretch, mark: ChainHead | None, last_tenant: int, now: datetime) -> AuditProgress:
        """The chain's result, and the beginning of the next chain."""
        missing_to = mark.position if mark is not None and mark.position > found.last.position else 0
        faulty = bool(progress.broken or missing_to)
        with self._database.write() as session:
            if found.last.position or missing_to or progress.tenant == NO_TENANT:  # the first chain says when it was, also when it is empty
                session.merge(
                    AuditCheckRow(
                        tenant=progress.tenant,
                        position=found.last.position,
                        hash=found.last.hash,
                        broken=json.dumps(progress.broken),
                        missing_to=missing_to,
                        checked_at=now,
                    )
                )
        done = progress.tenant >= last_tenant
        tenant = progress.tenant if done else progress.tenant + 1
        return replace(progress, tenant=tenant, position=0, hash=FIRST_HASH, broken=(), faulty=progress.faulty + faulty, done=done)


def _is_whole(row: AuditCheckRow) -> bool:
    return row.broken == "[]" and row.missing_to == 0


def _last_tenant(session: Session) -> int:
    return session.execute(select(func.max(col(AuditRow.tenant)))).scalar_one_or_none() or 0
