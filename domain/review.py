"""The automatic review: named checks with their evidence. It raises doubts; people decide (features 21, 22)."""

from dataclasses import dataclass, field

from domain.tax_ids import check_tax_id
from domain.titles import same_name


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What the checks look at. Amounts in fen."""

    amount_fen: int
    consumed_90_days_fen: int
    title_name: str
    title_tax_id: str
    real_name: str
    real_tax_id: str
    is_first: bool
    rejected_before: int


@dataclass(frozen=True, slots=True)
class Check:
    """One check's outcome. `raised` asks for a look; `evidence` holds the values its sentence needs."""

    code: str
    raised: bool
    evidence: dict[str, str] = field(default_factory=dict)


def automatic_review(facts: ReviewFacts) -> tuple[Check, ...]:
    """Every check, in the order in which a reviewer reads them."""
    return (
        Check("title-is-real-name", not same_name(facts.title_name, facts.real_name), {"real_name": facts.real_name}),
        Check("tax-id-is-registered", facts.title_tax_id.upper() != facts.real_tax_id.upper(), {"real_tax_id": facts.real_tax_id}),
        Check("tax-id-check-digits", bool(facts.title_tax_id) and not check_tax_id(facts.title_tax_id).ok),
        Check(
            "amount-within-90-days",
            facts.amount_fen > facts.consumed_90_days_fen,
            {"amount_fen": str(facts.amount_fen), "consumed_fen": str(facts.consumed_90_days_fen)},
        ),
        Check("not-the-first-application", facts.is_first),
        Check("not-rejected-before", facts.rejected_before > 0, {"count": str(facts.rejected_before)}),
    )
