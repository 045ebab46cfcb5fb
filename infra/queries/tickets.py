"""Reading support tickets: lists, the desk's queue, one ticket with its conversation and files, and what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from domain.support import OURS, AboutKind, TicketState, about_id, split_about
from infra.queries.scope import Scope, utc
from infra.tables import (
    ApplicationRow,
    AttachmentRow,
    AuthenticationRow,
    ConsumptionRecordRow,
    EnterpriseRow,
    InvoiceRow,
    StatementRow,
    TicketMessageRow,
    TicketRow,
    TitleRow,
    UserRow,
)

PAGE = 50


@dataclass(frozen=True, slots=True)
class TicketScope:
    """Whose tickets: staff see all, a master those of its enterprise, a member its own."""

    user_id: int
    enterprise_id: int | None
    account_id: int | None = None
    whole_enterprise: bool = False
    staff: bool = False

    def sees(self, row: TicketRow) -> bool:
        if self.staff:
            return True
        return row.enterprise_id == self.enterprise_id and (self.whole_enterprise or row.opened_by == self.user_id)

    def narrow(self, statement: Any) -> Any:
        if self.staff:
            return statement
        statement = statement.where(col(TicketRow.enterprise_id) == self.enterprise_id)
        return statement if self.whole_enterprise else statement.where(col(TicketRow.opened_by) == self.user_id)

    @property
    def rows(self) -> Scope:
        """Whose applications, invoices and records this person may see."""
        return Scope(self.enterprise_id, None if self.whole_enterprise else self.account_id, everybody=self.staff)


@dataclass(frozen=True, slots=True)
class TicketSeen:
    """A ticket in a list. `changed_at` is when its state changed last: in an open one, since when the customer waits."""

    number: str
    topic: str
    about: str
    subject: str
    state: str
    opened_at: datetime
    changed_at: datetime
    version: int
    customer: str
    opened_by: str
    assigned_to: int | None
    assignee: str


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """`state` is one of TicketState, `ours` for those that wait for us, or empty. `after` is the last row's moment and number."""

    state: str = ""
    topic: str = ""
    text: str = ""
    assigned_to: int | None = None
    unassigned: bool = False
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class TicketPage:
    tickets: tuple[TicketSeen, ...]
    older: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class FileSeen:
    id: int
    file_name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class MessageSeen:
    id: int
    author: str
    by_customer: bool
    internal: bool
    text: str
    written_at: datetime
    files: tuple[FileSeen, ...]


@dataclass(frozen=True, slots=True)
class CustomerSeen:
    """What the desk needs of the customer. Values are whole here; the page masks them."""

    enterprise_id: int
    name: str
    tax_id: str
    verified: bool
    asker_id: int
    asker: str
    phone: str
    email: str
    open_tickets: int


@dataclass(frozen=True, slots=True)
class AboutSeen:
    """What a ticket is about: where it is, and its state (`kind` names the state's table in web/sentences/states.py)."""

    kind: AboutKind
    key: str
    name: str
    state: str = ""
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class TicketDetail:
    summary: TicketSeen
    messages: tuple[MessageSeen, ...]
    about: AboutSeen | None
    customer: CustomerSeen


def tickets_page(
    session: Session, scope: TicketScope, chosen: TicketFilter, *, oldest_first: bool = False, limit: int = PAGE
) -> TicketPage:
    """A page of tickets by the moment of their last change of state, the newest first or (for a queue) the oldest."""
    statement = scope.narrow(_seen())
    ticket: Any = TicketRow
    if chosen.state == "ours":
        statement = statement.where(ticket.state.in_(OURS))
    elif chosen.state:
        statement = statement.where(ticket.state == chosen.state)
    if chosen.topic:
        statement = statement.where(ticket.topic == chosen.topic)
    if chosen.text:
        statement = statement.where(
            or_(
                ticket.number == chosen.text.upper(),
                ticket.subject.icontains(chosen.text, autoescape=True),
                ticket.about.icontains(chosen.text, autoescape=True),
                *([col(EnterpriseRow.name).icontains(chosen.text, autoescape=True)] if scope.staff else []),
            )
        )
    if chosen.assigned_to is not None:
        statement = statement.where(ticket.assigned_to == chosen.assigned_to)
    if chosen.unassigned:
        statement = statement.where(ticket.assigned_to.is_(None))
    if chosen.after is not None:
        moment, number = chosen.after
        if oldest_first:
            statement = statement.where(or_(ticket.changed_at > moment, and_(ticket.changed_at == moment, ticket.number > number)))
        else:
            statement = statement.where(or_(ticket.changed_at < moment, and_(ticket.changed_at == moment, ticket.number < number)))
    order = (ticket.changed_at, ticket.number) if oldest_first else (ticket.changed_at.desc(), ticket.number.desc())
    rows = [_ticket(row) for row in session.execute(statement.order_by(*order).limit(limit + 1))]
    shown = rows[:limit]
    return TicketPage(tuple(shown), (shown[-1].changed_at, shown[-1].number) if len(rows) > limit else None)


def waiting_count(session: Session) -> int:
    """How many tickets wait for us."""
    statement = select(func.count()).select_from(TicketRow).where(col(TicketRow.state).in_(OURS))
    return int(session.execute(statement).scalar_one())


def ticket_detail(session: Session, scope: TicketScope, number: str) -> TicketDetail | None:
    """One ticket as this scope may see it; internal notes are for staff only."""
    row = session.execute(scope.narrow(_seen()).where(col(TicketRow.number) == number)).first()
    if row is None:
        return None
    seen = _ticket(row)
    return TicketDetail(
        seen,
        _messages(session, number, row.enterprise_id, with_notes=scope.staff),
        about_seen(session, row.enterprise_id, seen.about),
        _customer(session, row.enterprise_id, row.opened_by),
    )


def attachment_of_ticket(session: Session, scope: TicketScope, number: str, attachment_id: int) -> AttachmentRow | None:
    """A file of this ticket, if the scope may see the message it came with."""
    row = session.get(TicketRow, number)
    file = session.get(AttachmentRow, attachment_id)
    if row is None or file is None or not scope.sees(row):
        return None
    belongs, _, message_id = file.subject.rpartition(":")
    if belongs != f"ticket:{number}":
        return None
    message = session.get(TicketMessageRow, int(message_id))
    return None if message is None or (message.internal and not scope.staff) else file


def about_is_seen(session: Session, scope: TicketScope, about: str) -> bool:
    """Whether `invoice:KP-...-1` names something this person may see."""
    found = split_about(about)
    if found is None or scope.enterprise_id is None:
        return False
    kind, key = found
    table, column, value = _place(kind, key)
    if value is None:
        return False
    statement = select(column).where(column == value)
    if kind is AboutKind.STATEMENT and scope.rows.account_id is not None:
        return False  # a statement is the whole customer's
    if kind in {AboutKind.TITLE, AboutKind.AUTHENTICATION, AboutKind.STATEMENT}:
        statement = statement.where(table.enterprise_id == scope.enterprise_id)
    else:
        statement = scope.rows.narrow(statement, table)
    return session.execute(statement).first() is not None


def about_seen(session: Session, enterprise_id: int, about: str) -> AboutSeen | None:
    """What a ticket of this enterprise is about, as it is now."""
    found = split_about(about)
    if found is None:
        return None
    kind, key = found
    table, column, value = _place(kind, key)
    row = session.execute(select(table).where(column == value, table.enterprise_id == enterprise_id)).scalar_one_or_none()
    if row is None:
        return AboutSeen(kind, key, key)
    if isinstance(row, TitleRow):
        return AboutSeen(kind, key, row.name, row.state)
    if isinstance(row, ConsumptionRecordRow):
        return AboutSeen(kind, key, f"{row.service} {row.day:%Y-%m-%d}", amount_fen=row.gross_fen)
    if isinstance(row, InvoiceRow):
        return AboutSeen(kind, key, row.number or row.id, row.state, row.total_fen)
    if isinstance(row, ApplicationRow):
        return AboutSeen(kind, key, row.number, row.state, row.amount_fen)
    if isinstance(row, StatementRow):
        return AboutSeen(kind, key, f"{row.period} {row.entity}", row.state, row.consumed_fen)
    return AboutSeen(kind, key, key, row.state)


def _place(kind: AboutKind, key: str) -> tuple[Any, Any, str | int | None]:
    """Table, key column and key of a thing."""
    application, invoice, record, title, authentication = ApplicationRow, InvoiceRow, ConsumptionRecordRow, TitleRow, AuthenticationRow
    places: dict[AboutKind, tuple[Any, Any, str | int | None]] = {
        AboutKind.APPLICATION: (application, col(application.number), key),
        AboutKind.INVOICE: (invoice, col(invoice.id), key),
        AboutKind.RECORD: (record, col(record.id), about_id(key)),
        AboutKind.TITLE: (title, col(title.id), about_id(key)),
        AboutKind.AUTHENTICATION: (authentication, col(authentication.number), key),
        AboutKind.STATEMENT: (StatementRow, col(StatementRow.id), about_id(key)),
    }
    return places[kind]


def _seen() -> Any:
    """The columns of TicketSeen, with the enterprise and opener beside them."""
    ticket: Any = TicketRow
    opener, assignee = UserRow.__table__.alias("opener"), UserRow.__table__.alias("assignee")  # type: ignore[attr-defined]
    return (
        select(
            ticket.number,
            ticket.topic,
            ticket.about,
            ticket.subject,
            ticket.state,
            ticket.opened_at,
            ticket.changed_at,
            ticket.version,
            ticket.enterprise_id,
            ticket.opened_by,
            ticket.assigned_to,
            col(EnterpriseRow.name).label("customer"),
            opener.c.name.label("opener_name"),
            assignee.c.name.label("assignee_name"),
        )
        .join(EnterpriseRow, col(EnterpriseRow.id) == ticket.enterprise_id)
        .join(opener, opener.c.id == ticket.opened_by)
        .outerjoin(assignee, assignee.c.id == ticket.assigned_to)
    )


def _ticket(row: Any) -> TicketSeen:
    return TicketSeen(
        row.number,
        row.topic,
        row.about,
        row.subject,
        row.state,
        utc(row.opened_at),
        utc(row.changed_at),
        row.version,
        row.customer,
        row.opener_name,
        row.assigned_to,
        row.assignee_name or "",
    )


def _messages(session: Session, number: str, enterprise_id: int, *, with_notes: bool) -> tuple[MessageSeen, ...]:
    message: Any = TicketMessageRow
    statement = (
        select(
            message.id, message.text, message.internal, message.written_at, col(UserRow.name), col(UserRow.enterprise_id).label("company")
        )
        .join(UserRow, col(UserRow.id) == message.author_id)
        .where(message.ticket_number == number)
        .order_by(message.id)
    )
    if not with_notes:
        statement = statement.where(~message.internal)
    rows = session.execute(statement).all()
    files = _files(session, [f"ticket:{number}:{row.id}" for row in rows])
    return tuple(
        MessageSeen(
            row.id,
            row.name,
            row.company == enterprise_id,
            row.internal,
            row.text,
            utc(row.written_at),
            files.get(f"ticket:{number}:{row.id}", ()),
        )
        for row in rows
    )


def _files(session: Session, subjects: Sequence[str]) -> dict[str, tuple[FileSeen, ...]]:
    found: dict[str, tuple[FileSeen, ...]] = {}
    statement = select(AttachmentRow).where(col(AttachmentRow.subject).in_(subjects)).order_by(col(AttachmentRow.id))
    for row in session.execute(statement).scalars():
        assert row.id is not None  # noqa: S101 (read from the database)
        found[row.subject] = (*found.get(row.subject, ()), FileSeen(row.id, row.file_name, row.media_type, row.size))
    return found


def _customer(session: Session, enterprise_id: int, asker_id: int) -> CustomerSeen:
    enterprise, asker = session.get_one(EnterpriseRow, enterprise_id), session.get_one(UserRow, asker_id)
    ticket: Any = TicketRow
    count = select(func.count()).select_from(TicketRow).where(ticket.enterprise_id == enterprise_id, ticket.state != TicketState.CLOSED)
    return CustomerSeen(
        enterprise_id,
        enterprise.name,
        enterprise.tax_id,
        enterprise.verified,
        asker_id,
        asker.name,
        asker.phone,
        asker.email,
        int(session.execute(count).scalar_one()),
    )
