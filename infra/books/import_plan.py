"""What a file's lines become: records, their originals and their buckets. Nothing is written here."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from domain.amounts import plain
from domain.consumption import Negative, Original, RecordDraft, TaxClass, bind, class_taken, cuts, is_open
from domain.eligibility import last_day
from domain.focus_file import EXACT
from domain.ledger import Bucket, home_of
from infra.books.binding import meet
from infra.books.import_report import KEPT_ROUNDED, Rounded
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
    tax_class: TaxClass | None
    """Its original's, when it takes that (`domain.consumption.class_taken`)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an import will write, by the drafts' places."""

    drafts: Sequence[RecordDraft]
    originals: Sequence[int | None]
    """The original of each negative, stored or (from `NEW`) new; None for one that is held, and for what needs none."""
    classes: Sequence[TaxClass]
    """What each is booked as: today's class of its service, of a bound negative its original's."""
    buckets: Sequence[Bucket]
    """Where the invoiceable part of each goes. Of a month that opens with this import that is `NOT_OPEN`: its statement opens it."""
    opened: Sequence[Bucket]
    """Where it is after that; `EXPIRED` for what is past its time limit that day already, as every page says, until a night moves it."""
    freed: Sequence[Freed]
    cuts: Mapping[int, Sequence[int]]
    """Negatives that can only be bound in pieces, by their places, and how large the pieces are (`domain.cut_negatives`)."""

    @property
    def held(self) -> int:
        return sum(draft.needs_original and original is None for draft, original in zip(self.drafts, self.originals, strict=True))

    def rounding(self) -> dict[str, Any]:
        """What the report says of rounding: how many records, what is left over in all, and the first of them."""
        rounded = [draft for draft in self.drafts if draft.remainder]
        total = Decimal(0)
        for draft in rounded:
            total = EXACT.add(total, draft.remainder)
        return {"rounded": len(rounded), "remainder": plain(total), "rounded_first": tuple(map(_rounded, rounded[:KEPT_ROUNDED]))}

    def sums(self) -> Counter[Bucket]:
        """Fen by bucket when the import is done, `EXCLUDED` included."""
        sums: Counter[Bucket] = Counter()
        for draft, bucket in zip(self.drafts, self.opened, strict=True):
            sums[bucket] += draft.invoiceable_fen
            sums[Bucket.EXCLUDED] += draft.excluded_fen
        return sums


def _rounded(draft: RecordDraft) -> Rounded:
    key = draft.key
    return Rounded(key.account_id, key.service, key.day.isoformat(), key.order_number, draft.gross_fen, plain(draft.remainder))


def make_plan(session: Session, drafts: Sequence[RecordDraft], today: date) -> Plan:
    """Find originals, among the drafts and what is stored, and say where the amounts go.

    A bound negative is where its original is: it lowers what can be invoiced from the moment it is known, whatever
    month it is billed in. Who writes what is planned holds the customers (`hold_customers`): no month may open in between.
    """
    negatives = [_negative(NEW + place, draft) for place, draft in enumerate(drafts) if draft.needs_original]
    customers = {draft.key.enterprise_id for draft in drafts}
    stored = meet(session, negatives, customers)
    carriers = [*stored.originals, *_originals(drafts)]
    bound = bind([*stored.held, *negatives], carriers)
    pieces = cuts([*stored.held, *negatives], carriers, {negative.id for negative in negatives})
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
    by_id = {negative.id: negative for negative in negatives}

    def taken(negative: Negative, original_id: int) -> TaxClass | None:
        if original_id < NEW:
            return stored.class_taken(negative, original_id)
        key = drafts[original_id - NEW].key
        return class_taken(negative, key.service, key.tax_class)

    classes = [
        draft.key.tax_class if original is None else taken(by_id[NEW + place], original) or draft.key.tax_class
        for place, (draft, original) in enumerate(zip(drafts, originals, strict=True))
    ]
    freed = [
        Freed(negative, bound[negative.id], home(bound[negative.id], out), taken(negative, bound[negative.id]))
        for negative in stored.held
        if negative.id in bound
    ]
    return Plan(
        drafts,
        originals,
        classes,
        homes(out),
        _as_pages_say(drafts, originals, homes(after), today),
        freed,
        {id_ - NEW: sizes for id_, sizes in pieces.items()},
    )


def _as_pages_say(drafts: Sequence[RecordDraft], originals: Sequence[int | None], homes: Sequence[Bucket], today: date) -> list[Bucket]:
    """Where each is on that day: what is past its limit has expired, and so has a negative of it in the same file."""
    past = [last_day(draft.key.day) < today for draft in drafts]
    found = []
    for place, (original, home) in enumerate(zip(originals, homes, strict=True)):
        is_past = past[place] if original is None else original >= NEW and past[original - NEW]
        found.append(Bucket.EXPIRED if is_past and home is Bucket.AVAILABLE else home)
    return found


def _statement(draft: RecordDraft) -> Statement:
    return draft.key.enterprise_id, draft.key.period, draft.key.entity


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
