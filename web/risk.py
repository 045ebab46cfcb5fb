"""The automatic review as a reviewer reads it: each check with what it found and its points, the sum, and why that level."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.review import Check, Outcome, alarmed
from domain.review_policy import Level
from infra.queries.evidence import evidence_mark
from infra.queries.review import Case
from infra.queries.review_policy import PolicyVersion
from web import formats, sentences
from web.words import Words


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One check: its name, what was found, and its points."""

    code: str
    outcome: Outcome
    name: str
    sentence: str
    points: int


@dataclass(frozen=True, slots=True)
class Risk:
    """The whole. `why` says what decided the level; both are empty of checks from before there was a policy."""

    lines: tuple[RiskLine, ...]
    score: int
    level: Level
    why: str
    by: PolicyVersion | None
    files_changed: bool
    """Files were added or taken back since the check of evidence, and nobody has decided yet."""

    @property
    def raised(self) -> tuple[RiskLine, ...]:
        return tuple(line for line in self.lines if line.outcome is not Outcome.CLEAR)

    @property
    def clear(self) -> tuple[RiskLine, ...]:
        return tuple(line for line in self.lines if line.outcome is Outcome.CLEAR)


def risk_of(language: Words, found: Case) -> Risk:
    """The kept checks, doubts first, the heaviest first."""
    lines = sorted((_line(language, check) for check in found.checks), key=lambda line: (line.outcome is Outcome.CLEAR, -line.points))
    kept = {name: said for check in found.checks for name, said in check.evidence.items()}
    changed = found.is_open and "mark" in kept and kept["mark"] != evidence_mark(found.files)
    return Risk(tuple(lines), found.score, found.level, _why(language, found), found.weighed_by, changed)


def shown_evidence(language: Words, evidence: Mapping[str, str]) -> dict[str, str]:
    """A check's values as its sentence needs them: amounts as people read them, persons' numbers masked, files by their names."""
    shown = dict(evidence)
    for name, value in evidence.items():
        if name.endswith("_fen"):
            shown[name.removesuffix("_fen")] = formats.money(int(value))
        elif name.endswith("tax_id"):
            shown[name] = formats.masked_personal_id(value) or formats.NOTHING
        elif name == "missing":
            names = [sentences.label(language, f"evidence-needed:{kind}") for kind in value.split()]
            shown[name] = ("、" if language.locale == "zh" else ", ").join(names)
    if {"amount_fen", "consumed_fen"} <= set(evidence):
        shown["more"] = formats.money(int(evidence["amount_fen"]) - int(evidence["consumed_fen"]))
    return shown


def _line(language: Words, check: Check) -> RiskLine:
    values = shown_evidence(language, check.evidence)
    key = f"check:{check.code}:{check.outcome}"
    if check.code == "usual-split" and check.raised and check.evidence["by_hand"] == "0":
        key += ":near"
    name = sentences.label(language, f"check:{check.code}")
    return RiskLine(check.code, check.outcome, name, sentences.reason(language, key, values), check.points)


def _why(language: Words, found: Case) -> str:
    if found.weighed_by is None or not found.checks:
        return ""
    judged = found.weighed_by.policy.judge(found.score, found.amount_fen, alarmed=alarmed(found.checks))
    if judged.level is not found.level:  # a life that began with a limit of its own
        return sentences.reason(language, "level-why:own", {})
    params = {"limit": str(judged.limit) if judged.why == "score" else formats.money(judged.limit), "score": str(found.score)}
    return sentences.reason(language, f"level-why:{judged.why}", params)


def level_names(language: Words, levels: Sequence[Level] = tuple(Level)) -> dict[Level, str]:
    """The levels as pages name them."""
    return {level: sentences.label(language, f"level:{int(level)}") for level in levels}
