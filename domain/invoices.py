"""What stands on an invoice: parties, lines, totals. The shape shared by splitting, the tax bureau, and the document."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from domain.calendar import china_date


class InvoiceKind(StrEnum):
    """Special (专票) can be deducted by the buyer, ordinary (普票) cannot. `domain.md` 1.1."""

    SPECIAL = "special"
    ORDINARY = "ordinary"


class Medium(StrEnum):
    """Electronic (数电票) or printed on paper stock (数电纸质发票)."""

    ELECTRONIC = "electronic"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Party:
    """Buyer or seller as printed. Everything but the name may be empty for an unregistered buyer."""

    name: str
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    bank_account: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of goods or services. `net_fen` is without tax; `rate_bp` is the rate in basis points (600 is 6 %).

    Red-letter lines carry negative amounts and quantity.
    """

    name: str
    category: str
    classification_code: str
    net_fen: int
    tax_fen: int
    rate_bp: int
    specification: str = ""
    unit: str = ""
    quantity: Decimal | None = None

    @property
    def total_fen(self) -> int:
        """Price with tax, in fen."""
        return self.net_fen + self.tax_fen

    @property
    def printed_name(self) -> str:
        """`*category*name`, the form the tax bureau asks for (`domain.md` 1.3)."""
        return f"*{self.category}*{self.name}"


@dataclass(frozen=True, slots=True)
class InvoiceFace:
    """Everything that is printed on an issued invoice. `number` and `issued_at` were given by the tax bureau.

    A red-letter invoice names the blue one in `original_number` and its confirmation sheet in `red_sheet_number`.
    """

    number: str
    kind: InvoiceKind
    medium: Medium
    issued_at: datetime
    seller: Party
    buyer: Party
    lines: tuple[InvoiceLine, ...]
    drawer: str
    remark: str = ""
    original_number: str = ""
    red_sheet_number: str = ""
    sample: bool = field(default=False)
    """Demo documents carry 样张 SAMPLE."""

    @property
    def issued_on(self) -> date:
        """The invoice date, 开票日期, in China."""
        return china_date(self.issued_at)

    @property
    def is_red(self) -> bool:
        return bool(self.original_number)

    @property
    def net_fen(self) -> int:
        """合计金额: the sum of the lines, never recomputed from the rate (`domain.md` 1.8.4)."""
        return sum(line.net_fen for line in self.lines)

    @property
    def tax_fen(self) -> int:
        return sum(line.tax_fen for line in self.lines)

    @property
    def total_fen(self) -> int:
        """价税合计, in fen."""
        return self.net_fen + self.tax_fen
