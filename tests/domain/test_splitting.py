"""Splitting: every fen is kept, no invoice exceeds what it may carry, negatives stay with their originals (I8, I9, I12)."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.amounts import net_and_tax, tax_problems
from domain.split_choice import AS_FEW
from domain.splitting import NegativeAlone, PlannedInvoice, SplitItem, plan_problems, split

NO_LIMIT = 10**12


def item(record_id: int, amount_fen: int = 10_600, **values: object) -> SplitItem:
    made = SplitItem(record_id, "QY", 600, "云服务器", "信息技术服务", "3040203000000000000", "项", amount_fen)
    return replace(made, **values)  # type: ignore[arg-type]


@st.composite
def groups(draw: st.DrawFn) -> list[SplitItem]:
    """Positive records with negatives that never exceed them, over entities, rates and services."""
    items: list[SplitItem] = []
    for _ in range(draw(st.integers(0, 12))):
        amount = draw(st.integers(1, 300_000))
        original = item(
            len(items) + 1,
            amount,
            entity=draw(st.sampled_from(["QY", "QYSH"])),
            rate_bp=draw(st.sampled_from([0, 100, 300, 500, 600, 900, 1300])),
            service=draw(st.sampled_from(["云服务器", "带宽", "短信"])),
        )
        items.append(original)
        left = amount
        for _ in range(draw(st.integers(0, 3))):
            taken = draw(st.integers(0, left))
            left -= taken
            items.append(replace(original, record_id=len(items) + 1, amount_fen=-taken, original_id=original.record_id))
    return draw(st.permutations(items))


def _taken(plan: tuple[PlannedInvoice, ...]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for invoice in plan:
        for piece in invoice.taken:
            sums[piece.record_id] += piece.amount_fen
    return sums


LIMITS = st.one_of(st.integers(5_000, 300_000), st.just(NO_LIMIT))


@settings(deadline=None)  # the machine may be busy
@given(groups(), LIMITS)
def test_every_fen_of_every_record_is_on_the_invoices_exactly(items: list[SplitItem], limit: int) -> None:
    plan = split(items, limit_net_fen=limit)
    # A line whose records cancel each other out has nothing to print, and may take part in no invoice.
    by_line: Counter[tuple[object, ...]] = Counter()
    for one in items:
        by_line[one.entity, one.rate_bp, one.service] += one.amount_fen
    assert sum(invoice.total_fen for invoice in plan) == sum(one.amount_fen for one in items)
    taken = _taken(plan)
    for one in items:
        if by_line[one.entity, one.rate_bp, one.service]:
            assert taken[one.record_id] == one.amount_fen


@settings(deadline=None)  # the machine may be busy
@given(groups(), LIMITS)
def test_an_invoice_is_of_one_entity_and_rate_and_its_sums_agree(items: list[SplitItem], limit: int) -> None:
    by_id = {one.record_id: one for one in items}
    for invoice in split(items, limit_net_fen=limit):
        assert {(by_id[piece.record_id].entity, by_id[piece.record_id].rate_bp) for piece in invoice.taken} == {
            (invoice.entity, invoice.rate_bp)
        }
        assert {line.rate_bp for line in invoice.lines} == {invoice.rate_bp}
        assert sum(piece.amount_fen for piece in invoice.taken) == invoice.total_fen == invoice.net_fen + invoice.tax_fen
        assert invoice.total_fen > 0
        assert all(line.total_fen > 0 for line in invoice.lines)


@settings(deadline=None)  # the machine may be busy
@given(groups(), st.integers(5_000, 300_000))
def test_no_invoice_carries_more_than_the_limit(items: list[SplitItem], limit: int) -> None:
    assert all(invoice.net_fen <= limit for invoice in split(items, limit_net_fen=limit))


@settings(deadline=None)  # the machine may be busy
@given(groups(), LIMITS)
def test_the_tax_of_a_service_is_that_of_its_whole_amount_however_it_is_cut(items: list[SplitItem], limit: int) -> None:
    plan = split(items, limit_net_fen=limit)
    whole: Counter[tuple[str, int, str]] = Counter()
    for one in items:
        whole[one.entity, one.rate_bp, one.service] += one.amount_fen
    printed: dict[tuple[str, int, str], list[int]] = defaultdict(lambda: [0, 0])
    for invoice in plan:
        for line in invoice.lines:
            sums = printed[invoice.entity, line.rate_bp, line.name]
            sums[0] += line.net_fen
            sums[1] += line.tax_fen
    for key, total in whole.items():
        assert tuple(printed[key]) == net_and_tax(total, key[1])


@settings(deadline=None)  # the machine may be busy
@given(groups(), LIMITS, st.randoms())
def test_the_same_records_in_any_order_make_the_same_invoices(items: list[SplitItem], limit: int, random: object) -> None:
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split(shuffled, limit_net_fen=limit) == split(items, limit_net_fen=limit)


@settings(deadline=None)  # the machine may be busy
@given(groups(), LIMITS)
def test_a_negative_is_never_without_its_original_on_an_invoice(items: list[SplitItem], limit: int) -> None:
    originals = {one.record_id: one.original_id for one in items if one.original_id is not None and one.amount_fen}
    for invoice in split(items, limit_net_fen=limit):
        on_it = {piece.record_id for piece in invoice.taken}
        assert all(original in on_it for negative, original in originals.items() if negative in on_it)


@pytest.mark.parametrize(
    "items",
    [
        [item(1, -100)],
        [item(1, 10_600), item(2, -100)],
        [item(1, 10_600), item(2, -100, original_id=9)],
        [item(1, 100), item(2, -101, original_id=1)],
        [item(1, 100), item(2, -60, original_id=1), item(3, -60, original_id=1), item(4, 10_600)],
    ],
    ids=["alone", "unbound", "original-elsewhere", "exceeds", "exceeds-together"],
)
def test_a_negative_that_its_original_does_not_carry_is_never_invoiced(items: list[SplitItem]) -> None:
    with pytest.raises(NegativeAlone):
        split(items, limit_net_fen=NO_LIMIT)


@pytest.mark.parametrize(
    "items", [[], [item(1, 0)], [item(1, 100), item(2, -100, original_id=1)]], ids=["nothing", "zero-record", "cancelled-out"]
)
def test_what_adds_up_to_nothing_makes_no_invoice(items: list[SplitItem]) -> None:
    assert split(items, limit_net_fen=NO_LIMIT) == ()


def test_a_line_that_cancels_out_is_not_printed_beside_others() -> None:
    items = [item(1, 500, service="带宽"), item(2, -500, service="带宽", original_id=1), item(3, 10_600)]
    (invoice,) = split(items, limit_net_fen=NO_LIMIT)
    assert [line.name for line in invoice.lines] == ["云服务器"]
    assert invoice.total_fen == 10_600


def test_records_of_one_service_become_one_line() -> None:
    (invoice,) = split([item(1), item(2, 21_200), item(3, 530, service="带宽")], limit_net_fen=NO_LIMIT)
    assert [(line.name, line.net_fen, line.tax_fen) for line in invoice.lines] == [("云服务器", 30_000, 1_800), ("带宽", 500, 30)]


def test_one_record_above_the_limit_is_cut_over_invoices() -> None:
    plan = split([item(1, 106_000)], limit_net_fen=30_000)
    assert len(plan) == 4
    assert sum(invoice.total_fen for invoice in plan) == 106_000
    assert [piece.record_id for invoice in plan for piece in invoice.taken] == [1, 1, 1, 1]


@settings(deadline=None)  # the machine may be busy
@given(
    st.integers(1, 400), st.integers(0, 10**6), st.sampled_from([0, 100, 300, 500, 600, 900, 1300]), st.sampled_from([30_000, 999_999_99])
)
def test_the_tax_bureau_accepts_every_part_of_a_line_however_many_there_are(parts: int, more: int, rate_bp: int, limit: int) -> None:
    plan = split([item(1, parts * limit + more, rate_bp=rate_bp)], limit_net_fen=limit)
    assert len(plan) >= parts * 10_000 // (10_000 + rate_bp)
    for invoice in plan:
        assert tax_problems(invoice.lines) == ()
        assert invoice.net_fen <= limit
    assert (sum(each.net_fen for each in plan), sum(each.tax_fen for each in plan)) == net_and_tax(parts * limit + more, rate_bp)


def test_lines_that_are_all_rounded_the_same_way_are_carried_over_before_the_tax_bureau_refuses_them() -> None:
    items = [item(index, 9, service=f"服务{index}") for index in range(1, 401)]
    assert all(tax_problems(invoice.lines) == () for invoice in split(items, limit_net_fen=NO_LIMIT))
    assert len(split(items, limit_net_fen=NO_LIMIT)) > 1


def test_a_plan_of_more_invoices_than_anybody_looks_through_is_told() -> None:
    plan = split([item(1, 201 * 31_800)], limit_net_fen=30_001)
    assert [problem.code for problem in plan_problems(plan, AS_FEW)] == ["too-many-invoices"]
    assert plan_problems(plan[:200], AS_FEW) == []


def test_more_lines_than_the_platform_takes_are_carried_over() -> None:
    items = [item(index, 106, service=f"服务{index}") for index in range(1, 2_002)]
    assert [len(invoice.lines) for invoice in split(items, limit_net_fen=NO_LIMIT)] == [2_000, 1]
