"""Batches by Excel, as their pages show them: the dry run, and how far the rows have come."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlmodel import Session, col

from domain.batches import BatchKind, BatchState, EntryState
from domain.errors import Problem
from infra.queries.scope import Scope, utc, utc_or_none
from infra.tables import ApplicationRow, BatchEntryRow, BatchRow, UserRow

RECENT = 20


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """A row of the sheet. Amount in fen, as the dry run found it."""

    line: int
    cells: dict[str, str]
    reference: str
    number: str
    state: EntryState
    outcome: str
    """Of a good title: the state it would have."""
    amount_fen: int
    invoices: int
    problems: tuple[Problem, ...]
    application_state: str = ""
    """Of its application, once that is there."""


@dataclass(frozen=True, slots=True)
class BatchSeen:
    id: str
    kind: BatchKind
    file_name: str
    state: BatchState
    checked_at: datetime
    submitted_at: datetime | None
    done_at: datetime | None
    by: str
    rows: int
    good: int
    """Rows without problems in the dry run."""
    settled: int = 0
    """Rows that were submitted, added or refused."""
    amount_fen: int = 0
    """Of the good rows."""
    entries: tuple[EntrySeen, ...] = ()

    @property
    def percent(self) -> int:
        return min(100, self.settled * 100 // self.good) if self.good else 100

    @property
    def wrong(self) -> int:
        return self.rows - self.good

    @property
    def refused(self) -> int:
        """Rows that were good and were refused when they were submitted."""
        return sum(each.state is EntryState.REFUSED or each.application_state == "refused" for each in self.entries)


def recent_batches(session: Session, scope: Scope, kind: BatchKind) -> list[BatchSeen]:
    """The newest of a customer (of a member: of its account) without their rows."""
    return [_seen(row) for row in session.execute(_batches(scope, kind).order_by(col(BatchRow.checked_at).desc()).limit(RECENT))]


def batch_seen(session: Session, scope: Scope, kind: BatchKind, batch_id: str) -> BatchSeen | None:
    """A batch with its rows; None for another customer's, and for none."""
    found = session.execute(_batches(scope, kind).where(col(BatchRow.id) == batch_id)).first()
    if found is None:
        return None
    entry: Any = BatchEntryRow
    statement = (
        select(BatchEntryRow, col(ApplicationRow.state))
        .outerjoin(ApplicationRow, (col(ApplicationRow.number) == entry.number) & (entry.number != ""))
        .where(entry.batch_id == batch_id)
        .order_by(entry.line)
    )
    return _seen(found, tuple(_entry(row, state or "") for row, state in session.execute(statement)))


def _batches(scope: Scope, kind: BatchKind) -> Any:
    """Each with the counts of its rows, at most 500 a batch."""
    entry: Any = BatchEntryRow
    good = entry.state != EntryState.WRONG
    settled = entry.state.in_((EntryState.STARTED, EntryState.ADDED, EntryState.REFUSED))
    counts = (
        select(
            entry.batch_id,
            func.count().label("rows"),
            func.sum(case((good, 1), else_=0)).label("good"),
            func.sum(case((settled, 1), else_=0)).label("settled"),
            func.sum(case((good, entry.amount_fen), else_=0)).label("amount_fen"),
        )
        .where(entry.enterprise_id == scope.enterprise_id)
        .group_by(entry.batch_id)
        .subquery()
    )
    statement = (
        select(BatchRow, col(UserRow.name), counts.c.rows, counts.c.good, counts.c.settled, counts.c.amount_fen)
        .join(UserRow, col(UserRow.id) == col(BatchRow.checked_by))
        .join(counts, counts.c.batch_id == col(BatchRow.id))
        .where(col(BatchRow.kind) == kind)
    )
    return scope.narrow(statement, BatchRow)


def _seen(found: Any, entries: tuple[EntrySeen, ...] = ()) -> BatchSeen:
    row, by, rows, good, settled, amount_fen = found
    return BatchSeen(
        id=row.id,
        kind=BatchKind(row.kind),
        file_name=row.file_name,
        state=BatchState(row.state),
        checked_at=utc(row.checked_at),
        submitted_at=utc_or_none(row.submitted_at),
        done_at=utc_or_none(row.done_at),
        by=by,
        rows=int(rows),
        good=int(good),
        settled=int(settled),
        amount_fen=int(amount_fen),
        entries=entries,
    )


def _entry(row: BatchEntryRow, application_state: str) -> EntrySeen:
    return EntrySeen(
        line=row.line,
        cells=json.loads(row.cells),
        reference=row.reference,
        number=row.number,
        state=EntryState(row.state),
        outcome=json.loads(row.plan).get("state", ""),
        amount_fen=row.amount_fen,
        invoices=row.invoices,
        problems=tuple(Problem(**each) for each in json.loads(row.problems)),
        application_state=application_state,
    )
