"""The picker's other two ways: whole monthly statements, and an exact amount made up from the oldest consumption (feature 8)."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from domain.calendar import china_date
from infra.people import Person
from infra.queries.balances import Balance, balance
from infra.queries.consumption import Choices, choices
from infra.queries.statements import Statement, statements
from web.dependencies import CurrentCustomer, Now, Read, Show
from web.selection import Selection, select_records
from web.wanted import Wanted, WantedInAddress

router = APIRouter()


@dataclass(frozen=True, slots=True)
class _Found:
    selection: Selection
    statements: tuple[Statement, ...] = ()
    choices: Choices | None = None
    balance: Balance | None = None


@router.get("/consumption/statements")
async def by_statement(request: Request, person: CurrentCustomer, reads: Read, show: Show, now: Now, wanted: WantedInAddress) -> Response:
    """Months by issuing entity, each ticked whole; several make one application."""
    today = china_date(now)

    def read(session: Session) -> _Found:
        return _Found(select_records(session, person, wanted, today), statements(session, person.scope, today))

    found = await reads(read)
    ticked = {query.text for query in wanted.queries}
    return show.page(request, "consumption/statements.html", active="consumption", found=found, selection=found.selection, ticked=ticked)


@router.get("/consumption/amount")
async def by_amount(
    request: Request,
    person: CurrentCustomer,
    reads: Read,
    show: Show,
    now: Now,
    wanted: WantedInAddress,
    every: Annotated[str, Query(max_length=6)] = "",
    period: Annotated[str, Query(max_length=7)] = "",
    account: Annotated[str, Query(max_length=12)] = "",
    entity: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """An amount to be invoiced exactly; the side shows which invoices it makes."""
    found = await reads(_amount, person, wanted if every else Wanted(by_amount=True), china_date(now))
    stopped = found.selection.stopped
    # Under filters, the most is theirs; without, the balance has it.
    most_fen = found.selection.left_fen if every or found.balance is None else found.balance.available_fen
    return show.page(
        request,
        "consumption/amount.html",
        active="consumption",
        found=found,
        selection=found.selection,
        filters={"period": period, "account": account, "entity": entity},
        amount=wanted.amount,
        most_fen=most_fen,
        problems=[*found.selection.wanted.problems, *([stopped] if stopped else [])],
    )


def _amount(session: Session, person: Person, wanted: Wanted, today: date) -> _Found:
    selection = select_records(session, person, wanted, today)
    return _Found(selection, choices=choices(session, person.scope, today), balance=balance(session, person.scope, today))
