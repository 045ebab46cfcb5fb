"""Events and answered messages of a life: each written once, by its key."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from domain.messages import Note
from infra.database import insert_once
from infra.tables import LifeEventRow, NoteRow

Fact = str | int


def application_life(number: str) -> str:
    return f"application:{number}"


def invoice_life(invoice_id: str) -> str:
    return f"invoice:{invoice_id}"


def authentication_life(number: str) -> str:
    return f"authentication:{number}"


def tell(
    session: Session, life: str, key: str, kind: str, at: datetime, *, by: int | None = None, facts: Mapping[str, Fact] | None = None
) -> bool:
    """Write an event once per key; says whether it was new. `facts` are what its sentence needs, amounts in fen."""
    values = {"life": life, "key": key, "at": at, "kind": kind, "by": by, "facts": json.dumps(dict(facts or {}), ensure_ascii=False)}
    return insert_once(session, LifeEventRow, values)


def answer(session: Session, note: Note, at: datetime) -> bool:
    """Write a message's outcome once; says whether it was new."""
    values = {
        "life": note.life,
        "key": note.key,
        "kind": note.kind,
        "by": note.by,
        "taken": note.taken,
        "code": note.code,
        "reason": note.reason,
        "at": at,
    }
    return insert_once(session, NoteRow, values)
