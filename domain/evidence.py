"""Evidence on an application: what a file shows, how many there may be, and until when they may change (feature 20)."""

from enum import StrEnum

from domain.errors import Problem
from domain.lifecycle import UNDECIDED, ApplicationState

MOST = 20
"""Files of one application."""


class EvidenceKind(StrEnum):
    PAYMENT = "payment"
    CONTRACT = "contract"
    CONSUMPTION = "consumption"
    ORDER = "order"
    LICENCE = "licence"
    OTHER = "other"


def kind_problem(kind: str) -> Problem | None:
    """What is wrong with the kind that was chosen."""
    return None if kind in tuple(EvidenceKind) else Problem("evidence_kind", "choose-one")


def change_problem(state: str) -> Problem | None:
    """Why files can neither be added nor taken back: only while nobody has decided."""
    if state in UNDECIDED:
        return None
    decided = {ApplicationState.ISSUING, ApplicationState.ISSUED, ApplicationState.PARTLY_ISSUED, ApplicationState.NOT_ISSUED}
    return Problem("file", "evidence-decided" if state in decided else "evidence-over")
