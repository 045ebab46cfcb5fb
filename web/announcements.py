"""The operators' desk for announcements and the state of services; and closing a banner, which everybody may."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.announcements import Level, Wording, china_moment, wording_problems
from domain.calendar import CHINA
from domain.errors import Problem, Refusal
from domain.status import Service, ServiceState
from infra.announcements import UnknownAnnouncement, add_announcement, edit_announcement, end_announcement, set_service_state
from infra.queries.announcements import (
    Announcement,
    ServiceWord,
    announcement_of,
    announcements_not_over,
    announcements_page,
    service_words,
)
from web.board import CLOSED_COOKIE, CLOSED_S, MOST_CLOSED, closed_marks
from web.cursors import LARGEST_ID, RecordId, whole_number
from web.dependencies import CurrentAnnouncer, Held, Now, Read, Reads, Services, Write
from web.errors import NotFound
from web.pages import safe_path

open_router = APIRouter(prefix="/announcements")
router = APIRouter(prefix="/announcements")


async def fresh_board(held: Held, reads: Read) -> None:
    """For every route: the announcements that its page shows are of now."""
    await held.pages.board.renew(lambda: reads(announcements_not_over, held.pages.clock()))


@dataclass(frozen=True, slots=True)
class Entries:
    """The form as it was filled in; moments as typed."""

    level: str = Level.NEWS
    title_zh: str = ""
    title_en: str = ""
    body_zh: str = ""
    body_en: str = ""
    starts: str = ""
    ends: str = ""
    version: str = ""

    def wording(self) -> Wording:
        starts_at, ends_at = china_moment(self.starts), china_moment(self.ends)
        return Wording(self.level, self.title_zh, self.title_en, self.body_zh, self.body_en, starts_at, ends_at).tidy()

    def problems(self) -> tuple[Problem, ...]:
        return wording_problems(self.wording(), starts_text=self.starts, ends_text=self.ends)


def _typed(moment: datetime | None) -> str:
    return moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M") if moment else ""


def entries_of(found: Announcement) -> Entries:
    words = (found.titles["zh"], found.titles["en"], found.bodies["zh"], found.bodies["en"])
    return Entries(found.level, *words, _typed(found.starts_at), _typed(found.ends_at), found.version)


async def _entries(
    level: Annotated[str, Form(max_length=20)] = "",
    title_zh: Annotated[str, Form(max_length=1000)] = "",
    title_en: Annotated[str, Form(max_length=1000)] = "",
    body_zh: Annotated[str, Form(max_length=10_000)] = "",
    body_en: Annotated[str, Form(max_length=10_000)] = "",
    starts: Annotated[str, Form(max_length=40)] = "",
    ends: Annotated[str, Form(max_length=40)] = "",
    version: Annotated[str, Form(max_length=20)] = "",
) -> Entries:
    return Entries(level, title_zh, title_en, body_zh, body_en, starts.strip(), ends.strip(), version)


Filled = Annotated[Entries, Depends(_entries)]
_MARK = re.compile(r"\d{1,18}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class _Desk:
    listed: list[Announcement]
    older: int | None
    words: dict[str, ServiceWord]


@dataclass(frozen=True, slots=True)
class _Status:
    """The form of a service's state as it was filled in."""

    service: str = ""
    state: str = ""
    note_zh: str = ""
    note_en: str = ""


async def _desk(
    request: Request,
    held: Services,
    entries: Entries,
    problems: tuple[Problem, ...] = (),
    *,
    status: _Status | None = None,
    status_problems: tuple[Problem, ...] = (),
    preview: bool = False,
    before: int | None = None,
) -> Response:
    def read(session: Session) -> _Desk:
        return _Desk(*announcements_page(session, before), service_words(session))

    return held.pages.page(
        request,
        "announcements/desk.html",
        status_code=422 if problems or status_problems else 200,
        active="announcements",
        desk=await Reads(held)(read),
        entries=entries,
        problems=list(problems),
        status=status or _Status(),
        status_problems=list(status_problems),
        preview=entries.wording() if preview and not problems else None,
        levels=list(Level),
        services=list(Service),
        states=list(ServiceState),
        newer="/announcements" if before else "",
        done=request.query_params.get("done", ""),
    )


@router.get("")
async def desk(request: Request, _operator: CurrentAnnouncer, held: Held, now: Now, before: str = "") -> Response:
    return await _desk(request, held, Entries(starts=_typed(now)), before=whole_number(before, LARGEST_ID))


@router.post("")
async def announce(
    request: Request,
    operator: CurrentAnnouncer,
    held: Held,
    writes: Write,
    now: Now,
    entries: Filled,
    action: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Announce it, or show how it will look, or what has to be mended; what was typed stays."""
    problems = entries.problems()
    if problems or action == "preview":
        return await _desk(request, held, entries, problems, preview=True)
    await writes(add_announcement, entries.wording(), operator.id, now)
    held.pages.board.forget()
    return RedirectResponse("/announcements?done=announced", 303)


@router.post("/services")
async def say_state(
    request: Request,
    operator: CurrentAnnouncer,
    held: Held,
    writes: Write,
    now: Now,
    service: Annotated[str, Form(max_length=40)] = "",
    state: Annotated[str, Form(max_length=20)] = "",
    note_zh: Annotated[str, Form(max_length=2000)] = "",
    note_en: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Say how a service is from now on."""
    try:
        await writes(set_service_state, service, state, note_zh, note_en, operator.id, now)
    except Refusal as refusal:
        filled = _Status(service, state, note_zh, note_en)
        return await _desk(request, held, Entries(starts=_typed(now)), status=filled, status_problems=refusal.problems)
    return RedirectResponse("/announcements?done=status", 303)


def _editing(
    request: Request, held: Services, found: Announcement, entries: Entries, *problems: Problem, preview: bool = False
) -> Response:
    return held.pages.page(
        request,
        "announcements/edit.html",
        status_code=422 if problems else 200,
        active="announcements",
        found=found,
        entries=entries,
        problems=list(problems),
        preview=entries.wording() if preview and not problems else None,
        levels=list(Level),
    )


@router.get("/{announcement_id}")
async def edit(request: Request, announcement_id: RecordId, _operator: CurrentAnnouncer, held: Held, reads: Read) -> Response:
    found = await reads(announcement_of, announcement_id)
    if found is None:
        raise NotFound
    return _editing(request, held, found, entries_of(found))


@router.post("/{announcement_id}")
async def change(
    request: Request,
    announcement_id: RecordId,
    operator: CurrentAnnouncer,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    entries: Filled,
    action: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Change it, as it was when the page was opened; somebody else's change since then is said, and shown beside the entries."""
    found = await reads(announcement_of, announcement_id)
    if found is None:
        raise NotFound
    problems = entries.problems()
    if problems or action == "preview":
        return _editing(request, held, found, entries, *problems, preview=True)
    try:
        await writes(edit_announcement, announcement_id, entries.version, entries.wording(), operator.id, now)
    except UnknownAnnouncement as error:
        raise NotFound from error
    except Refusal as refusal:
        newest = await reads(announcement_of, announcement_id) or found
        return _editing(request, held, newest, replace(entries, version=newest.version), *refusal.problems)
    held.pages.board.forget()
    return RedirectResponse("/announcements?done=changed", 303)


@router.post("/{announcement_id}/end")
async def end(announcement_id: RecordId, operator: CurrentAnnouncer, held: Held, writes: Write, now: Now) -> Response:
    try:
        await writes(end_announcement, announcement_id, operator.id, now)
    except UnknownAnnouncement as error:
        raise NotFound from error
    held.pages.board.forget()
    return RedirectResponse("/announcements?done=ended", 303)


@open_router.post("/close")
async def close(
    request: Request,
    mark: Annotated[str, Form(max_length=40)] = "",
    target: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> RedirectResponse:
    """Show this banner no more in this browser. Nothing but the browser's own cookie changes, so no session is needed."""
    answer = RedirectResponse(safe_path(target), 303)
    if _MARK.fullmatch(mark):
        closed = [*(each for each in closed_marks(request) if each != mark and _MARK.fullmatch(each)), mark]
        answer.set_cookie(CLOSED_COOKIE, ".".join(closed[-MOST_CLOSED:]), max_age=CLOSED_S, httponly=True, samesite="lax", path="/")
    return answer
