"""The story of a life, and what it made of a message."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from infra.queries.scope import utc
from infra.tables import LifeEventRow, NoteRow


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One thing that happened. `facts` are the values its sentence needs."""

    kind: str
    at: datetime
    by: int | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoteSeen:
    """The outcome of a message: taken, or refused with a code."""

    kind: str
    taken: bool
    code: str
    reason: str


def events_of(session: Session, life: str) -> list[LifeEvent]:
    """Everything that happened in the life `application:...` or `invoice:...`, newest first."""
    statement = (
        select(col(LifeEventRow.kind), col(LifeEventRow.at), col(LifeEventRow.by), col(LifeEventRow.facts))
        .where(col(LifeEventRow.life) == life)
        .order_by(col(LifeEventRow.at).desc(), col(LifeEventRow.key).desc())
    )
    return [LifeEvent(row.kind, utc(row.at), row.by, json.loads(row.facts)) for row in session.execute(statement)]


def note_of(session: Session, life: str, key: str) -> NoteSeen | None:
    """What the life made of the message with this key, or None while it has not looked at it."""
    statement = select(col(NoteRow.kind), col(NoteRow.taken), col(NoteRow.code), col(NoteRow.reason)).where(
        col(NoteRow.life) == life, col(NoteRow.key) == key
    )
    row = session.execute(statement).first()
    return NoteSeen(row.kind, row.taken, row.code, row.reason) if row else None
