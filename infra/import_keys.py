"""Keys of billing systems: made and ended by operators, known by their prefix. The secret is shown once and kept as its hash."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlmodel import Session, col

from domain.access import IMPORT_KEY, Right
from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from domain.names import name_problems
from infra.audit import note_deed
from infra.database import Database
from infra.queries.scope import utc, utc_or_none
from infra.tables import ImportKeyRow, UserRow

LONGEST_NAME = 100
MOST_KEYS = 50
"""Keys that can be used at once."""
_SEEN_EVERY = timedelta(minutes=1)
"""How stale `used_at` may be: one write a minute at most for each key."""


class UnknownKey(Exception):
    """No such key."""


@dataclass(frozen=True, slots=True)
class KeySeen:
    id: int
    name: str
    prefix: str
    made_at: datetime
    made_by: str
    used_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Machine:
    """A program that showed a key which can be used."""

    key_id: int
    name: str
    rights: frozenset[Right] = IMPORT_KEY

    def may(self, right: Right) -> bool:
        return right in self.rights


def make_key(database: Database, name: str, by: int, now: datetime) -> str:
    """Make a key and give its secret, which nobody can ask for again.

    Raises Refusal: name problems, key-name-twice, keys-too-many (max).
    """
    name = name.strip()
    secret = f"kpi_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"
    with database.write() as session:
        problems = list(name_problems("name", name, LONGEST_NAME, least=1))
        live = select(col(ImportKeyRow.name)).where(col(ImportKeyRow.ended_at).is_(None))
        names = set(session.execute(live).scalars())
        if name in names:
            problems.append(Problem("name", "key-name-twice"))
        if len(names) >= MOST_KEYS:
            problems.append(Problem("name", "keys-too-many", {"max": str(MOST_KEYS)}))
        if problems:
            raise Refusal(*problems)
        row = ImportKeyRow(name=name, prefix=secret[:12], secret_hash=_hash(secret), made_at=now, made_by=by)
        session.add(row)
        session.flush()
        note_deed(session, by, AuditAction.IMPORT_KEY_MADE, f"import-key:{row.id}", now, facts={"prefix": row.prefix})
    return secret


def end_key(database: Database, key_id: int, by: int, now: datetime) -> None:
    """End a key at once; ended again, nothing changes. Raises UnknownKey."""
    with database.write() as session:
        row = session.get(ImportKeyRow, key_id, with_for_update=True)
        if row is None:
            raise UnknownKey(str(key_id))
        if row.ended_at is None:
            row.ended_at, row.ended_by = now, by
            session.add(row)
            note_deed(session, by, AuditAction.IMPORT_KEY_ENDED, f"import-key:{key_id}", now, facts={"prefix": row.prefix})


def machine_of(database: Database, secret: str, now: datetime) -> Machine | None:
    """Who shows this secret; None for a wrong one and for that of an ended key."""
    with database.read() as session:
        row = session.execute(select(ImportKeyRow).where(col(ImportKeyRow.secret_hash) == _hash(secret))).scalar_one_or_none()
        if row is None or row.ended_at is not None or row.id is None:
            return None
        found, used_at = Machine(row.id, row.name), utc_or_none(row.used_at)
    if used_at is None or now - used_at >= _SEEN_EVERY:
        with database.write() as session:
            session.execute(update(ImportKeyRow).where(col(ImportKeyRow.id) == found.key_id).values(used_at=now))
    return found


def import_keys(session: Session) -> list[KeySeen]:
    """All keys, those that can be used first, the newest first."""
    statement = (
        select(ImportKeyRow, col(UserRow.name))
        .join(UserRow, col(UserRow.id) == col(ImportKeyRow.made_by))
        .order_by(col(ImportKeyRow.ended_at).is_not(None), col(ImportKeyRow.id).desc())
        .limit(200)
    )
    return [
        KeySeen(row.id or 0, row.name, row.prefix, utc(row.made_at), by, utc_or_none(row.used_at), utc_or_none(row.ended_at))
        for row, by in session.execute(statement)
    ]


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
