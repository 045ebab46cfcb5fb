"""Splitting an application into invoices: by entity and tax rate, then by what one invoice may carry. Every fen is kept.

Pure function of a frozen input, so that a replay gives the same split (S7). Sources: `features.md` 11, `domain.md` 1.8.8.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from domain.amounts import net_and_tax
from domain.invoices import InvoiceLine

MAX_LINES = 2000
"""Lines the platform takes in one request (`domain.md` 1.8.7)."""


@dataclass(frozen=True, slots=True)
class SplitItem:
    """A record that was taken, with its amount (with tax, in fen). A negative one names its positive original."""

    record_id: int
    entity: str
    rate_bp: int
    service: str
    category: str
    classification_code: str
    unit: str
    amount_fen: int
    original_id: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of a record went into an invoice."""

    record_id: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PlannedInvoice:
    """One invoice to be issued; `taken` sums to its total."""

    entity: str
    rate_bp: int
    lines: tuple[InvoiceLine, ...]
    taken: tuple[Taken, ...]

    @property
    def net_fen(self) -> int:
        return sum(line.net_fen for line in self.lines)

    @property
    def tax_fen(self) -> int:
        return sum(line.tax_fen for line in self.lines)

    @property
    def total_fen(self) -> int:
        return self.net_fen + self.tax_fen


@dataclass(slots=True)
class _Group:
    """A positive record with the negatives bound to it: invoiced together, never below 0."""

    positive: SplitItem
    negatives: list[SplitItem]

    @property
    def total_fen(self) -> int:
        return self.positive.amount_fen + sum(item.amount_fen for item in self.negatives)


@dataclass(frozen=True, slots=True)
class _Part:
    """A printed line, or a part of one, with what it takes."""

    line: InvoiceLine
    taken: tuple[Taken, ...]


class NegativeAlone(Exception):
    """A negative record stands without its original, or exceeds it: it is never invoiced alone (I12)."""


def split(items: Iterable[SplitItem], *, limit_net_fen: int) -> tuple[PlannedInvoice, ...]:
    """The invoices that the items make, in a fixed order, whose totals add up to the items' sum exactly.

    `limit_net_fen` is what one invoice may carry without tax. Raises NegativeAlone.
    """
    groups = sorted(_groups(items), key=lambda group: (group.positive.entity, group.positive.rate_bp, *_line_key(group)))
    invoices: list[PlannedInvoice] = []
    for (entity, rate_bp), members in groupby(groups, key=lambda group: (group.positive.entity, group.positive.rate_bp)):
        parts: list[_Part] = []
        for _, same_line in groupby(members, key=_line_key):
            parts.extend(_parts_of_line(list(same_line), rate_bp, limit_net_fen))
        invoices.extend(_pack(entity, rate_bp, parts, limit_net_fen))
    return tuple(invoices)


def _line_key(group: _Group) -> tuple[str, str, str, str]:
    item = group.positive
    return (item.category, item.classification_code, item.service, item.unit)


def _groups(items: Iterable[SplitItem]) -> list[_Group]:
    items = sorted(items, key=lambda item: item.record_id)
    groups = {item.record_id: _Group(item, []) for item in items if item.original_id is None and item.amount_fen > 0}
    for item in items:
        if item.amount_fen == 0 or item.record_id in groups:
            continue
        group = groups.get(item.original_id) if item.original_id is not None else None
        if group is None:
            raise NegativeAlone(str(item.record_id))
        group.negatives.append(item)
    for group in groups.values():
        if group.total_fen < 0:
            raise NegativeAlone(str(group.positive.record_id))
    return list(groups.values())


def _parts_of_line(groups: list[_Group], rate_bp: int, limit_net_fen: int) -> list[_Part]:
    """One printed line for a service, cut where it exceeds what an invoice may carry.

    The whole line's net and tax are computed once; parts sum to them, the last taking what is left (`domain.md` 1.8.8).
    """
    total = sum(group.total_fen for group in groups)
    if total == 0:
        return [] if not groups else [_Part(_line(groups[0].positive, 0, 0), tuple(_take_all(groups)))]
    net, tax = net_and_tax(total, rate_bp)
    if net <= limit_net_fen:
        return [_Part(_line(groups[0].positive, net, tax), tuple(_take_all(groups)))]
    # The last part takes what rounding left over, up to half a fen for each part before it: leave it that room.
    room = net // limit_net_fen + 1
    gross_limit = max(1, (limit_net_fen - room) * (10_000 + rate_bp) // 10_000)
    parts: list[_Part] = []
    queue = _Queue(groups)
    left, net_left, tax_left = total, net, tax
    while left > 0:
        gross = min(left, gross_limit)
        part_net, part_tax = net_and_tax(gross, rate_bp) if gross < left else (net_left, tax_left)
        parts.append(_Part(_line(groups[0].positive, part_net, part_tax), tuple(queue.take(gross))))
        left, net_left, tax_left = left - gross, net_left - part_net, tax_left - part_tax
    return parts


def _line(item: SplitItem, net_fen: int, tax_fen: int) -> InvoiceLine:
    return InvoiceLine(
        name=item.service,
        category=item.category,
        classification_code=item.classification_code,
        net_fen=net_fen,
        tax_fen=tax_fen,
        rate_bp=item.rate_bp,
        unit=item.unit,
    )


def _take_all(groups: list[_Group]) -> list[Taken]:
    return [Taken(item.record_id, item.amount_fen) for group in groups for item in (group.positive, *group.negatives)]


class _Queue:
    """Takes amounts off a row of groups in order. A cut group leaves its negatives in the first part."""

    def __init__(self, groups: list[_Group]) -> None:
        self._left: deque[tuple[int, int, tuple[SplitItem, ...]]] = deque(
            (group.positive.record_id, group.total_fen, tuple(group.negatives)) for group in groups
        )

    def take(self, amount_fen: int) -> list[Taken]:
        taken: dict[int, int] = defaultdict(int)
        while amount_fen > 0 or (self._left and self._left[0][1] == 0):
            record_id, rest, negatives = self._left.popleft()
            share = min(rest, amount_fen)
            for negative in negatives:
                taken[negative.record_id] += negative.amount_fen
            taken[record_id] += share - sum(negative.amount_fen for negative in negatives)
            amount_fen -= share
            if share < rest:
                self._left.appendleft((record_id, rest - share, ()))
        return [Taken(record_id, amount) for record_id, amount in taken.items()]


def _pack(entity: str, rate_bp: int, parts: list[_Part], limit_net_fen: int) -> list[PlannedInvoice]:
    """Fill invoices with lines in order, opening a new one when the next line does not fit."""
    bins: list[list[_Part]] = []
    net = 0
    for part in parts:
        if not bins or net + part.line.net_fen > limit_net_fen or len(bins[-1]) == MAX_LINES:
            bins.append([])
            net = 0
        bins[-1].append(part)
        net += part.line.net_fen
    invoices = []
    for members in bins:
        taken: dict[int, int] = defaultdict(int)
        for part in members:
            for piece in part.taken:
                taken[piece.record_id] += piece.amount_fen
        lines = tuple(part.line for part in members if part.line.total_fen != 0)
        if lines:
            invoices.append(PlannedInvoice(entity, rate_bp, lines, tuple(Taken(key, value) for key, value in taken.items())))
    return invoices
