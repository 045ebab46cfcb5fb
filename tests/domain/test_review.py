"""The automatic review raises a doubt for each check, and for that check alone."""

from dataclasses import replace

import pytest

from domain.review import ReviewFacts, automatic_review

CLEAN = ReviewFacts(
    amount_fen=10_600,
    consumed_90_days_fen=10_600,
    title_name="青屿云计算（杭州）有限公司",
    title_tax_id="91330106MACKX4QG41",
    real_name="青屿云计算(杭州)有限公司",
    real_tax_id="91330106mackx4qg41",
    is_first=False,
    rejected_before=0,
)


def _raised(facts: ReviewFacts) -> list[str]:
    return [check.code for check in automatic_review(facts) if check.raised]


def test_a_clean_application_raises_nothing() -> None:
    """Brackets of another width and a tax id in small letters are the same."""
    assert _raised(CLEAN) == []


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"real_name": "北京拾光互动科技有限公司"}, ["title-is-real-name"]),
        ({"real_tax_id": "91110000600037341L"}, ["tax-id-is-registered"]),
        ({"title_tax_id": "91330106MACKX4QG42"}, ["tax-id-is-registered", "tax-id-check-digits"]),
        ({"title_tax_id": ""}, ["tax-id-is-registered"]),
        ({"title_tax_id": "", "real_tax_id": ""}, []),
        ({"amount_fen": 10_601}, ["amount-within-90-days"]),
        ({"is_first": True}, ["not-the-first-application"]),
        ({"rejected_before": 1}, ["not-rejected-before"]),
        ({"is_first": True, "amount_fen": 20_000}, ["amount-within-90-days", "not-the-first-application"]),
    ],
)
def test_a_doubt_is_raised_by_its_own_check(changes: dict[str, object], raised: list[str]) -> None:
    assert _raised(replace(CLEAN, **changes)) == raised  # type: ignore[arg-type]


def test_the_evidence_holds_what_the_sentences_need() -> None:
    facts = replace(CLEAN, amount_fen=99, consumed_90_days_fen=98, rejected_before=2)
    evidence = {check.code: check.evidence for check in automatic_review(facts)}
    assert evidence == {
        "title-is-real-name": {"real_name": CLEAN.real_name},
        "tax-id-is-registered": {"real_tax_id": CLEAN.real_tax_id},
        "tax-id-check-digits": {},
        "amount-within-90-days": {"amount_fen": "99", "consumed_fen": "98"},
        "not-the-first-application": {},
        "not-rejected-before": {"count": "2"},
    }
