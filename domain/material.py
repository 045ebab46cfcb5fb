"""Supplementary material: what a review may ask a customer for, what answers it, and how a round of asking ends (feature 22)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.errors import Problem
from domain.evidence import EvidenceKind
from domain.free_text import free_text_problems
from domain.review import SHOWS_THE_DEAL, Check
from domain.review_policy import CheckCode

NOTE_LENGTH = 500
TEXT_LENGTH = 2000


class MaterialState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WAIVED = "waived"
    """A reviewer did without it."""
    LAPSED = "lapsed"
    """Nothing came in time: the application ended and its amount was released."""
    CANCELLED = "cancelled"


class MaterialCode(StrEnum):
    """What can be asked for, in the order of the checklist. Codes never change."""

    DEAL = "deal"
    """Whatever shows why an amount above the consumption is right: one of several kinds."""
    CONTRACT = "contract"
    ORDER = "order"
    PAYMENT = "payment"
    CONSUMPTION = "consumption"
    LICENCE = "licence"
    EXPLANATION = "explanation"
    """Words, not a file."""
    OTHER = "other"
    """What the reviewer's note says."""


KINDS: dict[MaterialCode, tuple[EvidenceKind, ...]] = {
    MaterialCode.DEAL: tuple(kind for kind in EvidenceKind if kind in SHOWS_THE_DEAL),
    MaterialCode.CONTRACT: (EvidenceKind.CONTRACT,),
    MaterialCode.ORDER: (EvidenceKind.ORDER,),
    MaterialCode.PAYMENT: (EvidenceKind.PAYMENT,),
    MaterialCode.CONSUMPTION: (EvidenceKind.CONSUMPTION,),
    MaterialCode.LICENCE: (EvidenceKind.LICENCE,),
    MaterialCode.EXPLANATION: (),
    MaterialCode.OTHER: (EvidenceKind.OTHER,),
}
"""The kinds of files of which any answers it."""


class MaterialNews(StrEnum):
    """What customers are told of."""

    ASKED = "asked"
    REMINDER = "reminder"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class MaterialNotice:
    """A mail or an SMS about a round. `id` is derived, so that a repeat is the same one; `to` is an address or a number."""

    id: str
    number: str
    round: int
    news: MaterialNews
    channel: str
    """`mail` or `sms`."""
    to: str
    locale: str
    customer: str
    title: str
    amount_fen: int
    due_at: datetime
    wanted: tuple[str, ...]
    note: str


def wanted_by_alarm(checks: Sequence[Check]) -> tuple[str, ...]:
    """What an alarm asks for: when the amount is above the consumption and no file shows why, everything that the check misses."""
    found = {check.code: check for check in checks}
    above, evidence = found.get(CheckCode.AMOUNT_WITHIN_90_DAYS), found.get(CheckCode.EVIDENCE_IS_THERE)
    missing = evidence.evidence.get("missing", "").split() if evidence is not None else []
    if above is None or not above.raised or EvidenceKind.CONTRACT not in missing:
        return ()
    wanted = {MaterialCode.DEAL if kind == EvidenceKind.CONTRACT else MaterialCode(kind) for kind in missing}
    return tuple(str(code) for code in MaterialCode if code in wanted)


def request_problems(wanted: Sequence[str], note: str) -> tuple[Problem, ...]:
    """What is wrong with a reviewer's request. Codes: material-nothing, choose-one, material-note, material-long (max)."""
    problems = []
    if not wanted:
        problems.append(Problem("wanted", "material-nothing"))
    elif not set(wanted) <= set(MaterialCode):
        problems.append(Problem("wanted", "choose-one"))
    needed = "material-note" if MaterialCode.OTHER in wanted else ""
    return (*problems, *free_text_problems("note", note, NOTE_LENGTH, blank=needed, long="material-long"))


def missing(wanted: Sequence[str], kinds: Collection[str], text: str) -> tuple[str, ...]:
    """What of a checklist no file that came answers. An explanation is answered by words."""
    return tuple(code for code in wanted if not _is_there(MaterialCode(code), kinds, text))


def _is_there(code: MaterialCode, kinds: Collection[str], text: str) -> bool:
    return bool(text.strip()) if code is MaterialCode.EXPLANATION else any(kind in kinds for kind in KINDS[code])


def answer_problems(wanted: Sequence[str], kinds: Collection[str], text: str) -> tuple[Problem, ...]:
    """Why an answer cannot be sent: something is missing, and no word says why.

    Codes: material-explain, material-missing (wanted), material-long (max).
    """
    text = text.strip()
    if wrong := free_text_problems("text", text, TEXT_LENGTH, long="material-long"):
        return wrong
    if text:
        return ()
    return tuple(
        Problem("text", "material-explain")
        if code == MaterialCode.EXPLANATION
        else Problem(f"file_{code}", "material-missing", {"wanted": code})
        for code in missing(wanted, kinds, text)
    )
