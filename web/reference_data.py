"""The operators' pages of what imports look up: exchange rates, tax classes of services, products outside self-service."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.calendar import china_date, typed_day
from domain.errors import Problem, Refusal
from infra.queries.reference_data import assisted_products, classes, currencies, rates
from infra.reference_data import TAX_RATES_BP, AssistedForm, ClassForm, RateForm, remove_rate, set_assisted, set_class, set_rate
from web.dependencies import CurrentOperator, Now, Read, Reads, Show, Write
from web.errors import NotFound
from web.pages import Pages

router = APIRouter(prefix="/reference")

Line = Annotated[str, Form(max_length=300)]


def _line(text: str) -> str:
    return " ".join(text.split())


@router.get("/rates")
async def list_rates(
    request: Request,
    _operator: CurrentOperator,
    reads: Read,
    show: Show,
    currency: Annotated[str, Query(max_length=3)] = "",
    before: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Rates by day, the newest first."""
    return await _rates(request, reads, show, currency, before, RateForm("", "", "", ""))


@router.post("/rates", status_code=303)
async def keep_rate(
    request: Request,
    operator: CurrentOperator,
    reads: Read,
    writes: Write,
    show: Show,
    now: Now,
    currency: Line = "",
    day: Line = "",
    rate: Line = "",
    source: Line = "",
    confirmed: Annotated[bool, Form()] = False,
) -> Response:
    """Add a day's rate, or put another one in its place. Lines that are in keep theirs."""
    typed = RateForm(_line(currency).upper(), day.strip(), rate.strip(), _line(source), confirmed)
    try:
        await writes(set_rate, typed, operator.id, china_date(now), now)
    except Refusal as refusal:
        return await _rates(request, reads, show, "", "", typed, refusal.problems)
    return RedirectResponse("/reference/rates?done=1", 303)


@router.post("/rates/remove", status_code=303)
async def drop_rate(
    request: Request, operator: CurrentOperator, reads: Read, writes: Write, show: Show, now: Now, currency: Line = "", day: Line = ""
) -> Response:
    """Remove a day's rate that no line took."""
    meant = typed_day(day.strip())
    if meant is None:
        raise NotFound
    try:
        await writes(remove_rate, currency.strip(), meant, operator.id, now)
    except Refusal as refusal:
        return await _rates(request, reads, show, "", "", RateForm("", "", "", ""), refusal.problems)
    return RedirectResponse("/reference/rates?done=1", 303)


async def _rates(
    request: Request, reads: Reads, show: Pages, currency: str, before: str, typed: RateForm, problems: tuple[Problem, ...] = ()
) -> Response:
    def read(session: Session) -> Any:
        return rates(session, currency, typed_day(before)), currencies(session)

    (found, older), known = await reads(read)
    return _page(
        request, show, "rates", problems, rates=found, older=older, newer=bool(before), currency=currency, known=known, typed=typed
    )


@router.get("/services")
async def list_classes(
    request: Request, _operator: CurrentOperator, reads: Read, show: Show, change: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Tax classes by service; `change` fills the form with one of them."""
    return await _classes(request, reads, show, change)


@router.post("/services", status_code=303)
async def keep_class(
    request: Request,
    operator: CurrentOperator,
    reads: Read,
    writes: Write,
    show: Show,
    now: Now,
    match: Line = "",
    classification_code: Line = "",
    category: Line = "",
    rate_bp: Line = "",
    unit: Line = "",
) -> Response:
    """Add a service's tax class, or put another one in its place. Records that are in keep theirs."""
    typed = ClassForm(_line(match), classification_code.strip(), _line(category), rate_bp, _line(unit))
    try:
        await writes(set_class, typed, operator.id, now)
    except Refusal as refusal:
        return await _classes(request, reads, show, "", typed, refusal.problems)
    return RedirectResponse("/reference/services?done=1", 303)


async def _classes(
    request: Request, reads: Reads, show: Pages, change: str, typed: ClassForm | None = None, problems: tuple[Problem, ...] = ()
) -> Response:
    found = await reads(classes)
    if typed is None:
        row = next((each for each in found if each.match == change), None)
        kept = (row.match, row.classification_code, row.category, str(row.rate_bp), row.unit) if row else ("", "", "", "600", "项")
        typed = ClassForm(*kept)
    return _page(request, show, "services", problems, classes=found, typed=typed, tax_rates=TAX_RATES_BP)


@router.get("/assisted")
async def list_assisted(
    request: Request, _operator: CurrentOperator, reads: Read, show: Show, change: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Products that a sales manager arranges; `change` fills the form with one of them."""
    return await _assisted(request, reads, show, change)


@router.post("/assisted", status_code=303)
async def keep_assisted(
    request: Request,
    operator: CurrentOperator,
    reads: Read,
    writes: Write,
    show: Show,
    now: Now,
    match: Line = "",
    bought_before: Line = "",
    reason_zh: Line = "",
    reason_en: Line = "",
    manager: Line = "",
    hotline: Line = "",
) -> Response:
    """Add a product outside self-service, or change it. What is in already stays where it is."""
    typed = AssistedForm(_line(match), bought_before.strip(), _line(reason_zh), _line(reason_en), _line(manager), _line(hotline))
    try:
        await writes(set_assisted, typed, operator.id, now)
    except Refusal as refusal:
        return await _assisted(request, reads, show, "", typed, refusal.problems)
    return RedirectResponse("/reference/assisted?done=1", 303)


async def _assisted(
    request: Request, reads: Reads, show: Pages, change: str, typed: AssistedForm | None = None, problems: tuple[Problem, ...] = ()
) -> Response:
    found = await reads(assisted_products)
    if typed is None:
        row = next((each for each in found if each.match == change), None)
        before = row.bought_before.isoformat() if row and row.bought_before else ""
        typed = AssistedForm(row.match, before, row.reason_zh, row.reason_en, row.manager, row.hotline) if row else AssistedForm(*[""] * 6)
    return _page(request, show, "assisted", problems, products=found, typed=typed)


def _page(request: Request, show: Pages, which: str, problems: tuple[Problem, ...], **context: Any) -> Response:
    done = "done" in request.query_params and not problems
    status = 422 if problems else 200
    return show.page(
        request, f"reference/{which}.html", status, active="reference", which=which, done=done, problems=list(problems), **context
    )
