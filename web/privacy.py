"""The terms and the privacy policy, open to all; and a person's own data: what is held, a copy, deletion."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from sqlmodel import Session

from domain.access import Right
from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.personal_data import HOLDINGS
from domain.ports import OutsideUnavailable
from domain.terms import Document, edition_named, edition_on, editions_of
from infra.limits import Limit, give_back, take
from infra.people import Person, password_fits
from infra.personal_data import Obstacles, delete_account, hand_over, obstacles, write_export
from infra.queries.personal_data import Whose, held_about
from web.articles import legal_text
from web.cursors import RecordId
from web.dependencies import SESSION_COOKIE, Anybody, CurrentUser, Held, Now, Reads, Services, Show, Write
from web.errors import NotFound

log = logging.getLogger("kaipiao.web")

open_router = APIRouter()
router = APIRouter(prefix="/me/data")

EXPORTS = Limit("export-data", 10, timedelta(hours=1))
WRONG = Limit("own-password", 5, timedelta(minutes=15))
"""Shared with the change of the password: whoever sits at an open browser must not guess it."""
_IN_MEMORY = 4 * 1024 * 1024
_PIECE = 64 * 1024


def _legal(request: Request, show: Show, now: Now, document: Document, version: str) -> Response:
    holds = edition_on(document, china_date(now))
    shown = edition_named(document, version) if version else holds
    if shown is None:
        raise NotFound
    return show.page(
        request,
        "privacy/legal.html",
        active=str(document),
        document=document,
        edition=shown,
        holds=holds,
        editions=editions_of(document),
        text=legal_text(str(document), shown.version, show.locale(request)),
        erased="deleted" in request.query_params,
    )


@open_router.get("/terms")
async def terms(request: Request, _person: Anybody, show: Show, now: Now, version: str = "") -> Response:
    """The terms of service that hold today, or another edition by its version."""
    return _legal(request, show, now, Document.TERMS, version)


@open_router.get("/privacy")
async def privacy(request: Request, _person: Anybody, show: Show, now: Now, version: str = "") -> Response:
    """The privacy policy that holds today, or another edition by its version."""
    return _legal(request, show, now, Document.PRIVACY, version)


def whose(person: Person) -> Whose:
    """Whose data a signed-in person may see here: her own. Staff who act for a customer still are themselves."""
    own = person.enterprise_id if person.acting_for is None else None
    return Whose(person.id, own, person.may(Right.KEEP_TITLES) and person.may(Right.SEE_WHOLE_ENTERPRISE))


@dataclass(frozen=True, slots=True)
class _Seen:
    counts: dict[str, int]
    obstacles: Obstacles


async def _page(request: Request, held: Services, person: Person, *problems: Problem, confirmation: str = "", form: str = "") -> Response:
    def read(session: Session) -> _Seen:
        return _Seen(held_about(session, whose(person)), obstacles(session, person.id))

    return held.pages.page(
        request,
        "privacy/data.html",
        status_code=422 if problems else 200,
        active="me",
        seen=await Reads(held)(read),
        holdings=HOLDINGS,
        problems=list(problems),
        confirmation=confirmation,
        refused_form=form,
        handed="handed" in request.query_params and not problems,
    )


@router.get("")
async def my_data(request: Request, person: CurrentUser, held: Held) -> Response:
    return await _page(request, held, person)


@router.post("/export")
async def export(request: Request, person: CurrentUser, held: Held, writes: Write, now: Now) -> Response:
    """A copy of everything that is the person's own, as a ZIP made now; a large one stands in a file, never in memory."""
    taken = await writes(take, [(EXPORTS, str(person.id))], now)
    if taken.wait:
        return await _page(request, held, person, Problem("export", "sign-in-wait", {"minutes": _minutes(taken.wait)}), form="export")
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed when it has been sent)
    await held.in_thread(write_export, held.database, whose(person), now, file)
    length = file.tell()
    file.seek(0)
    headers = {
        "content-disposition": f'attachment; filename="kaipiao-my-data-{china_date(now).isoformat()}.zip"',
        "content-length": str(length),
    }
    return StreamingResponse(_pieces(file), media_type="application/zip", headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _minutes(wait: timedelta) -> str:
    return str(int(wait.total_seconds() // 60) + 1)


async def _password_problem(held: Services, person: Person, password: str, now: Now) -> Problem | None:
    """What is wrong with the password that was given again: nothing, wrong, or too many wrong ones."""
    taken = await held.in_thread(take, held.database, [(WRONG, str(person.id))], now)
    if taken.wait:
        return Problem("password", "sign-in-wait", {"minutes": _minutes(taken.wait)})
    if not await held.run_in(held.hashing, password_fits, held.database, person.id, password):
        return Problem("password", "password-wrong")
    await held.in_thread(give_back, held.database, taken)
    return None


@router.post("/hand-over")
async def make_master(
    request: Request,
    person: CurrentUser,
    held: Held,
    writes: Write,
    now: Now,
    successor: Annotated[RecordId, Form()],
    password: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Make another member of the company a master, so that this one may leave."""
    if not person.may(Right.MANAGE_PEOPLE):
        raise NotFound
    if wrong := await _password_problem(held, person, password, now):
        return await _page(request, held, person, wrong, form="hand-over")
    try:
        await writes(hand_over, person.id, successor, now)
    except Refusal as refusal:
        return await _page(request, held, person, *refusal.problems, form="hand-over")
    return RedirectResponse("/me/data?handed=1", 303)


@router.post("/delete")
async def delete(
    request: Request,
    person: CurrentUser,
    held: Held,
    writes: Write,
    now: Now,
    password: Annotated[str, Form(max_length=200)] = "",
    confirmation: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Erase the account, with the password once more and the user name typed out."""
    if confirmation.strip() != person.login:
        wrong = Problem("confirmation", "confirmation-wrong" if confirmation else "field-needed", {"login": person.login})
        return await _page(request, held, person, wrong, confirmation=confirmation, form="delete")
    if refused := await _password_problem(held, person, password, now):
        return await _page(request, held, person, refused, confirmation=confirmation, form="delete")
    try:
        files = await writes(delete_account, person.id, now)
    except Refusal as refusal:
        return await _page(request, held, person, *refusal.problems, confirmation=confirmation, form="delete")
    for sha256 in files:
        try:
            await held.in_thread(held.attachments.remove, sha256)
        except OutsideUnavailable as error:
            log.error("file %s of a deleted account is still in the store: remove it by hand", sha256, exc_info=error)
    answer = RedirectResponse("/privacy?deleted=1", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer
