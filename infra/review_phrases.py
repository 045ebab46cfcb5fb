"""Keeping ready phrases. Words never change once they are kept, so an old decision reads as it was made; each change is in the audit."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.review_phrases import PhraseFor, phrase_problems
from infra.audit import note_deed
from infra.database import Database, insert_once
from infra.queries.review_phrases import offered_phrases
from infra.queries.scope import utc
from infra.tables import ReviewPhraseRow, UserRow


def set_phrase(database: Database, code: str, chinese: str, english: str, verdict: str, by: int, now: datetime) -> str:
    """Offer a new phrase, or with `code` other words in place of that one's, which is retired. Gives the code that is offered now.

    The same words again write nothing. Raises Refusal: the codes of `phrase_problems`, phrase-changed (by, at), phrase-gone.
    """
    chinese, english = chinese.strip(), english.strip()
    with database.write() as session:
        old = _offered(session, code) if code else None
        if old is not None and (old.chinese, old.english, old.verdict) == (chinese, english, verdict):
            return old.code
        others = [each for each in offered_phrases(session) if old is None or each.code != old.code]
        if problems := phrase_problems(chinese, english, verdict, others):
            raise Refusal(*problems)
        position = old.position if old is not None and old.verdict == verdict else _last(session, verdict) + 1
        made = _insert(session, old, chinese, english, verdict, position, by, now)
        if old is not None:
            _retire(session, old, by, now)
        facts = {"chinese": chinese, "english": english, "verdict": verdict, **({"instead_of": old.code} if old is not None else {})}
        note_deed(session, by, AuditAction.REVIEW_PHRASE_SET, f"review-phrase:{made}", now, facts=facts)
        return made


def retire_phrase(database: Database, code: str, by: int, now: datetime) -> None:
    """Offer it no more. Raises Refusal: phrase-changed, phrase-gone."""
    with database.write() as session:
        _retire(session, _offered(session, code), by, now)
        note_deed(session, by, AuditAction.REVIEW_PHRASE_RETIRED, f"review-phrase:{code}", now)


def offer_phrase(database: Database, code: str, by: int, now: datetime) -> None:
    """Offer a retired one again, last of its verdict. One that is offered already stays where it is.

    Raises Refusal: phrase-gone, phrase-twice, phrase-many.
    """
    with database.write() as session:
        row = _locked(session, code)
        if row.retired_at is None:
            return
        if problems := phrase_problems(row.chinese, row.english, row.verdict, offered_phrases(session)):
            raise Refusal(*problems)
        row.position, row.retired_at = _last(session, row.verdict) + 1, None
        row.changed_at, row.changed_by = now, by
        session.add(row)
        note_deed(session, by, AuditAction.REVIEW_PHRASE_OFFERED, f"review-phrase:{code}", now)


def move_phrase(database: Database, code: str, by: int, now: datetime, *, up: bool) -> None:
    """Change places with the one before or after it; the first and the last stay. Raises Refusal: phrase-changed, phrase-gone."""
    with database.write() as session:
        row = _offered(session, code)
        order = [each.code for each in offered_phrases(session, PhraseFor(row.verdict))]
        place = order.index(code)
        other = place + (-1 if up else 1)
        if not 0 <= other < len(order):
            return
        order[place], order[other] = order[other], order[place]
        for position, each in enumerate(order, start=1):
            session.get_one(ReviewPhraseRow, each).position = position
        note_deed(session, by, AuditAction.REVIEW_PHRASE_MOVED, f"review-phrase:{code}", now, facts={"order": order})


def _locked(session: Session, code: str) -> ReviewPhraseRow:
    row = session.get(ReviewPhraseRow, code, with_for_update=True)
    if row is None:
        raise Refusal(Problem("code", "phrase-gone"))
    return row


def _offered(session: Session, code: str) -> ReviewPhraseRow:
    """The row, held until the end; somebody may have changed or retired it since the page was shown."""
    row = _locked(session, code)
    if row.retired_at is not None:
        name = session.execute(select(col(UserRow.name)).where(col(UserRow.id) == row.changed_by)).scalar_one_or_none()
        raise Refusal(Problem("code", "phrase-changed", {"by": name or "", "at": utc(row.retired_at).isoformat()}))
    return row


def _retire(session: Session, row: ReviewPhraseRow, by: int, now: datetime) -> None:
    row.retired_at = row.changed_at = now
    row.changed_by = by
    session.add(row)


def _last(session: Session, verdict: str) -> int:
    row: Any = ReviewPhraseRow
    return int(session.execute(select(func.coalesce(func.max(row.position), 0)).where(row.verdict == verdict)).scalar_one())


def _insert(
    session: Session, old: ReviewPhraseRow | None, chinese: str, english: str, verdict: str, position: int, by: int, now: datetime
) -> str:
    """Under a code that nobody had: `title-2` after `title`, `phrase-7` of a new one."""
    stem = re.sub(r"-\d+$", "", old.code) if old is not None else "phrase"
    number = 2 if old is not None else 1
    while True:
        code = f"{stem}-{number}"
        values = {"code": code, "chinese": chinese, "english": english, "verdict": verdict, "position": position, "retired_at": None}
        if insert_once(session, ReviewPhraseRow, {**values, "changed_at": now, "changed_by": by}):
            return code
        number += 1
