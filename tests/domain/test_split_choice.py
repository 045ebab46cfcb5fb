"""Splitting by choice: every way and every hand-moved line adds up to the same gross, net and tax; each line stands once (12, 18)."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.amounts import net_and_tax
from domain.choosing import RecordQuery
from domain.split_choice import (
    AS_FEW,
    OwnLine,
    SplitBy,
    SplitChoice,
    choice_problems,
    is_statement,
    letter,
    letter_order,
    line_id,
    read_choice,
)
from domain.splitting import PlannedInvoice, SplitItem, plan_digest, plan_problems, split, without_idle_moves

NO_LIMIT = 10**14
RATES = [0, 100, 300, 500, 600, 900, 1300]


def item(record_id: int, amount_fen: int = 10_600, **values: object) -> SplitItem:
    made = SplitItem(record_id, "QY", 600, "云服务器", "信息技术服务", "3040203000000000000", "项", amount_fen, None, "2026-11", "2026-10")
    return replace(made, **values)  # type: ignore[arg-type]


@st.composite
def records(draw: st.DrawFn) -> list[SplitItem]:
    """Records from one fen on, of several entities, rates, classes, services and months, with negatives up to the whole."""
    items: list[SplitItem] = []
    for _ in range(draw(st.integers(1, 14))):
        amount = draw(st.one_of(st.integers(1, 20), st.integers(1, 500_000)))
        service, category = draw(
            st.sampled_from([("云服务器", "信息技术服务"), ("带宽", "电信服务"), ("短信", "电信服务"), ("授权", "软件")])
        )
        original = item(
            len(items) + 1,
            amount,
            entity=draw(st.sampled_from(["QY", "QYSH"])),
            rate_bp=draw(st.sampled_from(RATES)),
            service=service,
            category=category,
            month=draw(st.sampled_from(["2026-08", "2026-09", "2026-10"])),
        )
        items.append(original)
        if draw(st.booleans()):
            taken = draw(st.integers(0, amount))
            items.append(replace(original, record_id=len(items) + 1, amount_fen=-taken, original_id=original.record_id, month="2026-11"))
    return items


WAYS = st.sampled_from(list(SplitBy))
LIMITS = st.one_of(st.integers(2_000, 300_000), st.just(NO_LIMIT))


def moved(draw: st.DataObject, plan: tuple[PlannedInvoice, ...], by: SplitBy) -> SplitChoice:
    """A choice that moves some lines of the plan to invoices drawn at random."""
    lines = sorted({line_id(invoice.entity, line) for invoice in plan for line in invoice.lines})
    names = st.sampled_from(["A", "B", "C", "Z", "AA"])
    return SplitChoice(by, tuple(OwnLine(each, draw.draw(names)) for each in lines if draw.draw(st.booleans())))


@settings(deadline=None)
@given(records(), WAYS, LIMITS, st.data())
def test_every_choice_adds_up_in_gross_net_and_tax(items: list[SplitItem], by: SplitBy, limit: int, data: st.DataObject) -> None:
    unmoved = split(items, limit_net_fen=limit, choice=SplitChoice(by))
    plan = split(items, limit_net_fen=limit, choice=moved(data, unmoved, by))
    assert sum(invoice.total_fen for invoice in plan) == sum(one.amount_fen for one in items)
    periods = {one.record_id: one.month for one in items}
    whole: Counter[tuple[object, ...]] = Counter()
    for one in items:
        month = periods[one.original_id or one.record_id] if by == SplitBy.MONTH else ""
        whole[one.entity, one.rate_bp, one.category, one.service, month] += one.amount_fen
    printed: dict[tuple[object, ...], list[int]] = defaultdict(lambda: [0, 0])
    for invoice in plan:
        assert sum(piece.amount_fen for piece in invoice.taken) == invoice.total_fen == invoice.net_fen + invoice.tax_fen
        assert invoice.net_fen <= limit
        for line in invoice.lines:
            sums = printed[invoice.entity, line.rate_bp, line.category, line.name, line.specification]
            sums[0] += line.net_fen
            sums[1] += line.tax_fen
    expected = {key: net_and_tax(total, int(str(key[1]))) for key, total in whole.items() if total}
    assert {key: tuple(value) for key, value in printed.items()} == expected


@settings(deadline=None)
@given(records(), WAYS, st.data())
def test_each_line_stands_on_exactly_one_invoice_of_its_entity_and_rate(items: list[SplitItem], by: SplitBy, data: st.DataObject) -> None:
    choice = moved(data, split(items, limit_net_fen=NO_LIMIT, choice=SplitChoice(by)), by)
    plan = split(items, limit_net_fen=NO_LIMIT, choice=choice)
    stands = Counter(line_id(invoice.entity, line) for invoice in plan for line in invoice.lines)
    assert set(stands.values()) <= {1}
    own = {each.line: each.invoice for each in choice.own}
    for invoice in plan:
        assert {line.rate_bp for line in invoice.lines} == {invoice.rate_bp}
        for line in invoice.lines:
            assert own.get(line_id(invoice.entity, line), invoice.letter) == invoice.letter
    names = [(invoice.entity, invoice.rate_bp, invoice.letter) for invoice in plan]
    assert len(set(names)) == len(names)


@settings(deadline=None)
@given(records(), WAYS, LIMITS, st.data(), st.randoms())
def test_the_same_choice_makes_the_same_plan_from_records_in_any_order(
    items: list[SplitItem], by: SplitBy, limit: int, data: st.DataObject, random: object
) -> None:
    choice = moved(data, split(items, limit_net_fen=limit, choice=SplitChoice(by)), by)
    shuffled = list(items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = read_choice(choice.text)
    assert again == choice
    assert split(shuffled, limit_net_fen=limit, choice=again) == split(items, limit_net_fen=limit, choice=choice)


@settings(deadline=None)
@given(records(), WAYS, LIMITS)
def test_sums_by_line_and_month_make_the_same_invoices_as_the_records(items: list[SplitItem], by: SplitBy, limit: int) -> None:
    periods = {one.record_id: one.month for one in items}
    sums: dict[tuple[object, ...], int] = {}
    for one in items:
        key = (one.entity, one.rate_bp, one.service, one.category, periods[one.original_id or one.record_id])
        sums[key] = sums.get(key, 0) + one.amount_fen
    summed = [
        item(at, amount, entity=key[0], rate_bp=key[1], service=key[2], category=key[3], month=key[4])
        for at, (key, amount) in enumerate(sums.items(), start=1)
    ]
    choice = SplitChoice(by)
    of_records = split(items, limit_net_fen=limit, choice=choice)
    assert plan_digest(split(summed, limit_net_fen=limit, choice=choice)) == plan_digest(of_records)


SERVICES = [
    item(1, 10_600, service="云服务器", month="2026-09"),
    item(2, 5_300, service="云服务器", month="2026-10"),
    item(3, 2_120, service="带宽", category="电信服务"),
    item(4, 1_060, service="短信", category="电信服务"),
]


@pytest.mark.parametrize(
    ("by", "totals"),
    [
        (SplitBy.FEWEST, [19_080]),
        (SplitBy.CATEGORY, [15_900, 3_180]),
        (SplitBy.SERVICE, [15_900, 2_120, 1_060]),
        (SplitBy.MONTH, [10_600, 8_480]),
    ],
)
def test_each_way_makes_its_invoices(by: SplitBy, totals: list[int]) -> None:
    plan = split(SERVICES, limit_net_fen=NO_LIMIT, choice=SplitChoice(by))
    assert sorted((invoice.total_fen for invoice in plan), reverse=True) == totals
    assert [invoice.letter for invoice in plan] == [letter(at) for at in range(len(plan))]


def test_a_month_apart_says_so_on_its_lines() -> None:
    plan = split(SERVICES, limit_net_fen=NO_LIMIT, choice=SplitChoice(SplitBy.MONTH))
    assert [{line.specification for line in invoice.lines} for invoice in plan] == [{"2026-09"}, {"2026-10"}]
    assert {line.specification for line in split(SERVICES, limit_net_fen=NO_LIMIT)[0].lines} == {""}


def test_a_line_is_moved_by_hand_and_back() -> None:
    (plain,) = split(SERVICES, limit_net_fen=NO_LIMIT)
    sms = next(line_id("QY", line) for line in plain.lines if line.name == "短信")
    choice = SplitChoice(own=(OwnLine(sms, "B"),))
    plan = split(SERVICES, limit_net_fen=NO_LIMIT, choice=choice)
    assert [(invoice.letter, invoice.total_fen) for invoice in plan] == [("A", 18_020), ("B", 1_060)]
    assert plan_digest(plan) != plan_digest((plain,))
    assert without_idle_moves(choice, (plain,)) == choice
    assert without_idle_moves(SplitChoice(own=(OwnLine(sms, "A"),)), (plain,)) == AS_FEW


def test_what_a_choice_names_has_to_be_there_and_not_too_much() -> None:
    plan = split(SERVICES, limit_net_fen=NO_LIMIT)
    assert [each.code for each in plan_problems(plan, SplitChoice(own=(OwnLine("0" * 12, "B"),)))] == ["split-line-unknown"]
    many = [item(at, 1_060, service=f"服务{at}") for at in range(1, 202)]
    by_service = SplitChoice(SplitBy.SERVICE)
    assert [each.code for each in plan_problems(split(many, limit_net_fen=NO_LIMIT, choice=by_service), by_service)] == [
        "too-many-invoices"
    ]
    statement = RecordQuery("2026-10", None, "QY")
    assert [each.code for each in choice_problems(by_service, [statement], 0)] == ["statement-not-split"]
    assert choice_problems(by_service, [statement], 500) == []
    assert choice_problems(AS_FEW, [statement], 0) == []


@pytest.mark.parametrize(
    ("query", "whole"),
    [
        (RecordQuery("2026-10", None, "QY"), True),
        (RecordQuery("2026-10", None, ""), False),
        (RecordQuery("", None, "QY"), False),
        (RecordQuery("2026-10", 3, "QY"), False),
        (RecordQuery("2026-10", None, "QY", "202610150000183742"), False),
        (RecordQuery("2026-10", None, "QY", "", 600), False),
        (RecordQuery("2026-10", None, "QY", "", None, "can"), False),
        (RecordQuery("2026-10", None, "QY", "", None, "held"), False),
    ],
)
def test_a_statement_is_a_whole_month_of_an_entity(query: RecordQuery, whole: bool) -> None:
    assert is_statement(query) is whole


def test_letters_go_on_after_z() -> None:
    assert [letter(at) for at in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
    assert sorted(["AA", "B", "Z", "A"], key=letter_order) == ["A", "B", "Z", "AA"]


def test_what_was_stored_before_there_was_a_choice_is_as_few_as_possible() -> None:
    assert read_choice("") == AS_FEW
