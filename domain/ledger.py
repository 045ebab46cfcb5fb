"""The buckets a fen of consumption can be in. Moving between them is a posting that balances to 0 (`design.md` section 4)."""

from dataclasses import dataclass
from enum import StrEnum


class Bucket(StrEnum):
    """consumed = excluded + not-open + expired + arrears + seller + assisted + available + reserved + invoiced.

    So it is for each customer, account, month, entity and rate.

    `CONSUMED` is the source and carries the negative of what came in, so that every transaction sums to 0.
    """

    CONSUMED = "consumed"
    EXCLUDED = "excluded"
    NOT_OPEN = "not-open"
    EXPIRED = "expired"
    ARREARS = "arrears"
    SELLER = "seller"
    """Marketplace consumption that its seller invoices, not we."""
    ASSISTED = "assisted"
    """Products outside self-service: a sales manager arranges their invoices (feature 14)."""
    AVAILABLE = "available"
    RESERVED = "reserved"
    INVOICED = "invoiced"


OPENED = (Bucket.AVAILABLE, Bucket.EXPIRED)
"""Where records are whose month is open."""

WAITING = "waiting"
"""A part of `NOT_OPEN` that is shown by its own name, no bucket of the books: refunds that wait for their original."""


def home_of(*, seller: str, assisted: str, opened: bool, expired: bool) -> Bucket:
    """The bucket in which a record's free amount stands, but for what arrears hold of it."""
    if seller:
        return Bucket.SELLER
    if assisted:
        return Bucket.ASSISTED
    if not opened:
        return Bucket.NOT_OPEN
    return Bucket.EXPIRED if expired else Bucket.AVAILABLE


@dataclass(frozen=True, slots=True)
class Place:
    """Whose fen these are: a record, and what running totals are kept by."""

    enterprise_id: int
    account_id: int
    entity: str
    rate_bp: int
    period: str
    """The month whose statement the record is on, `2026-10`."""
    record_id: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One side: `amount_fen` goes into (negative: out of) a bucket."""

    place: Place
    bucket: Bucket
    amount_fen: int


class Unbalanced(Exception):
    """A set of postings does not sum to 0: a defect, never posted."""


def move(place: Place, amount_fen: int, *, source: Bucket, target: Bucket) -> list[Posting]:
    """The two postings that move an amount of one record from one bucket to another."""
    return [Posting(place, source, -amount_fen), Posting(place, target, amount_fen)]
