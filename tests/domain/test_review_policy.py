"""The review policy: its form refuses what cannot be meant, each problem at its field, and its levels follow score and amount."""

import json
from dataclasses import asdict, replace
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refusal
from domain.review_policy import FIRST, Level, ReviewPolicy, changes, policy_of_form, read_policy, typed_policy


@pytest.mark.parametrize(
    ("score", "amount_fen", "alarmed", "level", "why"),
    [
        (0, 100, False, Level.NONE, "passes"),
        (0, 101, False, Level.ONE, "automatic"),
        (0, 100, True, Level.ONE, "alarm"),
        (1, 100, False, Level.ONE, "score"),
        (49, 49_999_999, False, Level.ONE, "score"),
        (50, 100, False, Level.TWO, "score"),
        (0, 50_000_000, False, Level.TWO, "amount"),
        (99, 499_999_999, True, Level.TWO, "score"),
        (100, 100, False, Level.SUPERVISOR, "score"),
        (0, 500_000_000, False, Level.SUPERVISOR, "amount"),
    ],
)
def test_the_level_is_the_higher_of_score_and_amount(score: int, amount_fen: int, alarmed: bool, level: Level, why: str) -> None:
    judged = replace(FIRST, automatic_up_to_fen=100).judge(score, amount_fen, alarmed=alarmed)
    assert (judged.level, judged.why) == (level, why)


@given(
    score=st.integers(0, 200), amount_fen=st.integers(0, 10**9), alarmed=st.booleans(), more=st.integers(0, 100), fen=st.integers(0, 10**9)
)
def test_more_points_or_more_money_never_lead_to_a_lower_level(score: int, amount_fen: int, alarmed: bool, more: int, fen: int) -> None:
    before = FIRST.judge(score, amount_fen, alarmed=alarmed).level
    assert FIRST.judge(score + more, amount_fen + fen, alarmed=alarmed).level >= before


def test_what_the_form_shows_is_what_it_reads() -> None:
    policy = ReviewPolicy(points={**FIRST.points, "no-arrears": 100}, people_from_score=0, automatic_up_to_fen=123_456, near_percent=0)
    assert policy_of_form(typed_policy(policy)) == policy
    assert read_policy(policy.text) == policy


@pytest.mark.parametrize(
    ("typed", "problems"),
    [
        ({"points-no-arrears": "101"}, [("points-no-arrears", "whole-number")]),
        ({"points-no-arrears": "-1"}, [("points-no-arrears", "whole-number")]),
        ({"points-no-arrears": "1.5"}, [("points-no-arrears", "whole-number")]),
        ({"points-no-arrears": "１５"}, [("points-no-arrears", "whole-number")]),
        ({"points-no-arrears": " "}, [("points-no-arrears", "field-needed")]),
        ({"recent_days": "366"}, [("recent_days", "whole-number")]),
        ({"near_count": "1"}, [("near_count", "whole-number")]),
        ({"automatic_up_to_fen": "ten"}, [("automatic_up_to_fen", "amount-malformed")]),
        ({"automatic_up_to_fen": ""}, [("automatic_up_to_fen", "amount-blank")]),
        ({"level_2_from_score": "0"}, [("level_2_from_score", "policy-order")]),
        ({"supervisor_from_score": "49"}, [("supervisor_from_score", "policy-order")]),
        ({"automatic_up_to_fen": "500,000.00"}, [("level_2_from_fen", "policy-order")]),
        ({"level_2_from_fen": "5,000,000.00"}, [("supervisor_from_fen", "policy-order")]),
        ({"recent_days": "x", "level_2_from_fen": "y"}, [("recent_days", "whole-number"), ("level_2_from_fen", "amount-malformed")]),
    ],
)
def test_each_wrong_figure_is_named(typed: dict[str, str], problems: list[tuple[str, str]]) -> None:
    with pytest.raises(Refusal) as refused:
        policy_of_form({**typed_policy(FIRST), **typed})
    assert [(problem.field, problem.code) for problem in refused.value.problems] == problems


def test_an_empty_form_names_every_field() -> None:
    with pytest.raises(Refusal) as refused:
        policy_of_form({})
    assert {problem.field for problem in refused.value.problems} == set(typed_policy(FIRST))


def test_a_version_from_before_a_figure_has_its_first_value() -> None:
    kept = asdict(replace(FIRST, recent_days=7))
    del kept["near_count"]
    read = read_policy(json.dumps({**kept, "of-tomorrow": 1}))
    assert (read.recent_days, read.near_count) == (7, FIRST.near_count)
    assert read.weight("of-tomorrow") == 0


def test_changes_are_named_as_the_form_shows_them() -> None:
    after = replace(FIRST, level_2_from_fen=10_000_000, points={**FIRST.points, "no-arrears": 0})
    assert [(each.field, each.before, each.after) for each in changes(FIRST, after)] == [
        ("points-no-arrears", "20", "0"),
        ("level_2_from_fen", "500,000.00", "100,000.00"),
    ]


def test_the_first_version_in_the_database_is_the_one_that_the_rules_name() -> None:

    migration = import_module("infra.migrations.versions.20261121_18_review_policy")
    assert read_policy(migration.FIRST) == FIRST
