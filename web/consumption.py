"""The picker: what shall go on the invoices, and how it will split. Nothing is reserved here; ticks stand in the address."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from domain.access import Right
from domain.calendar import china_date
from domain.choosing import BY_ORDER, PARTS, RecordQuery
from infra.people import Person
from infra.queries.billing_accounts import billing_is_linked
from infra.queries.consumption import Choices, RecordPage, choices, records_page
from infra.queries.finding_records import MOST_TICKED, RecordFilter, ids_of_all, ids_of_queries
from web.cursors import day_place, whole_number
from web.dependencies import CurrentCustomer, Now, Read, Show
from web.pages import Pages
from web.selection import Selection, select_records
from web.wanted import Wanted, WantedInAddress, rate_of

router = APIRouter()

SHOWS = (
    ("all", "All"),
    ("can", "Can be invoiced"),
    ("cannot", "Cannot be invoiced now"),
    ("not-open", "Month not billed yet"),
    ("seller", "Invoiced by marketplace sellers"),
    ("assisted", "Arranged by a sales manager"),
    ("expired", "Past the 6 months"),
    ("held", "Held for arrears"),
    ("excluded", "With vouchers or bonus"),
    ("reserved", "Reserved by applications"),
    ("invoiced", "Invoiced"),
)


VIEWS = ("independent", "consolidated")


def view_of(person: Person, asked: str) -> str:
    """How records of several accounts are applied for: as the address says, else as the enterprise has it."""
    return asked if asked in VIEWS else VIEWS[person.consolidated]


def is_apart(person: Person, asked: str) -> bool:
    """Whether what a form with this view ticks becomes an application for each account. Other forms have no view."""
    return bool(asked) and (asked == "independent" or not person.consolidated)


@dataclass(frozen=True, slots=True)
class _Picker:
    page: RecordPage
    choices: Choices
    selection: Selection
    linked: bool
    """Whether imported rows can reach this customer."""


def _picker(session: Session, person: Person, chosen: RecordFilter, wanted: Wanted, tick: str, view: str, today: date) -> _Picker:
    if tick == "all":
        wanted = _with_all(session, person, chosen, wanted, today)
    elif tick == "each":
        wanted = _one_by_one(session, person, wanted, today)
    return _Picker(
        records_page(session, person.scope, chosen, today),
        choices(session, person.scope, today),
        select_records(session, person, wanted, today, apart=is_apart(person, view)),
        billing_is_linked(session, person.enterprise_id),
    )


def _with_all(session: Session, person: Person, chosen: RecordFilter, wanted: Wanted, today: date) -> Wanted:
    """With all that can be ticked under the filters: one by one as long as an address can carry them, else as a query."""
    ids = ids_of_all(session, person.scope, chosen, today)
    records = tuple(dict.fromkeys((*wanted.records, *ids)))
    if len(ids) < MOST_TICKED and len(records) <= MOST_TICKED:
        return replace(wanted, records=records)
    show = chosen.show if chosen.show in PARTS else BY_ORDER
    query = RecordQuery(chosen.period, chosen.account, chosen.entity, chosen.order, chosen.rate, show)
    return replace(wanted, queries=tuple(dict.fromkeys((*wanted.queries, query))))


def _one_by_one(session: Session, person: Person, wanted: Wanted, today: date) -> Wanted:
    """With each record that the queries tick by itself, so that some can be unticked; the same when an address cannot carry so many."""
    found = ids_of_queries(session, person.scope, wanted.queries, today, MOST_TICKED + 1)
    records = tuple(dict.fromkeys((*wanted.records, *found)))
    return replace(wanted, records=records, queries=()) if len(records) <= MOST_TICKED else wanted


@router.get("/consumption")
async def consumption(
    request: Request,
    person: CurrentCustomer,
    reads: Read,
    show: Show,
    now: Now,
    wanted: WantedInAddress,
    which: Annotated[str, Query(alias="show", max_length=20)] = "all",
    period: Annotated[str, Query(max_length=7)] = "",
    account: Annotated[str, Query(max_length=12)] = "",
    entity: Annotated[str, Query(max_length=20)] = "",
    order: Annotated[str, Query(max_length=18)] = "",
    rate: Annotated[str, Query(max_length=6)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
    tick: Annotated[str, Query(max_length=4)] = "",
    view: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    """One page of records under the filters of the address; what is ticked on other pages stays ticked."""
    chosen = RecordFilter(which, period, whole_number(account), entity, order.strip(), rate_of(rate), day_place(after))
    ticked = wanted if tick != "none" else Wanted()
    today = china_date(now)
    shown = view_of(person, view)
    key = (
        "picker",
        show.locale(request),
        person.scope,
        person.verified,
        person.consumption_version,
        person.consolidated,
        person.may(Right.MANAGE_PEOPLE),
        shown,
        today,
        chosen,
    )
    plain = ticked.is_empty and not tick
    picker = show.kept.get(key) if plain else None
    if picker is None:
        found = await reads(_picker, person, chosen, ticked, tick, shown, today)
        picker = _rendered(show, request, found, chosen, after, shown)
        if plain and found.linked:  # what an unlinked customer reads is no change of its records
            show.kept.keep(key, picker)
    return show.page(request, "consumption/picker.html", active="consumption", picker=picker)


def _rendered(show: Pages, request: Request, found: _Picker, chosen: RecordFilter, after: str, view: str) -> Markup:
    filters = {name: getattr(chosen, name) or "" for name in ("show", "period", "account", "entity", "order")}
    filters["rate"] = "" if chosen.rate is None else str(chosen.rate)
    on_page = {shown.id for shown in found.page.records}
    return show.fragment(
        request,
        "consumption/_picker.html",
        page=found.page,
        choices=found.choices,
        selection=found.selection,
        linked=found.linked,
        ticked={record.id for record in found.page.records if found.selection.ticks(record)},
        locked={record.id for record in found.page.records if found.selection.finds(record)},
        most_ticked=MOST_TICKED,
        elsewhere=[(name, value) for name, value in found.selection.wanted.fields if name != "record" or int(value) not in on_page],
        filters=filters,
        filtered=any(value for name, value in filters.items() if (name, value) != ("show", "all")),
        shows=SHOWS,
        view=view,
        views={each: "/consumption?" + urlencode(_without_empty({**filters, "view": each})) for each in VIEWS},
        links={name: "/consumption?" + urlencode(_without_empty({**filters, "show": name})) for name, _ in SHOWS},
        older=f"{found.page.older[0]}.{found.page.older[1]}" if found.page.older else "",
        after=after,
    )


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


@router.get("/consumption/sum")
async def consumption_sum(
    request: Request,
    person: CurrentCustomer,
    reads: Read,
    show: Show,
    now: Now,
    wanted: WantedInAddress,
    view: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    """The side card alone, for the page to renew it after each tick."""

    def read(session: Session) -> Selection:
        return select_records(session, person, wanted, china_date(now), apart=is_apart(person, view))

    selection = await reads(read)
    return show.page(request, "consumption/_sum.html", selection=selection, renewed=True)
