"""What customers owe and what they paid in, as billing says: operators note it, customers see their top-ups."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from domain.amounts import parse_amount
from domain.calendar import china_date, typed_day
from domain.errors import Problem, Refusal
from domain.focus import RowProblem
from infra.arrears_file import NEEDED as ARREARS_COLUMNS
from infra.arrears_file import ArrearsRead, account_ids, import_arrears
from infra.books.arrears import note_arrears
from infra.database import Database
from infra.queries.reference_data import owed, top_ups
from infra.queries.scope import Scope
from infra.top_ups import NEEDED, OPTIONAL, TopUpsRead, import_top_ups
from web.dependencies import CurrentOperator, CurrentOwner, Now, Read, Reads, Show, Write
from web.imports import sentence
from web.limits import LimitedRoute
from web.pages import Pages

router = APIRouter(route_class=LimitedRoute)

SHOWN = 200
STAFF = Scope(None, everybody=True)
Line = Annotated[str, Form(max_length=100)]


@router.get("/arrears")
async def arrears(request: Request, _operator: CurrentOperator, reads: Read, show: Show) -> Response:
    """Which accounts owe something, and the form and file that say so."""
    return await _arrears(request, reads, show)


@router.post("/arrears", status_code=303)
async def note(
    request: Request,
    operator: CurrentOperator,
    reads: Read,
    writes: Write,
    show: Show,
    now: Now,
    account: Line = "",
    amount: Line = "",
    as_of: Line = "",
) -> Response:
    """Note what one account owes on a day; its consumption, or its enterprise's, is held for it."""
    typed = {"account": account.strip(), "amount": amount.strip(), "as_of": as_of.strip()}
    try:
        changed = await writes(_note, typed, operator.id, china_date(now), now)
    except Refusal as refusal:
        return await _arrears(request, reads, show, typed=typed, problems=refusal.problems)
    return RedirectResponse(f"/arrears?{'noted' if changed else 'known'}=1", 303)


def _note(database: Database, typed: dict[str, str], by: int, today: date, now: Any) -> bool:
    problems: list[Problem] = []
    amount = 0
    identity = account_ids(database, {typed["account"]}).get(typed["account"])
    if identity is None:
        problems.append(Problem("account", "account-not-known" if typed["account"] else "field-needed"))
    try:
        amount = parse_amount(typed["amount"])
    except Refusal as refusal:
        problems += refusal.problems
    read = typed_day(typed["as_of"]) if typed["as_of"] else today
    if read is None:
        problems.append(Problem("as_of", "day-form"))
    day = read or today
    if day > today:
        problems.append(Problem("as_of", "day-ahead"))
    if problems or identity is None:
        raise Refusal(*problems)
    return note_arrears(database, identity, amount, day, now, by)


@router.post("/arrears/file", status_code=303)
async def arrears_file(request: Request, operator: CurrentOperator, reads: Read, writes: Write, show: Show, now: Now) -> Response:
    """Note all rows of a CSV file, or none and say what is wrong with which."""
    content = await _sent(request)
    if content is None:
        return await _arrears(request, reads, show, problems=(Problem("file", "file-needed"),))
    read: ArrearsRead = await writes(import_arrears, content, operator.id, china_date(now), now)
    if read.problems:
        return await _arrears(request, reads, show, rows=read.problems)
    return RedirectResponse(f"/arrears?noted={read.noted}&known={read.known}", 303)


async def _sent(request: Request) -> bytes | None:
    sent = (await request.form()).get("file")
    return await sent.read() if isinstance(sent, UploadFile) and sent.filename else None


async def _arrears(
    request: Request,
    reads: Reads,
    show: Pages,
    *,
    typed: dict[str, str] | None = None,
    problems: Sequence[Problem] = (),
    rows: Sequence[RowProblem] = (),
) -> Response:
    found = await reads(owed)
    return show.page(
        request,
        "payments/arrears.html",
        422 if problems or rows else 200,
        active="arrears",
        owed=found,
        typed=typed or {"account": "", "amount": "", "as_of": ""},
        problems=list(problems),
        columns=", ".join(ARREARS_COLUMNS),
        done=any(name in request.query_params for name in ("noted", "known")) and not problems and not rows,
        **_said(request, show, rows),
    )


def _said(request: Request, show: Pages, rows: Sequence[RowProblem]) -> dict[str, Any]:
    language = show.words(request)
    return {"rows": [(found, sentence(language, found)) for found in rows[:SHOWN]], "problem_count": len(rows)}


@router.get("/top-ups")
async def all_top_ups(
    request: Request, _operator: CurrentOperator, reads: Read, show: Show, after: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """What customers paid in, and the file that brings it."""
    return await _top_ups(request, reads, show, STAFF, after)


@router.post("/top-ups", status_code=303)
async def top_ups_file(request: Request, operator: CurrentOperator, reads: Read, writes: Write, show: Show, now: Now) -> Response:
    """Add a CSV file's payments, or none and say what is wrong with which row."""
    content = await _sent(request)
    if content is None:
        return await _top_ups(request, reads, show, STAFF, "", problems=(Problem("file", "file-needed"),))
    read: TopUpsRead = await writes(import_top_ups, content, operator.id, now)
    if read.problems:
        return await _top_ups(request, reads, show, STAFF, "", rows=read.problems)
    return RedirectResponse(f"/top-ups?added={read.added}&known={read.known}", 303)


@router.get("/consumption/top-ups")
async def own_top_ups(
    request: Request, person: CurrentOwner, reads: Read, show: Show, after: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """One's own payments: not consumed, never invoiceable."""
    return await _top_ups(request, reads, show, person.scope, after)


async def _top_ups(
    request: Request,
    reads: Reads,
    show: Pages,
    scope: Scope,
    after: str,
    *,
    problems: Sequence[Problem] = (),
    rows: Sequence[RowProblem] = (),
) -> Response:
    def read(session: Session) -> Any:
        return top_ups(session, scope, _place(after))

    found, older = await reads(read)
    staff = scope.everybody
    path = "/top-ups" if staff else "/consumption/top-ups"
    return show.page(
        request,
        "payments/top_ups.html",
        422 if problems or rows else 200,
        active="top-ups" if staff else "consumption",
        staff=staff,
        top_ups=found,
        older=f"{path}?after={older[0]}~{older[1]}" if older else "",
        newer=path if after else "",
        problems=list(problems),
        columns=", ".join((*NEEDED, *OPTIONAL)),
        done="added" in request.query_params and not problems and not rows,
        **_said(request, show, rows),
    )


def _place(text: str) -> tuple[date, str] | None:
    day, _, number = text.partition("~")
    typed = typed_day(day)
    return (typed, number.replace("\x00", "")) if number and typed else None
