"""Back-invoicing for customers: ask for what is past its six months, by the month or by records, and see what was decided."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.back_invoicing import KIND
from domain.calendar import china_date, typed_day
from domain.errors import Problem, Refusal
from domain.numbers import RANDOM_BYTES, drawn_number
from infra.back_invoicing import Asked, UnknownRequest, ask, request_is_there, withdraw
from infra.people import Person
from infra.queries.back_invoicing import ExpiredMonth, expired_months, request_detail, requests_page
from infra.queries.consumption import Record, chosen_records, records_page
from infra.queries.finding_records import RecordFilter
from web.cursors import RecordId, moment_place
from web.dependencies import CurrentCustomer, Held, Now, Read, Reads, Services, Show, Write
from web.errors import NotFound

router = APIRouter(prefix="/back-invoicing")


@dataclass(frozen=True, slots=True)
class _Offer:
    months: tuple[ExpiredMonth, ...]
    records: tuple[Record, ...]
    """Of the chosen month, and those that were ticked."""


def _offer(session: Session, person: Person, asked: Asked, month: str, today: date) -> _Offer:
    months = expired_months(session, person.scope, today)
    chosen = month or asked.period
    shown: dict[int, Record] = {}
    if chosen:
        page = records_page(session, person.scope, RecordFilter("expired", chosen), today)
        shown = {record.id: record for record in page.records}
    shown |= {record.id: record for record in chosen_records(session, person.scope, asked.record_ids, today)}
    return _Offer(months, tuple(shown.values()))


@router.get("")
async def list_requests(
    request: Request, person: CurrentCustomer, reads: Read, show: Show, after: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """The customer's requests, newest first."""
    page = await reads(requests_page, person.scope, "", moment_place(after))
    older = f"/back-invoicing?after={page.older[0].isoformat()}_{page.older[1]}".replace("+", "%2B") if page.older else ""
    return show.page(
        request, "back_invoicing/list.html", active="consumption", page=page, older=older, newer="/back-invoicing" if after else ""
    )


@router.get("/new")
async def show_form(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    now: Now,
    period: Annotated[str, Query(max_length=7)] = "",
    record: Annotated[list[RecordId] | None, Query(max_length=200)] = None,
) -> Response:
    """The form for a month or some of its records, with a number drawn for it: sent twice, it makes one request."""
    number = drawn_number(KIND, secrets.token_bytes(RANDOM_BYTES), china_date(now))
    return await _form(request, person, held, now, Asked(number, "" if record else _month(period), tuple(record or ()), ""), _month(period))


@router.post("")
async def send(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    writes: Write,
    now: Now,
    number: Annotated[str, Form(max_length=40)] = "",
    period: Annotated[str, Form(max_length=7)] = "",
    month: Annotated[str, Form(max_length=7)] = "",
    what: Annotated[str, Form(max_length=10)] = "month",
    record: Annotated[list[RecordId] | None, Form(max_length=2000)] = None,
    reason: Annotated[str, Form(max_length=1_000_000)] = "",
) -> Response:
    """Keep the request. The same form again leads to the request it made the first time."""
    by_month = what == "month"
    asked = Asked(number.strip(), _month(period) if by_month else "", () if by_month else tuple(dict.fromkeys(record or ())), reason)
    try:
        if await reads(request_is_there, person.scope, asked.number):
            return RedirectResponse(f"/back-invoicing/{asked.number}?again=1", 303)
        await writes(ask, person.scope, asked, person.id, now)
    except UnknownRequest as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _form(request, person, held, now, asked, _month(month), refusal.problems)
    return RedirectResponse(f"/back-invoicing/{asked.number}?asked=1", 303)


async def _form(
    request: Request, person: Person, held: Services, now: datetime, asked: Asked, month: str, problems: Sequence[Problem] = ()
) -> Response:
    return held.pages.page(
        request,
        "back_invoicing/form.html",
        status_code=422 if problems else 200,
        active="consumption",
        asked=asked,
        month=month,
        offer=await Reads(held)(_offer, person, asked, month, china_date(now)),
        problems=list(problems),
    )


@router.get("/{number}")
async def show_request(request: Request, number: str, person: CurrentCustomer, held: Held, now: Now) -> Response:
    return await _page(request, number, person, held, now)


async def _page(request: Request, number: str, person: Person, held: Services, now: datetime, problems: Sequence[Problem] = ()) -> Response:
    found = await Reads(held)(request_detail, person.scope, number, china_date(now))
    if found is None:
        raise NotFound
    return held.pages.page(
        request,
        "back_invoicing/page.html",
        status_code=409 if problems else 200,
        active="consumption",
        found=found,
        each=found.seen,
        problems=list(problems),
        asked="asked" in request.query_params,
        again="again" in request.query_params,
    )


@router.post("/{number}/withdraw")
async def take_back(
    request: Request,
    number: str,
    person: CurrentCustomer,
    held: Held,
    writes: Write,
    now: Now,
    version: Annotated[RecordId, Form()],
) -> Response:
    """Take the request back, as long as nobody decided."""
    try:
        await writes(withdraw, person.scope, number, version, now)
    except UnknownRequest as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _page(request, number, person, held, now, refusal.problems)
    return RedirectResponse(f"/back-invoicing/{number}", 303)


def _month(text: str) -> str:
    """A month as `2026-04`; empty for anything else."""
    return text if typed_day(f"{text}-01") else ""
