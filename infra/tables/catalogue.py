"""Data that operators keep: issuing entities, how services map to tax classes, exchange rates."""

from datetime import date

from sqlmodel import Field, SQLModel


class EntityRow(SQLModel, table=True):
    """An issuing entity 开票主体: one of our companies that sells and issues. Found by the issuer's name in billing files."""

    __tablename__ = "entity"

    code: str = Field(primary_key=True, max_length=20)
    name: str = Field(unique=True, max_length=200)
    issuer_name: str = Field(unique=True, max_length=200)
    """As FOCUS InvoiceIssuerName spells it."""
    provider_name: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    """As FOCUS ServiceProviderName spells our brand (from 1.3 on, where no publisher is named); empty: none."""
    tax_id: str = Field(max_length=20)
    province: str = Field(max_length=2)
    """Two digits, `domain.md` 1.2."""
    address: str = Field(default="", max_length=200)
    phone: str = Field(default="", max_length=40)
    bank: str = Field(default="", max_length=100)
    bank_account: str = Field(default="", max_length=40)
    drawer: str = Field(default="", max_length=50)
    offers_paper: bool = True
    returns_recipient: str = Field(default="", max_length=100)
    """Who takes in the originals of returned paper invoices, with the address they are mailed to (feature 33)."""
    returns_address: str = Field(default="", max_length=200)
    returns_postcode: str = Field(default="", max_length=10)
    returns_phone: str = Field(default="", max_length=40)


class ServiceClassRow(SQLModel, table=True):
    """The tax class of a service category (or of one service, which wins). Rates are basis points, 600 is 6 %."""

    __tablename__ = "service_class"

    match: str = Field(primary_key=True, max_length=200)
    """FOCUS ServiceName or ServiceCategory; `*` is the class of everything else."""
    classification_code: str = Field(max_length=19)
    category: str = Field(max_length=40)
    """The short name between the stars on the invoice line."""
    rate_bp: int
    unit: str = Field(default="项", max_length=22)


class AssistedProductRow(SQLModel, table=True):
    """A product outside self-service (feature 14): its consumption is shown with whom to call, and why."""

    __tablename__ = "assisted_product"

    match: str = Field(primary_key=True, max_length=200)
    """FOCUS ServiceName."""
    bought_before: date | None = None
    """Only consumption before this day; None for all of it."""
    reason_zh: str = Field(max_length=300)
    reason_en: str = Field(max_length=300)
    manager: str = Field(max_length=100)
    hotline: str = Field(max_length=40)


class ExchangeRateRow(SQLModel, table=True):
    """CNY for one unit of a currency on a day, as exact decimal text."""

    __tablename__ = "exchange_rate"

    currency: str = Field(primary_key=True, max_length=3)
    day: date = Field(primary_key=True)
    rate: str = Field(max_length=40)
    source: str = Field(max_length=100)


class ReconciliationRow(SQLModel, table=True):
    """One nightly comparison of the tax bureau's book with ours, in both directions (I6)."""

    __tablename__ = "reconciliation"

    day: date = Field(primary_key=True)
    compared: int
    differences: str
    """JSON list of objects: request_id, what, ours, theirs. Empty when the books agree."""
