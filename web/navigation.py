"""The sidebar and the phone's bottom bar: where each leads, and who sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.access import Right
from infra.people import Person


@dataclass(frozen=True, slots=True)
class Place:
    """An entry. `word` is an English text with a translation; `active` is what a page names itself as."""

    active: str
    path: str
    icon: str
    word: str
    right: Right
    on_phone: bool = False
    phone_word: str = ""


PLACES: tuple[Place, ...] = (
    Place("home", "/", "home", "Home", Right.SEE_OWN, on_phone=True),
    Place("consumption", "/consumption?show=can", "receipt-yuan", "Invoice consumption", Right.APPLY, on_phone=True, phone_word="Invoice"),
    Place("statements", "/statements", "receipt-yuan", "Monthly statements", Right.SEE_OWN),
    Place("applications", "/applications", "files", "Applications", Right.SEE_OWN, on_phone=True),
    Place("invoices", "/invoices", "file-invoice", "Invoices", Right.SEE_OWN),
    Place("titles", "/titles", "id", "Titles", Right.KEEP_TITLES),
    Place("receivers", "/receivers", "map-pin", "Receivers", Right.KEEP_TITLES),
    Place("catalogue", "/catalogue", "category", "Goods and tax codes", Right.SEE_OWN),
    Place("people", "/people", "users", "People", Right.MANAGE_PEOPLE),
    Place("support", "/support", "messages", "Support", Right.ASK_SUPPORT),
    Place("ticket-desk", "/desk/tickets", "headset", "Tickets", Right.ANSWER_TICKETS, on_phone=True),
    Place("authentication", "/authentication", "shield-check", "Real-name authentication", Right.SEE_OWN),
    Place("identity", "/identity", "id-badge", "Identity desk", Right.CHECK_IDENTITY, on_phone=True),
    Place("review", "/review", "checklist", "Review desk", Right.REVIEW, on_phone=True),
    Place("review-team", "/review/team", "users-group", "Review team", Right.SUPERVISE),
    Place("review-absences", "/review/absences", "calendar-user", "Away", Right.REVIEW),
    Place("review-policy", "/desk/review-policy", "scale", "Review policy", Right.SUPERVISE),
    Place("promises", "/desk/promises", "target-arrow", "Promises", Right.SUPERVISE),
    Place("review-phrases", "/desk/review-phrases", "message-2", "Ready reasons", Right.SUPERVISE),
    Place("back-invoicing", "/desk/back-invoicing", "calendar-plus", "Back-invoicing", Right.SUPERVISE),
    Place("title-desk", "/titles/desk", "id-badge-2", "Title desk", Right.CHECK_IDENTITY, on_phone=True, phone_word="Titles"),
    Place("receiving", "/receiving", "package", "Receiving desk", Right.RECEIVE_ORIGINALS, on_phone=True),
    Place("imports", "/imports", "file-import", "Import", Right.IMPORT, on_phone=True),
    Place("operators", "/operators", "activity", "Operations", Right.OPERATE, on_phone=True),
    Place("billing-accounts", "/billing-accounts", "address-book", "Billing accounts", Right.OPERATE),
    Place("calendar", "/calendar", "calendar", "Working days", Right.OPERATE),
    Place("statement-desk", "/desk/statements", "receipt-yuan", "Statements to charge", Right.OPERATE),
    Place("reference", "/reference/rates", "database-cog", "Reference data", Right.OPERATE),
    Place("arrears", "/arrears", "cash-off", "Arrears", Right.OPERATE),
    Place("top-ups", "/top-ups", "wallet", "Top-ups", Right.OPERATE),
    Place("announcements", "/announcements", "speakerphone", "Announcements", Right.ANNOUNCE),
    Place("acting", "/acting", "user-check", "Act for a customer", Right.ACT_FOR_CUSTOMERS, on_phone=True, phone_word="Act for"),
    Place("audit", "/audit", "shield-check", "Audit", Right.SEE_AUDIT, on_phone=True),
    Place("applications", "/applications", "files", "Applications", Right.SEE_ALL_CUSTOMERS),
    Place("invoices", "/invoices", "file-invoice", "Invoices", Right.SEE_ALL_CUSTOMERS),
    Place("catalogue", "/catalogue", "category", "Goods and tax codes", Right.SEE_ALL_CUSTOMERS),
)
"""In the order shown. On a phone come the first three `on_phone` ones a person may open, then the person's own page."""


def places_for(person: Person) -> Sequence[Place]:
    """The entries this person may open."""
    return [place for place in PLACES if person.may(place.right)]


def closed_places_for(person: Person) -> Sequence[Place]:
    """The entries the person's enterprise has closed to them: shown with a lock, and their page names whom to ask."""
    return [place for place in PLACES if place.right in person.withdrawn]


def home_of(person: Person) -> str:
    """Where sign-in leads: the first entry, which is each role's own work."""
    return places_for(person)[0].path
