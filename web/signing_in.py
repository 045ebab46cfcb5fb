"""Sign-in by password or code, sign-out, and the language."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.contacts import address_problem, kept_address
from domain.errors import Problem, Refusal
from infra import codes
from infra.codes import CodeWanted, Purpose
from infra.limits import Limit, forget, give_back, take
from infra.log_ins import counted_name
from infra.own_account import address_proved, keep_language, language_of
from infra.people import Person, check_password, close_session, user_by_address
from web.dependencies import SESSION_COOKIE, Held, Now, Services, Show, Write, person_or_none
from web.navigation import home_of
from web.pages import safe_path
from web.visitors import let_in, network_of, sent_to, set_language
from web.words import LOCALES

router = APIRouter()
private_router = APIRouter()

WRONG = Limit("sign-in", 5, timedelta(minutes=15))
"""Wrong passwords of one log-in from one network address."""
WRONG_ANYWHERE = Limit("sign-in-login", 30, timedelta(hours=1))
"""Of one log-in from everywhere. Codes are counted apart: whoever is kept out by somebody else's guesses comes in by one."""
WRONG_FROM = Limit("sign-in-from", 100, timedelta(minutes=15))
"""From one network address, behind which a whole office may sit."""
WAYS = ("password", "code", "company")

Address = Annotated[str, Form(max_length=200)]
Target = Annotated[str, Form(alias="next", max_length=30_000)]


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    show: Show,
    person: Annotated[Person | None, Depends(person_or_none)],
    target: Annotated[str, Query(alias="next")] = "/",
    by: Annotated[str, Query(max_length=20)] = "password",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    if person is not None:
        return RedirectResponse(home_of(person) if target == "/" else safe_path(target), 303)
    way = by if by in WAYS else "password"
    return show.page(request, f"sign_in/{way}.html", next=safe_path(target), login="", address="", problems=[], done=done)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    held: Held,
    show: Show,
    now: Now,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    target: Target = "/",
) -> Response:
    """Check the password in a thread, open a session under a new cookie, and go to where the person wanted."""
    name, network = counted_name(login, held.settings.callback_secret.get_secret_value()), network_of(request)
    limits = [(WRONG, f"{name}@{network}"), (WRONG_ANYWHERE, name), (WRONG_FROM, network)]
    taken = await held.in_thread(take, held.database, limits, now)
    if taken.wait:
        status, found = 429, Problem("password", "sign-in-locked", {"minutes": codes.minutes(taken.wait)})
    else:
        user_id = await held.run_in(held.hashing, check_password, held.database, login, password)
        if user_id is not None:
            await held.in_thread(give_back, held.database, taken)
            await held.in_thread(forget, held.database, WRONG, f"{name}@{network}")
            return await let_in(request, held, user_id, target)
        code = "sign-in-wrong" if taken.left else "sign-in-wrong-last"
        status, found = 422, Problem("password", code, {"left": str(taken.left)})
    return show.page(request, "sign_in/password.html", status, next=safe_path(target), login=login, problems=[found], done="")


@router.post("/sign-in/code")
async def send_sign_in_code(request: Request, held: Held, show: Show, address: Address = "", target: Target = "/") -> Response:
    """Send a code, if the address is one of ours; if not, say so there and not here."""
    problems: tuple[Problem, ...] = ()
    if wrong := address_problem("address", address):
        problems = (wrong,)
    else:
        try:
            await send_code(request, held, Purpose.SIGN_IN, address)
        except Refusal as refusal:
            problems = refusal.problems
    if problems:
        return show.page(request, "sign_in/code.html", 422, next=safe_path(target), address=address, problems=problems, done="")
    kept = kept_address(address)
    return show.page(request, "sign_in/code_sent.html", next=safe_path(target), address=kept, way=sent_to(kept), problems=[])


async def send_code(
    request: Request, held: Services, purpose: Purpose, address: str, *, to_anybody: bool = False, field: str = "address"
) -> None:
    """Send a code in the receiver's language, waiting for the mail server or SMS gateway. Raises Refusal.

    `to_anybody` for addresses that need not have an account; others get word instead of a code, in the same time.
    """

    def send() -> None:
        with held.database.read() as session:
            known = to_anybody or user_by_address(session, address) is not None
            locale = language_of(session, address, held.pages.locale(request) if to_anybody else held.settings.default_locale)
        wanted = CodeWanted(purpose, address, locale, network_of(request), known)
        codes.send(held.database, held.post, wanted, held.pages.clock(), held.settings.codes_an_hour, field)

    await held.run_in(held.sending, send)


@router.post("/sign-in/with-code")
async def sign_in_with_code(
    request: Request,
    held: Held,
    show: Show,
    now: Now,
    address: Address = "",
    code: Annotated[str, Form(max_length=40)] = "",
    target: Target = "/",
) -> Response:
    kept = kept_address(address)
    try:
        await held.in_thread(codes.check, held.database, Purpose.SIGN_IN, kept, code, now, network_of(request))
        user = await held.in_thread(_user_by_address, held, kept)
        if user is None:  # a code is sent to known addresses only, so this one has left meanwhile
            raise Refusal(Problem("code", "code-wrong"))
    except Refusal as refusal:
        context = {"next": safe_path(target), "address": kept, "way": sent_to(kept), "problems": refusal.problems}
        return show.page(request, "sign_in/code_sent.html", 422, **context)
    await held.in_thread(address_proved, held.database, user, kept)
    return await let_in(request, held, user, target)


def _user_by_address(held: Services, address: str) -> int | None:
    with held.database.read() as session:
        user = user_by_address(session, address)
        return user.id if user else None


@private_router.post("/sign-out")
async def sign_out(request: Request, writes: Write) -> RedirectResponse:
    await writes(close_session, request.cookies.get(SESSION_COOKIE, ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.post("/language")
async def choose_language(
    held: Held,
    person: Annotated[Person | None, Depends(person_or_none)],
    lang: Annotated[str, Form(max_length=5)],
    target: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> RedirectResponse:
    """Keep the language in a cookie and show the same page again. Of somebody signed in it is the language of mails and SMS, too."""
    answer = RedirectResponse(safe_path(target), 303)
    if lang in LOCALES:
        set_language(answer, lang)
        if person is not None:
            await held.in_thread(keep_language, held.database, person.id, lang)
    return answer
