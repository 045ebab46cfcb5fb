"""The picker: what shall go on the invoices, and how it will split. Nothing is reserved here; ticks stand in the address."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from domain.access import Right
from domain.calendar import china_date
from domain.choosing import Choice, RecordQuery, choose
from domain.errors import Problem
from domain.messages import Policy
from domain.splitting import NegativeAlone, PlannedInvoice, split
from infra.books.arrears import arrears_of
from infra.people import Person
from infra.queries.billing_accounts import billing_is_linked
from infra.queries.consumption import (
    MOST_TICKED,
    Choices,
    Record,
    RecordFilter,
    RecordPage,
    choices,
    chosen_records,
    ids_of_all,
    ids_of_queries,
    records_page,
)
from infra.queries.library import entity_names
from web.cursors import day_place, whole_number
from web.dependencies import CurrentCustomer, Now, Read, Show
from web.pages import Pages
from web.wanted import Wanted, WantedInAddress, rate_of

router = APIRouter()

MOST_NAMED = 50
"""Lost records named on one page; more of the same help nobody."""

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


@dataclass(frozen=True, slots=True)
class AccountPart:
    """One account's share of what is ticked, in fen, and the address of its own application."""

    name: str
    ticked_fen: int
    path: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What is ticked, and the invoices it would make. Amounts in fen."""

    records: tuple[Record, ...]
    choice: Choice
    negatives: int
    plan: tuple[PlannedInvoice, ...]
    entities: dict[str, str]
    lost: tuple[Record, ...] = ()
    """Ticked and seen by this person, but not to be invoiced now: each says why not."""
    unknown: tuple[int, ...] = ()
    """Ticked, but not there for this person: made up, or somebody else's."""
    wanted: Wanted = field(default_factory=Wanted)
    """What was ticked, but for what is lost or unknown."""
    parts: tuple[AccountPart, ...] = ()
    """Of several accounts that are applied for apart: what each application would have. Empty for one application."""
    apart_only: bool = False
    """Records of several accounts were ticked, and one application over them is not switched on."""

    @property
    def amount_fen(self) -> int:
        return self.choice.amount_fen

    @property
    def net_fen(self) -> int:
        return sum(invoice.net_fen for invoice in self.plan)

    @property
    def tax_fen(self) -> int:
        return sum(invoice.tax_fen for invoice in self.plan)

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(record.id for record in self.records)

    @property
    def lost_problems(self) -> list[Problem]:
        """Why each record that was ticked is not in it; of many the first only."""
        reasons = [record.why_not for record in self.lost if record.why_not is not None]
        reasons += [Problem(f"record-{identity}", "unknown-record") for identity in self.unknown]
        reasons += self.wanted.problems
        more = len(reasons) - MOST_NAMED
        return reasons[:MOST_NAMED] + ([Problem("records", "more-lost", {"count": str(more)})] if more > 0 else [])


def select_records(session: Session, person: Person, wanted: Wanted, today: date, *, apart: bool = False) -> Selection:
    """The ticked records this person may have and that can be invoiced today, with their negatives and the split.

    `apart`: each account is to have an application of its own.
    """
    ids = {*wanted.records, *ids_of_queries(session, person.scope, wanted.queries, today)}
    seen = chosen_records(session, person.scope, ids, today)
    records = tuple(record for record in seen if record.why_not is None)
    unknown = tuple(sorted(set(wanted.records) - {record.id for record in seen}))
    able = {record.id for record in records}
    kept = replace(wanted, records=tuple(identity for identity in wanted.records if identity in able))
    entries = {entry.id: entry for record in records for entry in (record, *record.negatives)}
    arrears = sum(arrears_of(session, person.enterprise_id).values()) if records and person.enterprise_id else 0
    choice = choose([record.group for record in records], arrears, wanted.limit_fen)
    items = [replace(entries[identity].item, amount_fen=amount) for identity, amount in choice.items]
    try:
        plan = split(items, limit_net_fen=Policy().single_invoice_limit_fen)
    except NegativeAlone:
        plan = ()  # more refunded than paid: nothing to invoice, which the page says by its sum
    negatives = sum(1 for record in records for entry in record.negatives if entry.available_fen)
    lost = tuple(record for record in seen if record.why_not is not None)
    accounts = {record.account_id: record.account for record in records}
    ticked_accounts = {record.account_id for record in records if record.id in set(kept.records)}
    parts = tuple(_part(identity, name, records, kept) for identity, name in accounts.items()) if apart and len(accounts) > 1 else ()
    apart_only = len(ticked_accounts) > 1 and not person.consolidated
    return Selection(records, choice, negatives, plan, entity_names(session), lost, unknown, kept, parts, apart_only)


def _part(account_id: int, name: str, records: Sequence[Record], wanted: Wanted) -> AccountPart:
    own = {record.id: record for record in records if record.account_id == account_id}
    queries = tuple(replace(query, account_id=account_id) for query in wanted.queries if query.account_id in (None, account_id))
    narrowed = replace(wanted, records=tuple(identity for identity in wanted.records if identity in own), queries=queries)
    return AccountPart(name, sum(record.group_fen for record in own.values()), "/apply?" + urlencode(narrowed.fields))


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


def _picker(session: Session, person: Person, chosen: RecordFilter, wanted: Wanted, tick_all: bool, view: str, today: date) -> _Picker:
    if tick_all:
        wanted = _with_all(session, person, chosen, wanted, today)
    return _Picker(
        records_page(session, person.scope, chosen, today),
        choices(session, person.scope, today),
        select_records(session, person, wanted, today, apart=is_apart(person, view)),
        billing_is_linked(session, person.enterprise_id),
    )


def _with_all(session: Session, person: Person, chosen: RecordFilter, wanted: Wanted, today: date) -> Wanted:
    """With all that can be ticked under the filters: one by one as long as an address can carry them, else as a query."""
    ids = ids_of_all(session, person.scope, chosen, today)
    if len(ids) < MOST_TICKED or chosen.show not in ("all", "can"):
        return replace(wanted, records=tuple(dict.fromkeys((*wanted.records, *ids))))
    query = RecordQuery(chosen.period, chosen.account, chosen.entity, chosen.order, chosen.rate)
    return replace(wanted, queries=tuple(dict.fromkeys((*wanted.queries, query))))


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
        found = await reads(_picker, person, chosen, ticked, tick == "all", shown, today)
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
        ticked=set(found.selection.ids),
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
    return show.page(request, "consumption/_sum.html", selection=selection)
