"""The operators' page of billing accounts: which customer has which, who is not linked yet, and linking one."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from domain.errors import Problem, Refusal
from infra.billing_accounts import Linking, NewAccount, UnknownCustomer, add_account, link_billing
from infra.queries.billing_accounts import customer_billing, customers_page
from web.cursors import RecordId, whole_number
from web.dependencies import CurrentOperator, Held, Now, Read, Reads, Services, Show, Write
from web.errors import NotFound

router = APIRouter(prefix="/billing-accounts")

SHOWS = ("all", "not-linked", "linked")
Number = Annotated[str, Form(max_length=200)]
Reason = Annotated[str, Form(max_length=2000)]
Wanted = Annotated[str, Query(max_length=64)]
"""A number of a billing file that no customer has, from an import's report: the page fills it into its form."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What was typed on a customer's page."""

    number: str = ""
    main_account: str = ""
    reason: str = ""
    account: str = ""
    account_name: str = ""
    account_reason: str = ""
    mode_reason: str = ""
    postpaid: bool | None = None
    """None: as it is."""
    month: str = ""


@router.get("")
async def list_customers(
    request: Request,
    _operator: CurrentOperator,
    reads: Read,
    show: Show,
    text: Annotated[str, Query(max_length=100)] = "",
    which: Annotated[str, Query(alias="show", max_length=20)] = "all",
    number: Wanted = "",
    account: Wanted = "",
    after: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Customers by name and number, and those who wait to be linked."""
    text, which = text.replace("\x00", "").strip(), which if which in SHOWS else "all"
    page = await reads(customers_page, text, which, whole_number(after) if after else None)
    wanted = _given({"number": number, "account": account})
    filters = _given({"text": text, "show": which if which != "all" else ""}) | wanted
    return show.page(
        request,
        "billing/list.html",
        active="billing-accounts",
        page=page,
        text=text,
        which=which,
        number=number,
        account=account,
        links={each: _address({"text": text, "show": each} | wanted) for each in SHOWS},
        query="?" + urlencode(wanted) if wanted else "",
        newer=_address(filters) if after else "",
        older=_address(filters | {"after": str(page.older)}) if page.older else "",
    )


@router.get("/{enterprise_id}")
async def show_customer(
    request: Request, enterprise_id: RecordId, _operator: CurrentOperator, held: Held, number: Wanted = "", account: Wanted = ""
) -> Response:
    return await customer_page(request, held, enterprise_id, Entries(number=number, account=account))


@router.post("/{enterprise_id}/link")
async def link(
    request: Request,
    enterprise_id: RecordId,
    operator: CurrentOperator,
    held: Held,
    writes: Write,
    now: Now,
    number: Number = "",
    main_account: Number = "",
    seen: Number = "",
    reason: Reason = "",
) -> Response:
    """Bind the billing account. From the next import on its rows land at this customer."""
    asked = Linking(number.strip(), main_account.strip(), seen, reason)
    try:
        await writes(link_billing, enterprise_id, asked, operator.id, now)
    except UnknownCustomer as error:
        raise NotFound from error
    except Refusal as refusal:
        return await customer_page(request, held, enterprise_id, Entries(asked.number, asked.main_account, reason), refusal.problems)
    return RedirectResponse(f"/billing-accounts/{enterprise_id}?done=linked", 303)


@router.post("/{enterprise_id}/accounts")
async def add(
    request: Request,
    enterprise_id: RecordId,
    operator: CurrentOperator,
    held: Held,
    writes: Write,
    now: Now,
    account: Number = "",
    account_name: Annotated[str, Form(max_length=400)] = "",
    account_reason: Reason = "",
) -> Response:
    """Add an account that billing files name below the customer's."""
    asked = NewAccount(account.strip(), account_name, account_reason)
    try:
        await writes(add_account, enterprise_id, asked, operator.id, now)
    except UnknownCustomer as error:
        raise NotFound from error
    except Refusal as refusal:
        problems = tuple(Problem("account_reason", each.code, each.params) if each.field == "reason" else each for each in refusal.problems)
        entries = Entries(account=asked.account, account_name=account_name, account_reason=account_reason)
        return await customer_page(request, held, enterprise_id, entries, problems)
    return RedirectResponse(f"/billing-accounts/{enterprise_id}?done=added", 303)


async def customer_page(
    request: Request, held: Services, enterprise_id: int, entries: Entries, problems: tuple[Problem, ...] = ()
) -> Response:
    seen = await Reads(held)(customer_billing, enterprise_id)
    if seen is None:
        raise NotFound
    done = request.query_params.get("done", "")
    return held.pages.page(
        request,
        "billing/customer.html",
        status_code=422 if problems else 200,
        active="billing-accounts",
        seen=seen,
        entries=entries,
        problems=list(problems),
        done=done if done in {"linked", "added", "mode", "statements"} else "",
    )


def _given(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _address(values: dict[str, str]) -> str:
    given = _given(values)
    return "/billing-accounts?" + urlencode(given) if given else "/billing-accounts"
