"""The buckets a fen of consumption can be in. Moving between them is a posting that balances to 0 (`design.md` section 4)."""

from dataclasses import dataclass
from enum import StrEnum


class Bucket(StrEnum):
    """consumed = excluded + not-open + expired + arrears + available + reserved + invoiced, for each customer, entity and rate.

    `CONSUMED` is the source and carries the negative of what came in, so that every transaction sums to 0.
    """

    CONSUMED = "consumed"
    EXCLUDED = "excluded"
    NOT_OPEN = "not-open"
    EXPIRED = "expired"
    ARREARS = "arrears"
    SELLER = "seller"
    """Marketplace consumption that its seller invoices, not we."""
    AVAILABLE = "available"
    RESERVED = "reserved"
    INVOICED = "invoiced"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side: `amount_fen` of a record goes into (negative: out of) a bucket."""

    enterprise_id: int
    entity: str
    rate_bp: int
    record_id: int
    bucket: Bucket
    amount_fen: int


class Unbalanced(Exception):
    """A set of postings does not sum to 0: a defect, never posted."""


def move(
    enterprise_id: int, entity: str, rate_bp: int, record_id: int, amount_fen: int, *, source: Bucket, target: Bucket
) -> list[Posting]:
    """The two postings that move an amount of one record from one bucket to another."""
    return [
        Posting(enterprise_id, entity, rate_bp, record_id, source, -amount_fen),
        Posting(enterprise_id, entity, rate_bp, record_id, target, amount_fen),
    ]
