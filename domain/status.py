"""The services whose state everybody can see, and the states an operator gives them (feature 39)."""

from enum import StrEnum

from domain.errors import Problem
from domain.titles import character_fault

LONGEST_NOTE = 500


class Service(StrEnum):
    WEB = "web"
    WORKFLOWS = "workflows"
    TAX_BUREAU = "tax-bureau"
    COURIER = "courier"
    MAIL = "mail"
    DOCUMENTS = "documents"


class ServiceState(StrEnum):
    WORKS = "works"
    SLOW = "slow"
    DOWN = "down"
    MAINTENANCE = "maintenance"


def status_problems(service: str, state: str, note_zh: str, note_en: str) -> tuple[Problem, ...]:
    """Everything wrong with a state an operator sets: anything but `works` says in both languages what is the matter.

    Codes: choose-one, note-needed, announcement-long, announcement-character, announcement-other-language.
    """
    problems = []
    if service not in set(Service):
        problems.append(Problem("service", "choose-one"))
    if state not in set(ServiceState):
        problems.append(Problem("state", "choose-one"))
    for field, text, other in (("note_zh", note_zh, note_en), ("note_en", note_en, note_zh)):
        fault = next((at for at, character in enumerate(text, start=1) if character_fault(character)), 0)
        if not text and (other or state != ServiceState.WORKS):
            problems.append(Problem(field, "announcement-other-language" if other else "note-needed"))
        elif len(text) > LONGEST_NOTE:
            problems.append(Problem(field, "announcement-long", {"max": str(LONGEST_NOTE)}))
        elif fault:
            problems.append(Problem(field, "announcement-character", {"position": str(fault)}))
    return tuple(problems)
