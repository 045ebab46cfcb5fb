"""Tickets, their messages and attachments; announcements and the status of services."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class TicketRow(SQLModel, table=True):
    __tablename__ = "ticket"

    number: str = Field(primary_key=True, max_length=40)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    opened_by: int = Field(foreign_key="user_account.id")
    topic: str = Field(max_length=40)
    """One of domain.support.Topic."""
    about: str = Field(default="", max_length=120)
    """`application:KP-...`, `invoice:KP-...-1`, `title:3` or empty."""
    subject: str = Field(max_length=200)
    state: str = Field(max_length=20, index=True)
    """One of domain.support.TicketState."""
    assigned_to: int | None = Field(default=None, foreign_key="user_account.id")
    opened_at: datetime
    changed_at: datetime
    version: int = 1


class TicketMessageRow(SQLModel, table=True):
    __tablename__ = "ticket_message"

    id: int | None = Field(default=None, primary_key=True)
    ticket_number: str = Field(foreign_key="ticket.number", index=True, max_length=40)
    key: str = Field(unique=True, max_length=64)
    """The form's: the same form twice is one message."""
    author_id: int = Field(foreign_key="user_account.id")
    text: str = Field(max_length=5000)
    internal: bool = False
    """A note among staff, which the customer never sees."""
    written_at: datetime


class AttachmentRow(SQLModel, table=True):
    """A file somebody sent in, kept by the hash of its content. `subject` says what it belongs to and who may read it."""

    __tablename__ = "attachment"

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(index=True, max_length=64)
    file_name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    subject: str = Field(index=True, max_length=120)
    """`ticket:<number>:<message id>`, `authentication:<number>` or `application:<number>`."""
    kind: str = Field(default="", max_length=20)
    """On an application, one of domain.evidence.EvidenceKind."""
    uploaded_by: int = Field(foreign_key="user_account.id")
    uploaded_at: datetime


class AnnouncementRow(SQLModel, table=True):
    """Shown as a banner from `starts_at` to `ends_at`."""

    __tablename__ = "announcement"

    id: int | None = Field(default=None, primary_key=True)
    level: str = Field(max_length=20)
    """`news`, `maintenance` or `incident`."""
    title_zh: str = Field(max_length=200)
    title_en: str = Field(max_length=200)
    body_zh: str = Field(default="", max_length=2000)
    body_en: str = Field(default="", max_length=2000)
    starts_at: datetime
    ends_at: datetime | None = None
    created_by: int = Field(foreign_key="user_account.id")
    created_at: datetime


class ServiceStatusRow(SQLModel, table=True):
    """A state of a service from a moment on; the newest of a service holds."""

    __tablename__ = "service_status"

    id: int | None = Field(default=None, primary_key=True)
    service: str = Field(index=True, max_length=40)
    """One of domain.status.Service."""
    state: str = Field(max_length=20)
    """`works`, `slow`, `down` or `maintenance`."""
    note_zh: str = Field(default="", max_length=500)
    note_en: str = Field(default="", max_length=500)
    since: datetime
    set_by: int = Field(foreign_key="user_account.id")
