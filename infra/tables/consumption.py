"""Imported billing lines, exact, and the consumption records they make, in fen."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Computed, Index, String, text
from sqlalchemy import false as sa_false
from sqlmodel import Field, SQLModel, UniqueConstraint

STANDING = """CASE WHEN seller <> '' THEN 'seller' WHEN original_id IS NOT NULL THEN 'bound' WHEN assisted <> '' THEN 'assisted'
WHEN invoiceable_fen < 0 THEN 'waiting' WHEN invoiceable_fen - reserved_fen - invoiced_fen > 0
THEN CASE WHEN expired THEN 'expired' WHEN invoiceable_fen - reserved_fen - invoiced_fen - held_fen > 0 THEN 'free' ELSE 'held' END
WHEN reserved_fen <> 0 THEN 'reserved' WHEN invoiced_fen <> 0 THEN 'invoiced' ELSE 'nothing' END"""
"""SQL that both databases compute. The migration that changes it has its own copy."""


PRODUCT = ("service", "classification_code", "rate_bp", "category", "unit", "entity")
"""What an entry of the catalogue is read from, in the order of its index."""


def _only(condition: str) -> dict[str, Any]:
    """An index of the rows that meet a condition."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class ImportBatchRow(SQLModel, table=True):
    """One imported file, named by the SHA-256 of its bytes, unpacked: the same file twice is the same batch, however it is packed."""

    __tablename__ = "import_batch"

    id: str = Field(primary_key=True, max_length=64)
    file_name: str = Field(max_length=300)
    lines: int
    records: int
    imported_at: datetime
    imported_by: int | None = None
    totals: str
    """JSON object: currency to the exact sum of BilledCost, as decimal text."""
    report: str = "{}"
    """JSON object: the report of the import, shown again when the same file comes again."""


class ImportRunRow(SQLModel, table=True):
    """How far the import of some bytes has come: what its page shows while it runs, and why it ended without a batch."""

    __tablename__ = "import_run"

    batch_id: str = Field(primary_key=True, max_length=64)
    """SHA-256 of the bytes as they came. The batch that comes of them is named by the unpacked ones: `report` says which."""
    file_name: str = Field(max_length=300)
    phase: str = Field(max_length=20)
    """One of domain.imports.ImportPhase."""
    rows: int = 0
    total: int = 0
    """Rows of the file, estimated until they are counted."""
    report: str = ""
    """JSON object: the report of the check, with its problems; empty before."""
    started_by: int | None = Field(default=None, foreign_key="user_account.id")
    started_at: datetime
    changed_at: datetime


class TopUpRow(SQLModel, table=True):
    """Money that a customer paid in. It is not consumption: it is shown, never in the balance, and can never be invoiced (feature 5)."""

    __tablename__ = "top_up"
    __table_args__ = (Index("ix_top_up_enterprise", "enterprise_id", "day", "number"),)

    number: str = Field(primary_key=True, max_length=64)
    """The payment's own number at billing: the same one again is the same payment."""
    enterprise_id: int = Field(foreign_key="enterprise.id")
    account_id: int = Field(foreign_key="account.id")
    day: date
    amount_fen: int = Field(sa_type=BigInteger)
    method: str = Field(default="", max_length=100)
    noted_by: int | None = None
    noted_at: datetime


class ImportedLineRow(SQLModel, table=True):
    """A line of the file as it came; amounts are exact decimal text."""

    __tablename__ = "imported_line"

    batch_id: str = Field(primary_key=True, foreign_key="import_batch.id", max_length=64)
    line: int = Field(primary_key=True)
    """Line number in the file, the header being 1."""
    part: int = Field(default=0, primary_key=True, sa_column_kwargs={"server_default": "0"})
    """Which of its months, for a line that spans several; else 0."""
    record_id: int | None = Field(default=None, foreign_key="consumption_record.id", index=True)
    billed_cost: str = Field(max_length=60)
    voucher_cost: str = Field(default="0", max_length=60)
    coupon_cost: str = Field(default="0", max_length=60, sa_column_kwargs={"server_default": "0"})
    bonus_cost: str = Field(default="0", max_length=60, sa_column_kwargs={"server_default": "0"})
    currency: str = Field(max_length=3)
    rate: str = Field(default="1", max_length=40)
    """CNY per unit of the currency that was used."""
    charge_category: str = Field(max_length=30)
    service: str = Field(max_length=200)
    description: str = Field(default="", max_length=1000)


class ConsumptionRecordRow(SQLModel, table=True):
    """One account, entity, rate, service and day; an order is a record of its own. Fen, rounded half up once.

    The amounts are `gross_fen = excluded_fen + invoiceable_fen`; of the latter `reserved_fen` and `invoiced_fen` are taken.
    Negative records carry negative amounts and are bound to their original.
    """

    __tablename__ = "consumption_record"
    __table_args__ = (
        UniqueConstraint("batch_id", "natural_key"),
        # Lists ask for one customer's (or account's) records of one standing by day; a million of them must not be read for it.
        Index("ix_record_enterprise_standing", "enterprise_id", "standing", "day", "id"),
        Index("ix_record_account_standing", "account_id", "standing", "day", "id"),
        Index("ix_record_period_standing", "enterprise_id", "period", "standing", "day", "id"),
        Index("ix_record_statement", "enterprise_id", "period", "entity", "standing", "day", "id"),
        Index("ix_record_account_period", "account_id", "period", "standing", "day", "id"),
        Index("ix_record_order", "order_number", **_only("order_number <> ''")),
        # Lists of records of which a part is excluded, held, reserved or invoiced, whatever the rest of it is.
        Index("ix_record_excluded", "enterprise_id", "day", "id", **_only("excluded_fen <> 0")),
        Index("ix_record_excluded_period", "enterprise_id", "period", "day", "id", **_only("excluded_fen <> 0")),
        Index("ix_record_held", "enterprise_id", "day", "id", **_only("held_fen <> 0")),
        Index("ix_record_held_period", "enterprise_id", "period", "day", "id", **_only("held_fen <> 0")),
        Index("ix_record_reserved", "enterprise_id", "day", "id", **_only("reserved_fen <> 0")),
        Index("ix_record_reserved_period", "enterprise_id", "period", "day", "id", **_only("reserved_fen <> 0")),
        Index("ix_record_invoiced", "enterprise_id", "day", "id", **_only("invoiced_fen <> 0")),
        Index("ix_record_invoiced_period", "enterprise_id", "period", "day", "id", **_only("invoiced_fen <> 0")),
        # The catalogue steps from service to service of an account.
        Index("ix_record_product", "account_id", *PRODUCT, **_only("seller = ''")),
        Index("ix_record_waiting", "enterprise_id", **_only("original_id IS NULL AND invoiceable_fen < 0")),
    )

    id: int | None = Field(default=None, primary_key=True)
    batch_id: str = Field(foreign_key="import_batch.id", max_length=64)
    natural_key: str = Field(max_length=400)
    enterprise_id: int = Field(foreign_key="enterprise.id")
    account_id: int = Field(foreign_key="account.id")
    entity: str = Field(foreign_key="entity.code", max_length=20)
    rate_bp: int
    service: str = Field(max_length=200)
    category: str = Field(max_length=40)
    classification_code: str = Field(max_length=19)
    unit: str = Field(default="项", max_length=22)
    day: date
    period: str = Field(max_length=7)
    order_number: str = Field(default="", max_length=18)
    original_order_number: str = Field(default="", max_length=18)
    """The order that a negative record corrects, as its file said; `original_id` is set when it is found."""
    description: str = Field(default="", max_length=1000)
    """The lines' ChargeDescription when they all have the same, else empty."""
    seller: str = Field(default="", max_length=200)
    """A marketplace seller who invoices this instead of us; empty when we do."""
    gross_fen: int = Field(sa_type=BigInteger)
    excluded_fen: int = Field(default=0, sa_type=BigInteger)
    """What vouchers, coupons and bonus paid: the sum of the next three (feature 6)."""
    voucher_fen: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    coupon_fen: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    bonus_fen: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    invoiceable_fen: int = Field(sa_type=BigInteger)
    reserved_fen: int = Field(default=0, sa_type=BigInteger)
    invoiced_fen: int = Field(default=0, sa_type=BigInteger)
    held_fen: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    """What of the free amount arrears hold back (feature 10)."""
    remainder: str = Field(default="0", max_length=60)
    """What rounding left over, exact yuan: the lines' sum minus gross_fen."""
    original_id: int | None = Field(default=None, foreign_key="consumption_record.id", index=True)
    expired: bool = Field(default=False, sa_column_kwargs={"server_default": sa_false()})
    """Past its time limit: the free amount is in that bucket. Set nightly; who asks in between compares the day."""
    extended_to: date | None = None
    """Back-invoicing was granted: it can be invoiced until this day, whatever its six months say (feature 15)."""
    assisted: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    """The product outside self-service it belongs to (`assisted_product`); empty for what customers invoice themselves."""
    standing: str | None = Field(default=None, sa_column=Column(String(20), Computed(STANDING)))
    """Where it stands, one word (`domain.eligibility.Standing`), computed by the database so that lists can look it up.

    That its month is not open is no part of it: the statement says so (`infra.queries.open_months`).
    """
