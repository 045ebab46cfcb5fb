"""Monthly statements: the list, one with its lines, its download, and confirming it. A dispute is a ticket about the statement."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from domain.access import Right
from domain.amounts import yuan
from domain.calendar import china_date
from domain.cells import safe_cell
from domain.choosing import RecordQuery
from domain.errors import Problem, Refusal
from infra.books.confirmation import UnknownStatement
from infra.books.confirmation import confirm as confirm_statement
from infra.people import Person
from infra.queries.statements import Statement, StatementDetail, statement_detail, statements
from web.csv_files import csv_file
from web.cursors import RecordId
from web.dependencies import CurrentCustomer, CurrentOwner, Held, Now, Read, Show, Write
from web.errors import NotFound
from web.pages import Pages

router = APIRouter(prefix="/statements")


@router.get("")
async def list_statements(request: Request, person: CurrentOwner, reads: Read, show: Show, now: Now) -> Response:
    """The newest 24 months, by issuing entity."""
    found: tuple[Statement, ...] = await reads(statements, person.scope, china_date(now))
    made = [each for each in found if each.made is not None]
    return show.page(request, "statements/list.html", active="statements", statements=made)


@router.get("/{statement_id}")
async def show_statement(
    request: Request,
    statement_id: RecordId,
    person: CurrentOwner,
    reads: Read,
    show: Show,
    now: Now,
    done: Annotated[bool, Query()] = False,
) -> Response:
    return await _page(request, person, show, await reads(_find, person, statement_id, china_date(now)), now_done=done)


@router.get("/{statement_id}/export.csv")
async def export(request: Request, statement_id: RecordId, person: CurrentOwner, held: Held, reads: Read, now: Now) -> Response:
    """Its lines for a spreadsheet; amounts in yuan."""
    found = await reads(_find, person, statement_id, china_date(now))
    language = held.pages.words(request)
    heads = ("Account", "Service", "Rate", "Records", "Consumption", "Vouchers and bonus", "Invoiced elsewhere", "Invoiceable")
    name = f"statement-{found.made.period}-{found.made.entity}"
    return csv_file(name, [language.gettext(head) for head in heads], _rows(found))


@router.post("/{statement_id}/confirm")
async def confirm(
    request: Request, statement_id: RecordId, person: CurrentCustomer, reads: Read, writes: Write, show: Show, now: Now
) -> Response:
    """For the whole customer, so by its master account alone."""
    if not person.may(Right.SEE_WHOLE_ENTERPRISE):
        raise NotFound
    try:
        await writes(confirm_statement, person.enterprise_id, statement_id, person.id, now)
    except UnknownStatement as error:
        raise NotFound from error
    except Refusal as refusal:
        return await _page(request, person, show, await reads(_find, person, statement_id, china_date(now)), refusal.problems)
    return RedirectResponse(f"/statements/{statement_id}?done=1", 303)


def _find(session: Session, person: Person, statement_id: int, today: date) -> StatementDetail:
    found = statement_detail(session, person.scope, statement_id, today)
    if found is None:
        raise NotFound
    return found


async def _page(
    request: Request, person: Person, show: Pages, found: StatementDetail, problems: tuple[Problem, ...] = (), *, now_done: bool = False
) -> Response:
    return show.page(
        request,
        "statements/page.html",
        status_code=409 if problems else 200,
        active="statements",
        found=found,
        each=found.made,
        whole=person.may(Right.SEE_WHOLE_ENTERPRISE),
        problems=list(problems),
        done=now_done,
        query=RecordQuery(found.made.period, None, found.made.entity).text,
    )


def _rows(found: StatementDetail) -> Iterator[list[str]]:
    for line in found.lines:
        amounts = (line.consumed_fen, line.excluded_fen, line.elsewhere_fen, line.invoiceable_fen)
        cells = [safe_cell(line.account), safe_cell(line.service), f"{line.rate_bp / 100:g}%", str(line.records)]
        yield [*cells, *(yuan(fen) for fen in amounts)]
