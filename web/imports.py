"""Import of billing files: upload, read the dry run, then import the same bytes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.datastructures import UploadFile

from domain.calendar import china_date
from domain.cells import safe_cell
from domain.errors import Problem
from domain.focus import RowProblem
from infra.books.import_report import ImportReport
from infra.books.imports import Imports
from infra.database import Database
from infra.documents.fonts import printable_by
from infra.parts import font_folder
from infra.queries.imports import ImportSeen, import_report, recent_imports
from infra.uploads import Upload, Uploads
from web import sentences
from web.csv_files import csv_file
from web.dependencies import CurrentImporter, Held, Now, Read, Services, Show, Write
from web.errors import NotFound
from web.limits import UPLOAD_LIMIT, LimitedRoute
from web.words import Words

router = APIRouter(prefix="/imports", route_class=LimitedRoute)

LINKING = {"enterprise-unknown": "number", "account-unknown": "account"}
"""Problems that an operator mends on the page of billing accounts, and the field into which the value goes there."""
SHOWN_PROBLEMS = 200
"""Problems in the page's table; the download has all that the report lists."""


@router.get("")
async def start(request: Request, _importer: CurrentImporter, reads: Read, show: Show) -> Response:
    """The upload, and what was imported so far."""
    return await _start(request, reads, show)


@router.post("", status_code=303)
async def upload(request: Request, _importer: CurrentImporter, held: Held, reads: Read, show: Show, now: Now) -> Response:
    """Keep the file and show its dry run. Nothing is imported yet."""
    sent = (await request.form()).get("file")
    content = await sent.read() if isinstance(sent, UploadFile) else b""
    if not isinstance(sent, UploadFile) or not sent.filename:
        return await _start(request, reads, show, Problem("file", "file-needed"), 422)
    if len(content) > UPLOAD_LIMIT:
        return await _start(request, reads, show, _too_large(), 413)
    name = PurePath(sent.filename.replace("\\", "/")).name[:200]
    digest = await held.in_thread(_uploads(held).keep, content, name, now)
    return RedirectResponse(f"/imports/files/{digest}", 303)


@router.get("/files/{digest}")
async def dry_run(request: Request, digest: str, _importer: CurrentImporter, held: Held, show: Show, now: Now) -> Response:
    """What an import of the kept file would do, line by line where it would fail."""
    kept, report = await _dry_run(held, digest, now)
    return _report_page(request, show, report, kept)


@router.get("/files/{digest}/problems.csv")
async def problems_file(request: Request, digest: str, _importer: CurrentImporter, held: Held, now: Now) -> StreamingResponse:
    """The problems as a table for a spreadsheet program."""
    _, report = await _dry_run(held, digest, now)
    language = held.pages.words(request)
    heads = ("Line number", "Column", "Value", "Problem")
    return csv_file(f"problems-{digest[:12]}", [language.gettext(head) for head in heads], problem_rows(language, report.problems))


@router.post("/files/{digest}", status_code=303)
async def confirm(request: Request, digest: str, importer: CurrentImporter, held: Held, writes: Write, show: Show, now: Now) -> Response:
    """Import the very bytes of the dry run. A refused file changes nothing and is shown again with its problems."""
    kept = await held.in_thread(_uploads(held).read, digest)
    if kept is None:
        raise NotFound
    report = await writes(_import, printable_by(font_folder(held.settings)), kept, importer.id, now)
    if not report.ok:
        return _report_page(request, show, report, kept, 422)
    await held.in_thread(_uploads(held).drop, digest)
    return RedirectResponse(f"/imports/{report.batch_id}?{'again' if report.repeated else 'done'}=1", 303)


@router.get("/{batch_id}")
async def batch(
    request: Request,
    batch_id: str,
    _importer: CurrentImporter,
    reads: Read,
    show: Show,
    again: Annotated[bool, Query()] = False,
    done: Annotated[bool, Query()] = False,
) -> Response:
    """The report of an imported file."""
    report = await reads(import_report, batch_id)
    if report is None:
        raise NotFound
    return _report_page(request, show, report, None, again=again, done=done)


def _import(database: Database, missing: Callable[[str], set[str]], kept: Upload, by: int, now: datetime) -> ImportReport:
    return Imports(database, missing).import_file(kept.content, kept.file_name, by, china_date(now))


async def _dry_run(held: Services, digest: str, now: datetime) -> tuple[Upload, ImportReport]:
    """The kept file and its report. Raises NotFound when it is gone (after a day, or after its import)."""
    kept = await held.in_thread(_uploads(held).read, digest)
    if kept is None:
        raise NotFound
    imports = Imports(held.database, printable_by(font_folder(held.settings)))
    report = await held.in_thread(imports.dry_run, kept.content, kept.file_name, china_date(now))
    return kept, report


async def _start(request: Request, reads: Read, show: Show, problem: Problem | None = None, status: int = 200) -> HTMLResponse:
    found: list[ImportSeen] = await reads(recent_imports)
    return show.page(
        request,
        "imports/start.html",
        status_code=status,
        active="imports",
        batches=found,
        problems=[problem] if problem else [],
        limit_mb=UPLOAD_LIMIT // 1024 // 1024,
    )


def _report_page(
    request: Request, show: Show, report: ImportReport, kept: Upload | None, status: int = 200, **context: Any
) -> HTMLResponse:
    language = show.words(request)
    shell = {"again": False, "done": False} | context
    return show.page(
        request,
        "imports/report.html",
        status_code=status,
        active="imports",
        report=report,
        kept=kept,
        linking=LINKING,
        rows=[(found, sentence(language, found)) for found in report.problems[:SHOWN_PROBLEMS]],
        warnings=[said(language, warning.code, warning.params) for warning in report.warnings],
        **shell,
    )


def _uploads(held: Services) -> Uploads:
    return Uploads(held.settings.data_dir / "uploads")


def _too_large() -> Problem:
    return Problem("file", "file-too-large", {"limit": str(UPLOAD_LIMIT // 1024 // 1024)})


def problem_rows(language: Words, problems: tuple[RowProblem, ...]) -> Iterator[list[str]]:
    """Rows for a spreadsheet program; no cell can be taken for a formula."""
    for found in problems:
        yield [str(found.line or ""), *(safe_cell(cell) for cell in (found.column, found.value, sentence(language, found)))]


def sentence(language: Words, found: RowProblem) -> str:
    """A row's problem in words."""
    return said(language, found.code, {"line": str(found.line), "column": found.column, "value": found.value, **found.params})


def said(language: Words, code: str, params: Mapping[str, str]) -> str:
    """The sentence of a code of the import; texts are checked by the rules of invoices, which have their own."""
    if f"import:{code}" in sentences.REASONS:
        return sentences.reason(language, f"import:{code}", params)
    return language.say(sentences.PROBLEMS.get(code, code), params)
