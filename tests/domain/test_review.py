"""The automatic review raises a doubt for each check, and for that check alone; points add up, and the policy says who looks."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.review import Check, Outcome, ReviewFacts, alarmed, assess, automatic_review, read_checks, written_checks
from domain.review_policy import FIRST, CheckCode, Level, ReviewPolicy

CLEAN = ReviewFacts(
    amount_fen=10_600,
    consumed_90_days_fen=10_600,
    title_name="青屿云计算（杭州）有限公司",
    title_tax_id="91330106MACKX4QG41",
    real_name="青屿云计算(杭州)有限公司",
    real_tax_id="91330106mackx4qg41",
    is_first=False,
    rejected_before=0,
    invoice_limit_fen=1_000_000_000,
)
OTHER_NAME = "北京拾光互动科技有限公司"
LIMITED = ReviewPolicy(automatic_up_to_fen=100_000)
"""Up to 1,000 yuan nobody looks: 900 to 1,000 is just under it."""


def _raised(facts: ReviewFacts, policy: ReviewPolicy = FIRST) -> list[str]:
    return list(automatic_review(facts, policy).raised)


def _outcome(facts: ReviewFacts, code: str, policy: ReviewPolicy = FIRST) -> Outcome:
    return next(check.outcome for check in automatic_review(facts, policy).checks if check.code == code)


def test_a_clean_application_raises_nothing() -> None:
    """Brackets of another width and a tax id in small letters are the same."""
    assessment = automatic_review(CLEAN, LIMITED)
    assert (assessment.raised, assessment.score, assessment.level, assessment.passes) == ((), 0, Level.NONE, True)


def test_every_check_is_made_in_its_order() -> None:
    assert [check.code for check in automatic_review(CLEAN, FIRST).checks] == list(CheckCode)


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"real_name": OTHER_NAME}, ["title-is-real-name", "evidence-is-there"]),
        ({"real_name": OTHER_NAME, "files": ["licence"]}, ["title-is-real-name"]),
        ({"real_name": OTHER_NAME, "files": ["contract"]}, ["title-is-real-name", "evidence-is-there"]),
        ({"real_tax_id": "91110000600037341L"}, ["tax-id-is-registered"]),
        ({"title_tax_id": "91330106MACKX4QG42"}, ["tax-id-is-registered", "tax-id-check-digits"]),
        ({"title_tax_id": ""}, ["tax-id-is-registered"]),
        ({"title_tax_id": "", "real_tax_id": ""}, []),
        ({"amount_fen": 10_601}, ["amount-within-90-days", "evidence-is-there"]),
        ({"amount_fen": 10_601, "files": ["order"]}, ["amount-within-90-days"]),
        ({"amount_fen": 10_601, "files": ["licence", "other"]}, ["amount-within-90-days", "evidence-is-there"]),
        ({"is_first": True}, ["not-the-first-application"]),
        ({"rejected_before": 1}, ["not-rejected-before"]),
        ({"title_changed_days": 30}, ["title-unchanged"]),
        ({"title_changed_days": 31}, []),
        ({"title_changed_days": 0}, ["title-unchanged"]),
        ({"owed_fen": 1}, ["no-arrears"]),
        ({"lines_by_hand": 1}, ["usual-split"]),
        ({"invoices_net_fen": [900_000_000, 950_000_000, 1_000_000_000]}, ["usual-split"]),
        ({"invoices_net_fen": [899_999_999, 950_000_000, 1_000_000_000]}, []),
        ({"invoices_net_fen": [900_000_000, 950_000_000, 1_000_000_001]}, []),
        ({"invoices_net_fen": [950_000_000] * 3, "invoice_limit_fen": 0}, []),
    ],
)
def test_a_doubt_is_raised_by_its_own_check(changes: dict[str, object], raised: list[str]) -> None:
    assert _raised(replace(CLEAN, **changes)) == raised  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount_fen", "lately_fen", "raised"),
    [
        (100_000, [90_000, 95_000], True),
        (100_000, [90_000, 89_999], False),
        (100_001, [90_000, 95_000], False),
        (49_999_999, [45_000_000, 49_000_000], True),
        (50_000_000, [45_000_000, 49_000_000], False),
        (499_999_999, [450_000_000] * 2, True),
    ],
)
def test_applications_just_under_one_of_the_policys_limits_are_unusual(amount_fen: int, lately_fen: list[int], raised: bool) -> None:
    facts = replace(CLEAN, amount_fen=amount_fen, consumed_90_days_fen=10**12, lately_fen=lately_fen)
    assert ("usual-split" in _raised(facts, LIMITED)) is raised


@pytest.mark.parametrize(
    ("changes", "code", "outcome"),
    [
        ({"title_tax_id": "91330106MACKX4QG42"}, "tax-id-check-digits", Outcome.ALARM),
        ({"title_tax_id": "91330106"}, "tax-id-check-digits", Outcome.ALARM),
        ({"amount_fen": 10_601}, "amount-within-90-days", Outcome.ALARM),
        ({"rejected_before": 2}, "not-rejected-before", Outcome.LOOK),
        ({"rejected_before": 3}, "not-rejected-before", Outcome.ALARM),
        ({"owed_fen": 10**9}, "no-arrears", Outcome.LOOK),
    ],
)
def test_what_alarms(changes: dict[str, object], code: str, outcome: Outcome) -> None:
    assert _outcome(replace(CLEAN, **changes), code) is outcome  # type: ignore[arg-type]


def test_the_first_check_digit_of_a_tax_id_is_looked_at_too() -> None:
    """Character 17 is the organisation code's own; the last one here fits."""
    from domain.tax_ids import uscc_check_character

    body = "91330106MACKX4QG5"
    assert _outcome(replace(CLEAN, title_tax_id=body + uscc_check_character(body)), "tax-id-check-digits") is Outcome.LOOK


def test_an_alarm_that_weighs_nothing_still_needs_a_person() -> None:
    policy = replace(LIMITED, points={**FIRST.points, "amount-within-90-days": 0, "evidence-is-there": 0})
    assessment = automatic_review(replace(CLEAN, amount_fen=10_601), policy)
    assert (assessment.score, assessment.level) == (0, Level.ONE)


def test_a_look_that_weighs_nothing_needs_nobody() -> None:
    policy = replace(LIMITED, points={**FIRST.points, "not-the-first-application": 0})
    assessment = automatic_review(replace(CLEAN, is_first=True), policy)
    assert (assessment.raised, assessment.passes) == (("not-the-first-application",), True)


def test_the_evidence_holds_what_the_sentences_need() -> None:
    facts = replace(
        CLEAN, amount_fen=99, consumed_90_days_fen=98, rejected_before=2, title_changed_days=4, name_before="甲", files_mark="m"
    )
    evidence = {check.code: check.evidence for check in automatic_review(facts, FIRST).checks}
    assert evidence == {
        "title-is-real-name": {"real_name": CLEAN.real_name},
        "tax-id-is-registered": {"real_tax_id": CLEAN.real_tax_id},
        "tax-id-check-digits": {},
        "title-unchanged": {"days": "4", "name_before": "甲"},
        "amount-within-90-days": {"amount_fen": "99", "consumed_fen": "98"},
        "no-arrears": {"owed_fen": "0"},
        "evidence-is-there": {"missing": "contract", "files": "0", "mark": "m"},
        "not-the-first-application": {},
        "usual-split": {"by_hand": "0", "count": "0", "limit_fen": "0"},
        "not-rejected-before": {"count": "2"},
    }


FACTS = st.builds(
    ReviewFacts,
    amount_fen=st.integers(1, 10**12),
    consumed_90_days_fen=st.integers(0, 10**12),
    title_name=st.sampled_from([CLEAN.title_name, OTHER_NAME]),
    title_tax_id=st.sampled_from(["", CLEAN.title_tax_id, "91330106MACKX4QG42", "9133"]),
    real_name=st.just(CLEAN.real_name),
    real_tax_id=st.sampled_from(["", CLEAN.real_tax_id]),
    is_first=st.booleans(),
    rejected_before=st.integers(0, 5),
    title_changed_days=st.none() | st.integers(0, 90),
    owed_fen=st.integers(0, 10),
    files=st.sets(st.sampled_from(["licence", "contract", "other"])),
    lines_by_hand=st.integers(0, 2),
    lately_fen=st.lists(st.integers(1, 10**9), max_size=4),
)
POLICIES = st.builds(
    ReviewPolicy,
    points=st.fixed_dictionaries({str(code): st.integers(0, 100) for code in CheckCode}),
    people_from_score=st.integers(0, 50),
    level_2_from_score=st.integers(50, 100),
    supervisor_from_score=st.integers(100, 300),
    automatic_up_to_fen=st.integers(0, 10**7),
    level_2_from_fen=st.integers(10**7 + 1, 10**8),
    supervisor_from_fen=st.integers(10**8 + 1, 10**10),
)


@given(facts=FACTS, policy=POLICIES)
def test_the_score_is_the_sum_of_the_lines_and_clear_ones_weigh_nothing(facts: ReviewFacts, policy: ReviewPolicy) -> None:
    assessment = automatic_review(facts, policy)
    assert assessment.score == sum(check.points for check in assessment.checks)
    assert all(check.points == (policy.points[check.code] if check.raised else 0) for check in assessment.checks)


@given(facts=FACTS, policy=POLICIES)
def test_only_what_neither_scores_nor_alarms_nor_is_large_passes(facts: ReviewFacts, policy: ReviewPolicy) -> None:
    assessment = automatic_review(facts, policy)
    free = assessment.score < policy.people_from_score and facts.amount_fen <= policy.automatic_up_to_fen and not alarmed(assessment.checks)
    assert assessment.passes is free


@given(facts=FACTS, policy=POLICIES, code=st.sampled_from(list(CheckCode)), more=st.integers(0, 100))
def test_a_heavier_check_never_leads_to_a_lower_level(facts: ReviewFacts, policy: ReviewPolicy, code: CheckCode, more: int) -> None:
    before = automatic_review(facts, policy)
    heavier = replace(policy, points={**policy.points, str(code): policy.points[code] + more})
    assert assess(before.checks, facts.amount_fen, heavier).level >= before.level


@given(facts=FACTS, policy=POLICIES)
def test_kept_checks_weighed_by_the_same_policy_are_the_same(facts: ReviewFacts, policy: ReviewPolicy) -> None:
    assessment = automatic_review(facts, policy)
    kept = read_checks(written_checks(assessment.checks))
    assert kept == assessment.checks
    assert assess(kept, facts.amount_fen, policy) == assessment


def test_checks_that_were_kept_before_there_were_points_can_be_read() -> None:
    old = [
        {"code": "not-the-first-application", "raised": True, "evidence": {}},
        {"code": "not-rejected-before", "raised": False, "evidence": {}},
    ]
    assert read_checks(json.dumps(old)) == (
        Check("not-the-first-application", Outcome.LOOK),
        Check("not-rejected-before", Outcome.CLEAR),
    )
