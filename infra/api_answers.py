"""Answers to requests that carry an Idempotency-Key: the same request again gets the answer of the first (`reliability.md` section 6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from domain.audit import AuditAction
from infra.audit import note_deed
from infra.database import Database, insert_once
from infra.queries.scope import utc
from infra.tables import ApiAnswerRow

KEPT_FOR = timedelta(days=30)
GIVEN_UP_AFTER = timedelta(minutes=1)
"""A request that has no answer for so long was cut off: the repeat carries it out."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: whose key, which route, its Idempotency-Key, and the hash of its body."""

    import_key_id: int
    route: str
    key: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Stored:
    status: int
    answer: str


class OtherBody(Exception):
    """The key was used for another body."""


class UnderWay(Exception):
    """The first request with this key has no answer yet."""


def begin(database: Database, asked: Asked, now: datetime) -> Stored | None:
    """The stored answer; None when this request is to be carried out. Raises OtherBody, UnderWay. Old answers are forgotten."""
    with database.write() as session:
        session.execute(delete(ApiAnswerRow).where(col(ApiAnswerRow.begun_at) < now - KEPT_FOR))
        values = {
            "import_key_id": asked.import_key_id,
            "route": asked.route,
            "key": asked.key,
            "body_sha256": asked.body_sha256,
            "begun_at": now,
            "subject": "",
            "status": 0,
            "answer": "",
        }
        if insert_once(session, ApiAnswerRow, values):
            return None
        row = session.get_one(ApiAnswerRow, (asked.import_key_id, asked.route, asked.key), with_for_update=True)
        if row.body_sha256 != asked.body_sha256:
            raise OtherBody
        if row.status:
            return Stored(row.status, row.answer)
        if now - utc(row.begun_at) < GIVEN_UP_AFTER:
            raise UnderWay
        row.begun_at = now
        session.add(row)
        return None


def keep(database: Database, asked: Asked, subject: str, answer: Stored, now: datetime) -> None:
    """Store the answer for every repeat, and note that the key's program sent it."""
    with database.write() as session:
        facts = {"import": subject[:40]}
        note_deed(session, None, AuditAction.ORDERS_SENT, f"import-key:{asked.import_key_id}", now, facts=facts)
        session.execute(_mine(update(ApiAnswerRow), asked).values(subject=subject, status=answer.status, answer=answer.answer))


def forget(database: Database, asked: Asked) -> None:
    """It was not carried out, so the repeat begins anew."""
    with database.write() as session:
        session.execute(_mine(delete(ApiAnswerRow), asked).where(col(ApiAnswerRow.status) == 0))


def was_sent(session: Session, import_key_id: int, subject: str) -> bool:
    """Whether this key has sent it, in the last 30 days."""
    found = select(col(ApiAnswerRow.key)).where(col(ApiAnswerRow.subject) == subject, col(ApiAnswerRow.import_key_id) == import_key_id)
    return session.execute(found.limit(1)).first() is not None


def _mine(statement: Any, asked: Asked) -> Any:
    row: Any = ApiAnswerRow
    return statement.where(row.import_key_id == asked.import_key_id, row.route == asked.route, row.key == asked.key)
