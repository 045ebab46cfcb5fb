"""The automatic review: named checks with their evidence, outcome and points. It explains; people decide (features 21, 22)."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from domain.evidence import EvidenceKind
from domain.review_policy import CheckCode, Level, ReviewPolicy
from domain.tax_ids import check_tax_id, tidy_tax_id
from domain.titles import same_name

REJECTED_OFTEN = 3
"""From so many rejections within a year on, another application alarms."""

SHOWS_THE_DEAL = frozenset({EvidenceKind.CONTRACT, EvidenceKind.ORDER, EvidenceKind.PAYMENT, EvidenceKind.CONSUMPTION})
"""Any of these shows why an amount above the consumption is right."""


class Outcome(StrEnum):
    CLEAR = "clear"
    LOOK = "look"
    """Counts its points; whether a person looks is the policy's."""
    ALARM = "alarm"
    """Counts its points, and a person looks in any case."""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What the checks look at. Amounts in fen, with tax unless named otherwise."""

    amount_fen: int
    consumed_90_days_fen: int
    title_name: str
    title_tax_id: str
    real_name: str
    real_tax_id: str
    is_first: bool
    rejected_before: int
    """Of this customer's applications, within a year."""
    title_changed_days: int | None = None
    """How long ago name or tax id became other than on its application before; None: they are the same, or were approved since."""
    name_before: str = ""
    """The name on its application before; the same as now where only the tax id changed."""
    owed_fen: int = 0
    files: Collection[str] = ()
    """Kinds of the files on it (`domain.evidence.EvidenceKind`)."""
    files_mark: str = ""
    """Changes when a file is added or taken back."""
    lines_by_hand: int = 0
    """Lines that the customer moved by hand to other invoices."""
    invoices_net_fen: Sequence[int] = ()
    """Of a split that the customer chose; none where entity, rate and limit alone made it."""
    invoice_limit_fen: int = 0
    """What one invoice may carry, net; 0: no limit."""
    lately_fen: Sequence[int] = ()
    """Amounts of this customer's other applications within `ReviewPolicy.recent_days`."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check's outcome. `evidence` holds the values that its sentence needs; a clear check has no points."""

    code: str
    outcome: Outcome
    points: int = 0
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def raised(self) -> bool:
        return self.outcome is not Outcome.CLEAR


@dataclass(frozen=True, slots=True)
class Assessment:
    """The whole: `score` is the sum of the checks' points."""

    checks: tuple[Check, ...]
    score: int
    level: Level

    @property
    def passes(self) -> bool:
        return self.level is Level.NONE

    @property
    def raised(self) -> tuple[str, ...]:
        return tuple(check.code for check in self.checks if check.raised)


def automatic_review(facts: ReviewFacts, policy: ReviewPolicy) -> Assessment:
    """Every check, in the order in which a reviewer reads them, with its points, and who looks at their sum."""
    found = (
        _real_name(facts),
        _registered(facts),
        _check_digits(facts),
        _unchanged(facts, policy),
        _within_90_days(facts),
        _arrears(facts),
        _evidence(facts),
        _check(CheckCode.NOT_THE_FIRST, raised=facts.is_first),
        _split(facts, policy),
        _rejections(facts),
    )
    return assess(found, facts.amount_fen, policy)


def assess(found: Sequence[Check], amount_fen: int, policy: ReviewPolicy) -> Assessment:
    """The checks weighed by a policy, whichever weighed them before."""
    checks = tuple(Check(each.code, each.outcome, policy.weight(each.code) if each.raised else 0, each.evidence) for each in found)
    score = sum(check.points for check in checks)
    return Assessment(checks, score, policy.judge(score, amount_fen, alarmed=alarmed(checks)).level)


def alarmed(checks: Sequence[Check]) -> bool:
    """Whether a person looks whatever the points say."""
    return any(check.outcome is Outcome.ALARM for check in checks)


def written_checks(checks: Sequence[Check]) -> str:
    """As they are kept with the application: JSON."""
    return json.dumps([asdict(check) for check in checks], ensure_ascii=False)


def read_checks(text: str) -> tuple[Check, ...]:
    """Kept checks. Those from before there were points only say whether they raised a doubt."""
    return tuple(
        Check(
            each["code"],
            Outcome(each["outcome"]) if "outcome" in each else Outcome.LOOK if each["raised"] else Outcome.CLEAR,
            each.get("points", 0),
            each["evidence"],
        )
        for each in json.loads(text)
    )


def _check(code: CheckCode, *, raised: bool, alarm: bool = False, **evidence: object) -> Check:
    """`alarm` says how a doubt counts."""
    outcome = Outcome.CLEAR if not raised else Outcome.ALARM if alarm else Outcome.LOOK
    return Check(str(code), outcome, 0, {name: str(value) for name, value in evidence.items()})


def _real_name(facts: ReviewFacts) -> Check:
    differs = not same_name(facts.title_name, facts.real_name)
    return _check(CheckCode.TITLE_IS_REAL_NAME, raised=differs, real_name=facts.real_name)


def _registered(facts: ReviewFacts) -> Check:
    differs = tidy_tax_id(facts.title_tax_id) != tidy_tax_id(facts.real_tax_id)
    return _check(CheckCode.TAX_ID_IS_REGISTERED, raised=differs, real_tax_id=facts.real_tax_id)


def _check_digits(facts: ReviewFacts) -> Check:
    """A wrong last digit alarms; character 17 is checked by another standard, which a few right ids do not follow."""
    finding = check_tax_id(facts.title_tax_id)
    return _check(CheckCode.TAX_ID_CHECK_DIGITS, raised=not finding.ok or finding.warning is not None, alarm=not finding.ok)


def _unchanged(facts: ReviewFacts, policy: ReviewPolicy) -> Check:
    days = facts.title_changed_days
    if days is None:
        return _check(CheckCode.TITLE_UNCHANGED, raised=False)
    return _check(CheckCode.TITLE_UNCHANGED, raised=days <= policy.recent_days, days=days, name_before=facts.name_before)


def _within_90_days(facts: ReviewFacts) -> Check:
    above = facts.amount_fen > facts.consumed_90_days_fen
    amounts = {"amount_fen": facts.amount_fen, "consumed_fen": facts.consumed_90_days_fen}
    return _check(CheckCode.AMOUNT_WITHIN_90_DAYS, raised=above, alarm=True, **amounts)


def _arrears(facts: ReviewFacts) -> Check:
    return _check(CheckCode.NO_ARREARS, raised=facts.owed_fen > 0, owed_fen=facts.owed_fen)


def _evidence(facts: ReviewFacts) -> Check:
    """A title that is not the verified name needs a licence, an amount above the consumption what shows the deal."""
    missing = []
    if not same_name(facts.title_name, facts.real_name) and EvidenceKind.LICENCE not in facts.files:
        missing.append(EvidenceKind.LICENCE)
    if facts.amount_fen > facts.consumed_90_days_fen and not SHOWS_THE_DEAL.intersection(facts.files):
        missing.append(EvidenceKind.CONTRACT)
    return _check(
        CheckCode.EVIDENCE_IS_THERE, raised=bool(missing), missing=" ".join(missing), files=len(facts.files), mark=facts.files_mark
    )


def _split(facts: ReviewFacts, policy: ReviewPolicy) -> Check:
    """Lines moved by hand; or many invoices, or many applications one after the other, each just under a limit."""
    ceilings = [policy.automatic_up_to_fen, policy.level_2_from_fen - 1, policy.supervisor_from_fen - 1]
    near = [(_near(facts.invoices_net_fen, facts.invoice_limit_fen, policy), facts.invoice_limit_fen)]
    near += [(_near((facts.amount_fen, *facts.lately_fen), ceiling, policy), ceiling) for ceiling in ceilings]
    count, limit_fen = max(near)
    raised = facts.lines_by_hand > 0 or count >= policy.near_count
    return _check(CheckCode.USUAL_SPLIT, raised=raised, by_hand=facts.lines_by_hand, count=count, limit_fen=limit_fen if count else 0)


def _near(amounts_fen: Sequence[int], limit_fen: int, policy: ReviewPolicy) -> int:
    least = limit_fen * (100 - policy.near_percent)
    return sum(limit_fen > 0 and least <= amount * 100 <= limit_fen * 100 for amount in amounts_fen)


def _rejections(facts: ReviewFacts) -> Check:
    count = facts.rejected_before
    return _check(CheckCode.NOT_REJECTED_BEFORE, raised=count > 0, alarm=count >= REJECTED_OFTEN, count=count)
