"""The application form: what stands in it at first or after a mistake, what it lets choose from, and its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from domain.calendar import china_date
from domain.consents import agreed_value, editions_to_agree
from domain.errors import Problem
from domain.invoices import InvoiceKind, Medium, Party
from domain.licences import LicenceReading
from domain.peak import Peak
from domain.split_choice import SplitBy
from infra.people import Person
from infra.promises import same_day
from infra.queries.authentications import kind_of_customer
from infra.queries.calendar import Calendar, calendar
from infra.queries.evidence import EvidenceSeen
from infra.queries.library import Receiver, Title, entities_without_paper, first_title, receivers, titles
from infra.queries.peak import peak_now
from infra.queries.queue_standing import Standing, waiting_by_kind
from infra.queries.sellers import seller_sum
from infra.queries.templates import OfferedTemplate, offered_templates
from infra.receivers import NewReceiver
from web.application_start import policy_of
from web.cursors import LARGEST_ID
from web.dependencies import Services
from web.formats import money
from web.promise_words import cost_now
from web.selection import Selection, select_records
from web.split_preview import preview, split_problems
from web.wanted import Wanted, WantedInForm
from web.way_back import LONGEST_FILTERS, filters_of, way_back

NEW = "new"
"""The choice of a title or receiver that is typed in the form itself."""


@dataclass(frozen=True, slots=True)
class Entries:
    """What stands in the form: the defaults at first, then what was typed."""

    number: str
    wanted: Wanted = field(default_factory=Wanted)
    title: str = ""
    kind: str = InvoiceKind.SPECIAL
    medium: str = Medium.ELECTRONIC
    email: str = ""
    postal: str = ""
    expedite: bool = False
    terms: str = ""
    """The editions that were agreed to, as `domain.consents.agreed_value` writes them; empty without the tick."""
    filters: str = ""
    """The picker's filters under which it was chosen, as `web.way_back.filters_of` gives them."""
    expected_fen: int | None = None
    """The sum the form showed; None when it was not sent."""
    expected_plan: str = ""
    """`domain.splitting.plan_digest` of the invoices the form showed; empty when it was not sent."""
    template: str = ""
    agreement: str = ""
    """The industry template and the agreement number as typed; both empty without one."""
    new_title: Party = field(default_factory=lambda: Party(""))
    new_email: str = ""
    new_postal: NewReceiver = field(default_factory=lambda: NewReceiver("postal"))
    files: tuple[EvidenceSeen, ...] = ()
    """Evidence that was kept for this form."""
    evidence_kind: str = ""
    reading: LicenceReading | None = None
    """What a licence among the files says, when it was asked for."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form lets choose from, and what the choice makes."""

    selection: Selection
    titles: tuple[Title, ...]
    emails: tuple[Receiver, ...]
    addresses: tuple[Receiver, ...]
    without_paper: tuple[str, ...]
    """Names of the issuing entities of this selection that issue electronically only."""
    days: Calendar = field(default_factory=Calendar)
    """By which the review's end is promised."""
    templates: tuple[OfferedTemplate, ...] = ()
    seller_fen: int = 0
    """What marketplace sellers invoice of the same months; no part of it."""
    customer_kind: str = ""
    """One of domain.authentication.AuthenticationKind: a person gets ordinary invoices in the own name only."""
    peak: Peak | None = None
    """The peak that is on."""
    waiting: Mapping[str, Standing] = field(default_factory=dict)
    """By kind: how many wait before it, and whom an expedite would go before."""


def offer_of(session: Session, person: Person, wanted: Wanted, now: datetime) -> Offer:
    selection = select_records(session, person, wanted, china_date(now))
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    known = receivers(session, person.enterprise_id)
    without = entities_without_paper(session)
    entities = {invoice.entity for invoice in selection.plan}
    return Offer(
        selection,
        titles(session, person.enterprise_id, china_date(now)),
        tuple(each for each in known if each.kind == "email"),
        tuple(each for each in known if each.kind == "postal"),
        tuple(name for code, name in sorted(without.items()) if code in entities),
        calendar(session),
        offered_templates(session, person.enterprise_id),
        seller_sum(session, person.scope, selection.periods),
        kind_of_customer(session, person.enterprise_id),
        peak_now(session, now),
        waiting_by_kind(session, person.enterprise_id, now),
    )


def default_entries(number: str, offer: Offer, kind: InvoiceKind | None) -> Entries:
    """The form at first: the kind asked for, or special where a title can take it; the kind's template, or the default title."""
    special = first_title(offer.titles, InvoiceKind.SPECIAL)
    any_kind = first_title(offer.titles, InvoiceKind.ORDINARY)
    chosen = kind or (InvoiceKind.SPECIAL if special or any_kind is None else InvoiceKind.ORDINARY)
    first = special if chosen is InvoiceKind.SPECIAL else any_kind
    return Entries(
        number=number,
        wanted=offer.selection.wanted,
        title=str(first.id) if first else NEW,
        kind=chosen,
        email=str(offer.emails[0].id) if offer.emails else NEW,
        postal=str(offer.addresses[0].id) if offer.addresses else NEW,
    )


def _in_form(
    wanted: WantedInForm,
    number: Annotated[str, Form(max_length=30)] = "",
    title: Annotated[str, Form(max_length=20)] = "",
    kind: Annotated[InvoiceKind, Form()] = InvoiceKind.SPECIAL,
    medium: Annotated[Medium, Form()] = Medium.ELECTRONIC,
    email: Annotated[str, Form(max_length=20)] = "",
    postal: Annotated[str, Form(max_length=20)] = "",
    expedite: Annotated[bool, Form()] = False,
    terms: Annotated[str, Form(max_length=100)] = "",
    expected_fen: Annotated[int | None, Form(ge=-LARGEST_ID, le=LARGEST_ID)] = None,
    expected_plan: Annotated[str, Form(max_length=16)] = "",
    filters: Annotated[str, Form(max_length=LONGEST_FILTERS)] = "",
    template: Annotated[str, Form(max_length=20)] = "",
    agreement: Annotated[str, Form(max_length=60)] = "",
    name: Annotated[str, Form(max_length=300)] = "",
    tax_id: Annotated[str, Form(max_length=40)] = "",
    address: Annotated[str, Form(max_length=300)] = "",
    phone: Annotated[str, Form(max_length=60)] = "",
    bank: Annotated[str, Form(max_length=200)] = "",
    bank_account: Annotated[str, Form(max_length=60)] = "",
    new_email: Annotated[str, Form(max_length=300)] = "",
    recipient: Annotated[str, Form(max_length=200)] = "",
    postal_phone: Annotated[str, Form(max_length=60)] = "",
    postal_address: Annotated[str, Form(max_length=400)] = "",
    postcode: Annotated[str, Form(max_length=20)] = "",
) -> Entries:
    return Entries(
        number=number.strip(),
        wanted=wanted,
        title=title,
        kind=kind,
        medium=medium,
        email=email,
        postal=postal,
        expedite=expedite,
        terms=terms,
        filters=filters_of(parse_qsl(filters)),
        expected_fen=expected_fen,
        expected_plan=expected_plan,
        template=template,
        agreement=agreement.strip(),
        new_title=Party(name, tax_id, address, phone, bank, bank_account),
        new_email=new_email,
        new_postal=NewReceiver("postal", "", recipient, postal_phone, postal_address, postcode),
    )


EntriesInForm = Annotated[Entries, Depends(_in_form)]


def form_page(
    request: Request, held: Services, now: datetime, offer: Offer, entries: Entries, problems: Sequence[Problem], status: int = 200
) -> Response:
    """The form with what stands in it; when nothing of what was chosen is left, only the reasons and the way back to choosing."""
    lost = {f"record-{each.id}": each for each in offer.selection.lost}
    if offer.selection.nothing_left:
        reasons = offer.selection.lost_problems or [Problem("records", "nothing-left")]
        return held.pages.page(request, "applying/gone.html", status_code=status, active="consumption", problems=reasons, lost=lost)
    policy = policy_of(held.settings)
    return held.pages.page(
        request,
        "applying/form.html",
        status_code=status,
        active="consumption",
        offer=offer,
        selection=offer.selection,
        preview=preview(offer.selection),
        ways=list(SplitBy),
        destination=_destination(offer, entries),
        entries=entries,
        problems=list(problems),
        lost=lost,
        way_back=way_back(offer.selection.wanted, entries.filters),
        promise=offer.days.promise(now, policy.review_working_days, policy.promise_hour),
        sooner=same_day(offer.days, now, policy).due_at,
        peak=offer.peak,
        expedite_cost={kind: cost_now(held.pages.words(request), standing) for kind, standing in offer.waiting.items()},
        carriage=money(policy.carriage_fen),
        free_carriage_from=money(policy.free_carriage_from_fen),
        not_saved=status == 503 and not problems,
        limit_mb=held.settings.attachment_mb,
        to_agree=agreed_value(editions_to_agree(china_date(now))),
    )


def _destination(offer: Offer, entries: Entries) -> tuple[Title | None, Receiver | None]:
    """The title and receiver that are chosen; None for what is typed anew."""
    receiver, known = (entries.postal, offer.addresses) if entries.medium == Medium.PAPER else (entries.email, offer.emails)
    title = next((each for each in offer.titles if str(each.id) == entries.title), None)
    return title, next((each for each in known if str(each.id) == receiver), None)


def split_part(request: Request, held: Services, offer: Offer, entries: Entries) -> Response:
    """The part of the form's page that a choice of the split changes."""
    return held.pages.page(
        request,
        "applying/_split_answer.html",
        offer=offer,
        selection=offer.selection,
        preview=preview(offer.selection),
        ways=list(SplitBy),
        destination=_destination(offer, entries),
        entries=entries,
        problems=split_problems(offer.selection),
    )
