"""Imports, as the import page lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from infra.books.import_report import ImportReport, stored_report
from infra.queries.scope import utc
from infra.tables import ImportBatchRow, UserRow


@dataclass(frozen=True, slots=True)
class ImportSeen:
    """One imported file. `totals` are exact decimal text by currency; `by` is empty for a command."""

    batch_id: str
    file_name: str
    lines: int
    records: int
    held: int
    gross_fen: int
    totals: Mapping[str, str]
    imported_at: datetime
    by: str


def recent_imports(session: Session, limit: int = 50, before: datetime | None = None) -> list[ImportSeen]:
    """The newest imports first; `before` is the moment of the last one of the page before. Staff only: no scope."""
    statement = (
        select(ImportBatchRow, col(UserRow.name))
        .outerjoin(UserRow, col(UserRow.id) == col(ImportBatchRow.imported_by))
        .order_by(col(ImportBatchRow.imported_at).desc(), col(ImportBatchRow.id))
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(col(ImportBatchRow.imported_at) < before)
    return [_seen(batch, name or "") for batch, name in session.execute(statement)]


def _seen(batch: ImportBatchRow, by: str) -> ImportSeen:
    report = stored_report(batch.report, utc(batch.imported_at), repeated=False)
    return ImportSeen(
        batch_id=batch.id,
        file_name=batch.file_name,
        lines=batch.lines,
        records=batch.records,
        held=report.held,
        gross_fen=report.gross_fen,
        totals=report.totals,
        imported_at=utc(batch.imported_at),
        by=by,
    )


def import_report(session: Session, batch_id: str) -> ImportReport | None:
    """The report of one import, or None when there is no such batch."""
    batch = session.get(ImportBatchRow, batch_id)
    return None if batch is None else stored_report(batch.report, utc(batch.imported_at), repeated=False)
