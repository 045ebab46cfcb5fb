"""Whose turn a review is, as the case page says it: who may decide, and why somebody may not."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from domain.review_levels import level_of
from infra.people import Person
from infra.queries.review_levels import Turn, turn_of
from web import formats, sentences
from web.risk import level_names
from web.words import Words


@dataclass(frozen=True, slots=True)
class Handing:
    """A hand-over as typed: to whom, and why."""

    to: str = ""
    why: str = ""


def read_turn(session: Session, number: str, reviewer: Person, now: datetime) -> Turn | None:
    return turn_of(session, number, reviewer.id, level_of(reviewer.role, reviewer.level), now)


def why_not(language: Words, turn: Turn, reviewer: Person, now: datetime) -> str:
    """What keeps a person from deciding, in words; empty when nothing does."""
    if not turn.why:
        return ""
    params: dict[str, object] = {
        "step": turn.step,
        "done": turn.done_by_viewer,
        "own": level_names(language)[level_of(reviewer.role, reviewer.level)],
    }
    if turn.holder is not None:
        params |= {"name": turn.holder.name}
        params |= {"since": formats.prose_moment(turn.holder.since, now, language.locale)}
        params |= {"until": formats.prose_moment(turn.holder.until, now, language.locale)}
    return sentences.reason(language, f"turn:{turn.why}", params)
