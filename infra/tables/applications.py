"""Applications, what they took, and the events and messages of every life."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class ApplicationRow(SQLModel, table=True):
    """One application. Title and receiver are copied in: what was applied for does not change when the library does."""

    __tablename__ = "application"

    number: str = Field(primary_key=True, max_length=30)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    account_id: int = Field(foreign_key="account.id")
    applicant_id: int = Field(foreign_key="user_account.id")
    state: str = Field(max_length=20, index=True)
    version: int = 1
    kind: str = Field(max_length=10)
    medium: str = Field(max_length=12)
    title_id: int = Field(foreign_key="title.id")
    title_name: str = Field(max_length=200)
    title_tax_id: str = Field(default="", max_length=20)
    title_address: str = Field(default="", max_length=200)
    title_phone: str = Field(default="", max_length=40)
    title_bank: str = Field(default="", max_length=100)
    title_bank_account: str = Field(default="", max_length=40)
    receiver_id: int = Field(foreign_key="receiver.id")
    amount_fen: int = Field(default=0, sa_type=BigInteger)
    expedited: bool = False
    replaces: str = Field(default="", max_length=40)
    problems: str = "[]"
    """JSON list of field, code, params: why the rules refused it."""
    findings: str = "[]"
    """JSON list of the automatic review's checks with outcome, points and evidence, as `domain.review.written_checks` writes it."""
    score: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """The sum of the checks' points."""
    level: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Who reviews it (`domain.review_policy.Level`): 0 nobody, then reviewers of level 1 and 2, then supervisors."""
    policy_version: int | None = None
    """The review policy that weighed the checks; None before that, and of applications from before there was one."""
    review_step: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """The level of review that decides next, up to `level`; 0 of a review from before there were levels: one decision was enough."""
    claimed_by: int | None = None
    claimed_at: datetime | None = None
    claimed_until: datetime | None = None
    """Who of us has taken it for themselves, and until when others leave it to them."""
    submitted_at: datetime = Field(index=True)
    promised_at: datetime | None = Field(default=None, index=True)
    calendar_version: str = Field(default="", max_length=60)
    promise_estimated: bool = False
    """The promised date falls in a year whose holidays are not published yet."""
    decided_at: datetime | None = Field(default=None, index=True)
    decided_by: int | None = Field(default=None, foreign_key="user_account.id")
    reason: str = Field(default="", max_length=500)
    """What the reviewer typed."""
    reason_phrase: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    """Code of the ready phrase before it (`review_phrase`), so that each reads it in a language of one's own; empty for none."""
    terms_version: str = Field(default="", max_length=40)
    agreed_at: datetime | None = None
    split: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """How its invoices are split, as `domain.split_choice.SplitChoice` writes it; empty: as few as possible."""
    plan_digest: str = Field(default="", max_length=16, sa_column_kwargs={"server_default": ""})
    """`domain.splitting.plan_digest` of the invoices that were reserved for it: those that an approval freezes."""
    seller_fen: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What marketplace sellers invoice of the same accounts and months; it stands beside and is no part of the amount (feature 11)."""
    template_code: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    agreement_id: int | None = None
    agreement_number: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    """The industry template and the agreement under which it may be used (feature 19), copied in."""


class ApplicationItemRow(SQLModel, table=True):
    """A record taken by an application, with the amount; `invoice_id` is set when the split is frozen.

    A record is one part, unless the limit of one invoice cuts it: then each invoice has a part of its own.
    """

    __tablename__ = "application_item"

    application_number: str = Field(primary_key=True, foreign_key="application.number", max_length=30)
    record_id: int = Field(primary_key=True, foreign_key="consumption_record.id", index=True)
    part: int = Field(default=1, primary_key=True)
    amount_fen: int = Field(sa_type=BigInteger)
    invoice_id: str | None = Field(default=None, max_length=40, index=True)


class LifeEventRow(SQLModel, table=True):
    """What happened in a life, in order. `key` makes a repeated step write it once."""

    __tablename__ = "life_event"

    life: str = Field(primary_key=True, max_length=60)
    """`application:KP-...` or `invoice:KP-...-1`."""
    key: str = Field(primary_key=True, max_length=80)
    at: datetime
    kind: str = Field(max_length=40)
    by: int | None = None
    facts: str = "{}"
    """JSON object of the values its sentence needs."""


class NoteRow(SQLModel, table=True):
    """The outcome of one message to a life: taken, or refused and why. Pages find it by the message's key."""

    __tablename__ = "note"

    life: str = Field(primary_key=True, max_length=60)
    key: str = Field(primary_key=True, max_length=80)
    kind: str = Field(max_length=30)
    by: int
    taken: bool
    code: str = Field(default="", max_length=60)
    reason: str = Field(default="", max_length=500)
    at: datetime
