"""Levels of a review: who decides next, and whether there are people enough for those that are left."""

from itertools import permutations, product

import pytest

from domain.review_levels import can_be_decided, needed_later, why_not
from domain.review_policy import Level

XU, SU, QIN = 1, 2, 3
STAFF = {XU: Level.ONE, SU: Level.TWO, QIN: Level.SUPERVISOR}
SOME = (Level.ONE, Level.TWO, Level.SUPERVISOR)
SPANS = [(step, last) for last in range(1, 4) for step in range(1, last + 2)]


def by_trying(people: tuple[Level, ...], step: int, last: int) -> bool:
    levels = range(step, last + 1)
    return any(all(own >= each for own, each in zip(tried, levels, strict=True)) for tried in permutations(people, len(levels)))


def teams() -> list[tuple[Level, ...]]:
    return [team for size in range(5) for team in product(SOME, repeat=size)]


@pytest.mark.parametrize(("step", "last"), SPANS)
def test_counting_finds_what_trying_every_order_finds(step: int, last: int) -> None:
    found = {team: can_be_decided(team, step, last) for team in teams()}
    assert found == {team: by_trying(team, step, last) for team in teams()}
    assert all(found.values()) is (step > last)


@pytest.mark.parametrize(("step", "last"), SPANS)
def test_one_is_needed_later_exactly_where_another_could_do_it_and_leave_enough(step: int, last: int) -> None:
    for team in teams():
        left = dict(enumerate(team))

        def leaves_enough(person: int, left: dict[int, Level] = left) -> bool:
            return by_trying(tuple(own for each, own in left.items() if each != person), step + 1, last)

        for person in (each for each, own in left.items() if own >= step):
            another = any(own >= step and leaves_enough(each) for each, own in left.items() if each != person)
            assert needed_later(person, left, step, last) is (another and not leaves_enough(person)), (team, person)


def test_of_three_people_each_has_one_level_and_of_two_nobody_is_kept_from_it() -> None:
    assert [needed_later(person, STAFF, 1, 3) for person in STAFF] == [False, True, True]
    without = {person: level for person, level in STAFF.items() if person != XU}
    assert [needed_later(person, without, 2, 3) for person in without] == [False, True]
    assert [needed_later(person, without, 1, 3) for person in without] == [False, False], "too few whoever begins"
    assert not needed_later(QIN, {QIN: Level.SUPERVISOR}, 3, 3)


def test_what_keeps_a_person_from_deciding() -> None:
    assert why_not(SU, Level.TWO, step=2, applicant=SU, decided=[SU]) == "own-application"
    assert why_not(SU, Level.TWO, step=2, applicant=9, decided=[XU, SU]) == "same-person"
    assert why_not(XU, Level.ONE, step=2, applicant=9, decided=[]) == "level-too-low"
    assert why_not(QIN, Level.SUPERVISOR, step=2, applicant=9, decided=[XU]) == ""
