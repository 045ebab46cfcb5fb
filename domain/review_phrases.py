"""Ready phrases of decisions, in both languages: a reader reads them in a language of one's own (feature 47)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.errors import Problem
from domain.titles import text_problems

LONGEST = 300
MOST_OFFERED = 20
"""Of one verdict: nobody finds the right one among more."""
_HANZI = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")


class PhraseFor(StrEnum):
    """What a phrase is offered for."""

    APPROVE = "approve"
    REJECT = "reject"
    ASK = "ask"
    """For supplementary material."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A ready phrase; a retired one is not offered any more."""

    code: str
    chinese: str
    english: str
    verdict: PhraseFor
    retired: bool = False

    def text(self, locale: str) -> str:
        """In the reader's language, `zh` or `en`."""
        return self.english if locale == "en" else self.chinese


def reason_in(locale: str, phrase: Phrase | None, typed: str) -> str:
    """A decision's reason as a reader of this language reads it: the phrase, then what was typed, which stays as it is."""
    return " ".join(part for part in (phrase.text(locale) if phrase else "", typed) if part)


def unfit_phrase(phrase: Phrase | None, code: str, wanted: PhraseFor, field: str) -> list[Problem]:
    """What keeps a chosen phrase (`code`, empty for none) from standing in a decision or a note.

    Codes: phrase-gone, phrase-retired, phrase-other-verdict.
    """
    if not code:
        return []
    if phrase is None:
        return [Problem(field, "phrase-gone")]
    if phrase.retired:
        return [Problem(field, "phrase-retired")]
    return [] if phrase.verdict is wanted else [Problem(field, "phrase-other-verdict")]


def phrase_problems(chinese: str, english: str, verdict: str, others: Iterable[Phrase]) -> tuple[Problem, ...]:
    """What keeps these words from being offered beside `others`, which are the offered ones.

    Codes: those of `text_problems`, phrase-not-chinese, phrase-not-english, phrase-verdict, phrase-twice, phrase-many (max).
    """
    problems = [*text_problems("chinese", chinese, LONGEST, least=2), *text_problems("english", english, LONGEST, least=2)]
    wrong = {problem.field for problem in problems}
    if "chinese" not in wrong and not _HANZI.search(chinese):
        problems.append(Problem("chinese", "phrase-not-chinese"))
    if "english" not in wrong and (_HANZI.search(english) or not _LATIN.search(english)):
        problems.append(Problem("english", "phrase-not-english"))
    if verdict not in tuple(PhraseFor):
        return (*problems, Problem("verdict", "phrase-verdict"))
    beside = [each for each in others if each.verdict == verdict and not each.retired]
    if any(chinese == each.chinese for each in beside):
        problems.append(Problem("chinese", "phrase-twice"))
    if any(english == each.english for each in beside):
        problems.append(Problem("english", "phrase-twice"))
    if len(beside) >= MOST_OFFERED:
        problems.append(Problem("verdict", "phrase-many", {"max": str(MOST_OFFERED)}))
    return tuple(problems)
