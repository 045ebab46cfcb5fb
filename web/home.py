"""The customer's home: how much can be invoiced, and what waits for me. And the search field of the top bar."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.access import Right
from domain.calendar import china_date
from domain.ledger import WAITING, Bucket
from domain.numbers import is_application_number
from infra.people import Person
from infra.queries.applications import ApplicationFilter, ApplicationSummary, application_is_seen, applications_page
from infra.queries.balances import Balance, balance
from infra.queries.billing_accounts import billing_is_linked
from infra.queries.invoices import invoice_by_number
from infra.queries.waiting import Waiting, waiting_for
from web.dependencies import CurrentReader, CurrentUser, Now, Read, Show
from web.navigation import home_of

router = APIRouter()

LAST = 5
LONGEST = 60
"""Characters that the lists' text filter takes."""


@dataclass(frozen=True, slots=True)
class FormulaLine:
    """One line of the formula: sign, English text, amount, where its records are listed, and the colour of its square."""

    sign: str
    word: str
    amount_fen: int
    path: str
    square: str


@dataclass(frozen=True, slots=True)
class Home:
    balance: Balance
    waiting: tuple[Waiting, ...]
    last: tuple[ApplicationSummary, ...]
    linked: bool
    """Whether imported rows can reach this customer."""


FORMULA: tuple[tuple[str, str, str, str], ...] = (
    (Bucket.EXCLUDED, "Vouchers and bonus, not invoiceable", "excluded", "rest"),
    (Bucket.NOT_OPEN, "Month not billed yet", "not-open", "rest"),
    (WAITING, "Refunds waiting for their original", "not-open", "rest"),
    (Bucket.SELLER, "Invoiced by marketplace sellers", "seller", "rest"),
    (Bucket.EXPIRED, "Past the 6 months", "expired", "rest"),
    (Bucket.ASSISTED, "Arranged by a sales manager", "assisted", "rest"),
    (Bucket.ARREARS, "Held for arrears", "held", "rest"),
    (Bucket.RESERVED, "Reserved by applications", "reserved", "reserved"),
    (Bucket.INVOICED, "Invoiced (red-letters taken off)", "invoiced", "invoiced"),
)
"""The parts taken off what was consumed: bucket, words, the picker's filter that lists them, and the colour."""


def formula(found: Balance) -> tuple[FormulaLine, ...]:
    """Consumed, minus each part that is not zero, equals available."""
    parts = tuple(
        FormulaLine("−", word, found.of(bucket), f"/balance?bucket={WAITING}" if bucket == WAITING else f"/consumption?show={show}", square)
        for bucket, word, show, square in FORMULA
        if found.of(bucket)
    )
    first = FormulaLine("", "Consumed", found.consumed_fen, "/consumption?show=all", "")
    last = FormulaLine("=", "Available to invoice", found.available_fen, "/consumption?show=can", "available")
    return (first, *parts, last)


@dataclass(frozen=True, slots=True)
class ShortFormula:
    """The same on a phone, where several parts are one line. Amounts in fen."""

    cannot_fen: int
    waiting_fen: int
    """Refunds that wait for their original: not above 0, so a line of its own."""
    held_fen: int
    invoiced_fen: int


def short_formula(found: Balance) -> ShortFormula:
    """The parts added up: what cannot be invoiced, what is held back, what is invoiced."""
    cannot = sum(found.of(bucket) for bucket in (Bucket.EXCLUDED, Bucket.NOT_OPEN, Bucket.SELLER, Bucket.ASSISTED, Bucket.EXPIRED))
    return ShortFormula(cannot, found.of(WAITING), found.of(Bucket.ARREARS) + found.of(Bucket.RESERVED), found.of(Bucket.INVOICED))


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the balance bar, in thousandths of its width."""

    square: str
    start: int
    width: int


def bar(found: Balance) -> tuple[Segment, ...]:
    """Invoiced, reserved, the rest, available: as shares of what was consumed. Nothing when nothing was.

    What waits for its original is below zero: it has no width, and makes no other piece smaller.
    """
    invoiced, reserved = found.of(Bucket.INVOICED), found.of(Bucket.RESERVED)
    rest = sum(found.of(bucket) for bucket, *_ in FORMULA if bucket != WAITING) - invoiced - reserved
    parts = (("invoiced", invoiced), ("reserved", reserved), ("rest", rest), ("available", found.available_fen))
    whole = sum(max(amount, 0) for _, amount in parts)
    segments, start = [], 0
    for square, amount in parts:
        width = max(amount, 0) * 1000 // whole if whole else 0
        if width:
            segments.append(Segment(square, start, max(width - 4, 1)))
        start += width
    return tuple(segments)


def _home(session: Session, person: Person, now: datetime) -> Home:
    scope = person.scope
    return Home(
        balance(session, scope, china_date(now)),
        waiting_for(session, scope, now, person.id),
        applications_page(session, scope, ApplicationFilter(), LAST).applications,
        billing_is_linked(session, person.enterprise_id),
    )


@router.get("/")
async def home(request: Request, person: CurrentUser, reads: Read, show: Show, now: Now) -> Response:
    """The customer's home; staff are led to their own work."""
    if not person.may(Right.SEE_OWN):
        return RedirectResponse(home_of(person), 303)
    found = await reads(_home, person, now)
    return show.page(
        request,
        "home.html",
        active="home",
        home=found,
        formula=formula(found.balance),
        short=short_formula(found.balance),
        bar=bar(found.balance),
    )


def _find(session: Session, person: Person, text: str) -> str:
    digits = "".join(text.split())
    if digits.isdigit():
        found = invoice_by_number(session, person.scope, digits)
        return f"/invoices/{quote(found)}" if found else f"/invoices?text={quote(digits)}"
    number = text.upper()
    if is_application_number(number) and application_is_seen(session, person.scope, number):
        return f"/applications/{number}"
    return f"/applications?text={quote(text)}"


@router.get("/search")
async def search(person: CurrentReader, reads: Read, q: str = "") -> Response:
    """Lead to the application or invoice with this number, else to the list that matches. Nothing we number is longer than 60."""
    text = q.strip()[:LONGEST]
    return RedirectResponse(await reads(_find, person, text) if text else "/applications", 303)
