"""Batches by Excel, for applications and for titles alike: upload, dry run, submit, and how far it has come."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from domain.batches import MOST_BYTES, MOST_ROWS, BatchKind, BatchRequest, BatchState, batch_id
from domain.calendar import china_date
from domain.consents import agreed_value, agreement_problems, editions_to_agree
from domain.errors import Problem, Refusal
from domain.terms import Document, edition_on
from infra.batch_titles import check_titles
from infra.batch_workbook import COLUMNS, FilledSheet, Lists, mending_file, read_filled, template
from infra.books.batches import CheckedBatch, CheckedEntry, keep_batch
from infra.people import Person
from infra.queries.batches import BatchSeen, EntrySeen, batch_seen, recent_batches
from infra.queries.library import entity_names, receivers, titles
from infra.sheets import cell_name
from web import sentences
from web.application_start import policy_of
from web.batch_checks import check_applications
from web.dependencies import Reads, Services
from web.errors import NotFound, NotWhileActing, TemporalDown, form_fields, is_unavailable
from web.lives import LOOK_EVERY_S, RPC_TIMEOUT, WAIT_S
from web.words import Words
from workflows.batches import BatchWorkflow
from workflows.names import LIVES, batch_workflow_id

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RENEW_S = 2
RENEW_SLOWLY_S = 10
"""When each row has begun its application, whose own page is quicker."""
PATHS = {BatchKind.APPLICATIONS: "/apply/excel", BatchKind.TITLES: "/titles/excel"}


async def start_page(
    request: Request, held: Services, person: Person, kind: BatchKind, problems: Sequence[Problem] = (), status: int = 200
) -> Response:
    """The upload, and what was uploaded so far."""
    return held.pages.page(
        request,
        "batches/start.html",
        status_code=status,
        active=_active(kind),
        kind=str(kind),
        path=PATHS[kind],
        batches=await Reads(held)(recent_batches, person.scope, kind),
        columns=COLUMNS[kind],
        problems=list(problems),
        most_rows=MOST_ROWS,
        limit_mb=MOST_BYTES // 1024 // 1024,
    )


def _active(kind: BatchKind) -> str:
    return "consumption" if kind is BatchKind.APPLICATIONS else "titles"


async def upload(request: Request, held: Services, person: Person, kind: BatchKind, now: datetime) -> Response:
    """Check the sheet and keep the dry run. Nothing is applied for, and no title is added."""
    sent = (await request.form()).get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return await start_page(request, held, person, kind, [Problem("file", "file-needed")], 422)
    content = await sent.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return await start_page(request, held, person, kind, [too_large()], 413)
    name = PurePath(sent.filename.replace("\\", "/")).name[:200]
    try:
        batch = await held.in_thread(_dry_run, held, person, kind, content, name, now)
    except Refusal as refusal:
        return await start_page(request, held, person, kind, refusal.problems, 422)
    is_new = await held.in_thread(keep_batch, held.database, batch, now)
    return RedirectResponse(f"{PATHS[kind]}/{batch.id}{'' if is_new else '?again=1'}", 303)


def too_large() -> Problem:
    return Problem("file", "sheet-too-large", {"limit": str(MOST_BYTES // 1024 // 1024)})


def _dry_run(held: Services, person: Person, kind: BatchKind, content: bytes, name: str, now: datetime) -> CheckedBatch:
    """Raises Refusal for what is wrong with the whole sheet."""
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    assert person.account_id is not None  # noqa: S101
    sheet = read_filled(content, kind)
    identity = batch_id(kind, person.enterprise_id, person.account_id, content)
    with held.database.read() as session:
        if kind is BatchKind.TITLES:
            entries = check_titles(session, person.enterprise_id, sheet, china_date(now))
        else:
            entries = check_applications(session, person, sheet, now, identity)
    named = tuple(_with_cells(sheet, each) for each in entries)
    return CheckedBatch(identity, kind, person.enterprise_id, person.account_id, name, person.id, named)


def _with_cells(sheet: FilledSheet, entry: CheckedEntry) -> CheckedEntry:
    """Problems that name the cell they are about: `B7` in `params["at"]`."""
    said = (Problem(each.field, each.code, {**each.params, "at": sheet.cell(each.field, entry.line)}) for each in entry.problems)
    return replace(entry, problems=tuple(said))


async def template_file(held: Services, person: Person, kind: BatchKind, now: datetime) -> Response:
    """The template, with the customer's titles and receivers and our entities to choose from."""
    return _xlsx(kind, await held.in_thread(template, kind, await _lists(held, person, kind, now)))


async def _lists(held: Services, person: Person, kind: BatchKind, now: datetime) -> Lists:
    """What the columns of applications offer. Receivers are whole addresses: the customer's own, so not while acting for it."""
    if kind is BatchKind.TITLES or person.enterprise_id is None:
        return {}
    reads = Reads(held)
    usable = [each.name for each in await reads(titles, person.enterprise_id, china_date(now)) if each.is_usable]
    names = sorted((await reads(entity_names)).values())
    found = await reads(receivers, person.enterprise_id) if person.acting_for is None else ()
    return {"title": usable, "entity": names, "receiver": [each.email or each.recipient for each in found]}


def _xlsx(kind: BatchKind, content: bytes, name: str = "") -> Response:
    headers = {"content-disposition": f'attachment; filename="{name or str(kind)}.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


async def problems_file(request: Request, held: Services, person: Person, kind: BatchKind, batch: str, now: datetime) -> Response:
    """The same sheet with a column of problems. It has whole addresses in it, so it is the customer's own. Raises NotWhileActing."""
    if person.acting_for is not None:
        raise NotWhileActing
    found = await _found(held, person, kind, batch)
    language = held.pages.words(request)
    said = [said_problems(held, language, each) for each in found.entries]
    rows = [each.cells for each in found.entries]
    content = await held.in_thread(mending_file, kind, rows, said, await _lists(held, person, kind, now))
    return _xlsx(kind, content, f"{kind}-{found.id[:8]}")


def said_problems(held: Services, language: Words, entry: EntrySeen) -> str:
    """A row's problems in one text: `B7: ...; H7: ...`."""
    said = (f"{each.params.get('at', '')}: {sentences.problem(language, held.pages.clock, each)}" for each in entry.problems)
    return "\n".join(said)


async def _found(held: Services, person: Person, kind: BatchKind, batch: str) -> BatchSeen:
    found = await Reads(held)(batch_seen, person.scope, kind, batch)
    if found is None:
        raise NotFound
    return found


async def batch_page(
    request: Request,
    held: Services,
    person: Person,
    kind: BatchKind,
    batch: str,
    now: datetime,
    problems: Sequence[Problem] = (),
    terms: str = "",
) -> Response:
    """The dry run row by row; of a submitted batch, what became of each row."""
    found = await _found(held, person, kind, batch)
    return held.pages.page(
        request,
        "batches/batch.html",
        status_code=422 if problems else 200,
        active=_active(kind),
        problems=list(problems),
        terms=terms,
        again=bool(request.query_params.get("again")),
        started=bool(request.query_params.get("started")),
        to_agree=agreed_value(editions_to_agree(china_date(now))),
        **_shown(found),
    )


async def live_part(request: Request, held: Services, person: Person, kind: BatchKind, batch: str, v: str) -> Response:
    """The moving part of the page: 204 while nothing has changed."""
    found = await _found(held, person, kind, batch)
    if _digest(found) == v:
        return Response(status_code=204)
    return held.pages.page(request, "batches/_live.html", **_shown(found))


def _digest(found: BatchSeen) -> str:
    """Changes when anything of the rows does."""
    rows = [(each.line, each.state, each.application_state) for each in found.entries]
    return hashlib.sha256(repr((found.state, rows)).encode()).hexdigest()[:16]


def _shown(found: BatchSeen) -> dict[str, Any]:
    checked = found.state is BatchState.CHECKED
    return {
        "batch": found,
        "kind": str(found.kind),
        "path": PATHS[found.kind],
        "digest": _digest(found),
        "renew_s": 0 if checked else RENEW_S if found.state is BatchState.RUNNING else RENEW_SLOWLY_S,
        "first_cell": lambda line: cell_name(0, line),
    }


async def submit(
    request: Request, held: Services, person: Person, temporal: Client, kind: BatchKind, batch: str, now: datetime, terms: str = ""
) -> Response:
    """Begin the batch's life, once for ever: sent twice, or from two tabs, it finds the first. Raises TemporalDown."""
    found = await _found(held, person, kind, batch)
    path = f"{PATHS[kind]}/{found.id}"
    if found.state is not BatchState.CHECKED:
        return RedirectResponse(f"{path}?again=1", 303)
    problems = list(agreement_problems(terms, china_date(now))) if kind is BatchKind.APPLICATIONS else []
    if not found.good:
        problems.append(Problem("file", "batch-none-good"))
    if problems:
        return await batch_page(request, held, person, kind, batch, now, problems, terms)
    asked = BatchRequest(
        found.id,
        person.id,
        now,
        edition_on(Document.TERMS, china_date(now)).version,
        edition_on(Document.PRIVACY, china_date(now)).version,
        policy_of(held.settings),
    )
    try:
        await _begin(request, temporal, asked)
    except WorkflowAlreadyStartedError:
        return RedirectResponse(f"{path}?again=1", 303)
    await _soon(held, person, kind, found.id)
    return RedirectResponse(f"{path}?started=1", 303)


async def _begin(request: Request, temporal: Client, asked: BatchRequest) -> None:
    try:
        await temporal.start_workflow(
            BatchWorkflow.run,
            asked,
            id=batch_workflow_id(asked.batch_id),
            task_queue=LIVES,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="Batch by Excel",
            rpc_timeout=RPC_TIMEOUT,
        )
    except (RPCError, RuntimeError) as error:
        if isinstance(error, WorkflowAlreadyStartedError) or not is_unavailable(error):
            raise
        raise TemporalDown(request.url.path, await form_fields(request)) from error


async def _soon(held: Services, person: Person, kind: BatchKind, batch: str) -> None:
    """Wait until the batch is done, at most a second: then the page says so at once."""
    end = asyncio.get_running_loop().time() + WAIT_S
    found = await _found(held, person, kind, batch)
    while found.state is not BatchState.DONE and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(LOOK_EVERY_S)  # the rows are written by a worker, in another process
        found = await _found(held, person, kind, batch)
