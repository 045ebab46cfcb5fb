"""The operators' side of monthly statements: what post-paid customers were charged, their billing mode, and one statement made by hand."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from temporalio.client import Client

from domain.calendar import china_date, opens_on, typed_day
from domain.errors import Problem, Refusal
from domain.statements import CustomersMonth, is_month
from infra.billing_accounts import UnknownCustomer, note_statements_made, set_billing_mode
from infra.books.statements import charge
from infra.queries.billing_accounts import customer_billing
from infra.queries.statements import uncharged_statements
from web.billing_accounts import Entries, customer_page
from web.cursors import RecordId
from web.dependencies import CurrentOperator, Held, Now, Read, Reads, Show, Temporal, Write
from web.errors import NotFound
from web.lives import begin
from web.pages import Pages
from workflows.names import statement_workflow_id
from workflows.statements import StatementWorkflow

router = APIRouter()

FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class ChargeEntries:
    """What stands in the form of charged statements."""

    charged_on: str
    ticked: frozenset[int] = frozenset()


@router.get("/desk/statements")
async def desk(
    request: Request, _operator: CurrentOperator, reads: Read, show: Show, now: Now, done: Annotated[int, Query(ge=0)] = 0
) -> Response:
    """Post-paid statements that are not charged yet."""
    return await _desk(request, reads, show, ChargeEntries(china_date(now).isoformat()), done=done)


@router.post("/desk/statements/charge")
async def charge_statements(
    request: Request,
    operator: CurrentOperator,
    reads: Read,
    writes: Write,
    show: Show,
    now: Now,
    statement: Annotated[list[RecordId] | None, Form(max_length=200)] = None,
    charged_on: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Note the ticked ones as charged: what is on them can be invoiced from now on."""
    ticked = frozenset(statement or ())
    day = _day(charged_on, china_date(now))
    problems = [] if ticked else [Problem("statement", "statements-none-ticked")]
    if day is None:
        problems.append(Problem("charged_on", "charged-day-form"))
    if day is None or problems:
        return await _desk(request, reads, show, ChargeEntries(charged_on, ticked), problems)
    try:
        done = await writes(charge, sorted(ticked), day, operator.id, now)
    except Refusal as refusal:
        return await _desk(request, reads, show, ChargeEntries(charged_on, ticked), list(refusal.problems))
    return RedirectResponse(f"/desk/statements?done={done}", 303)


async def _desk(
    request: Request, reads: Reads, show: Pages, entries: ChargeEntries, problems: list[Problem] | None = None, *, done: int = 0
) -> Response:
    return show.page(
        request,
        "statements/desk.html",
        status_code=422 if problems else 200,
        active="statement-desk",
        statements=await reads(uncharged_statements),
        entries=entries,
        problems=problems or [],
        done=done,
    )


def _day(text: str, today: date) -> date | None:
    day = typed_day(text.strip())
    return day if day is not None and FIRST_DAY <= day <= today else None


@router.post("/billing-accounts/{enterprise_id}/mode")
async def billing_mode(
    request: Request,
    enterprise_id: RecordId,
    operator: CurrentOperator,
    held: Held,
    writes: Write,
    now: Now,
    postpaid: Annotated[bool, Form()] = False,
    mode_reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Pre-paid or post-paid; it holds for statements that are made from now on."""
    try:
        await writes(set_billing_mode, enterprise_id, postpaid, mode_reason, operator.id, now)
    except UnknownCustomer as error:
        raise NotFound from error
    except Refusal as refusal:
        problems = tuple(Problem("mode_reason", each.code, each.params) for each in refusal.problems)
        return await customer_page(request, held, enterprise_id, Entries(mode_reason=mode_reason, postpaid=postpaid), problems)
    return RedirectResponse(f"/billing-accounts/{enterprise_id}?done=mode", 303)


@router.post("/billing-accounts/{enterprise_id}/statements")
async def make_by_hand(
    request: Request,
    enterprise_id: RecordId,
    operator: CurrentOperator,
    held: Held,
    writes: Write,
    temporal: Temporal,
    now: Now,
    month: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Make one customer's statements of a month by the very run of the 3rd; what is there stays as it is."""
    period, today = month.strip(), china_date(now)
    problem = None
    if not is_month(period):
        problem = Problem("month", "statement-month-form")
    elif today < opens_on(period):
        problem = Problem("month", "statement-too-early", {"period": period, "opens_on": opens_on(period).isoformat()})
    if await Reads(held)(customer_billing, enterprise_id) is None:
        raise NotFound
    if problem is not None:
        return await customer_page(request, held, enterprise_id, Entries(month=month), (problem,))
    await _start(request, temporal, CustomersMonth(enterprise_id, period), today)
    await writes(note_statements_made, enterprise_id, period, operator.id, now)
    return RedirectResponse(f"/billing-accounts/{enterprise_id}?done=statements", 303)


async def _start(request: Request, temporal: Client, only: CustomersMonth, today: date) -> None:
    """Begin the run; one of the same month that is under way goes on. Raises TemporalDown."""
    workflow_id = statement_workflow_id(only.enterprise_id, only.period)
    await begin(request, temporal, StatementWorkflow.run, [today, only], workflow_id, "Make a customer's statements by hand")
