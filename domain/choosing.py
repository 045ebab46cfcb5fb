"""From what is ticked to what is invoiced: negatives come along, arrears are taken off, an amount is made up exactly (8 to 10).

Amounts are fen. Records come in the order of their days, the oldest first.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

BY_ORDER = "can"
"""The `show` of a query that ticks all that can be invoiced under the filters of a choice by order."""
PARTS = ("excluded", "held", "reserved", "invoiced")
"""What a query may ask for besides: records of which such a part is there, whatever the rest is."""


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """Everything that can be invoiced under these filters, whatever that is when it is taken; an empty filter takes all.

    A statement is the query of its month and entity without a `show`. As text: `2026-10.12.HZ.202610150000183742`, empty places left
    empty, with a rate `2026-10.12.HZ..600`, and by order `2026-10..HZ..can` or `2026-10..HZ..600.held`.
    """

    period: str = ""
    account_id: int | None = None
    entity: str = ""
    order: str = ""
    rate_bp: int | None = None
    show: str = ""
    """`BY_ORDER` or one of `PARTS` when it was chosen by order; empty for a statement, an amount, and old addresses."""

    @property
    def text(self) -> str:
        rate = "" if self.rate_bp is None else f".{self.rate_bp}"
        show = self.show and f".{self.show}"
        return f"{self.period}.{'' if self.account_id is None else self.account_id}.{self.entity}.{self.order}{rate}{show}"

    def finds(self, place: "Place") -> bool:
        """Whether a record that can be invoiced is under the filters."""
        asked = (self.period, self.account_id, self.entity, self.rate_bp)
        has = (place.period, place.account_id, place.entity, place.rate_bp)
        if not all(wanted in ("", None, there) for wanted, there in zip(asked, has, strict=True)):
            return False
        return (not self.order or self.order in place.orders) and (self.show not in PARTS or self.show in place.parts)


@dataclass(frozen=True, slots=True)
class Place:
    """What filters ask of a record. `orders` has its order number and those of the negatives that are bound to it."""

    period: str
    account_id: int
    entity: str
    orders: Collection[str]
    rate_bp: int
    parts: Collection[str] = ()
    """Those of `PARTS` that are there."""


def parts_of(excluded_fen: int, held_fen: int, reserved_fen: int, invoiced_fen: int) -> frozenset[str]:
    """Which of `PARTS` a record has."""
    amounts = (excluded_fen, held_fen, reserved_fen, invoiced_fen)
    return frozenset(part for part, amount in zip(PARTS, amounts, strict=True) if amount)


_QUERY = re.compile(
    r"(\d{4}-\d\d)?\.(\d{1,18})?\.([A-Za-z0-9-]{1,20})?\.(\d{18})?(?:\.(\d{1,5}))?(?:\.(can|excluded|held|reserved|invoiced))?", re.ASCII
)


def read_query(text: str) -> RecordQuery | None:
    """The query that a text names, None for anything else."""
    match = _QUERY.fullmatch(text)
    if match is None:
        return None
    period, account, entity, order, rate, show = (group or "" for group in match.groups())
    return RecordQuery(period, int(account) if account else None, entity, order, int(rate) if rate else None, show)


@dataclass(frozen=True, slots=True)
class Free:
    """What a record could still bring to an invoice, the negatives bound to it taken off."""

    record_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Group:
    """A record that may be ticked with the negatives that come along; `held_fen` of it is held for arrears."""

    record_id: int
    free_fen: int
    held_fen: int = 0
    negatives: tuple[Free, ...] = ()

    @property
    def net_fen(self) -> int:
        return self.free_fen + sum(negative.amount_fen for negative in self.negatives)


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the ticked records is invoiced. `items` are record and fen, negatives included; they sum to `amount_fen`.

    `ticked_fen` is all that was ticked, `arrears_fen` what of it covers arrears. `missing_fen` is above 0 when the arrears are
    not covered: then nothing is invoiced.
    """

    items: tuple[tuple[int, int], ...]
    amount_fen: int
    ticked_fen: int
    arrears_fen: int
    missing_fen: int = 0


def choose(groups: Sequence[Group], arrears_fen: int = 0, limit_fen: int = 0) -> Choice:
    """What the ticked groups bring to invoices: all that arrears leave, or exactly `limit_fen` of it, oldest first.

    What is ticked has to cover the amount and the arrears (I13). The held part of ticked records covers them first, then the
    oldest of the rest. A limit that is more than there is gives what there is.
    """
    held = sum(group.held_fen for group in groups)
    choice = choose_sums(sum(group.net_fen for group in groups), held, arrears_fen, limit_fen)
    if choice.amount_fen <= 0:
        return choice
    amount = left_by_arrears(choice.ticked_fen, held, arrears_fen)
    rest = [Free(group.record_id, group.net_fen - group.held_fen) for group in groups]
    # The oldest cover what arrears still need, so what is invoiced is made up from the newest.
    parts = take_in_order(amount, reversed(rest))
    if choice.amount_fen < amount:
        parts = take_in_order(limit_fen, (Free(each.record_id, parts.get(each.record_id, 0)) for each in rest))
    else:
        # What was refunded whole goes along, so that it is done with.
        parts |= {group.record_id: 0 for group in groups if group.net_fen == 0 and group.free_fen}
    items = tuple(item for group in groups if group.record_id in parts for item in _items(group, parts[group.record_id]))
    return replace(choice, items=items)


def choose_sums(ticked_fen: int, held_fen: int, arrears_fen: int = 0, limit_fen: int = 0) -> Choice:
    """The amounts of a choice without its items, from the sums of what is ticked and of what arrears hold of it."""
    amount = left_by_arrears(ticked_fen, held_fen, arrears_fen)
    if amount <= 0:
        return Choice((), 0, ticked_fen, min(arrears_fen, max(ticked_fen, 0)), max(0, arrears_fen - ticked_fen))
    return Choice((), limit_fen if 0 < limit_fen < amount else amount, ticked_fen, arrears_fen)


def left_by_arrears(ticked_fen: int, held_fen: int, arrears_fen: int) -> int:
    """What of the ticked sum can be invoiced at most; not above 0 when arrears take all of it."""
    return min(ticked_fen - held_fen, ticked_fen - arrears_fen)


def _items(group: Group, part_fen: int) -> Iterable[tuple[int, int]]:
    """A part of a group carries all its negatives, so that none is left without an invoice to stand on (I12)."""
    negatives = [(each.record_id, each.amount_fen) for each in group.negatives if each.amount_fen]
    return [(group.record_id, part_fen - sum(amount for _, amount in negatives)), *negatives]


def take_in_order(amount_fen: int, records: Iterable[Free], taken: Mapping[int, int] | None = None) -> dict[int, int]:
    """Fen of each record that together make the amount, the first records first; the last may give a part of itself.

    `taken` is what is gone from the records already. Less than the amount comes out only when there is no more; the iterable is
    read no further than needed.
    """
    taken = taken or {}
    parts: dict[int, int] = {}
    if amount_fen <= 0:
        return parts
    for record in records:
        part = min(record.amount_fen - taken.get(record.record_id, 0), amount_fen)
        if part > 0:
            parts[record.record_id] = part
            amount_fen -= part
        if amount_fen == 0:
            break
    return parts
