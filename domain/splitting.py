"""Splitting an application into invoices: by entity and tax rate, as the customer chose, then by what one invoice may carry.

Every fen is kept. Pure function of a frozen input, so that a replay gives the same split (S7). Sources: `features.md` 11, 12 and 18,
`domain.md` 1.8.8.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import groupby

from domain.amounts import FULL_RATE_BP, INVOICE_TAX_LIMIT_FEN, net_and_tax, tax_gap
from domain.errors import Problem
from domain.invoices import InvoiceLine
from domain.split_choice import AS_FEW, MOST_INVOICES, SplitBy, SplitChoice, letter, letter_order, line_id

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
    period: str = ""
    """The month in which it was billed, `2026-10`."""
    month: str = ""
    """The month in which it was consumed: a split by month needs it. A negative one goes with its original."""


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
    letter: str = "A"
    """Which of the invoices of its entity and rate the customer's choice makes it; what the limit cuts has one letter."""

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


def split(items: Iterable[SplitItem], *, limit_net_fen: int, choice: SplitChoice = AS_FEW) -> tuple[PlannedInvoice, ...]:
    """The invoices that the items make, in a fixed order, whose totals add up to the items' sum exactly.

    `limit_net_fen` is what one invoice may carry without tax. A choice moves whole lines only: what it names and is not there is
    passed over (`plan_problems` tells). Raises NegativeAlone.
    """
    by_month = choice.by == SplitBy.MONTH
    groups = sorted(_groups(items), key=lambda group: (group.positive.entity, group.positive.rate_bp, *_line_key(group, by_month)))
    invoices: list[PlannedInvoice] = []
    for (entity, rate_bp), members in groupby(groups, key=lambda group: (group.positive.entity, group.positive.rate_bp)):
        lines = [
            _parts_of_line(list(same_line), rate_bp, limit_net_fen, key[-1])
            for key, same_line in groupby(members, key=lambda group: _line_key(group, by_month))
        ]
        for name, parts in _buckets(entity, lines, choice):
            invoices.extend(_pack(entity, rate_bp, name, parts, limit_net_fen))
    return tuple(invoices)


def plan_problems(plan: Sequence[PlannedInvoice], choice: SplitChoice) -> list[Problem]:
    """What of a choice does not fit the plan it made. Codes: split-line-unknown, too-many-invoices (count, max)."""
    problems: list[Problem] = []
    known = {line_id(invoice.entity, line) for invoice in plan for line in invoice.lines}
    if any(each.line not in known for each in choice.own):
        problems.append(Problem("split", "split-line-unknown"))
    if len(plan) > MOST_INVOICES:
        problems.append(Problem("split", "too-many-invoices", {"count": str(len(plan)), "max": str(MOST_INVOICES)}))
    return problems


def without_idle_moves(choice: SplitChoice, unmoved: Sequence[PlannedInvoice]) -> SplitChoice:
    """The choice without lines that were moved to where they are anyway; `unmoved` is the plan without any move."""
    there = {(line_id(invoice.entity, line), invoice.letter) for invoice in unmoved for line in invoice.lines}
    return replace(choice, own=tuple(each for each in choice.own if (each.line, each.invoice) not in there))


def plan_digest(plan: Sequence[PlannedInvoice]) -> str:
    """16 hexadecimal digits that say which invoices with which lines: the same for what was shown and for what is issued."""
    said = [
        (invoice.entity, invoice.rate_bp, [(line_id(invoice.entity, line), line.net_fen, line.tax_fen) for line in invoice.lines])
        for invoice in plan
    ]
    return sha256(repr(said).encode()).hexdigest()[:16]


def _buckets(entity: str, lines: Sequence[list[_Part]], choice: SplitChoice) -> list[tuple[str, list[_Part]]]:
    """The lines of one entity and rate by the letter of their invoice. A line that adds up to nothing goes with the first."""
    printed = [parts for parts in lines if parts[0].line.total_fen]
    wanted = sorted({_wanted(parts[0].line, choice.by) for parts in printed})
    letters = {key: letter(position) for position, key in enumerate(wanted)}
    own = {each.line: each.invoice for each in choice.own}
    buckets: dict[str, list[_Part]] = defaultdict(list)
    for parts in printed:
        line = parts[0].line
        buckets[own.get(line_id(entity, line), letters[_wanted(line, choice.by)])].extend(parts)
    first = min(buckets, key=letter_order, default="A")
    for parts in lines:
        if not parts[0].line.total_fen:
            buckets[first].extend(parts)
    return sorted(buckets.items(), key=lambda bucket: letter_order(bucket[0]))


def _wanted(line: InvoiceLine, by: SplitBy) -> tuple[str, ...]:
    """What lines of one invoice have in common under this choice."""
    match by:
        case SplitBy.CATEGORY:
            return (line.category, line.classification_code)
        case SplitBy.SERVICE:
            return (line.category, line.classification_code, line.name)
        case SplitBy.MONTH:
            return (line.specification,)
        case _:
            return ()


def _line_key(group: _Group, by_month: bool) -> tuple[str, str, str, str, str]:
    item = group.positive
    return (item.category, item.classification_code, item.service, item.unit, item.month if by_month else "")


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


def _parts_of_line(groups: list[_Group], rate_bp: int, limit_net_fen: int, month: str) -> list[_Part]:
    """One printed line for a service (of a month, where they are apart), cut where it exceeds what an invoice may carry.

    Net and tax of each part are what they grow by from where it begins to where it ends: so the parts sum to the whole line's
    (`domain.md` 1.8.8), and rounding does not gather in one of them, which the tax bureau would refuse (1.8.5).
    """
    total = sum(group.total_fen for group in groups)
    if total == 0:
        return [_Part(_line(groups[0].positive, 0, 0, month), tuple(_take_all(groups)))]
    net, tax = net_and_tax(total, rate_bp)
    if net <= limit_net_fen:
        return [_Part(_line(groups[0].positive, net, tax, month), tuple(_take_all(groups)))]
    # Both ends of a part are rounded, by half a fen at most: leave it room for one.
    gross_limit = max(1, (limit_net_fen - 1) * (10_000 + rate_bp) // 10_000)
    parts: list[_Part] = []
    queue = _Queue(groups)
    done, done_net = 0, 0
    while done < total:
        gross = min(total - done, gross_limit)
        upto_net, _ = net_and_tax(done + gross, rate_bp)
        part_net = upto_net - done_net
        parts.append(_Part(_line(groups[0].positive, part_net, gross - part_net, month), tuple(queue.take(gross))))
        done, done_net = done + gross, upto_net
    return parts


def _line(item: SplitItem, net_fen: int, tax_fen: int, month: str) -> InvoiceLine:
    return InvoiceLine(
        name=item.service,
        category=item.category,
        classification_code=item.classification_code,
        net_fen=net_fen,
        tax_fen=tax_fen,
        rate_bp=item.rate_bp,
        specification=month,
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


def _pack(entity: str, rate_bp: int, name: str, parts: list[_Part], limit_net_fen: int) -> list[PlannedInvoice]:
    """Fill invoices with lines in order, opening a new one when the next line does not fit: by amount, by number, or by rounding."""
    bins: list[list[_Part]] = []
    net = gap = 0
    for part in parts:
        more = tax_gap(part.line)
        too_far = abs(gap + more) > INVOICE_TAX_LIMIT_FEN * FULL_RATE_BP
        if not bins or net + part.line.net_fen > limit_net_fen or len(bins[-1]) == MAX_LINES or too_far:
            bins.append([])
            net = gap = 0
        bins[-1].append(part)
        net += part.line.net_fen
        gap += more
    invoices = []
    for members in bins:
        taken: dict[int, int] = defaultdict(int)
        for part in members:
            for piece in part.taken:
                taken[piece.record_id] += piece.amount_fen
        lines = tuple(part.line for part in members if part.line.total_fen != 0)
        if lines:
            invoices.append(PlannedInvoice(entity, rate_bp, lines, tuple(Taken(key, value) for key, value in taken.items()), name))
    return invoices
