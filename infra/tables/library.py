"""What a customer keeps for its applications: titles and receivers."""

from datetime import date, datetime

from sqlalchemy import false as sa_false
from sqlmodel import Field, SQLModel, UniqueConstraint


class TitleRow(SQLModel, table=True):
    """An invoice title 抬头: the buyer as it will be printed."""

    __tablename__ = "title"
    __table_args__ = (UniqueConstraint("enterprise_id", "name", "tax_id"),)

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    name: str = Field(max_length=200)
    tax_id: str = Field(default="", max_length=20)
    address: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=40)
    bank: str = Field(default="", max_length=100)
    bank_account: str = Field(default="", max_length=40)
    is_default: bool = False
    default_for: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    """`ordinary` or `special` when this is the template of that kind; empty otherwise."""
    state: str = Field(default="approved", max_length=20, sa_column_kwargs={"server_default": "approved"})
    """One of domain.title_states.TitleState: pending, approved, refused, cleared."""
    refusal: str = Field(default="", max_length=500, sa_column_kwargs={"server_default": ""})
    """Why it was refused: a problem's code, or what a person wrote after `other: `."""
    decided_by: int | None = None
    decided_at: datetime | None = None
    next_tax_id: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    next_tax_id_from: date | None = None
    """A tax id announced, and the China day from which it is the title's."""
    next_tax_id_approved: bool = Field(default=False, sa_column_kwargs={"server_default": sa_false()})
    """By rule or by a person. Until then the title waits from that day on."""
    removed_at: datetime | None = None
    """Off the list, by the customer. The row stays for what was applied for with it, and can be put back."""
    created_at: datetime
    """When it was submitted: anew, when it was corrected."""


class ReceiverRow(SQLModel, table=True):
    """Where invoices go: an e-mail address or a postal one."""

    __tablename__ = "receiver"

    id: int | None = Field(default=None, primary_key=True)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    kind: str = Field(max_length=10)
    """`email` or `postal`."""
    email: str = Field(default="", max_length=200)
    recipient: str = Field(default="", max_length=100)
    phone: str = Field(default="", max_length=40)
    address: str = Field(default="", max_length=300)
    postcode: str = Field(default="", max_length=10)
    is_default: bool = False
    removed_at: datetime | None = None
    """Off the list, by the customer. What was applied for with it still goes there."""
    created_at: datetime
