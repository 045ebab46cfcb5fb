"""Free texts of people to people: reasons, notes, answers. Lines and pictures are right; what hides or turns text is not."""

from domain.errors import Problem
from domain.titles import character_fault

_RIGHT = {"line-break", "emoji"}


def free_text_problems(field: str, text: str, longest: int, *, blank: str = "", long: str = "reason-long") -> tuple[Problem, ...]:
    """What is wrong with it. Codes: `blank` for an empty one where it is needed, `long` (max), text-control and the other kinds of
    `character_fault` (position, character as `U+202E`)."""
    if not text.strip():
        return (Problem(field, blank),) if blank else ()
    if len(text) > longest:
        return (Problem(field, long, {"max": str(longest)}),)
    for position, character in enumerate(text, start=1):
        fault = character_fault(character)
        if fault and fault not in _RIGHT:
            return (Problem(field, f"text-{fault}", {"position": str(position), "character": f"U+{ord(character):04X}"}),)
    return ()
