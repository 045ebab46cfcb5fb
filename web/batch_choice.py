"""What the rows of a sheet choose, from records that were read once for all rows: `web/selection.py` would read anew for each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.choosing import Choice, Group, choose
from domain.messages import Policy
from domain.splitting import NegativeAlone, PlannedInvoice, split
from infra.queries.consumption import Record
from infra.queries.finding_records import MOST_CHOSEN
from web.selection import Selection
from web.wanted import Wanted


def named_selection(base: Selection, known: Mapping[int, Record], wanted: Wanted, arrears_fen: int, *, consolidated: bool) -> Selection:
    """The selection that `select_records` makes of these records; `base` is one of the same person without any."""
    seen = [known[identity] for identity in wanted.records if identity in known]
    records = sorted((each for each in seen if each.why_not is None), key=lambda each: (each.day, each.id))
    choice = choose([each.group for each in records], arrears_fen if records else 0, wanted.limit_fen)
    able = {each.id for each in records}
    return replace(
        base,
        records=tuple(records),
        choice=choice,
        plan=plan_of(records, choice),
        lost=tuple(each for each in seen if each.why_not is not None),
        unknown=tuple(identity for identity in wanted.records if identity not in known),
        wanted=replace(wanted, records=tuple(identity for identity in wanted.records if identity in able)),
        apart_only=len({each.account_id for each in records}) > 1 and not consolidated,
        ticked=len(records),
        most=MOST_CHOSEN,
    )


def oldest_selection(
    base: Selection, records: Sequence[Record], groups: Mapping[int, Group], wanted: Wanted, arrears_fen: int
) -> Selection:
    """The selection of an amount alone: the oldest of these records, as far as they are left in `groups`."""
    choice = choose(list(groups.values()), arrears_fen, wanted.limit_fen)
    left = tuple(each for each in records if each.id in groups)
    return replace(base, records=left, choice=choice, plan=plan_of(left, choice), wanted=wanted, ticked=len(left), most=MOST_CHOSEN)


def plan_of(records: Sequence[Record], choice: Choice) -> tuple[PlannedInvoice, ...]:
    """The invoices that a choice makes; none where more was refunded than paid."""
    entries = {each.id: each for record in records for each in (record, *record.negatives)}
    items = [replace(entries[identity].item, amount_fen=amount) for identity, amount in choice.items]
    try:
        return split(items, limit_net_fen=Policy().single_invoice_limit_fen)
    except NegativeAlone:
        return ()


def take(groups: dict[int, Group], taken: Mapping[int, int]) -> None:
    """Take a row's part out of what is left; negatives went along with the record they correct."""
    for identity in [each for each in groups if each in taken]:
        group = groups[identity]
        part = taken[identity] + sum(taken.get(negative.record_id, 0) for negative in group.negatives)
        if group.net_fen > part:
            groups[identity] = Group(identity, group.net_fen - part, group.held_fen)
        else:
            del groups[identity]
