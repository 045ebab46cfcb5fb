"""Staff act for a customer: choose it, say why, and end it. What may be sent meanwhile is listed here."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.errors import Problem, Refusal
from infra.acting import Customer, begin_acting, customer_of, end_acting, find_customers
from web.cursors import RecordId, whole_number
from web.dependencies import SESSION_COOKIE, CurrentActor, CurrentUser, Held, Now, Read, Reads, Services, Write
from web.errors import NotFound
from web.navigation import home_of

router = APIRouter(prefix="/acting")


async def _page(
    request: Request,
    held: Services,
    text: str,
    chosen: int | None,
    *,
    reason: str = "",
    problems: tuple[Problem, ...] = (),
) -> Response:
    def read(session: Session) -> tuple[list[Customer], Customer | None]:
        return find_customers(session, text), None if chosen is None else customer_of(session, chosen)

    found, customer = await Reads(held)(read)
    return held.pages.page(
        request,
        "acting/start.html",
        status_code=422 if problems else 200,
        active="acting",
        text=text,
        found=found,
        customer=customer,
        reason=reason,
        problems=list(problems),
    )


@router.get("")
async def choose_customer(
    request: Request,
    _staff: CurrentActor,
    held: Held,
    _reads: Read,
    text: Annotated[str, Query(alias="q", max_length=100)] = "",
    customer: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Find the customer, then say why."""
    return await _page(request, held, text.replace("\x00", ""), whole_number(customer))  # PostgreSQL takes no NUL


@router.post("")
async def begin(
    request: Request,
    staff: CurrentActor,
    held: Held,
    writes: Write,
    now: Now,
    customer: Annotated[RecordId, Form()],
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Begin; the customer's first page opens, with the banner that says so."""
    try:
        begun = await writes(begin_acting, request.cookies.get(SESSION_COOKIE, ""), staff.id, customer, reason, now)
    except Refusal as refusal:
        return await _page(request, held, "", customer, reason=reason, problems=refusal.problems)
    if not begun:
        raise NotFound
    return RedirectResponse("/", 303)


@router.post("/end")
async def end(request: Request, person: CurrentUser, writes: Write, now: Now) -> RedirectResponse:
    """Be oneself again; the same for who was all along."""
    await writes(end_acting, request.cookies.get(SESSION_COOKIE, ""), person.id, now)
    return RedirectResponse("/acting" if person.acting_for is not None else home_of(person), 303)
