"""Registering: the form, a code to prove the address, and the new account that follows."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from domain.authentication import AuthenticationKind
from domain.calendar import china_date
from domain.contacts import Channel
from domain.errors import Problem, Refusal
from domain.passwords import password_problems
from domain.registration import Registration, registration_problems
from domain.terms import Document, edition_on
from infra import codes
from infra.codes import Purpose
from infra.common_passwords import is_common
from infra.people import hash_password
from infra.registration import register
from web.dependencies import Held, Now, Services, Show
from web.signing_in import send_code
from web.visitors import let_in, network_of

router = APIRouter()

KINDS = tuple(AuthenticationKind)


async def registration_of(request: Request) -> Registration:
    """The form's fields, whichever of its two pages sent them."""
    form = await request.form()
    names = ("kind", "company", "licence", "name", "mobile", "email", "by")
    return Registration(*(_text(form.get(name))[:300] for name in names))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


@router.get("/register")
async def show_register(request: Request, show: Show, kind: Annotated[str, Query(max_length=20)] = "") -> Response:
    chosen = kind if kind in KINDS else AuthenticationKind.ENTERPRISE
    return show.page(request, "register/form.html", new=Registration(kind=chosen), terms=False, problems=[])


@router.post("/register")
async def send_registration_code(request: Request, held: Held, show: Show, terms: Annotated[str, Form(max_length=10)] = "") -> Response:
    """Look the form through and send the code, to whomever it goes: an address that is known already gets one, too."""
    new = await registration_of(request)
    problems = list(registration_problems(new))
    if not terms:
        problems.append(Problem("terms", "terms-to-register"))
    try:
        if problems:
            raise Refusal(*problems)
        field = "email" if new.by == Channel.MAIL else "mobile"
        await send_code(request, held, Purpose.REGISTER, new.address, to_anybody=True, field=field)
    except Refusal as refusal:
        return show.page(request, "register/form.html", 422, new=new, terms=bool(terms), problems=refusal.problems)
    return show.page(request, "register/code.html", new=new.tidied(), problems=[])


@router.post("/register/change")
async def change_registration(request: Request, show: Show) -> Response:
    """Back to the form, with what was filled in."""
    return show.page(request, "register/form.html", new=await registration_of(request), terms=True, problems=[])


@router.post("/register/finish")
async def finish_registration(
    request: Request,
    held: Held,
    show: Show,
    now: Now,
    code: Annotated[str, Form(max_length=40)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Make the account and sign in. The person proved the address by the code, so only now may the page say it is known."""
    new = (await registration_of(request)).tidied()
    try:
        _check(new, password)
        await held.in_thread(codes.check, held.database, Purpose.REGISTER, new.address, code, now, network_of(request))
        user_id = await _register(request, held, new, password)
    except Refusal as refusal:
        return show.page(request, "register/code.html", 422, new=new, problems=refusal.problems)
    return await let_in(request, held, user_id, "/")


def _check(new: Registration, password: str) -> None:
    """Raises Refusal for what can be said before the code is used up."""
    own = (new.name, new.company, new.mobile, new.email, new.licence)
    if problems := (*registration_problems(new), *password_problems("password", password, own, is_common)):
        raise Refusal(*problems)


async def _register(request: Request, held: Services, new: Registration, password: str) -> int:
    now = held.pages.clock()
    agreed = tuple(edition_on(document, china_date(now)) for document in Document)
    hashed = await held.run_in(held.hashing, hash_password, password)
    return await held.in_thread(register, held.database, new, hashed, held.pages.locale(request), agreed, now)
