"""Imported billing lines, exact, and the consumption records they make, in fen."""

from datetime import date, datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel, UniqueConstraint


class ImportBatchRow(SQLModel, table=True):
    """One imported file, named by the SHA-256 of its bytes: the same file twice is the same batch."""

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


class ImportedLineRow(SQLModel, table=True):
    """A line of the file as it came; amounts are exact decimal text."""

    __tablename__ = "imported_line"

    batch_id: str = Field(primary_key=True, foreign_key="import_batch.id", max_length=64)
    line: int = Field(primary_key=True)
    """Line number in the file, the header being 1."""
    record_id: int | None = Field(default=None, foreign_key="consumption_record.id", index=True)
    billed_cost: str = Field(max_length=60)
    voucher_cost: str = Field(default="0", max_length=60)
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
    __table_args__ = (UniqueConstraint("batch_id", "natural_key"),)

    id: int | None = Field(default=None, primary_key=True)
    batch_id: str = Field(foreign_key="import_batch.id", max_length=64)
    natural_key: str = Field(max_length=400)
    enterprise_id: int = Field(foreign_key="enterprise.id", index=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    entity: str = Field(foreign_key="entity.code", max_length=20)
    rate_bp: int
    service: str = Field(max_length=200)
    category: str = Field(max_length=40)
    classification_code: str = Field(max_length=19)
    unit: str = Field(default="项", max_length=22)
    day: date
    period: str = Field(max_length=7, index=True)
    order_number: str = Field(default="", max_length=18)
    original_order_number: str = Field(default="", max_length=18)
    """The order that a negative record corrects, as its file said; `original_id` is set when it is found."""
    description: str = Field(default="", max_length=1000)
    """The lines' ChargeDescription when they all have the same, else empty."""
    seller: str = Field(default="", max_length=200)
    """A marketplace seller who invoices this instead of us; empty when we do."""
    gross_fen: int = Field(sa_type=BigInteger)
    excluded_fen: int = Field(default=0, sa_type=BigInteger)
    invoiceable_fen: int = Field(sa_type=BigInteger)
    reserved_fen: int = Field(default=0, sa_type=BigInteger)
    invoiced_fen: int = Field(default=0, sa_type=BigInteger)
    remainder: str = Field(default="0", max_length=60)
    """What rounding left over, exact yuan: the lines' sum minus gross_fen."""
    original_id: int | None = Field(default=None, foreign_key="consumption_record.id", index=True)
    opened: bool = False
    """Its month's statement is out, so that it can be invoiced."""
