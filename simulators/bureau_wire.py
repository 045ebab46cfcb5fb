"""The tax bureau's request as it travels: money and rates are decimal strings, never numbers."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Money = Annotated[str, StringConstraints(pattern=r"^-?\d{1,15}\.\d{2}$")]
Rate = Annotated[str, StringConstraints(pattern=r"^0(\.\d{1,4})?$")]
Quantity = Annotated[str, StringConstraints(pattern=r"^-?\d{1,12}(\.\d{1,13})?$")]


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PartyIn(Wire):
    name: str = Field(min_length=1, max_length=200)
    tax_id: str = Field("", max_length=20)
    address: str = Field("", max_length=500)
    phone: str = Field("", max_length=50)
    bank: str = Field("", max_length=200)
    bank_account: str = Field("", max_length=50)


class LineIn(Wire):
    """Lengths by `domain.md` 1.8.7 (the limits of a public provider's form)."""

    name: str = Field(min_length=1, max_length=90)
    category: str = Field(min_length=1, max_length=90)
    classification_code: str = Field(pattern=r"^[1-6]\d{18}$")
    specification: str = Field("", max_length=40)
    unit: str = Field("", max_length=22)
    quantity: Quantity | None = None
    net: Money
    tax: Money
    rate: Rate


class RequestIn(Wire):
    """`total` is the price with tax, `tax` the tax; both must be the sums of the lines."""

    request_id: str = Field(min_length=1, max_length=120)
    kind: Literal["special", "ordinary"]
    medium: Literal["electronic", "paper"]
    seller: PartyIn
    buyer: PartyIn
    lines: list[LineIn] = Field(min_length=1, max_length=2000)
    total: Money
    tax: Money
    province: str = Field(pattern=r"^\d{2}$")
    remark: str = Field("", max_length=500)
    original_number: str = Field("", pattern=r"^(\d{20})?$")
    reason: str = Field("", pattern=r"^(0[1-4])?$")

    @property
    def is_red(self) -> bool:
        return bool(self.original_number)


def cents(money: str) -> int:
    """`12.34` as 1234: exact, because the form has two places."""
    return int(Decimal(money).scaleb(2))


def money(cents: int) -> str:
    return f"{Decimal(cents).scaleb(-2):.2f}"
