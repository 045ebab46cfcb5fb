"""Import of billing files: upload (or name one in the inbox), read the dry run, then start the import of the same bytes."""

import asyncio
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain
from pathlib import PurePath
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlmodel import Session
from starlette.datastructures import UploadFile
from temporalio.client import Client, WorkflowExecutionStatus

from domain.access import Right
from domain.amounts import yuan
from domain.calendar import china_date
from domain.cells import safe_cell
from domain.errors import Problem
from domain.focus import RowProblem
from domain.imports import ImportPhase, ImportRequest
from domain.messages import Cancellation
from domain.ports import InboxFileTooLarge, NotInInbox, OutsideUnavailable
from infra.books.import_report import ImportReport
from infra.books.imports import Imports
from infra.documents.fonts import printable_by
from infra.order_workbook import template
from infra.parts import font_folder
from infra.people import Person
from infra.queries.imports import ImportSeen, RunSeen, import_report, import_run, recent_imports, rounded_records, runs_under_way
from infra.uploads import Upload, Uploads
from web import sentences
from web.csv_files import csv_file
from web.dependencies import CurrentImporter, Held, Now, Read, Reads, Services, Show, Temporal
from web.errors import NotFound, TemporalDown
from web.limits import UPLOAD_LIMIT, LimitedRoute
from web.lives import LOOK_EVERY_S, WAIT_S, ShownNote, begin, life_of, send_and_return, shown_note, workflow_url
from web.pages import Pages
from web.words import Words
from workflows.imports import ImportWorkflow
from workflows.names import import_workflow_id

router = APIRouter(prefix="/imports", route_class=LimitedRoute)

LINKING = {"enterprise-unknown": "number", "account-unknown": "account"}
"""Problems that an operator mends on the page of billing accounts, and the field into which the value goes there."""
SHOWN_PROBLEMS = 200
"""Problems in the page's table; the download has all that the report lists."""
RENEW_S = 2
ROWS_AT_ONCE = 1_000
"""Records that a download reads at a time."""
WAITING = "waiting"
"""The state of a page whose import was started and has no row yet."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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


@router.post("/inbox", status_code=303)
async def from_inbox(
    request: Request,
    _importer: CurrentImporter,
    held: Held,
    reads: Read,
    show: Show,
    now: Now,
    key: Annotated[str, Form(max_length=1024)] = "",
) -> Response:
    """Fetch a file that a billing system has put into the inbox, and show its dry run like that of an upload."""
    key = key.replace("\x00", "").strip()
    if not key:
        return await _start(request, reads, show, Problem("key", "inbox-key-needed"), 422)
    try:
        content = await held.in_thread(held.inbox.read, key, UPLOAD_LIMIT)
    except NotInInbox:
        return await _start(request, reads, show, Problem("key", "inbox-missing", {"bucket": held.settings.s3_inbox_bucket}), 422, key=key)
    except InboxFileTooLarge:
        return await _start(request, reads, show, Problem("key", "file-too-large", _too_large().params), 413, key=key)
    except OutsideUnavailable:
        return await _start(request, reads, show, Problem("key", "store-down"), 503, key=key)
    digest = await held.in_thread(_uploads(held).keep, content, PurePath(key).name[:200] or key[:200], now)
    return RedirectResponse(f"/imports/files/{digest}", 303)


@router.get("/orders-template.xlsx")
async def orders_template(_importer: CurrentImporter, held: Held) -> Response:
    """An empty workbook for orders."""
    headers = {"content-disposition": 'attachment; filename="orders.xlsx"'}
    return Response(await held.in_thread(template), media_type=XLSX, headers=headers)


@router.get("/files/{digest}")
async def dry_run(request: Request, digest: str, _importer: CurrentImporter, held: Held, show: Show, now: Now) -> Response:
    """What an import of the kept file would do, line by line where it would fail."""
    kept, report = await _dry_run(held, digest, now)
    return _report_page(request, show, report, kept)


@router.get("/files/{digest}/problems.csv")
async def problems_file(request: Request, digest: str, _importer: CurrentImporter, held: Held, now: Now) -> StreamingResponse:
    """The problems as a table for a spreadsheet program."""
    _, report = await _dry_run(held, digest, now)
    return _problems_csv(held.pages.words(request), digest, report)


def _problems_csv(language: Words, digest: str, report: ImportReport) -> StreamingResponse:
    heads = ("Line number", "Column", "Value", "Problem")
    rows = chain(problem_rows(language, report.problems), _more(language, report))
    return csv_file(f"problems-{digest[:12]}", [language.gettext(head) for head in heads], rows)


def _more(language: Words, report: ImportReport) -> Iterator[list[str]]:
    """A last row that says so when there are more problems than a report keeps."""
    if report.problem_count > len(report.problems):
        said = language.gettext("The first %(shown)s of %(all)s problems. Mend these; the next dry run names the others.")
        yield ["", "", "", said % {"shown": f"{len(report.problems):,}", "all": f"{report.problem_count:,}"}]


@router.post("/files/{digest}", status_code=303)
async def confirm(
    request: Request, digest: str, importer: CurrentImporter, held: Held, reads: Read, show: Show, temporal: Temporal, now: Now
) -> Response:
    """Start the import of the very bytes of the dry run; the same ones again are the same import."""
    kept = await held.in_thread(_uploads(held).read, digest)
    if kept is None:
        raise NotFound
    if await reads(import_report, digest) is not None:
        return RedirectResponse(f"/imports/{digest}?again=1", 303)
    try:
        await held.in_thread(held.attachments.put, kept.content, "application/octet-stream")
    except OutsideUnavailable:
        return await _start(request, reads, show, Problem("file", "store-down"), 503)
    await start_import(temporal, ImportRequest(digest, kept.file_name, importer.id), request)
    run = await _soon(reads, digest, now)
    if run is None or not run.phase.is_over:
        return RedirectResponse(f"/imports/{digest}?started=1", 303)
    if run.phase is ImportPhase.DONE:
        await held.in_thread(_uploads(held).drop, digest)
        return RedirectResponse(f"/imports/{digest}?{_ended(run)}", 303)
    return RedirectResponse(f"/imports/{digest}", 303)


def _ended(run: RunSeen) -> str:
    """What the page of a finished import says: that it was done, or that the file was there before."""
    return "again=1" if run.report is not None and run.report.repeated else "done=1"


async def start_import(temporal: Client, asked: ImportRequest, request: Request) -> None:
    """Begin the life of an import; one that is under way goes on. Raises TemporalDown."""
    # A file that was refused may fit once its customer is known: then it is imported anew.
    await begin(request, temporal, ImportWorkflow.run, [asked], import_workflow_id(asked.batch_id), "Import a billing file")


async def _soon(reads: Reads, batch_id: str, since: datetime) -> RunSeen | None:
    """The run as it is when it has ended, or after a second."""
    end = asyncio.get_running_loop().time() + WAIT_S
    while True:
        run = await reads(import_run, batch_id)
        run = run if run is not None and run.started_at >= since else None
        if (run is not None and run.phase.is_over) or asyncio.get_running_loop().time() >= end:
            return run
        await asyncio.sleep(LOOK_EVERY_S)


@router.get("/{batch_id}")
async def batch(
    request: Request,
    batch_id: str,
    importer: CurrentImporter,
    held: Held,
    reads: Read,
    show: Show,
    temporal: Temporal,
    again: Annotated[bool, Query()] = False,
    done: Annotated[bool, Query()] = False,
    started: Annotated[bool, Query()] = False,
) -> Response:
    """The report of an imported file; of one that is being imported, how far it is; of one that was not, why."""
    found = await reads(_find, held, request, batch_id)
    if found.report is None and found.run is None and started and re.fullmatch("[0-9a-f]{64}", batch_id):
        started = await _is_on_its_way(temporal, batch_id)
        found = await reads(_find, held, request, batch_id)  # it may have ended meanwhile
    if found.report is not None:
        return _report_page(request, show, found.report, None, again=again, done=done)
    if found.run is None and not (started and re.fullmatch("[0-9a-f]{64}", batch_id)):
        raise NotFound
    if found.run is not None and found.run.phase is ImportPhase.REFUSED and found.run.report is not None:
        return _report_page(request, show, found.run.report, None, message=found.note, address=batch_id)
    return show.page(request, "imports/run.html", active="imports", message=found.note, **_shown(held, importer, batch_id, found.run))


async def _is_on_its_way(temporal: Client, batch_id: str) -> bool:
    """Whether an import without a row was started and has not ended; also while nobody can say."""
    try:
        life = await life_of(temporal, import_workflow_id(batch_id))
    except TemporalDown:
        return True
    return life is not None and life.status is WorkflowExecutionStatus.RUNNING


@router.get("/{batch_id}/live")
async def live(
    request: Request,
    batch_id: str,
    importer: CurrentImporter,
    held: Held,
    reads: Read,
    show: Show,
    v: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The moving part of the page of a running import: 204 while nothing has changed."""
    run = await reads(import_run, batch_id)
    if run is not None and run.phase in (ImportPhase.DONE, ImportPhase.REFUSED):
        done = f"?{_ended(run)}" if run.phase is ImportPhase.DONE else ""
        return Response(status_code=204, headers={"HX-Redirect": f"/imports/{batch_id}{done}"})
    if run is None and v != WAITING:
        raise NotFound
    if run is None or _digest(run) == v:
        return Response(status_code=204)
    return show.page(request, "imports/_live.html", **_shown(held, importer, batch_id, run))


@router.post("/{batch_id}/cancel")
async def cancel(
    request: Request, batch_id: str, importer: CurrentImporter, held: Held, reads: Read, temporal: Temporal, key: Annotated[UUID, Form()]
) -> RedirectResponse:
    """Ask to end the import; the life says whether that still counts."""
    if await reads(import_run, batch_id) is None:
        raise NotFound
    message = Cancellation(str(key), importer.id)
    life = import_workflow_id(batch_id)
    return await send_and_return(request, held, temporal, life, ImportWorkflow.cancel.__name__, message, back=f"/imports/{batch_id}")


@router.get("/{batch_id}/problems.csv")
async def run_problems(request: Request, batch_id: str, _importer: CurrentImporter, held: Held, reads: Read) -> StreamingResponse:
    """The problems for which an import was refused."""
    run = await reads(import_run, batch_id)
    if run is None or run.report is None:
        raise NotFound
    return _problems_csv(held.pages.words(request), batch_id, run.report)


@router.get("/{batch_id}/remainders.csv")
async def remainders(request: Request, batch_id: str, _importer: CurrentImporter, held: Held, reads: Read) -> StreamingResponse:
    """Every record that was rounded to fen, with what that left over: with the amounts they add up to the file's exact sum."""
    if await reads(import_report, batch_id) is None:
        raise NotFound
    language = held.pages.words(request)
    heads = ("Account", "Service", "Day", "Order number", "Booked (CNY)", "Remainder (CNY)")
    return csv_file(f"remainders-{batch_id[:12]}", [language.gettext(head) for head in heads], _remainders(held, batch_id))


def _remainders(held: Services, batch_id: str) -> Iterator[list[str]]:
    after = 0
    while True:
        with held.database.read() as session:
            rows = rounded_records(session, batch_id, after, ROWS_AT_ONCE)
        for row in rows:
            names = (safe_cell(row.account), safe_cell(row.service), str(row.day), row.order_number)
            yield [*names, yuan(row.gross_fen), row.remainder]
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].id


class _Found:
    """What is known of a file's import."""

    def __init__(self, report: ImportReport | None, run: RunSeen | None, note: ShownNote | None) -> None:
        self.report = report
        self.run = run
        self.note = note


def _find(session: Session, held: Services, request: Request, batch_id: str) -> _Found:
    note = shown_note(held, request, session, import_workflow_id(batch_id))
    return _Found(import_report(session, batch_id), import_run(session, batch_id), note)


def _digest(run: RunSeen) -> str:
    """Changes when anything on the page does."""
    return hashlib.sha256(repr((run.phase, run.rows, run.total)).encode()).hexdigest()[:16]


def _shown(held: Services, person: Person, batch_id: str, run: RunSeen | None) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "run": run,
        "renew_s": RENEW_S if run is None or not run.phase.is_over else 0,
        "digest": _digest(run) if run else WAITING,
        "key": str(uuid4()),
        "may_cancel": person.may(Right.IMPORT) and run is not None and run.phase is ImportPhase.CHECKING,
        "workflow_url": workflow_url(held, import_workflow_id(batch_id)),
    }


async def _dry_run(held: Services, digest: str, now: datetime) -> tuple[Upload, ImportReport]:
    """The kept file and its report. Raises NotFound when it is gone (after a day, or after its import)."""
    kept = await held.in_thread(_uploads(held).read, digest)
    if kept is None:
        raise NotFound
    imports = Imports(held.database, printable_by(font_folder(held.settings)), held.settings.late_rows_grace_days)
    report = await held.in_thread(imports.dry_run, kept.content, kept.file_name, china_date(now))
    return kept, report


async def _start(
    request: Request, reads: Reads, show: Pages, problem: Problem | None = None, status: int = 200, key: str = ""
) -> HTMLResponse:
    def read(session: Session) -> tuple[list[ImportSeen], list[RunSeen]]:
        return recent_imports(session), runs_under_way(session)

    found, running = await reads(read)
    return show.page(
        request,
        "imports/start.html",
        status_code=status,
        active="imports",
        batches=found,
        running=running,
        key=key,
        problems=[problem] if problem else [],
        limit_mb=UPLOAD_LIMIT // 1024 // 1024,
    )


def _report_page(
    request: Request, show: Show, report: ImportReport, kept: Upload | None, status: int = 200, **context: Any
) -> HTMLResponse:
    language = show.words(request)
    shell = {"again": False, "done": False, "message": None, "address": report.batch_id} | context
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
