"""A short cut of the race campaign, and what it calls wrong."""

import pytest

from tests.campaigns.races import Outcome, Tally, figures, run


@pytest.mark.serial
@pytest.mark.timeout(240)
async def test_of_a_cancel_and_an_approval_on_running_parts_exactly_one_wins() -> None:
    tally = await run(60)
    assert tally.violations == []
    assert (tally.races, tally.both, tally.neither, tally.won.total()) == (60, 0, 0, 60)
    assert min(tally.won["cancel"], tally.won["approve"]) > 0


RIGHT = [Outcome("1", "issued", True, False, 1), Outcome("2", "cancelled", None, True, 0)]


@pytest.mark.parametrize(
    ("outcome", "both", "neither"),
    [
        (Outcome("3", "issued", True, True, 1), 1, 0),
        (Outcome("3", "cancelled", False, True, 1), 1, 0),
        (Outcome("3", "issued", False, False, 1), 0, 1),
        (Outcome("3", "reviewing", None, None, 0), 0, 1),
        (Outcome("3", None, None, None, 0), 0, 1),
        (Outcome("3", "lapsed", False, True, 0), 0, 0),
        (Outcome("3", "issued", True, False, 0), 0, 0),
        (Outcome("3", "issued", True, None, 1, answered=False), 0, 0),
    ],
)
def test_a_race_with_two_winners_or_none_is_counted(outcome: Outcome, both: int, neither: int) -> None:
    tally = Tally()
    tally.add([*RIGHT, outcome])
    assert (tally.both, tally.neither) == (both, neither)
    assert not all(figure.is_met for figure in figures(tally))


def test_races_that_one_side_always_wins_say_nothing() -> None:
    tally = Tally()
    tally.add([Outcome(str(n), "issued", True, False, 1) for n in range(9)])
    assert [figure.name for figure in figures(tally) if not figure.is_met] == ["races-won-by-cancel"]
    tally.add([RIGHT[1]] * 3)
    assert all(figure.is_met for figure in figures(tally))
