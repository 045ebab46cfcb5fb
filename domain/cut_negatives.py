"""A refund that no record carries alone is cut, a part for each of them (decision 0016)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Context, Decimal

from domain.consumption import PricedLine, RecordDraft, make_record
from domain.focus_file import EXACT
from domain.month_parts import PLACES, rest, together

_WIDE = Context(prec=80)


@dataclass(frozen=True, slots=True)
class Costs:
    """A line's amounts in its currency, below 0 for a refund: what it costs, and what of it voucher, coupon and bonus paid."""

    billed: Decimal
    excluded: tuple[Decimal, Decimal, Decimal]
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Slice:
    """What of a line, by its place, is in a piece; `is_rest`: it is what is left of the line, or all of it."""

    place: int
    costs: Costs
    is_rest: bool


def cut_costs(lines: Sequence[Costs], sizes_fen: Sequence[int]) -> list[list[Slice]]:
    """Cut a negative record's lines: a piece of each size in cash, fen above 0, and one with the rest.

    The pieces sum to the lines exactly. What vouchers, coupons and bonus paid stays with the rest.
    """
    left = list(lines)
    pieces: list[list[Slice]] = []
    gone: set[int] = set()
    for size in sizes_fen:
        piece: list[Slice] = []
        needed = Decimal(size).scaleb(-2)
        for place, costs in enumerate(left):
            cash = -rest(costs.billed, costs.excluded)
            yuan = EXACT.multiply(cash, costs.rate)
            if place in gone or yuan <= 0 or needed <= 0:
                continue
            whole = yuan <= needed
            taken = cash if whole else _WIDE.divide(needed, costs.rate).quantize(PLACES, ROUND_DOWN, _WIDE)
            needed = rest(needed, (yuan,)) if whole else Decimal(0)
            if whole and not any(costs.excluded):
                gone.add(place)
            piece.append(Slice(place, Costs(-taken, (Decimal(0), Decimal(0), Decimal(0)), costs.rate), place in gone))
            left[place] = replace(costs, billed=rest(costs.billed, (-taken,)))
        pieces.append(piece)
    return [*pieces, [Slice(place, costs, True) for place, costs in enumerate(left) if place not in gone]]


def yuan_of(slices: Sequence[Slice]) -> Decimal:
    """The exact sum of a piece in yuan."""
    return together([EXACT.multiply(each.costs.billed, each.costs.rate) for each in slices])


def cut_drafts(
    drafts: Sequence[RecordDraft], priced: Sequence[PricedLine], cuts: Mapping[int, Sequence[int]]
) -> tuple[list[RecordDraft], list[PricedLine]]:
    """The drafts with those at the places of `cuts` in pieces of these sizes, fen above 0; and the lines, those that were cut in parts."""
    lines = {(each.line.line, each.line.part): each for each in priced}
    parts: dict[int, int] = {}
    for line, part in lines:
        parts[line] = max(part, parts.get(line, 0))
    in_parts: dict[tuple[int, int], list[PricedLine]] = {}
    found: list[RecordDraft] = []
    for place, draft in enumerate(drafts):
        if place not in cuts:
            found.append(draft)
            continue
        own = [lines[key] for key in draft.lines]
        pieces = cut_costs([Costs(each.line.billed_cost, each.line.excluded_parts, each.rate) for each in own], cuts[place][:-1])
        for number, slices in enumerate(pieces):
            of = []
            for each in slices:
                source = own[each.place]
                part = source.line.part
                if not each.is_rest:
                    part = parts[source.line.line] = parts[source.line.line] + 1
                of.append(_part(source, each.costs, part))
                in_parts.setdefault((source.line.line, source.line.part), []).append(of[-1])
            found.append(make_record(replace(draft.key, piece=number), of))
    whole = [in_parts.get((each.line.line, each.line.part), [each]) for each in priced]
    return found, [each for of in whole for each in of]


def _part(source: PricedLine, costs: Costs, part: int) -> PricedLine:
    voucher, coupon, bonus = costs.excluded
    line = replace(source.line, part=part, billed_cost=costs.billed, voucher_cost=voucher, coupon_cost=coupon, bonus_cost=bonus)
    in_yuan = [EXACT.multiply(each, costs.rate) for each in (costs.billed, *costs.excluded)]
    return replace(source, line=line, cost_yuan=in_yuan[0], parts_yuan=(in_yuan[1], in_yuan[2], in_yuan[3]))
