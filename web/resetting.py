"""A new password by code, for those who have forgotten theirs and for those who were invited."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.contacts import address_problem, kept_address
from domain.errors import Problem, Refusal
from domain.passwords import password_problems
from infra import codes
from infra.codes import Purpose
from infra.common_passwords import is_common
from infra.limits import forget_everywhere
from infra.log_ins import counted_names
from infra.own_account import own_words, reset_password
from infra.people import hash_password, user_by_address
from infra.tables import UserRow
from web.dependencies import Held, Now, Services, Show
from web.letters import tell_password_changed
from web.signing_in import WRONG, WRONG_ANYWHERE, Address, send_code
from web.visitors import network_of, sent_to

router = APIRouter()


@router.get("/reset")
async def show_reset(request: Request, show: Show, address: Annotated[str, Query(max_length=200)] = "") -> Response:
    return show.page(request, "sign_in/reset.html", address=address, problems=[])


@router.post("/reset")
async def send_reset_code(request: Request, held: Held, show: Show, address: Address = "") -> Response:
    """Send a code, if the address is one of ours; if not, say so there and not here."""
    try:
        if wrong := address_problem("address", address):
            raise Refusal(wrong)
        await send_code(request, held, Purpose.RESET, address)
    except Refusal as refusal:
        return show.page(request, "sign_in/reset.html", 422, address=address, problems=refusal.problems)
    kept = kept_address(address)
    return show.page(request, "sign_in/reset_sent.html", address=kept, way=sent_to(kept), problems=[])


@router.post("/reset/finish")
async def finish_reset(
    request: Request,
    held: Held,
    show: Show,
    now: Now,
    address: Address = "",
    code: Annotated[str, Form(max_length=40)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Set the password, once for each code; every session of the person ends, and wrong tries with the old one count no more."""
    kept = kept_address(address)
    try:
        await _check(request, held, kept, code, password)
        hashed = await held.run_in(held.hashing, hash_password, password)
        user = await held.in_thread(reset_password, held.database, kept, hashed, now)
        if user is None:
            raise Refusal(Problem("code", "code-wrong"))
        await held.in_thread(_lift, held, user)
    except Refusal as refusal:
        return show.page(request, "sign_in/reset_sent.html", 422, address=kept, way=sent_to(kept), problems=refusal.problems)
    tell_password_changed(held, user)
    return RedirectResponse("/sign-in?done=reset", 303)


def _lift(held: Services, user: UserRow) -> None:
    """The person's own limits only: those of the network, behind which others guess, stay."""
    with held.database.write() as session:
        names = counted_names(session, user, held.settings.callback_secret.get_secret_value())
        forget_everywhere(session, [WRONG, WRONG_ANYWHERE], names)


async def _check(request: Request, held: Services, kept: str, code: str, password: str) -> None:
    """Raises Refusal for a bad password or code.

    That a password is somebody's own name is only told to whom the code proves to be that person; the code is then kept for
    the next try.
    """

    def own() -> tuple[str, ...]:
        with held.database.read() as session:
            user = user_by_address(session, kept)
            return own_words(session, user.id) if user and user.id else ()

    if plain := password_problems("password", password, (kept,), is_common):
        raise Refusal(*plain)
    theirs = password_problems("password", password, await held.in_thread(own), is_common)
    now, network = held.pages.clock(), network_of(request)
    await held.in_thread(codes.check, held.database, Purpose.RESET, kept, code, now, network, keep=bool(theirs))
    if theirs:
        raise Refusal(*theirs)
