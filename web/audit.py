"""The audit trail: who did what that must be answered for, and whether its chains are whole."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.audit import AuditAction, AuditProgress
from domain.calendar import typed_day
from domain.cells import safe_cell
from domain.errors import Problem
from infra.queries.audit import EXPORT_MOST, AuditFilter, AuditPage, AuditState, audit_page, audit_state
from web import formats, sentences
from web.csv_files import csv_file
from web.cursors import whole_number
from web.dependencies import CurrentAuditor, Held, Now, Read, Reads, Show, Temporal
from web.lives import LOOK_EVERY_S, WAIT_S, begin
from web.pages import Pages
from web.words import Words
from workflows.audit import AuditWorkflow
from workflows.names import AUDIT_NOW

router = APIRouter(prefix="/audit")

Text = Annotated[str, Query(max_length=120)]
AWAITED_S = 600
"""How long the page says that a verification is under way: one of a million entries takes half a minute."""
Day = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of an address, and what is wrong with them. Days are kept as they were typed, too."""

    wanted: AuditFilter
    problems: tuple[Problem, ...]
    first: str
    last: str


def _asked(who: str, action: str, subject: str, first: str, last: str, after: str = "") -> Asked:
    problems: list[Problem] = []
    days: list[date | None] = []
    for name, typed in (("from", first.strip()), ("to", last.strip())):
        day = typed_day(typed)
        days.append(day)
        if typed and day is None:
            problems.append(Problem(name, "day-form"))
    first_day, last_day = days
    if first_day and last_day and last_day < first_day:
        problems.append(Problem("to", "days-turned"))
    wanted = AuditFilter(_plain(who), _plain(action), _plain(subject), first_day, last_day, whole_number(after))
    return Asked(wanted, tuple(problems), first, last)


def _plain(text: str) -> str:
    """PostgreSQL takes no NUL."""
    return text.replace("\x00", "").strip()


def _address(wanted: AuditFilter, path: str = "/audit", **more: object) -> str:
    fields = {
        "who": wanted.who,
        "action": wanted.action,
        "subject": wanted.subject,
        "from": wanted.first_day or "",
        "to": wanted.last_day or "",
        **more,
    }
    asked = {name: value for name, value in fields.items() if value}
    return f"{path}?{urlencode(asked)}" if asked else path


@router.get("")
async def trail(
    request: Request,
    _auditor: CurrentAuditor,
    show: Show,
    reads: Read,
    who: Text = "",
    action: Text = "",
    subject: Text = "",
    first: Annotated[Day, Query(alias="from")] = "",
    last: Annotated[Day, Query(alias="to")] = "",
    after: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The entries that fit the filters, newest first, and how the chains were found last."""
    return await _trail(request, show, reads, _asked(who, action, subject, first, last, after))


async def _trail(request: Request, show: Pages, reads: Reads, asked: Asked) -> Response:
    """The page; with a filter that is none, no entries, and what is wrong at its field."""
    wanted = asked.wanted

    def read(session: Session) -> tuple[AuditPage, AuditState]:
        return AuditPage((), None) if asked.problems else audit_page(session, wanted), audit_state(session)

    page, state = await reads(read)
    return show.page(
        request,
        "audit/trail.html",
        422 if asked.problems else 200,
        active="audit",
        page=page,
        state=state,
        verifying=_is_awaited(request, state, show.clock()),
        actions=list(AuditAction),
        filters=wanted,
        typed={"from": asked.first, "to": asked.last},
        problems=list(asked.problems),
        filtered=bool(asked.problems) or replace(wanted, after=None) != AuditFilter(),
        newer=_address(wanted) if wanted.after is not None else "",
        older=_address(wanted, after=page.older) if page.older else "",
        export=_address(wanted, "/audit/export.csv"),
    )


def _is_awaited(request: Request, state: AuditState, now: datetime) -> bool:
    """Whether the verification that was asked for at `?asked=` (seconds) has no result yet; not for ever, if one was under way before."""
    asked = whole_number(request.query_params.get("asked", "")[:20])
    if asked is None or now.timestamp() - asked > AWAITED_S:
        return False
    return state.checked_at is None or state.checked_at.timestamp() < asked


@router.post("/verification")
async def verify(request: Request, _auditor: CurrentAuditor, temporal: Temporal, reads: Read, now: Now) -> RedirectResponse:
    """Have every chain verified now, and wait a moment for the result. One that is under way already is that one."""
    await begin(request, temporal, AuditWorkflow.__name__, [AuditProgress()], AUDIT_NOW, "Verify the audit")
    await _result(reads, now)
    return RedirectResponse(f"/audit?asked={int(now.timestamp())}", 303)


async def _result(reads: Reads, since: datetime) -> None:
    """Wait a second at most: the worker, which is another process, writes it."""
    end = asyncio.get_running_loop().time() + WAIT_S
    while asyncio.get_running_loop().time() < end:
        state = await reads(audit_state)
        if state.checked_at is not None and state.checked_at >= since:
            return
        await asyncio.sleep(LOOK_EVERY_S)


@router.get("/export.csv")
async def export(
    request: Request,
    _auditor: CurrentAuditor,
    held: Held,
    reads: Read,
    who: Text = "",
    action: Text = "",
    subject: Text = "",
    first: Annotated[Day, Query(alias="from")] = "",
    last: Annotated[Day, Query(alias="to")] = "",
) -> Response:
    """The entries under the same filters, at most 10,000, for a spreadsheet."""
    asked = _asked(who, action, subject, first, last)
    if asked.problems:
        return await _trail(request, held.pages, reads, asked)
    page = await reads(audit_page, asked.wanted, EXPORT_MOST)
    language = held.pages.words(request)
    say = language.gettext
    heads = [say("Moment"), say("Who"), say("Action"), say("Subject"), say("Company"), say("Reason"), say("Facts"), say("Position")]
    return csv_file("audit", heads, _rows(page, language))


def _rows(page: AuditPage, language: Words) -> Iterator[list[str]]:
    for each in page.entries:
        yield [
            formats.table_moment(each.at),
            safe_cell(f"{each.who} ({formats.masked_login(each.login)})" if each.login else ""),
            sentences.label(language, f"deed:{each.action}").removeprefix("deed:"),
            safe_cell(each.subject),
            safe_cell(each.tenant),
            safe_cell(each.reason),
            safe_cell(json.dumps(each.facts, ensure_ascii=False) if each.facts else ""),
            str(each.position),
        ]
