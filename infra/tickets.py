"""Writing to support tickets: open one, write, answer, assign, close. The bytes of files are stored before the transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.files import CheckedFile
from domain.numbers import is_drawn_number
from domain.support import (
    ADJUSTMENT_FILES,
    FILES_MOST,
    KIND,
    TICKETS_A_DAY,
    AboutKind,
    Deed,
    TicketState,
    Topic,
    about_id,
    message_problems,
    split_about,
    state_after,
    ticket_problems,
)
from infra.attachments import add_attachment
from infra.audit import note_deed
from infra.books.confirmation import note_dispute
from infra.database import Database, insert_once
from infra.queries.tickets import TicketScope, about_is_seen
from infra.tables import TicketMessageRow, TicketRow


class UnknownTicket(Exception):
    """Not there, or not for this person."""


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What a customer typed. `number` was drawn with the form and is the key: the form twice is one ticket."""

    number: str
    topic: str
    about: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`key` was drawn with the form; `version` is the ticket's as the writer saw it."""

    key: str
    text: str
    deed: Deed
    version: int


def ticket_is_there(session: Session, scope: TicketScope, number: str) -> bool:
    """Whether a form with this number was taken before. Raises UnknownTicket when the number is somebody else's."""
    row = session.get(TicketRow, number)
    if row is not None and not scope.sees(row):
        raise UnknownTicket(number)
    return row is not None


def open_ticket(database: Database, scope: TicketScope, new: NewTicket, files: Sequence[CheckedFile], now: datetime) -> None:
    """Open a ticket with its first message. The same number again by the same person changes nothing.

    Raises UnknownTicket for a number of somebody else's, and Refusal: number-form, choose-one, about-unknown,
    tickets-too-many (max), attachments-too-many (max), adjustment-files, and the problems of texts.
    """
    problems = list(ticket_problems(new.subject, new.text))
    if not is_drawn_number(KIND, new.number):
        problems.append(Problem("number", "ticket-number-form"))
    if new.topic not in tuple(Topic):
        problems.append(Problem("topic", "choose-one"))
    if len(files) > FILES_MOST:
        problems.append(Problem("file", "attachments-too-many", {"max": str(FILES_MOST)}))
    if new.topic == Topic.DIFFERENCE_ADJUSTMENT and len(files) < ADJUSTMENT_FILES:
        problems.append(Problem("file", "adjustment-files"))
    assert scope.enterprise_id is not None  # noqa: S101 (only customers open tickets)
    with database.write() as session:
        if ticket_is_there(session, scope, new.number):
            return
        if new.about and not about_is_seen(session, scope, new.about):
            problems.append(Problem("about", "about-unknown"))
        if _opened_lately(session, scope.user_id, now) >= TICKETS_A_DAY:
            problems.append(Problem("subject", "tickets-too-many", {"max": str(TICKETS_A_DAY)}))
        if problems:
            raise Refusal(*problems)
        values = {
            "number": new.number,
            "enterprise_id": scope.enterprise_id,
            "opened_by": scope.user_id,
            "topic": new.topic,
            "about": new.about,
            "subject": " ".join(new.subject.split()),
            "state": TicketState.OPEN,
            "opened_at": now,
            "changed_at": now,
            "version": 1,
        }
        if not insert_once(session, TicketRow, values):  # the same form, sent at the same moment
            return
        _add_message(session, scope.enterprise_id, new.number, new.number, scope.user_id, new.text, files, now)
        about = split_about(new.about)
        if about is not None and about[0] is AboutKind.STATEMENT:
            note_dispute(session, scope.enterprise_id, about_id(about[1]) or 0, new.number)


def write_message(
    database: Database, scope: TicketScope, number: str, new: NewMessage, files: Sequence[CheckedFile], now: datetime
) -> bool:
    """Add a message and do what it does to the ticket; says whether it was new: the same key again changes nothing.

    Raises UnknownTicket, and Refusal: ticket-changed when somebody else was first, ticket-closed, attachments-too-many.
    """
    problems = list(message_problems(new.text))
    if len(files) > FILES_MOST:
        problems.append(Problem("file", "attachments-too-many", {"max": str(FILES_MOST)}))
    with database.write() as session:
        row = _ticket(session, scope, number)
        if session.execute(select(col(TicketMessageRow.id)).where(col(TicketMessageRow.key) == new.key)).first():
            return False
        if row.version != new.version and new.deed is not Deed.NOTE:
            problems.append(Problem("ticket", "ticket-changed"))
        if problems:
            raise Refusal(*problems)
        internal = new.deed is Deed.NOTE
        _add_message(session, row.enterprise_id, number, new.key, scope.user_id, new.text, files, now, internal=internal)
        _change(row, state_after(TicketState(row.state), new.deed), new.deed, now)
        if scope.staff:
            row.assigned_to = row.assigned_to or scope.user_id
            _note(session, scope, row, AuditAction(f"ticket-{new.deed}"), now)
    return True


def close_ticket(database: Database, scope: TicketScope, number: str, version: int, now: datetime) -> None:
    """End a ticket without a word. Raises UnknownTicket, and Refusal: ticket-changed, ticket-closed."""
    with database.write() as session:
        row = _ticket(session, scope, number)
        if row.version != version:
            raise Refusal(Problem("ticket", "ticket-changed"))
        _change(row, state_after(TicketState(row.state), Deed.CLOSE), Deed.CLOSE, now)
        if scope.staff:
            _note(session, scope, row, AuditAction.TICKET_CLOSE, now)


def assign_ticket(database: Database, scope: TicketScope, number: str, held_by: int, now: datetime) -> None:
    """Take a ticket over from `held_by` (0 for nobody), as the page showed it.

    Raises UnknownTicket, and Refusal: ticket-taken when a colleague was first. One's own again changes nothing.
    """
    with database.write() as session:
        row = _ticket(session, scope, number)
        if not scope.staff:
            raise UnknownTicket(number)
        if row.assigned_to == scope.user_id:
            return
        if (row.assigned_to or 0) != held_by:
            raise Refusal(Problem("ticket", "ticket-taken"))
        row.assigned_to = scope.user_id
        _note(session, scope, row, AuditAction.TICKET_ASSIGN, now)


def _ticket(session: Session, scope: TicketScope, number: str) -> TicketRow:
    row = session.get(TicketRow, number, with_for_update=True)
    if row is None or not scope.sees(row):
        raise UnknownTicket(number)
    return row


def _change(row: TicketRow, state: TicketState, deed: Deed, now: datetime) -> None:
    """The new state. A note bumps no version, so that it never gets into a customer's way."""
    if deed is Deed.NOTE:
        return
    if state != row.state:
        row.changed_at = now
    row.state = state
    row.version += 1


def _add_message(
    session: Session,
    enterprise_id: int,
    number: str,
    key: str,
    author_id: int,
    text: str,
    files: Sequence[CheckedFile],
    now: datetime,
    *,
    internal: bool = False,
) -> None:
    row = TicketMessageRow(ticket_number=number, key=key, author_id=author_id, text=text.strip(), internal=internal, written_at=now)
    session.add(row)
    session.flush()
    for file in files:
        add_attachment(session, file, enterprise_id, f"ticket:{number}:{row.id}", author_id, now)


def _note(session: Session, scope: TicketScope, row: TicketRow, action: AuditAction, now: datetime) -> None:
    note_deed(session, scope.user_id, action, f"ticket:{row.number}", now, tenant=row.enterprise_id, facts={"state": row.state})


def _opened_lately(session: Session, user_id: int, now: datetime) -> int:
    statement = (
        select(func.count())
        .select_from(TicketRow)
        .where(col(TicketRow.opened_by) == user_id, col(TicketRow.opened_at) > now - timedelta(days=1))
    )
    return int(session.execute(statement).scalar_one())
