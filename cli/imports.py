"""Commands about billing files: import one, and compare what is stored with an independent sum of the file."""

import sys
from pathlib import Path

from cli.compare import compare
from domain.amounts import yuan
from infra.books.import_report import ImportReport
from infra.books.imports import Imports
from infra.database import Database, make_engine
from infra.documents.fonts import printable_by
from infra.parts import font_folder
from infra.settings import settings
from web.sentences.imports import SENTENCES
from web.sentences.problems import PROBLEMS
from web.words import words

_SHOWN = 50


def import_focus(path: Path, *, dry_run: bool = False, create_missing: bool = False, database: Database | None = None) -> int:
    """Import a FOCUS file, or say what would happen. The exit code: 1 when the file was refused.

    `create_missing` makes what a foreign file names and we do not know; see `Imports.import_file`.
    """
    imports = Imports(database or _database(), printable_by(font_folder(settings())), settings().late_rows_grace_days)
    content = path.read_bytes()
    if dry_run:
        report = imports.dry_run(content, path.name, create_missing=create_missing)
    else:
        report = imports.import_file(content, path.name, None, create_missing=create_missing)
    _say(_lines(report, dry_run=dry_run))
    return 0 if report.ok else 1


def compare_focus(path: Path, *, database: Database | None = None) -> int:
    """Print the comparison. The exit code: 1 when anything differs, or the file was never imported."""
    with (database or _database()).read() as session:
        lines, equal = compare(session, path.read_bytes())
    _say(lines)
    return 0 if equal else 1


def _database() -> Database:
    return Database(make_engine(settings().database_url))


def _say(lines: list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def _lines(report: ImportReport, *, dry_run: bool) -> list[str]:
    totals = ", ".join(f"{total} {currency}" for currency, total in report.totals.items())
    form = " ".join(filter(None, (report.form, report.version and f"FOCUS {report.version}")))
    lines = [f"{report.file_name} ({form}): {report.lines} rows, {totals or 'no amounts'}"]
    for problem in report.problems[:_SHOWN]:
        place = f"  line {problem.line}" if problem.line else "  file"
        column = f" {problem.column}" if problem.column else ""
        value = f" “{problem.value}”" if problem.value else ""
        lines.append(f"{place}{column}{value}: {_sentence(problem.code, dict(problem.params))}")
    if not report.ok:
        left = report.problem_count - min(len(report.problems), _SHOWN)
        return [*lines, *([f"  and {left} more"] if left else []), f"Refused: {report.problem_count} problems. Nothing was imported."]
    lines += [f"  note: {_sentence(warning.code, dict(warning.params))}" for warning in report.warnings]
    months = ", ".join(report.periods)
    lines.append(f"  {report.records} records ({report.negatives} negative, {report.held} of them held, {report.late} late) in {months}")
    if report.late_rows:
        lines.append(f"  {report.late_rows} rows came after their statement was out: they are on the next one")
    if report.cut_rows:
        lines.append(f"  {report.cut_rows} rows of several months were cut where a month begins")
    lines.append(
        f"  CNY {yuan(report.gross_fen)} = {yuan(report.excluded_fen)} excluded + {yuan(report.seller_fen)} invoiced by sellers"
        f" + {yuan(report.available_fen)} available + {yuan(report.not_open_fen)} not open or held"
        + (f" + {yuan(report.expired_fen)} past the 6 months" if report.expired_fen else "")
    )
    if report.repeated and report.imported_at:
        return [*lines, f"These bytes were imported at {report.imported_at:%Y-%m-%d %H:%M} UTC. Nothing changed."]
    return [*lines, "Dry run: nothing was written." if dry_run else "Imported."]


def _sentence(code: str, params: dict[str, object]) -> str:
    return words("en").say(SENTENCES.get(code) or PROBLEMS.get(code) or code, params)
