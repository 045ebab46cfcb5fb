"""The picker: what shall go on the invoices, and how it will split. Nothing is reserved here; ticks stand in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session

from domain.calendar import china_date
from domain.errors import Problem
from domain.messages import Policy
from domain.splitting import NegativeAlone, PlannedInvoice, split
from infra.people import Person
from infra.queries.billing_accounts import billing_is_linked
from infra.queries.consumption import Choices, Record, RecordFilter, RecordPage, choices, chosen_records, ids_of_all, records_page
from infra.queries.library import entity_names
from web.cursors import RecordId, day_place, whole_number
from web.dependencies import CurrentCustomer, Now, Read, Show
from web.pages import Pages

router = APIRouter()

MOST_NAMED = 50
"""Lost records named on one page; more of the same help nobody."""

SHOWS = (
    ("all", "All"),
    ("can", "Can be invoiced"),
    ("cannot", "Cannot be invoiced now"),
    ("not-open", "Month not billed yet"),
    ("seller", "Invoiced by marketplace sellers"),
    ("expired", "Past the 6 months"),
    ("excluded", "With vouchers or bonus"),
    ("reserved", "Reserved by applications"),
    ("invoiced", "Invoiced"),
)


@dataclass(frozen=True, slots=True)
class Selection:
    """What is ticked, and the invoices it would make. Amounts in fen."""

    records: tuple[Record, ...]
    amount_fen: int
    negatives: int
    plan: tuple[PlannedInvoice, ...]
    entities: dict[str, str]
    lost: tuple[Record, ...] = ()
    """Ticked and seen by this person, but not to be invoiced now: each says why not."""
    unknown: tuple[int, ...] = ()
    """Ticked, but not there for this person: made up, or somebody else's."""

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
        more = len(reasons) - MOST_NAMED
        return reasons[:MOST_NAMED] + ([Problem("records", "more-lost", {"count": str(more)})] if more > 0 else [])


def select_records(session: Session, person: Person, ids: Sequence[int], today: date) -> Selection:
    """The ticked records this person may have and that can be invoiced today, with their negatives and the split."""
    seen = chosen_records(session, person.scope, ids, today)
    records = tuple(record for record in seen if record.why_not is None)
    unknown = tuple(sorted(set(ids) - {record.id for record in seen}))
    items = [entry.item for record in records for entry in (record, *record.negatives) if entry.available_fen]
    try:
        plan = split(items, limit_net_fen=Policy().single_invoice_limit_fen)
    except NegativeAlone:
        plan = ()  # more refunded than paid: nothing to invoice, which the page says by its sum
    amount = sum(record.group_fen for record in records)
    negatives = sum(1 for record in records for entry in record.negatives if entry.available_fen)
    lost = tuple(record for record in seen if record.why_not is not None)
    return Selection(records, amount, negatives, plan, entity_names(session), lost, unknown)


@dataclass(frozen=True, slots=True)
class _Picker:
    page: RecordPage
    choices: Choices
    selection: Selection
    linked: bool
    """Whether imported rows can reach this customer."""


def _picker(session: Session, person: Person, chosen: RecordFilter, ids: Sequence[int], tick_all: bool, today: date) -> _Picker:
    if tick_all:
        ids = [*ids, *ids_of_all(session, person.scope, chosen, today)]
    return _Picker(
        records_page(session, person.scope, chosen, today),
        choices(session, person.scope, today),
        select_records(session, person, ids, today),
        billing_is_linked(session, person.enterprise_id),
    )


@router.get("/consumption")
async def consumption(
    request: Request,
    person: CurrentCustomer,
    reads: Read,
    show: Show,
    now: Now,
    record: Annotated[list[RecordId] | None, Query(max_length=2000)] = None,
    which: Annotated[str, Query(alias="show", max_length=20)] = "all",
    period: Annotated[str, Query(max_length=7)] = "",
    account: Annotated[str, Query(max_length=12)] = "",
    entity: Annotated[str, Query(max_length=20)] = "",
    order: Annotated[str, Query(max_length=18)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
    tick: Annotated[str, Query(max_length=4)] = "",
) -> Response:
    """One page of records under the filters of the address; what is ticked on other pages stays ticked."""
    chosen = RecordFilter(which, period, whole_number(account), entity, order.strip(), day_place(after))
    ticked = (record or []) if tick != "none" else []
    today = china_date(now)
    key = ("picker", show.locale(request), person.scope, person.verified, person.consumption_version, today, chosen)
    picker = show.kept.get(key) if not ticked and not tick else None
    if picker is None:
        found = await reads(_picker, person, chosen, ticked, tick == "all", today)
        picker = _rendered(show, request, found, chosen, after)
        if not ticked and not tick and found.linked:  # what an unlinked customer reads is no change of its records
            show.kept.keep(key, picker)
    return show.page(request, "consumption/picker.html", active="consumption", picker=picker)


def _rendered(show: Pages, request: Request, found: _Picker, chosen: RecordFilter, after: str) -> Markup:
    filters = {name: getattr(chosen, name) or "" for name in ("show", "period", "account", "entity", "order")}
    on_page = {shown.id for shown in found.page.records}
    return show.fragment(
        request,
        "consumption/_picker.html",
        page=found.page,
        choices=found.choices,
        selection=found.selection,
        linked=found.linked,
        ticked=set(found.selection.ids),
        elsewhere=[identity for identity in found.selection.ids if identity not in on_page],
        filters=filters,
        filtered=any(value for name, value in filters.items() if (name, value) != ("show", "all")),
        shows=SHOWS,
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
    record: Annotated[list[RecordId] | None, Query(max_length=2000)] = None,
) -> Response:
    """The side card alone, for the page to renew it after each tick."""
    selection = await reads(select_records, person, record or [], china_date(now))
    return show.page(request, "consumption/_sum.html", selection=selection)
