"""Sign-in, sign-out, language, and a person's own page."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem
from infra.people import Person, check_password, close_session, open_session
from web.dependencies import SESSION_COOKIE, CurrentUser, Held, Now, Show, Write, person_or_none
from web.navigation import home_of
from web.pages import LANGUAGE_COOKIE, safe_path
from web.words import LOCALES

router = APIRouter()
private_router = APIRouter()

TRIES = 5
PAUSE = timedelta(minutes=15)
_REMEMBERED = 10_000


@dataclass
class Tries:
    """Failed sign-ins by login and address, in this process: five in a quarter of an hour, then a pause."""

    failed: OrderedDict[tuple[str, str], deque[datetime]] = field(default_factory=OrderedDict)

    def wait(self, key: tuple[str, str], now: datetime) -> timedelta:
        """How long until the next try is taken; zero when it is taken now."""
        times = self.failed.get(key)
        while times and now - times[0] >= PAUSE:
            times.popleft()
        return times[0] + PAUSE - now if times and len(times) >= TRIES else timedelta(0)

    def note(self, key: tuple[str, str], now: datetime) -> None:
        self.failed.setdefault(key, deque()).append(now)
        self.failed.move_to_end(key)
        while len(self.failed) > _REMEMBERED:
            self.failed.popitem(last=False)

    def forget(self, key: tuple[str, str]) -> None:
        self.failed.pop(key, None)


async def tries(request: Request) -> Tries:
    state = request.app.state
    if not hasattr(state, "tries"):
        state.tries = Tries()
    found: Tries = state.tries
    return found


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    show: Show,
    person: Annotated[Person | None, Depends(person_or_none)],
    target: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    if person is not None:
        return RedirectResponse(home_of(person) if target == "/" else safe_path(target), 303)
    return show.page(request, "sign_in.html", next=safe_path(target), login="", problems=[])


@router.post("/sign-in")
async def sign_in(
    request: Request,
    held: Held,
    show: Show,
    writes: Write,
    now: Now,
    known: Annotated[Tries, Depends(tries)],
    login: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=200)] = "",
    target: Annotated[str, Form(alias="next", max_length=30_000)] = "/",
) -> Response:
    """Check the password in a thread, open a session under a new cookie, and go to where the person wanted."""
    key = (login.strip().lower(), request.client.host if request.client else "")
    pause = known.wait(key, now)
    user_id = None if pause else await held.in_thread(check_password, held.database, login, password)
    if user_id is None:
        if pause:
            found = Problem("password", "sign-in-wait", {"minutes": str(int(pause.total_seconds() // 60) + 1)})
        else:
            known.note(key, now)
            found = Problem("password", "sign-in-wrong")
        return show.page(request, "sign_in.html", status_code=429 if pause else 422, next=safe_path(target), login=login, problems=[found])
    known.forget(key)
    token = await writes(open_session, user_id, now, replaces=request.cookies.get(SESSION_COOKIE, ""))
    answer = RedirectResponse(safe_path(target), 303)
    answer.set_cookie(SESSION_COOKIE, token, httponly=True, samesite="lax", path="/", secure=held.settings.deployment == "production")
    return answer


@private_router.post("/sign-out")
async def sign_out(request: Request, writes: Write) -> RedirectResponse:
    await writes(close_session, request.cookies.get(SESSION_COOKIE, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.post("/language")
async def choose_language(
    lang: Annotated[str, Form(max_length=5)], target: Annotated[str, Form(alias="next", max_length=2000)] = "/"
) -> RedirectResponse:
    """Keep the language in a cookie and show the same page again."""
    answer = RedirectResponse(safe_path(target), 303)
    if lang in LOCALES:
        answer.set_cookie(LANGUAGE_COOKIE, lang, max_age=365 * 86_400, samesite="lax", path="/", httponly=True)
    return answer


@private_router.get("/me")
async def me(request: Request, person: CurrentUser, show: Show) -> Response:
    return show.page(request, "me.html", active="me", person=person)
