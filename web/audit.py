"""The audit trail: who did what that must be answered for, and whether its chains are whole."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from domain.cells import safe_cell
from infra.queries.audit import EXPORT_MOST, AuditFilter, AuditPage, audit_actions, audit_page, broken_chains
from web import formats, sentences
from web.csv_files import csv_file
from web.cursors import whole_number
from web.dependencies import CurrentAuditor, Held, Read, Show
from web.words import Words

router = APIRouter(prefix="/audit")

Text = Annotated[str, Query(max_length=120)]
Day = Annotated[str, Query(max_length=10)]


def _day(text: str) -> date | None:
    """A typed day; what is none filters nothing, and the field shows that it was not taken."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _filter(who: str, action: str, subject: str, first: str, last: str, after: str = "") -> AuditFilter:
    return AuditFilter(_plain(who), _plain(action), _plain(subject), _day(first), _day(last), whole_number(after))


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
    """The entries that fit the filters, newest first."""
    wanted = _filter(who, action, subject, first, last, after)

    def read(session: Session) -> dict[str, Any]:
        return {"page": audit_page(session, wanted), "actions": audit_actions(session), "broken": broken_chains(session)}

    found = await reads(read)
    page: AuditPage = found["page"]
    return show.page(
        request,
        "audit/trail.html",
        active="audit",
        filters=wanted,
        filtered=replace(wanted, after=None) != AuditFilter(),
        newer=_address(wanted) if wanted.after is not None else "",
        older=_address(wanted, after=page.older) if page.older else "",
        export=_address(wanted, "/audit/export.csv"),
        **found,
    )


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
    page = await reads(audit_page, _filter(who, action, subject, first, last), EXPORT_MOST)
    language = held.pages.words(request)
    say = language.gettext
    heads = [say("Moment"), say("Who"), say("Action"), say("Subject"), say("Company"), say("Reason"), say("Facts"), say("Position")]
    return csv_file("audit", heads, _rows(page, language))


def _rows(page: AuditPage, language: Words) -> Iterator[list[str]]:
    for each in page.entries:
        yield [
            formats.table_moment(each.at),
            safe_cell(f"{each.who} ({each.login})" if each.login else ""),
            sentences.label(language, f"deed:{each.action}").removeprefix("deed:"),
            safe_cell(each.subject),
            safe_cell(each.tenant),
            safe_cell(each.reason),
            safe_cell(json.dumps(each.facts, ensure_ascii=False) if each.facts else ""),
            str(each.position),
        ]
