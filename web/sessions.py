"""A person's own page: who I am, my addresses, my password, my sessions."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.contacts import address_problem, kept_address
from domain.errors import Problem, Refusal
from domain.passwords import password_problems
from infra import codes
from infra.codes import Purpose
from infra.common_passwords import is_common
from infra.limits import Limit, give_back, take
from infra.own_account import change_password, confirm_contact, own_words
from infra.people import Person, hash_password, password_fits
from infra.sessions import KnownSession, end_other_sessions, end_session, sessions_of
from infra.tables import UserRow
from web.dependencies import SESSION_COOKIE, CurrentUser, Held, Now, Services, Write
from web.errors import NotFound
from web.letters import tell_password_changed
from web.signing_in import Address, send_code
from web.visitors import network_of, sent_to

router = APIRouter()

WRONG = Limit("own-password", 5, timedelta(minutes=15))
"""Wrong old passwords: whoever sits at an open browser must not guess it."""
DONE = ("password", "contact", "ended")


def _token(request: Request) -> str:
    return request.cookies.get(SESSION_COOKIE, "")


async def _page(
    request: Request, held: Services, person: Person, problems: tuple[Problem, ...] = (), status: int = 422, **more: object
) -> Response:
    def read() -> tuple[UserRow, list[KnownSession]]:
        with held.database.read() as session:
            return _mine(session, person, _token(request), held)

    user, known = await held.in_thread(read)
    shown: dict[str, object] = {"done": "", "address": "", "way": "", "user": user, "sessions": known}
    shown |= {"active": "me", "person": person, "problems": list(problems)} | more
    return held.pages.page(request, "me.html", status if problems else 200, **shown)


def _mine(session: Session, person: Person, token: str, held: Services) -> tuple[UserRow, list[KnownSession]]:
    longest = timedelta(hours=held.settings.session_hours)
    return session.get_one(UserRow, person.id), sessions_of(session, person.id, token, held.pages.clock(), longest)


@router.get("/me")
async def me(request: Request, person: CurrentUser, held: Held, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    return await _page(request, held, person, done=done if done in DONE else "")


@router.post("/me/password")
async def new_password(
    request: Request,
    person: CurrentUser,
    held: Held,
    now: Now,
    old: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Change the password, knowing the old one; all other sessions end."""
    taken = await held.in_thread(take, held.database, [(WRONG, str(person.id))], now)
    if taken.wait:
        return await _page(request, held, person, (Problem("old", "sign-in-wait", {"minutes": codes.minutes(taken.wait)}),), 429)
    if not await held.run_in(held.hashing, password_fits, held.database, person.id, old):
        return await _page(request, held, person, (Problem("old", "password-old-wrong", {"left": str(taken.left)}),))
    await held.in_thread(give_back, held.database, taken)

    def own() -> tuple[str, ...]:
        with held.database.read() as session:
            return own_words(session, person.id)

    problems = password_problems("password", password, await held.in_thread(own), is_common)
    if not problems and password == old:
        problems = (Problem("password", "password-same"),)
    if problems:
        return await _page(request, held, person, problems)
    hashed = await held.run_in(held.hashing, hash_password, password)
    await held.in_thread(change_password, held.database, person.id, hashed, _token(request), now)

    def user() -> UserRow:
        with held.database.read() as session:
            return session.get_one(UserRow, person.id)

    tell_password_changed(held, await held.in_thread(user))
    return RedirectResponse("/me?done=password", 303)


@router.post("/me/contact")
async def send_contact_code(request: Request, person: CurrentUser, held: Held, address: Address = "") -> Response:
    """Send a code to a new number or address, or to one that was never confirmed."""
    try:
        if wrong := address_problem("address", address):
            raise Refusal(wrong)
        await send_code(request, held, Purpose.CONTACT, address, to_anybody=True)
    except Refusal as refusal:
        return await _page(request, held, person, refusal.problems, address=address)
    kept = kept_address(address)
    return await _page(request, held, person, address=kept, way=sent_to(kept))


@router.post("/me/contact/confirm")
async def confirm(
    request: Request, person: CurrentUser, held: Held, now: Now, address: Address = "", code: Annotated[str, Form(max_length=40)] = ""
) -> Response:
    kept = kept_address(address)
    try:
        await held.in_thread(codes.check, held.database, Purpose.CONTACT, kept, code, now, network_of(request))
        await held.in_thread(confirm_contact, held.database, person.id, kept, now)
    except Refusal as refusal:
        return await _page(request, held, person, refusal.problems, address=kept, way=sent_to(kept))
    return RedirectResponse("/me?done=contact", 303)


@router.post("/me/sessions/others/end")
async def end_others(request: Request, person: CurrentUser, writes: Write) -> RedirectResponse:
    await writes(end_other_sessions, person.id, _token(request))
    return RedirectResponse("/me?done=ended", 303)


@router.post("/me/sessions/{public_id}/end")
async def end_one(public_id: str, person: CurrentUser, writes: Write) -> RedirectResponse:
    """End one of my sessions; a foreign one is like one that is not there."""
    if not await writes(end_session, person.id, public_id):
        raise NotFound
    return RedirectResponse("/me?done=ended", 303)
