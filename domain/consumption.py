"""Consumption records: billing lines summed and rounded once, and negatives bound to what they correct.

Sources: `features.md` 5, 6, 9, 11; `design.md` section 4. Exact decimals until the record; from the record on, fen.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

from domain.amounts import fen_from_decimal
from domain.calendar import next_period, opens_on, period_of
from domain.focus import BillingLine
from domain.focus_file import EXACT

RATE_MAY_LAG = timedelta(days=10)
"""How much older than the day it stands for an exchange rate may be: the long holidays are nine days at most."""

CNY = "CNY"


@dataclass(frozen=True, slots=True)
class TaxClass:
    """What a service is for tax: `rate_bp` in basis points, 600 for 6 % (`domain.md` 1.11)."""

    classification_code: str
    category: str
    rate_bp: int
    unit: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A billing line with everything our own tables know about it; amounts are exact yuan."""

    line: BillingLine
    enterprise_id: int
    account_id: int
    entity: str
    tax_class: TaxClass
    seller: str
    assisted: str
    """The product outside self-service, or empty."""
    rate: Decimal
    cost_yuan: Decimal
    parts_yuan: tuple[Decimal, Decimal, Decimal] = (Decimal(0), Decimal(0), Decimal(0))
    """What voucher, coupon and bonus paid of it."""


@dataclass(frozen=True, slots=True)
class RecordKey:
    """What makes lines one record. An order is a record of its own, and so is everything negative.

    Two classes of one service, or a day billed both in time and late, are kept apart too: they are invoiced apart.
    """

    enterprise_id: int
    account_id: int
    entity: str
    tax_class: TaxClass
    service: str
    day: date
    period: str
    seller: str
    assisted: str
    order_number: str
    original_order_number: str
    is_negative: bool
    piece: int = 0
    """Of a refund that is cut, see `domain.cut_negatives`."""

    @property
    def natural_key(self) -> str:
        """The same for the same key, at most 120 characters: names may be too long for a database's index."""
        tax = self.tax_class
        names = "\n".join((self.service, self.seller, self.assisted, tax.classification_code, tax.unit, tax.category))
        digest = sha256(names.encode()).hexdigest()[:32]
        parts = (
            str(self.account_id),
            self.entity,
            str(self.tax_class.rate_bp),
            self.day.isoformat(),
            self.period,
            self.order_number,
            self.original_order_number,
            ("-" if self.is_negative else "+") + (str(self.piece) if self.piece else ""),
            digest,
        )
        return "|".join(parts)


@dataclass(slots=True)
class RecordDraft:
    """A record before it has an id. `gross_fen / 100 + remainder` is exactly the sum of its lines."""

    key: RecordKey
    gross_fen: int
    excluded_fen: int
    parts_fen: tuple[int, int, int]
    """Of what is excluded: voucher, coupon, bonus. They sum to `excluded_fen`."""
    remainder: Decimal
    description: str
    """The lines' own description when they all have the same, else empty."""
    lines: list[tuple[int, int]] = field(default_factory=list)
    """Line number and part of each of its lines."""

    @property
    def invoiceable_fen(self) -> int:
        return self.gross_fen - self.excluded_fen

    @property
    def needs_original(self) -> bool:
        """Whether it takes money back, and so can only stand on an invoice beside what it corrects.

        A seller's refund is the seller's business, and outside self-service nobody ticks: it only has to be in their totals.
        """
        return self.invoiceable_fen < 0 and not (self.key.seller or self.key.assisted)


class RecordTooLarge(Exception):
    """A record's sum does not fit an invoice. `line` is the first of its lines."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(slots=True)
class _Sum:
    cost_yuan: Decimal
    parts_yuan: tuple[Decimal, ...]
    lines: list[PricedLine]


def make_records(lines: Iterable[PricedLine]) -> list[RecordDraft]:
    """Sum the lines by key, exactly, and round each sum half up to fen once. Raises RecordTooLarge.

    A line counts as negative by its own sign, whatever its ChargeCategory says. So a refund never hides in the day it falls on, and a
    credit that was reversed is consumption again.
    """
    sums: dict[RecordKey, _Sum] = {}
    for priced in lines:
        key = record_key(priced)
        sum_ = sums.get(key)
        if sum_ is None:
            sums[key] = _Sum(priced.cost_yuan, priced.parts_yuan, [priced])
        else:
            sum_.cost_yuan = EXACT.add(sum_.cost_yuan, priced.cost_yuan)
            if any(priced.parts_yuan):
                sum_.parts_yuan = tuple(EXACT.add(*pair) for pair in zip(sum_.parts_yuan, priced.parts_yuan, strict=True))
            sum_.lines.append(priced)
    return [_draft(key, sum_) for key, sum_ in sums.items()]


def make_record(key: RecordKey, lines: Sequence[PricedLine]) -> RecordDraft:
    """One record of these lines. Raises RecordTooLarge."""
    parts = [_total(each) for each in zip(*(line.parts_yuan for line in lines), strict=True)]
    return _draft(key, _Sum(_total(line.cost_yuan for line in lines), tuple(parts), list(lines)))


def record_key(priced: PricedLine) -> RecordKey:
    line = priced.line
    return RecordKey(
        enterprise_id=priced.enterprise_id,
        account_id=priced.account_id,
        entity=priced.entity,
        tax_class=priced.tax_class,
        service=line.service,
        day=line.day,
        period=line.period,
        seller=priced.seller,
        assisted=priced.assisted,
        order_number=line.order_number,
        original_order_number=line.original_order_number,
        is_negative=priced.cost_yuan < 0,
    )


def _draft(key: RecordKey, sum_: _Sum) -> RecordDraft:
    places = [(priced.line.line, priced.line.part) for priced in sum_.lines]
    try:
        gross_fen, remainder = fen_from_decimal(sum_.cost_yuan)
        # Half up is monotonic, so what is excluded never exceeds the gross.
        excluded_fen, _ = fen_from_decimal(_total(sum_.parts_yuan))
    except ValueError as error:
        raise RecordTooLarge(places[0][0]) from error
    descriptions = {priced.line.description for priced in sum_.lines}
    description = descriptions.pop() if len(descriptions) == 1 else ""
    return RecordDraft(key, gross_fen, excluded_fen, split_excluded(excluded_fen, sum_.parts_yuan), remainder, description, places)


def _total(parts_yuan: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for part in parts_yuan:
        total = EXACT.add(total, part)
    return total


def split_excluded(excluded_fen: int, parts_yuan: Sequence[Decimal]) -> tuple[int, int, int]:
    """What is excluded, rounded once, shared out to voucher, coupon and bonus so that they sum to it.

    Each part is cut to whole fen; the fen that are missing then go to the parts that lost most by it, the first of equal ones first.
    """
    fen = [EXACT.multiply(part, Decimal(100)) for part in parts_yuan]
    cut = [int(part) for part in fen]
    lost = sorted(range(len(cut)), key=lambda place: (-abs(EXACT.subtract(fen[place], Decimal(cut[place]))), place))
    missing = excluded_fen - sum(cut)
    for place in lost[: abs(missing)]:
        cut[place] += 1 if missing > 0 else -1
    voucher, coupon, bonus = cut
    return voucher, coupon, bonus


def seller_of(line: BillingLine, our_names: Collection[str]) -> str:
    """The marketplace seller who invoices this instead of us, or empty when we do (`features.md` 11).

    FOCUS: the provider makes a service available, the publisher produced it, the issuer bills it. A marketplace
    bills for others, so a publisher who is neither provider nor issuer nor one of our own entities is a seller.
    `our_names` are the issuing entities' names: a self-operated product is ours, whichever of them bills it.
    """
    publisher = line.publisher
    if not publisher or publisher in (line.provider, line.issuer) or publisher in our_names:
        return ""
    return publisher


def assisted_product(service: str, day: date, products: Mapping[str, date | None]) -> str:
    """The service's own name when it is outside self-service on that day, else empty (feature 14).

    `products` gives the day before which consumption counts, None for all of it.
    """
    if service not in products:
        return ""
    before = products[service]
    return service if before is None or day < before else ""


def tax_class_of(line: BillingLine, classes: Mapping[str, TaxClass]) -> TaxClass | None:
    """The class of the service by its name, else of its category, else of everything else (`*`)."""
    return classes.get(line.service) or classes.get(line.service_category) or classes.get("*")


def rate_day(billed_in: str, today: date) -> date:
    """The day whose exchange rate a billing period takes: its last one, or `today` while it runs (feature 18)."""
    year, month = next_period(billed_in).split("-")
    return min(date(int(year), int(month), 1) - timedelta(days=1), today)


def rate_on(day: date, rates: Sequence[tuple[date, Decimal]]) -> Decimal | None:
    """The rate of a day, or the latest of the `RATE_MAY_LAG` before it; None when there is none. `rates` may be in any order."""
    fitting = [(of, rate) for of, rate in rates if day - RATE_MAY_LAG <= of <= day and rate > 0]
    return max(fitting)[1] if fitting else None


def last_open_period(today: date) -> str:
    """The newest month whose statement is out (feature 7); months of this and before can be invoiced."""
    first = today.replace(day=1)
    before = (first - timedelta(days=1)).replace(day=1)
    period = period_of(before)
    return period if opens_on(period) <= today else period_of(before - timedelta(days=1))


def is_open(period: str, today: date) -> bool:
    return opens_on(period) <= today


@dataclass(frozen=True, slots=True)
class Negative:
    """A negative record that needs an original. `amount_fen` is what it takes back, below 0."""

    id: int
    enterprise_id: int
    account_id: int
    entity: str
    rate_bp: int
    service: str
    period: str
    original_order_number: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Original:
    """A positive record that may carry negatives. `free_fen`: not taken by an application, nor by negatives bound before."""

    id: int
    enterprise_id: int
    account_id: int
    entity: str
    rate_bp: int
    service: str
    period: str
    day: date
    order_number: str
    free_fen: int


def bind(negatives: Iterable[Negative], originals: Iterable[Original]) -> dict[int, int]:
    """Negative id to original id, for those that can be bound; the rest is held (`features.md` 9, `design.md` section 4).

    A reference to an order binds to that order alone: in the wrong place it would be on the wrong invoice. Without one
    it is bound within account, service and month, then to what was consumed in that month but billed late. The entity must
    be the same, else the two could not be on one invoice, and the original must have enough left to carry it, so that no
    group falls below 0. A service's tax class may have changed between the two: the negative takes its original's
    (`class_taken`), and what has its own rate comes first. Then usage comes before orders, the oldest first; the outcome
    depends on nothing but the values.
    """
    return {negative_id: pieces[0][0] for negative_id, pieces in _carried(negatives, originals, ()).items()}


def cuts(negatives: Iterable[Negative], originals: Iterable[Original], cuttable: Collection[int]) -> dict[int, tuple[int, ...]]:
    """The negatives among `cuttable` that no original carries whole, with the sizes of their pieces, fen above 0.

    Cut into these, oldest record first, `bind` binds every piece but the last when all originals together cannot carry the negative:
    what they have is taken back at once, and only the rest is held.
    """
    negatives = list(negatives)
    wanted = {negative.id: -negative.amount_fen for negative in negatives}
    found: dict[int, tuple[int, ...]] = {}
    for negative_id, pieces in _carried(negatives, originals, cuttable).items():
        rest = wanted[negative_id] - sum(fen for _, fen in pieces)
        sizes = tuple(fen for _, fen in pieces) + ((rest,) if rest else ())
        if len(sizes) > 1:
            found[negative_id] = sizes
    return found


def _carried(
    negatives: Iterable[Negative], originals: Iterable[Original], cuttable: Collection[int]
) -> dict[int, tuple[tuple[int, int], ...]]:
    """Of each negative that can be bound, the originals with what each of them carries; several, or less than all, for `cuttable` only."""
    by_order: dict[tuple[object, ...], list[Original]] = defaultdict(list)
    by_service: dict[tuple[object, ...], list[Original]] = defaultdict(list)
    late: dict[tuple[object, ...], list[Original]] = defaultdict(list)
    free: dict[int, int] = {}
    for original in sorted(originals, key=lambda o: (bool(o.order_number), o.day, o.id)):
        free[original.id] = original.free_fen
        if original.order_number:
            by_order[original.enterprise_id, original.entity, original.order_number].append(original)
        by_service[original.account_id, original.entity, original.service, original.period].append(original)
        if period_of(original.day) < original.period:
            late[original.account_id, original.entity, original.service, period_of(original.day)].append(original)
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for negative in sorted(negatives, key=lambda n: n.id):
        if negative.original_order_number:
            fitting = _of_order(negative, by_order[negative.enterprise_id, negative.entity, negative.original_order_number])
        else:
            place = (negative.account_id, negative.entity, negative.service, negative.period)
            fitting = sorted([*by_service[place], *late[place]], key=lambda original: original.rate_bp != negative.rate_bp)
        one = next((original.id for original in fitting if free[original.id] >= -negative.amount_fen), None)
        if one is not None:
            pieces: tuple[tuple[int, int], ...] = ((one, -negative.amount_fen),)
        elif negative.id in cuttable:
            pieces = _spread(-negative.amount_fen, [(original.id, free[original.id]) for original in fitting])
        else:
            continue
        for original_id, fen in pieces:
            free[original_id] -= fen
        if pieces:
            found[negative.id] = pieces
    return found


def _of_order(negative: Negative, originals: Sequence[Original]) -> list[Original]:
    """The records of an order that may carry a negative, its own rate first.

    Those of its service at any rate: they say what its rate was. Another service's only at its own, when they do not speak against it.
    """
    rates = {original.rate_bp for original in originals if original.service == negative.service}
    own = negative.rate_bp if not rates or negative.rate_bp in rates else None
    fitting = [original for original in originals if original.service == negative.service or original.rate_bp == own]
    return sorted(fitting, key=lambda original: original.rate_bp != negative.rate_bp)


def class_taken(negative: Negative, service: str, tax_class: TaxClass) -> TaxClass | None:
    """The class that a negative takes of the original it is bound to: that of its own service, as it was; None when it keeps its own."""
    return tax_class if negative.service == service else None


def _spread(amount_fen: int, free: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """An amount over originals in their order, each as much as it carries; it may be more than all of them do."""
    pieces: list[tuple[int, int]] = []
    for original_id, fen in free:
        taken = min(fen, amount_fen)
        if taken > 0:
            pieces.append((original_id, taken))
            amount_fen -= taken
    return tuple(pieces)
