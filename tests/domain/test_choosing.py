"""What is ticked and what is invoiced of it: arrears are covered first, an amount is made up exactly, negatives come along."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.choosing import Choice, Free, Group, choose, take_in_order


def group(record_id: int, free_fen: int, held_fen: int = 0, *negatives: int) -> Group:
    return Group(record_id, free_fen, held_fen, tuple(Free(record_id * 100 + n, fen) for n, fen in enumerate(negatives, 1)))


@st.composite
def groups(draw: st.DrawFn) -> list[Group]:
    """Positive records with negatives that never exceed them and a held part that never exceeds what is left."""
    made = []
    for record_id in range(1, draw(st.integers(0, 8)) + 1):
        free = draw(st.integers(1, 100_000))
        negatives, left = [], free
        for _ in range(draw(st.integers(0, 2))):
            taken = draw(st.integers(0, left))
            left -= taken
            negatives.append(-taken)
        made.append(group(record_id, free, draw(st.integers(0, left)), *negatives))
    return made


@settings(deadline=None)
@given(groups(), st.integers(0, 150_000), st.integers(0, 150_000))
def test_what_is_ticked_covers_the_amount_and_the_arrears(ticked: list[Group], arrears: int, limit: int) -> None:
    choice = choose(ticked, arrears, limit)
    net = sum(each.net_fen for each in ticked)
    assert sum(amount for _, amount in choice.items) == choice.amount_fen
    assert choice.ticked_fen == net
    if choice.amount_fen:
        assert net >= choice.amount_fen + arrears
        assert choice.amount_fen <= net - sum(each.held_fen for each in ticked)
    if limit and choice.amount_fen:
        assert choice.amount_fen <= limit
    assert choice.missing_fen == max(0, arrears - net) or choice.amount_fen


@settings(deadline=None)
@given(groups(), st.integers(0, 150_000), st.integers(0, 150_000))
def test_no_record_gives_more_than_it_has_and_negatives_come_whole(ticked: list[Group], arrears: int, limit: int) -> None:
    taken = dict(choose(ticked, arrears, limit).items)
    for each in ticked:
        negatives = {negative.record_id: negative.amount_fen for negative in each.negatives if negative.amount_fen}
        if each.record_id not in taken:
            assert not negatives.keys() & taken.keys()
            continue
        assert 0 <= taken[each.record_id] <= each.free_fen
        assert {key: taken.get(key) for key in negatives} == negatives
        assert taken[each.record_id] + sum(negatives.values()) <= each.net_fen - each.held_fen


@pytest.mark.parametrize(
    ("ticked", "arrears", "limit", "expected"),
    [
        ([group(1, 100)], 0, 0, Choice(((1, 100),), 100, 100, 0)),
        # The held part covers the arrears; the rest is invoiced.
        ([group(1, 100, 100), group(2, 50)], 100, 0, Choice(((2, 50),), 50, 150, 100)),
        ([group(1, 100, 30)], 30, 0, Choice(((1, 70),), 70, 100, 30)),
        # The held records were not ticked: the oldest of what was covers the arrears.
        ([group(2, 50), group(3, 60)], 80, 0, Choice(((3, 30),), 30, 110, 80)),
        ([group(2, 50)], 80, 0, Choice((), 0, 50, 50, 30)),
        ([group(2, 80)], 80, 0, Choice((), 0, 80, 80, 0)),
        # By amount: oldest first, exact, the last record in part.
        ([group(1, 100), group(2, 100)], 0, 130, Choice(((1, 100), (2, 30)), 130, 200, 0)),
        ([group(1, 100, 0, -40), group(2, 100)], 0, 30, Choice(((1, 70), (101, -40)), 30, 160, 0)),
        ([group(1, 100)], 0, 130, Choice(((1, 100),), 100, 100, 0)),
        # Refunded whole: goes along with the others, and is nothing by itself.
        ([group(1, 100, 0, -100), group(2, 5)], 0, 0, Choice(((1, 100), (101, -100), (2, 5)), 5, 5, 0)),
        ([group(1, 100, 0, -100)], 0, 0, Choice((), 0, 0, 0)),
        ([], 0, 0, Choice((), 0, 0, 0)),
    ],
)
def test_choices(ticked: list[Group], arrears: int, limit: int, expected: Choice) -> None:
    assert choose(ticked, arrears, limit) == expected


def test_taking_reads_no_further_than_needed() -> None:
    records = iter([Free(1, 30), Free(2, 30), Free(3, 30)])
    assert take_in_order(40, records, {1: 10}) == {1: 20, 2: 20}
    assert next(records) == Free(3, 30)
