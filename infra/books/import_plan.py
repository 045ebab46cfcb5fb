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
from infra.queries.open_months import Statement, out_of

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
    """Where the invoiceable part of each goes. Of a month that opens with this import that is `NOT_OPEN`: its statement opens it."""
    opened: Sequence[Bucket]
    """Where it is after that."""
    freed: Sequence[Freed]

    @property
    def held(self) -> int:
        return sum(draft.needs_original and original is None for draft, original in zip(self.drafts, self.originals, strict=True))

    def sums(self) -> Counter[Bucket]:
        """Fen by bucket when the import is done, `EXCLUDED` included."""
        sums: Counter[Bucket] = Counter()
        for draft, bucket in zip(self.drafts, self.opened, strict=True):
            sums[bucket] += draft.invoiceable_fen
            sums[Bucket.EXCLUDED] += draft.excluded_fen
        return sums


def make_plan(session: Session, drafts: Sequence[RecordDraft], today: date) -> Plan:
    """Find originals, among the drafts and what is stored, and say where the amounts go.

    A bound negative is where its original is: it lowers what can be invoiced from the moment it is known, whatever
    month it is billed in. Who writes what is planned holds the customers (`hold_customers`): no month may open in between.
    """
    negatives = [_negative(NEW + place, draft) for place, draft in enumerate(drafts) if draft.needs_original]
    customers = {draft.key.enterprise_id for draft in drafts}
    stored = meet(session, negatives, customers)
    bound = bind([*stored.held, *negatives], [*stored.originals, *_originals(drafts)])
    places = {_statement(draft) for draft in drafts}
    out = out_of(session, places | set(stored.statements.values()))
    opening = {(enterprise_id, period) for enterprise_id, period, _ in places if is_open(period, today)}
    due = {place for place in places | set(stored.statements.values()) if place[:2] in opening}
    after = out | (due - not_out(session, due))

    def home(original_id: int, out: Collection[Statement]) -> Bucket:
        return _home(drafts[original_id - NEW], out) if original_id >= NEW else stored.home(original_id, out)

    def homes(out: Collection[Statement]) -> list[Bucket]:
        return [_home(draft, out) if original is None else home(original, out) for draft, original in zip(drafts, originals, strict=True)]

    originals = [bound.get(NEW + place) for place in range(len(drafts))]
    freed = _freed(stored, bound, lambda original_id: home(original_id, out))
    return Plan(drafts, originals, homes(out), homes(after), list(freed))


def _statement(draft: RecordDraft) -> Statement:
    return draft.key.enterprise_id, draft.key.period, draft.key.entity


def _freed(stored: Stored, bound: dict[int, int], home: Callable[[int], Bucket]) -> Iterable[Freed]:
    for negative in stored.held:
        if negative.id in bound:
            yield Freed(negative, bound[negative.id], home(bound[negative.id]))


def _home(draft: RecordDraft, out: Collection[Statement]) -> Bucket:
    """Of a draft without an original; a negative that needs one waits outside every open month. `out`: statements that are."""
    key = draft.key
    opened = _statement(draft) in out and not draft.needs_original
    return home_of(seller=key.seller, assisted=key.assisted, opened=opened, expired=False)


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
