"""Ready phrases: what may be offered, and how a reason reads in each language."""

import pytest

from domain.review_phrases import LONGEST, MOST_OFFERED, Phrase, PhraseFor, phrase_problems, reason_in

TITLE = Phrase("title", "抬头不一致。", "The title differs.", PhraseFor.REJECT)


@pytest.mark.parametrize(
    ("locale", "phrase", "typed", "read"),
    [
        ("zh", TITLE, "第 3 位", "抬头不一致。 第 3 位"),
        ("en", TITLE, "第 3 位", "The title differs. 第 3 位"),
        ("zh", TITLE, "", "抬头不一致。"),
        ("en", None, "Typed", "Typed"),
        ("en", None, "", ""),
    ],
)
def test_a_reason_is_read_in_the_readers_language_and_what_was_typed_stays(
    locale: str, phrase: Phrase | None, typed: str, read: str
) -> None:
    assert reason_in(locale, phrase, typed) == read


@pytest.mark.parametrize(
    ("chinese", "english", "verdict", "problems"),
    [
        ("请补合同。", "Please add the contract.", "reject", []),
        ("", "", "reject", [("chinese", "text-blank"), ("english", "text-blank")]),
        ("Please", "请补合同。", "reject", [("chinese", "phrase-not-chinese"), ("english", "phrase-not-english")]),
        ("请补合同。", "Please add 合同.", "reject", [("english", "phrase-not-english")]),
        ("请补合同。", "1234", "reject", [("english", "phrase-not-english")]),
        ("请" * (LONGEST + 1), "Please add the contract.", "ask", [("chinese", "text-long")]),
        ("请补合同\u202e。", "Please add the contract.", "ask", [("chinese", "text-bidi")]),
        ("请补合同。", "Please add the contract.", "maybe", [("verdict", "phrase-verdict")]),
        ("抬头不一致。", "The title differs.", "reject", [("chinese", "phrase-twice"), ("english", "phrase-twice")]),
        ("抬头不一致。", "The title differs.", "ask", []),
    ],
)
def test_words_are_in_their_language_and_offered_once(chinese: str, english: str, verdict: str, problems: list[tuple[str, str]]) -> None:
    found = phrase_problems(chinese, english, verdict, [TITLE])
    assert [(problem.field, problem.code) for problem in found] == problems


def test_a_kind_has_so_many_that_one_finds_the_right_one() -> None:
    offered = [Phrase(f"p-{n}", f"理由 {n}", f"Reason {n}", PhraseFor.REJECT) for n in range(MOST_OFFERED)]
    assert [problem.code for problem in phrase_problems("新的", "New one", "reject", offered)] == ["phrase-many"]
    assert phrase_problems("新的", "New one", "approve", offered) == ()
