"""Reading ready phrases: those that are offered, and those that decisions chose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.review_phrases import Phrase, PhraseFor
from infra.queries.scope import utc
from infra.tables import ReviewPhraseRow, UserRow

RETIRED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class PhraseSeen:
    """A phrase for those who keep them: who changed it last, and when. `by` is empty of those that Kaipiao came with."""

    phrase: Phrase
    at: datetime
    by: str = ""


def phrase_of(row: ReviewPhraseRow) -> Phrase:
    return Phrase(row.code, row.chinese, row.english, PhraseFor(row.verdict), row.retired_at is not None)


def offered_phrases(session: Session, *verdicts: PhraseFor) -> tuple[Phrase, ...]:
    """Those that can be chosen for these verdicts, in their order; without a verdict for all."""
    row: Any = ReviewPhraseRow
    statement = select(row).where(row.retired_at.is_(None), row.verdict.in_(verdicts or tuple(PhraseFor)))
    found = session.execute(statement.order_by(row.position, row.code)).scalars()
    return tuple(phrase_of(each) for each in found)


def kept_phrases(session: Session) -> tuple[PhraseSeen, ...]:
    """The offered ones in their order, then those retired last."""
    row: Any = ReviewPhraseRow
    statement = select(row, col(UserRow.name)).outerjoin(UserRow, col(UserRow.id) == row.changed_by)
    offered = session.execute(statement.where(row.retired_at.is_(None)).order_by(row.position, row.code))
    retired = session.execute(statement.where(row.retired_at.is_not(None)).order_by(row.retired_at.desc(), row.code).limit(RETIRED_SHOWN))
    return tuple(PhraseSeen(phrase_of(each), utc(each.changed_at), name or "") for each, name in (*offered, *retired))


def chosen_phrase(session: Session, code: str) -> Phrase | None:
    """The phrase that a decision chose, offered or retired; None for none and for a code that is nobody's."""
    row = session.get(ReviewPhraseRow, code) if code else None
    return None if row is None else phrase_of(row)


def chosen_phrases(session: Session, codes: Iterable[str]) -> Mapping[str, Phrase]:
    """The same for the decisions of a list, by code."""
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    row: Any = ReviewPhraseRow
    return {each.code: phrase_of(each) for each in session.execute(select(row).where(row.code.in_(wanted))).scalars()}


def kept_code(session: Session, code: str) -> str:
    """The code as an application keeps it: one that is no phrase's, which only a program sends, is left out."""
    return code if code and session.get(ReviewPhraseRow, code) is not None else ""
