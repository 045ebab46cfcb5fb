"""The input of an application's life, from what was entered: what was typed anew is added to the library first."""

from dataclasses import replace
from datetime import datetime

from domain.calendar import china_date
from domain.emails import email_problem
from domain.errors import Problem, Refusal
from domain.invoices import InvoiceKind, Medium
from domain.messages import ApplicationRequest
from domain.terms import Document, edition_on
from infra.people import Person
from infra.receivers import NewReceiver, add_receiver
from infra.titles import add_title
from web.application_form import NEW, Entries, Offer
from web.application_problems import agreement_id
from web.application_start import policy_of
from web.dependencies import Services


async def request_of(held: Services, person: Person, offer: Offer, entries: Entries, now: datetime) -> ApplicationRequest:
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
        split=offer.selection.wanted.split,
        expected_plan=offer.selection.plan_digest,
        agreement_id=agreement_id(offer, entries),
    )


_FORM_NAMES = {
    "email": {"email": "new_email"},
    "postal": {"phone": "postal_phone", "address": "postal_address"},
}
"""Names the form gives to a receiver's fields, where a title's have the plain ones."""
