"""Imports, as the import page lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session, col

from domain.imports import ImportPhase
from infra.books.import_report import ImportReport, stored_report
from infra.queries.scope import utc
from infra.tables import AccountRow, ConsumptionRecordRow, ImportBatchRow, ImportRunRow, UserRow


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
    """The report of one import, or None when there is no such batch. A file that came compressed is found by those bytes, too."""
    batch = session.get(ImportBatchRow, batch_id)
    if batch is None:
        run = session.get(ImportRunRow, batch_id)
        if run is None or run.phase != ImportPhase.DONE or not run.report:
            return None
        batch = session.get(ImportBatchRow, stored_report(run.report, None, repeated=False).batch_id)
    return None if batch is None else stored_report(batch.report, utc(batch.imported_at), repeated=False)


def rounded_records(session: Session, batch_id: str, after: int, limit: int) -> list[Row[Any]]:
    """Records of a batch whose sum was rounded, by id: id, account number, service, day, order_number, gross_fen, remainder."""
    record: Any = ConsumptionRecordRow
    account: Any = col(AccountRow.sub_account_id).label("account")
    statement = (
        select(record.id, account, record.service, record.day, record.order_number, record.gross_fen, record.remainder)
        .join(AccountRow, col(AccountRow.id) == record.account_id)
        .where(record.batch_id == batch_id, record.remainder != "0", record.id > after)
    )
    return list(session.execute(statement.order_by(record.id).limit(limit)))


@dataclass(frozen=True, slots=True)
class RunSeen:
    """An import as far as it has come; `rows` of `total`, which is about right until the file is read."""

    batch_id: str
    file_name: str
    phase: ImportPhase
    rows: int
    total: int
    started_at: datetime
    by: str
    report: ImportReport | None
    """Of the check; None before it is done."""

    @property
    def percent(self) -> int:
        return min(100, self.rows * 100 // self.total) if self.total else 0


def import_run(session: Session, batch_id: str) -> RunSeen | None:
    """The run of this file, or None before its first step."""
    statement = _runs().where(col(ImportRunRow.batch_id) == batch_id)
    found = session.execute(statement).first()
    return None if found is None else _run(found[0], found[1] or "")


def runs_under_way(session: Session, limit: int = 20) -> list[RunSeen]:
    """Imports that have not ended, the newest first."""
    phases = [phase for phase in ImportPhase if not phase.is_over]
    statement = _runs().where(col(ImportRunRow.phase).in_(phases)).order_by(col(ImportRunRow.started_at).desc()).limit(limit)
    return [_run(row, name or "") for row, name in session.execute(statement)]


def _runs() -> Any:
    return select(ImportRunRow, col(UserRow.name)).outerjoin(UserRow, col(UserRow.id) == col(ImportRunRow.started_by))


def _run(row: ImportRunRow, by: str) -> RunSeen:
    return RunSeen(
        batch_id=row.batch_id,
        file_name=row.file_name,
        phase=ImportPhase(row.phase),
        rows=row.rows,
        total=row.total,
        started_at=utc(row.started_at),
        by=by,
        report=stored_report(row.report, None, repeated=False) if row.report else None,
    )
