"""How invoices reach people: stored documents, notices by mail and SMS, parcels."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class DocumentRow(SQLModel, table=True):
    """A stored file, named by its hash, locked in the object store until `locked_until`."""

    __tablename__ = "document"

    sha256: str = Field(primary_key=True, max_length=64)
    invoice_id: str = Field(foreign_key="invoice.id", index=True, max_length=40)
    media_type: str = Field(max_length=60)
    key: str = Field(max_length=120)
    size: int
    version_id: str = Field(default="", max_length=100)
    stored_at: datetime
    locked_until: datetime


class NoticeRow(SQLModel, table=True):
    """A mail or SMS that the server or provider has taken. `id` is our own message id."""

    __tablename__ = "notice"

    id: str = Field(primary_key=True, max_length=120)
    life: str = Field(index=True, max_length=60)
    channel: str = Field(max_length=10)
    sent_to: str = Field(max_length=200)
    sent_at: datetime


class ParcelRow(SQLModel, table=True):
    """A parcel with one paper invoice. `order_key` is ours, the waybill is the courier's."""

    __tablename__ = "parcel"

    order_key: str = Field(primary_key=True, max_length=60)
    invoice_id: str = Field(foreign_key="invoice.id", index=True, max_length=40)
    waybill: str | None = Field(default=None, unique=True, max_length=40)
    state: str = Field(default="ordered", max_length=20)
    carriage_fen: int = 0
    created_at: datetime


class ParcelEventRow(SQLModel, table=True):
    """The courier's news, once each by the courier's event id."""

    __tablename__ = "parcel_event"

    event_id: str = Field(primary_key=True, max_length=80)
    waybill: str = Field(index=True, max_length=40)
    state: str = Field(max_length=20)
    place: str = Field(default="", max_length=200)
    at: datetime
