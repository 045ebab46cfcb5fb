"""What can be asked for, what answers it, and what an alarm asks for."""

import pytest

from domain.evidence import EvidenceKind
from domain.material import KINDS, MaterialCode, answer_problems, missing, request_problems, wanted_by_alarm
from domain.review import Check, Outcome
from domain.review_policy import CheckCode


def checks(above: bool, lacking: str) -> tuple[Check, ...]:
    return (
        Check(CheckCode.AMOUNT_WITHIN_90_DAYS, Outcome.ALARM if above else Outcome.CLEAR),
        Check(CheckCode.EVIDENCE_IS_THERE, Outcome.LOOK if lacking else Outcome.CLEAR, evidence={"missing": lacking}),
    )


@pytest.mark.parametrize(
    ("above", "lacking", "wanted"),
    [
        (True, "contract", ("deal",)),
        (True, "licence contract", ("deal", "licence")),
        (True, "licence", ()),
        (True, "", ()),
        (False, "licence", ()),
    ],
)
def test_an_alarm_asks_for_what_is_missing_only_when_no_file_shows_why(above: bool, lacking: str, wanted: tuple[str, ...]) -> None:
    assert wanted_by_alarm(checks(above, lacking)) == wanted


def test_every_kind_of_file_answers_something() -> None:
    assert set(KINDS) == set(MaterialCode)
    assert {kind for kinds in KINDS.values() for kind in kinds} == set(EvidenceKind)


def test_any_file_that_shows_the_deal_answers_it() -> None:
    for kind in ("contract", "order", "payment", "consumption"):
        assert missing(("deal",), {kind}, "") == ()
    assert missing(("deal", "licence", "explanation"), {"licence"}, " ") == ("deal", "explanation")


@pytest.mark.parametrize(
    ("wanted", "kinds", "text", "codes"),
    [
        (("contract",), {"contract"}, "", []),
        (("contract",), {"order"}, "", [("file_contract", "material-missing")]),
        (("contract",), set(), "后补", []),
        (("explanation",), set(), "  ", [("text", "material-explain")]),
        (("explanation",), set(), "长" * 2001, [("text", "material-long")]),
    ],
)
def test_an_answer_has_files_or_says_why_not(wanted: tuple[str, ...], kinds: set[str], text: str, codes: list[tuple[str, str]]) -> None:
    assert [(each.field, each.code) for each in answer_problems(wanted, kinds, text)] == codes


@pytest.mark.parametrize(
    ("wanted", "note", "codes"),
    [
        ((), "", ["material-nothing"]),
        (("contract", "nonsense"), "", ["choose-one"]),
        (("other",), "", ["material-note"]),
        (("other",), "盖章页", []),
        (("order",), "长" * 501, ["material-long"]),
    ],
)
def test_a_request_names_something_and_says_what_else_is(wanted: tuple[str, ...], note: str, codes: list[str]) -> None:
    assert [each.code for each in request_problems(wanted, note)] == codes
