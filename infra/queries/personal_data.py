"""What is held about one person, class by class: counts for the page, rows for the export. Own rows only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlmodel import Session, col

from domain.personal_data import HOLDINGS
from infra.books.life import application_life
from infra.tables import (
    ApplicationRow,
    AttachmentRow,
    AuditRow,
    AuthenticationRow,
    CodeRow,
    ConsentRow,
    InvoiceRow,
    MaterialRequestRow,
    ReceiverRow,
    ReviewAbsenceRow,
    ReviewDecisionRow,
    ReviewPhraseRow,
    SessionRow,
    SignOffDecisionRow,
    TicketMessageRow,
    TicketRow,
    TitleRow,
    UserRow,
)


@dataclass(frozen=True, slots=True)
class Whose:
    """The person whose data is meant. `enterprise_id` None: one of our own people, who has no customer's rows.

    `keeps_titles`: titles and receivers are hers to see.
    """

    user_id: int
    enterprise_id: int | None
    keeps_titles: bool


def _columns(table: Any, names: str) -> list[Any]:
    return [getattr(table, name).label(name) for name in names.split()]


def _reason() -> list[Any]:
    """The ready phrase of a decision, which was read in one of these languages."""
    return [col(ReviewPhraseRow.chinese).label("ready_reason_chinese"), col(ReviewPhraseRow.english).label("ready_reason_english")]


def statements(session: Session, whose: Whose) -> Mapping[str, Select[Any]]:
    """A statement for each class that this person can have, with the columns that belong to her. Secrets are never among them."""
    user = session.get_one(UserRow, whose.user_id)
    person: Any = UserRow
    login: Any = SessionRow
    code: Any = CodeRow
    consent: Any = ConsentRow
    audit: Any = AuditRow
    addresses = [address for address in (user.phone, user.email, user.login) if address]
    deed = "position at action subject reason facts"
    in_chain = audit.tenant == (whose.enterprise_id or 0)
    about_me = or_(audit.actor_id == whose.user_id, audit.subject == f"user:{whose.user_id}")
    found: dict[str, Select[Any]] = {
        "person": select(
            *_columns(person, "id login name role level withdrawn phone email locale disabled"),
            (person.totp_secret != "").label("second_factor"),
        ).where(person.id == whose.user_id),
        "sessions": select(*_columns(login, "public_id created_at seen_at address browser")).where(login.user_id == whose.user_id),
        "codes": select(*_columns(code, "purpose address created_at tries used_at")).where(code.address.in_(addresses)),
        "consents": select(*_columns(consent, "document version agreed_at application_number")).where(consent.user_id == whose.user_id),
        "audit": select(*_columns(audit, deed)).where(in_chain, about_me),
    }
    signed: Any = SignOffDecisionRow
    reviewed: Any = ReviewDecisionRow
    away: Any = ReviewAbsenceRow
    material: Any = MaterialRequestRow
    # What one of ours asked for, or a customer answered; a waiver is the answer of one of ours.
    found["material"] = select(*_columns(material, "application_number round wanted note state asked_at answered_at text")).where(
        or_(material.by == whose.user_id, material.answered_by == whose.user_id)
    )
    if whose.enterprise_id is not None:
        found["sign_offs"] = select(*_columns(signed, "application_number level verdict reason at")).where(signed.by == whose.user_id)
    else:
        found["reviews"] = select(*_columns(reviewed, "application_number step verdict reason at")).where(reviewed.by == whose.user_id)
        found["absences"] = select(*_columns(away, "from_day until_day substitute note made_at ended_at")).where(
            away.person == whose.user_id
        )
    if whose.enterprise_id is not None:
        found |= _of_customer(whose, whose.enterprise_id)
    return {holding.name: found[holding.name] for holding in HOLDINGS if holding.name in found}


def _of_customer(whose: Whose, enterprise_id: int) -> dict[str, Select[Any]]:
    title: Any = TitleRow
    receiver: Any = ReceiverRow
    authentication: Any = AuthenticationRow
    ticket: Any = TicketRow
    message: Any = TicketMessageRow
    file: Any = AttachmentRow
    application: Any = ApplicationRow
    invoice: Any = InvoiceRow
    sent_in = (file.enterprise_id == enterprise_id) & (file.uploaded_by == whose.user_id)
    of_application = file.subject.startswith(application_life(""), autoescape=True)
    sent = "id file_name media_type size subject sha256 uploaded_at"
    mine = (application.enterprise_id == enterprise_id) & (application.applicant_id == whose.user_id)
    asked = "number state kind medium title_name title_tax_id title_address title_phone title_bank title_bank_account amount_fen"
    given = (
        "id application_number number kind medium state delivery return_state net_fen tax_fen total_fen issued_at issued_on return_reason"
    )
    found: dict[str, Select[Any]] = {
        "authentications": select(
            *_columns(
                authentication, "number kind name licence_number legal_person contact phone email state reason submitted_at decided_at"
            )
        ).where(authentication.enterprise_id == enterprise_id, authentication.submitted_by == whose.user_id),
        "tickets": select(*_columns(message, "ticket_number written_at text"), *_columns(ticket, "topic about subject state"))
        .join(ticket, ticket.number == message.ticket_number)
        .where(ticket.enterprise_id == enterprise_id, message.author_id == whose.user_id),
        "attachments": select(*_columns(file, sent)).where(sent_in, ~of_application),
        "evidence": select(*_columns(file, f"kind {sent}")).where(sent_in, of_application),
        "applications": select(*_columns(application, asked), *_columns(application, "reason submitted_at decided_at"), *_reason())
        .outerjoin(ReviewPhraseRow, col(ReviewPhraseRow.code) == application.reason_phrase)
        .where(mine),
        "invoices": select(*_columns(invoice, given)).join(application, application.number == invoice.application_number).where(mine),
    }
    if whose.keeps_titles:
        names = "id name tax_id address phone bank bank_account is_default state created_at"
        found["titles"] = select(*_columns(title, names)).where(title.enterprise_id == enterprise_id)
        names = "id kind email recipient phone address postcode is_default created_at"
        found["receivers"] = select(*_columns(receiver, names)).where(receiver.enterprise_id == enterprise_id)
    return found


def held_about(session: Session, whose: Whose) -> dict[str, int]:
    """How many rows of each class there are; a class that this person cannot have is left out."""
    found = {}
    for name, statement in statements(session, whose).items():
        found[name] = int(session.execute(select(func.count()).select_from(statement.subquery())).scalar_one())
    return found
