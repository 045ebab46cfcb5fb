"""How a customer wants its invoices split beyond issuing entity and tax rate (12, 18): by what, and lines moved by hand.

A choice moves whole printed lines between invoices of one entity and rate. It never changes a line's net or tax, so every choice
adds up to the same sums (I8, I9).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from domain.choosing import RecordQuery
from domain.errors import Problem
from domain.invoices import InvoiceLine

MOST_OWN = 200
"""Lines that one application may move by hand."""
MOST_INVOICES = 200
"""Invoices of one application: nobody looks through more before agreeing to them. Who has more to invoice applies by amount."""


class SplitBy(StrEnum):
    FEWEST = "fewest"
    """As few invoices as entity, rate and the limit of one invoice allow."""
    CATEGORY = "category"
    """One for each tax class."""
    SERVICE = "service"
    MONTH = "month"
    """One for each month in which it was consumed; a service has a line for each."""


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line that was moved by hand: its `line_id`, and the letter of its invoice among those of its entity and rate."""

    line: str
    invoice: str

    @property
    def text(self) -> str:
        return f"{self.line}.{self.invoice}"


@dataclass(frozen=True, slots=True)
class SplitChoice:
    """As text: `month 0f3a9c11e2b4.B`, the way and then each line that was moved by hand."""

    by: SplitBy = SplitBy.FEWEST
    own: tuple[OwnLine, ...] = ()

    @property
    def is_plain(self) -> bool:
        return self.by == SplitBy.FEWEST and not self.own

    @property
    def text(self) -> str:
        return " ".join([str(self.by), *(each.text for each in self.own)])


AS_FEW = SplitChoice()

_OWN = re.compile(r"([0-9a-f]{12})\.([A-Z]{1,2})", re.ASCII)


def read_own(text: str) -> OwnLine | None:
    """A moved line as its text says; None for anything else."""
    match = _OWN.fullmatch(text)
    return OwnLine(match[1], match[2]) if match else None


def read_choice(text: str) -> SplitChoice:
    """The choice that a stored text names; what is empty, from before there was a choice, is as few as possible."""
    by, *own = text.split() or [SplitBy.FEWEST]
    return SplitChoice(SplitBy(by), tuple(read for each in own if (read := read_own(each)) is not None))


def letter(position: int) -> str:
    """The name of an invoice among those of its entity and rate: 0 is A, 25 is Z, 26 is AA."""
    head, tail = divmod(position, 26)
    return (letter(head - 1) if head else "") + chr(ord("A") + tail)


def letter_order(name: str) -> tuple[int, str]:
    """To sort letters: Z before AA."""
    return len(name), name


def line_id(entity: str, line: InvoiceLine) -> str:
    """What a printed line is known by, whatever records and amounts are in it: 12 hexadecimal digits."""
    parts = (entity, str(line.rate_bp), line.category, line.classification_code, line.name, line.unit, line.specification)
    return sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def is_statement(query: RecordQuery) -> bool:
    """Whether it is a whole monthly statement: a month of one issuing entity, nothing narrower, and not chosen by order."""
    narrower = query.order or query.show or query.account_id is not None or query.rate_bp is not None
    return bool(query.period and query.entity and not narrower)


def queries_by_order(queries: Sequence[RecordQuery], limit_fen: int) -> list[RecordQuery]:
    """Those that choose by order: neither whole statements nor an amount, which are the enterprise's and not an account's."""
    return [] if limit_fen else [query for query in queries if not is_statement(query)]


def choice_problems(choice: SplitChoice, queries: Sequence[RecordQuery], limit_fen: int) -> list[Problem]:
    """Why this choice cannot be made at all, whatever is in it. Codes: statement-not-split, split-too-many-moved (max)."""
    problems: list[Problem] = []
    if not choice.is_plain and not limit_fen and any(is_statement(query) for query in queries):
        problems.append(Problem("split", "statement-not-split"))
    if len(choice.own) > MOST_OWN:
        problems.append(Problem("split", "split-too-many-moved", {"max": str(MOST_OWN)}))
    return problems
