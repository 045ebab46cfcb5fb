"""What a file's lines become: records, their originals and their buckets. Nothing is written here."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from domain.consumption import Negative, Original, RecordDraft, bind, is_open
from domain.ledger import Bucket, home_of
from infra.books.binding import Stored, meet
from infra.books.statements import not_out

NEW = 10**15
"""Added to a draft's place to name it beside stored records, whose ids are below."""


@dataclass(frozen=True, slots=True)
class Freed:
    """A held negative of an earlier file that has found its original. `original_id` may be a new one's, from `NEW`."""

    negative: Negative
    original_id: int
    home: Bucket
    """Where its original is, and so it goes."""


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

    keys = [draft.key for draft in drafts]
    closed = not_out(session, {(key.enterprise_id, key.period, key.entity) for key in keys if is_open(key.period, today)})

    def home(original_id: int) -> Bucket:
        return _home(drafts[original_id - NEW], today, closed) if original_id >= NEW else stored.homes[original_id]

    originals = [bound.get(NEW + place) for place in range(len(drafts))]
    buckets = [
        home(original) if original is not None else _home(draft, today, closed) for draft, original in zip(drafts, originals, strict=True)
    ]
    return Plan(drafts, originals, buckets, list(_freed(stored, bound, home)))


def _freed(stored: Stored, bound: dict[int, int], home: Callable[[int], Bucket]) -> Iterable[Freed]:
    for negative in stored.held:
        if negative.id in bound:
            yield Freed(negative, bound[negative.id], home(bound[negative.id]))


def _home(draft: RecordDraft, today: date, closed: Collection[tuple[int, str, str]]) -> Bucket:
    """Of a draft without an original; a negative that needs one waits outside every open month.

    A month is open when its day has come, unless its statement is not out: `closed` says which those are.
    """
    key = draft.key
    out = is_open(key.period, today) and (key.enterprise_id, key.period, key.entity) not in closed
    return home_of(seller=key.seller, assisted=key.assisted, opened=out and not draft.needs_original, expired=False)


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
        if draft.invoiceable_fen > 0 and not (key.seller or key.assisted):
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
