"""What a file's lines become: records, their originals and their buckets. Nothing is written here."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from domain.consumption import Negative, Original, RecordDraft, bind, is_open
from domain.ledger import Bucket
from infra.books.binding import Stored, meet

NEW = 10**15
"""Added to a draft's place to name it beside stored records, whose ids are below."""


@dataclass(frozen=True, slots=True)
class Freed:
    """A held negative of an earlier file that has found its original. `original_id` may be a new one's, from `NEW`."""

    negative: Negative
    original_id: int
    opened: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an import will write, by the drafts' places."""

    drafts: Sequence[RecordDraft]
    originals: Sequence[int | None]
    """The original of each negative, stored or (from `NEW`) new; None for one that is held, and for what needs none."""
    buckets: Sequence[Bucket]
    """Where the invoiceable part of each goes."""
    freed: Sequence[Freed]

    @property
    def held(self) -> int:
        return sum(draft.needs_original and original is None for draft, original in zip(self.drafts, self.originals, strict=True))

    def sums(self) -> Counter[Bucket]:
        """Fen by bucket, `EXCLUDED` included."""
        sums: Counter[Bucket] = Counter()
        for draft, bucket in zip(self.drafts, self.buckets, strict=True):
            sums[bucket] += draft.invoiceable_fen
            sums[Bucket.EXCLUDED] += draft.excluded_fen
        return sums


def make_plan(session: Session, drafts: Sequence[RecordDraft], today: date) -> Plan:
    """Find originals, among the drafts and what is stored, and say where the amounts go.

    A bound negative is where its original is: it lowers what can be invoiced from the moment it is known, whatever
    month it is billed in.
    """
    negatives = [_negative(NEW + place, draft) for place, draft in enumerate(drafts) if draft.needs_original]
    stored = meet(session, negatives, {draft.key.enterprise_id for draft in drafts})
    bound = bind([*stored.held, *negatives], [*stored.originals, *_originals(drafts)])

    def opens(original_id: int) -> bool:
        return is_open(drafts[original_id - NEW].key.period, today) if original_id >= NEW else original_id in stored.opened

    originals = [bound.get(NEW + place) for place in range(len(drafts))]
    buckets = [
        _bucket(draft, opens(original) if original is not None else not draft.needs_original and is_open(draft.key.period, today))
        for draft, original in zip(drafts, originals, strict=True)
    ]
    return Plan(drafts, originals, buckets, list(_freed(stored, bound, opens)))


def _freed(stored: Stored, bound: dict[int, int], opens: Callable[[int], bool]) -> Iterable[Freed]:
    for negative in stored.held:
        if negative.id in bound:
            yield Freed(negative, bound[negative.id], opens(bound[negative.id]))


def _bucket(draft: RecordDraft, opened: bool) -> Bucket:
    if draft.key.seller:
        return Bucket.SELLER
    return Bucket.AVAILABLE if opened else Bucket.NOT_OPEN


def _negative(id_: int, draft: RecordDraft) -> Negative:
    key = draft.key
    return Negative(
        id=id_,
        enterprise_id=key.enterprise_id,
        account_id=key.account_id,
        entity=key.entity,
        rate_bp=key.tax_class.rate_bp,
        service=key.service,
        period=key.period,
        original_order_number=key.original_order_number,
        amount_fen=draft.invoiceable_fen,
    )


def _originals(drafts: Sequence[RecordDraft]) -> Iterable[Original]:
    for place, draft in enumerate(drafts):
        key = draft.key
        if draft.invoiceable_fen > 0 and not key.seller:
            yield Original(
                id=NEW + place,
                enterprise_id=key.enterprise_id,
                account_id=key.account_id,
                entity=key.entity,
                rate_bp=key.tax_class.rate_bp,
                service=key.service,
                period=key.period,
                day=key.day,
                order_number=key.order_number,
                free_fen=draft.invoiceable_fen,
            )
