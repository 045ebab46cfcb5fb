"""The rows of an import's life: how far it is, its report, and how it ended."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from domain.audit import AuditAction
from domain.calendar import china_date
from domain.focus_file import OnRows
from domain.imports import ImportEnding, ImportPhase, ImportRequest, ImportStep, OnProgress
from domain.messages import Note
from infra.audit import note_deed
from infra.books.import_report import ImportReport, stored_report
from infra.books.imports import Imports
from infra.books.life import answer
from infra.database import Database, insert_once
from infra.tables import ImportRunRow

_EVERY_S = 0.5
"""How often the row says how far the reading is."""


@dataclass(frozen=True, slots=True)
class SqlImportRuns:
    """Implements `domain.imports.ImportRuns`."""

    imports: Imports

    @property
    def _database(self) -> Database:
        return self.imports.database

    def check(self, request: ImportRequest, content: bytes, on_rows: OnProgress, now: datetime) -> ImportStep:
        self._begin(request, now)
        report = self.imports.dry_run(content, request.file_name, china_date(now), on_rows=self._telling(request, on_rows))
        phase = ImportPhase.WRITING if report.ok else ImportPhase.REFUSED
        self._set(request, phase=phase, rows=report.lines, total=report.lines, report=report.with_problems())
        return _step(phase, report)

    def write(self, request: ImportRequest, content: bytes, on_rows: OnProgress, now: datetime) -> ImportStep:
        # Nothing is told from here on but by heartbeats: on SQLite the row could only be changed after the import.
        report = self.imports.import_file(content, request.file_name, request.by, china_date(now), on_rows=on_rows)
        phase = ImportPhase.DONE if report.ok else ImportPhase.REFUSED
        said = replace(report, repeated=report.repeated and self._was_there(request.batch_id)).with_problems()
        self._set(request, ended=report.ok, phase=phase, rows=report.lines, total=report.lines, report=said)
        return _step(phase, report)

    def _was_there(self, batch_id: str) -> bool:
        """What the check said: a repeat of the step that wrote finds what it has written itself."""
        with self._database.read() as session:
            row = session.get(ImportRunRow, batch_id)
            return row is not None and bool(row.report) and stored_report(row.report, None, repeated=False).repeated

    def end(self, ending: ImportEnding, now: datetime) -> None:
        self._begin(ending.request, now, anew=False)
        with self._database.write() as session:
            row = session.get(ImportRunRow, ending.request.batch_id, with_for_update=True)
            if row is not None and not ImportPhase(row.phase).is_over:
                row.phase, row.changed_at = ending.phase, now
                if ending.phase is ImportPhase.CANCELLED:
                    by = ending.note.by if ending.note is not None else None
                    note_deed(session, by, AuditAction.IMPORT_CANCELLED, f"import:{row.batch_id[:40]}", now)
            if ending.note is not None:
                answer(session, ending.note, now)

    def note(self, note: Note, now: datetime) -> None:
        with self._database.write() as session:
            answer(session, note, now)

    def _begin(self, request: ImportRequest, now: datetime, *, anew: bool = True) -> None:
        """The row of this run; that of an earlier one, which was refused or ended otherwise, begins anew."""
        values = {
            "batch_id": request.batch_id,
            "file_name": request.file_name[:300],
            "phase": str(ImportPhase.CHECKING),
            "rows": 0,
            "total": 0,
            "report": "",
            "started_by": request.by,
            "started_at": now,
            "changed_at": now,
        }
        with self._database.write() as session:
            if not insert_once(session, ImportRunRow, values) and anew:
                del values["batch_id"]
                session.execute(update(ImportRunRow).where(col(ImportRunRow.batch_id) == request.batch_id).values(**values))

    def _set(self, request: ImportRequest, *, ended: bool = False, **values: Any) -> None:
        """Change the row of a run that goes on: one that was cancelled while its step was at work stays so. `ended`: of any run."""
        statement = update(ImportRunRow).where(col(ImportRunRow.batch_id) == request.batch_id)
        if not ended:
            statement = statement.where(col(ImportRunRow.phase).in_([str(phase) for phase in ImportPhase if not phase.is_over]))
        with self._database.write() as session:
            session.execute(statement.values(changed_at=datetime.now(UTC), **values))

    def _telling(self, request: ImportRequest, on_rows: OnProgress) -> OnRows:
        """Tells the caller each time, and the row now and then."""
        told = time.monotonic()

        def tell(rows: int, total: int) -> None:
            nonlocal told
            on_rows(rows, total)
            if time.monotonic() - told >= _EVERY_S:
                told = time.monotonic()
                self._set(request, rows=rows, total=total)

        return tell


def _step(phase: ImportPhase, report: ImportReport) -> ImportStep:
    return ImportStep(phase, report.lines, report.problem_count, report.records, report.repeated)
