"""The application form: shown with its number drawn, checked, and handed to an ApplicationWorkflow. No row is written here."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from domain.access import Right
from domain.amounts import yuan
from domain.authentication import AuthenticationKind, invoicing_problems
from domain.calendar import china_date
from domain.consents import agreed_value, agreement_problems, editions_to_agree
from domain.emails import email_problem
from domain.errors import Problem, Refusal
from domain.invoices import InvoiceKind, Medium, Party
from domain.messages import ApplicationRequest, Policy
from domain.numbers import RANDOM_BYTES, application_number, is_application_number
from domain.terms import Document, edition_on
from infra.people import Person
from infra.queries.applications import application_is_seen, owner_of
from infra.queries.authentications import kind_of_customer
from infra.queries.calendar import Calendar, calendar
from infra.queries.consumption import MOST_CHOSEN, MOST_TICKED
from infra.queries.library import Receiver, Title, entities_without_paper, first_title, receivers, titles
from infra.receivers import NewReceiver, add_receiver
from infra.settings import Settings
from infra.titles import add_title
from web.applications import note_sent
from web.consumption import Selection, select_records
from web.cursors import LARGEST_ID
from web.dependencies import CurrentCustomer, Held, Now, Read, Reads, Services, Temporal
from web.errors import NotFound, is_unavailable
from web.formats import money
from web.limits import LongFormRoute
from web.lives import RPC_TIMEOUT
from web.wanted import Wanted, WantedInAddress, WantedInForm
from workflows.application import ApplicationWorkflow, application_attributes
from workflows.names import LIVES, application_workflow_id

router = APIRouter(route_class=LongFormRoute)

NEW = "new"


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
    expected_fen: int | None = None
    """The sum the form showed; None when it was not sent."""
    new_title: Party = field(default_factory=lambda: Party(""))
    new_email: str = ""
    new_postal: NewReceiver = field(default_factory=lambda: NewReceiver("postal"))


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
    customer_kind: str = ""
    """One of domain.authentication.AuthenticationKind: a person gets ordinary invoices in the own name only."""


def draw_number(now: datetime) -> str:
    """A new application number of today."""
    return application_number(secrets.token_bytes(RANDOM_BYTES), china_date(now))


def _offer(session: Session, person: Person, wanted: Wanted, now: datetime) -> Offer:
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
        kind_of_customer(session, person.enterprise_id),
    )


def _defaults(number: str, offer: Offer, kind: InvoiceKind | None) -> Entries:
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


@router.get("/apply")
async def show_form(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    now: Now,
    wanted: WantedInAddress,
    kind: Annotated[InvoiceKind | None, Query()] = None,
) -> Response:
    """The form for the ticked records, with a number drawn for it: sent twice, it makes one application."""
    offer = await reads(_offer, person, wanted, now)
    if offer.customer_kind == AuthenticationKind.PERSONAL:
        kind = InvoiceKind.ORDINARY
    lost = selection_problems(offer.selection, None)
    if offer.selection.amount_fen <= 0 and not lost:
        return RedirectResponse("/consumption?show=can", 303)
    return form_page(request, held, now, offer, _defaults(draw_number(now), offer, kind), lost)


def form_page(
    request: Request, held: Services, now: datetime, offer: Offer, entries: Entries, problems: Sequence[Problem], status: int = 200
) -> Response:
    policy = policy_of(held.settings)
    return held.pages.page(
        request,
        "applying/form.html",
        status_code=status,
        active="consumption",
        offer=offer,
        selection=offer.selection,
        entries=entries,
        problems=list(problems),
        lost={f"record-{each.id}": each for each in offer.selection.lost},
        promise=offer.days.promise(now, policy.review_working_days, policy.promise_hour),
        carriage=money(policy.carriage_fen),
        free_carriage_from=money(policy.free_carriage_from_fen),
        not_saved=status == 503,
        to_agree=agreed_value(editions_to_agree(china_date(now))),
    )


@router.post("/applications")
async def submit(
    request: Request,
    person: CurrentCustomer,
    held: Held,
    reads: Read,
    temporal: Temporal,
    now: Now,
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
) -> Response:
    """Check the form, start the life, and show its page. A repeat with the same number finds the first application."""
    entries = Entries(
        number=number.strip(),
        wanted=wanted,
        title=title,
        kind=kind,
        medium=medium,
        email=email,
        postal=postal,
        expedite=expedite,
        terms=terms,
        expected_fen=expected_fen,
        new_title=Party(name, tax_id, address, phone, bank, bank_account),
        new_email=new_email,
        new_postal=NewReceiver("postal", "", recipient, postal_phone, postal_address, postcode),
    )
    first = await _first_one(reads, person, entries.number)
    if first is not None:
        return first
    offer = await reads(_offer, person, entries.wanted, now)
    problems = [*form_problems(person, offer, entries), *agreement_problems(entries.terms, china_date(now))]
    if problems:
        # The same form, sent at the same moment, may have reserved the records between the two reads.
        first = await _first_one(reads, person, entries.number)
        return first or form_page(request, held, now, offer, entries, problems, 422)
    try:
        asked = await _request(held, person, offer, entries, now)
    except Refusal as refusal:
        return form_page(request, held, now, offer, entries, refusal.problems, 422)
    try:
        await start(temporal, asked)
    except WorkflowAlreadyStartedError:
        return RedirectResponse(f"/applications/{asked.number}?again=1", 303)
    except (RPCError, RuntimeError) as error:
        if not is_unavailable(error):
            raise
        # What was typed anew is in the library by now, so the repeat names it instead of adding it again.
        kept = replace(entries, title=str(asked.title_id))
        return form_page(request, held, now, await reads(_offer, person, entries.wanted, now), kept, [], 503)
    return note_sent(RedirectResponse(f"/applications/{asked.number}", 303), asked.number)


async def _first_one(reads: Reads, person: Person, number: str) -> RedirectResponse | None:
    """The way to the application that has this number already. Raises NotFound for one that the person may not see."""
    if await reads(owner_of, number) is None:
        return None
    if not await reads(application_is_seen, person.scope, number):
        raise NotFound
    return RedirectResponse(f"/applications/{number}?again=1", 303)


def form_problems(person: Person, offer: Offer, entries: Entries) -> list[Problem]:
    """What can be said without writing anything. The reservation checks again, on the rows of its moment."""
    problems: list[Problem] = []
    if not is_application_number(entries.number):
        problems.append(Problem("number", "number-form"))
    if not person.verified:
        problems.append(Problem("enterprise", "not-verified"))
    lost = selection_problems(offer.selection, entries.expected_fen)
    problems += lost
    if not lost and (offer.selection.amount_fen <= 0 or not offer.selection.plan):
        problems.append(Problem("records", "nothing-ticked"))
    known = {str(each.id): each for each in offer.titles}
    if entries.title == NEW and not person.may(Right.KEEP_TITLES):
        problems.append(Problem("title", "titles-not-yours"))
    elif entries.title != NEW:
        chosen = known.get(entries.title)
        if chosen is None:
            problems.append(Problem("title", "choose-one"))
        elif not chosen.is_usable:
            problems.append(Problem("title", f"title-{chosen.state}"))
        elif entries.kind == InvoiceKind.SPECIAL and not chosen.fits_special_invoice:
            problems.append(Problem("kind", "tax-id-needed"))
    stored = known.get(entries.title)
    party = entries.new_title if entries.title == NEW else Party(stored.name, stored.tax_id) if stored is not None else None
    if party is not None:
        found = invoicing_problems(offer.customer_kind, person.enterprise_name, party, InvoiceKind(entries.kind))
        problems += [replace(each, field="title") if each.field == "title_id" else each for each in found]
    if entries.medium == Medium.PAPER:
        if offer.without_paper:
            problems.append(Problem("medium", "electronic-only", {"entity": "、".join(offer.without_paper)}))
        wanted, choice, there = "postal", entries.postal, offer.addresses
    else:
        wanted, choice, there = "email", entries.email, offer.emails
    if choice == NEW and not person.may(Right.KEEP_TITLES):
        problems.append(Problem(wanted, "titles-not-yours"))
    elif choice != NEW and choice not in {str(each.id) for each in there}:
        problems.append(Problem(wanted, "choose-one"))
    return problems


def selection_problems(selection: Selection, expected_fen: int | None) -> list[Problem]:
    """Where what is applied for is not what was ticked: lost records, each with the reason, and another sum than was shown."""
    wanted = selection.wanted
    most = MOST_CHOSEN if wanted.queries else MOST_TICKED
    if len(selection.records) + len(selection.lost) + len(selection.unknown) > most:
        return [Problem("records", "too-many-ticked", {"max": str(most)})]
    problems = selection.lost_problems
    if selection.apart_only:
        problems.append(Problem("records", "accounts-apart"))
    choice = selection.choice
    if choice.missing_fen:
        params = {"arrears": yuan(choice.arrears_fen + choice.missing_fen), "ticked": yuan(choice.ticked_fen)}
        problems.append(Problem("records", "arrears-not-covered", params))
    elif choice.amount_fen < wanted.limit_fen:
        problems.append(Problem("amount", "amount-above-ticked", {"amount": yuan(wanted.limit_fen), "most": yuan(choice.amount_fen)}))
    if expected_fen is not None and expected_fen != selection.amount_fen:
        amounts = {"old_fen": str(expected_fen), "new_fen": str(selection.amount_fen)}
        problems.append(Problem("amount", "amount-changed", amounts))
    return problems


async def _request(held: Services, person: Person, offer: Offer, entries: Entries, now: datetime) -> ApplicationRequest:
    """The life's input; a title or receiver typed anew is added to the library first. Raises Refusal."""
    assert person.enterprise_id is not None  # noqa: S101 (customers have one)
    assert person.account_id is not None  # noqa: S101
    kind, medium = InvoiceKind(entries.kind), Medium(entries.medium)
    problems: list[Problem] = []
    title_id = receiver_id = 0
    if entries.title == NEW:
        try:
            title_id = await held.in_thread(add_title, held.database, person.enterprise_id, entries.new_title, now, kind=kind, again=True)
        except Refusal as refusal:
            problems += refusal.problems
    else:
        title_id = int(entries.title)
    new = entries.new_postal if medium is Medium.PAPER else NewReceiver("email", entries.new_email)
    wrong = email_problem("new_email", entries.new_email) if new.kind == "email" else None
    choice = entries.postal if medium is Medium.PAPER else entries.email
    if choice == NEW and wrong is not None:
        problems.append(wrong)
    elif choice == NEW:
        try:
            receiver_id = await held.in_thread(add_receiver, held.database, person.enterprise_id, new, now, again=True)
        except Refusal as refusal:
            problems += [replace(found, field=_FORM_NAMES[new.kind].get(found.field, found.field)) for found in refusal.problems]
    else:
        receiver_id = int(choice)
    if problems:
        raise Refusal(*problems)
    return ApplicationRequest(
        number=entries.number,
        enterprise_id=person.enterprise_id,
        account_id=person.account_id,
        applicant_id=person.id,
        record_ids=offer.selection.wanted.records,
        queries=offer.selection.wanted.queries,
        limit_fen=offer.selection.wanted.limit_fen,
        expected_fen=offer.selection.amount_fen,
        title_id=title_id,
        kind=kind,
        medium=medium,
        receiver_id=receiver_id,
        expedite=entries.expedite,
        terms_version=edition_on(Document.TERMS, china_date(now)).version,
        privacy_version=edition_on(Document.PRIVACY, china_date(now)).version,
        agreed_at=now,
        policy=policy_of(held.settings),
    )


_FORM_NAMES = {
    "email": {"email": "new_email"},
    "postal": {"phone": "postal_phone", "address": "postal_address"},
}
"""Names the form gives to a receiver's fields, where a title's have the plain ones."""


def policy_of(settings: Settings) -> Policy:
    """The policy a life that begins now keeps."""
    return Policy(
        correction_days=settings.correction_days,
        personal_minimum_fen=settings.personal_minimum_fen,
        automatic_authentication=settings.automatic_authentication,
    )


async def start(temporal: Client, asked: ApplicationRequest) -> Any:
    """Start the application's life, once per number for ever. Raises WorkflowAlreadyStartedError for an ended one."""
    return await temporal.start_workflow(
        ApplicationWorkflow.run,
        asked,
        id=application_workflow_id(asked.number),
        task_queue=LIVES,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=application_attributes(asked),
        static_summary=f"{asked.kind} {asked.medium} application, {len(asked.record_ids)} records, {len(asked.queries)} statements",
        priority=Priority(priority_key=1 if asked.expedite else 3, fairness_key=str(asked.enterprise_id)),
        rpc_timeout=RPC_TIMEOUT,
    )
