"""Sign-in and sessions. Only the hash of the session cookie is kept; a session ends by idling or by age."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pwdlib import PasswordHash
from sqlalchemy import select
from sqlmodel import Session, col, delete

from domain.access import Right, Role, rights_of
from infra.database import Database
from infra.queries.scope import Scope, utc
from infra.tables import AccountRow, EnterpriseRow, SessionRow, UserRow

IDLE = timedelta(minutes=30)
_SEEN_EVERY = timedelta(minutes=1)
"""How stale `seen_at` may be: one write a minute at most for each signed-in browser."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and for whom. Staff belong to no enterprise."""

    id: int
    login: str
    name: str
    role: Role
    enterprise_id: int | None
    account_id: int | None
    enterprise_name: str
    account_name: str
    verified: bool
    csrf_token: str
    enterprise_tax_id: str = ""
    """The verified one."""
    rights: frozenset[Right] = frozenset()
    level: int = 1
    """Of a reviewer."""
    consumption_version: int = 0
    """What has changed when this number has: the enterprise's records and accounts. Read before anything else of a page."""

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def scope(self) -> Scope:
        """Whose rows this person may see."""
        if self.may(Right.SEE_ALL_CUSTOMERS):
            return Scope(None, everybody=True)
        whole = self.may(Right.SEE_WHOLE_ENTERPRISE)
        return Scope(self.enterprise_id, None if whole else self.account_id)


@cache
def _passwords() -> PasswordHash:
    return PasswordHash.recommended()


def hash_password(password: str) -> str:
    """Argon2id, with a salt of its own."""
    return _passwords().hash(password)


@cache
def _nobodys_hash() -> str:
    """Checked against when the login is unknown, so that the answer takes as long as for a known one."""
    return hash_password(secrets.token_urlsafe(16))


def check_password(database: Database, login: str, password: str) -> int | None:
    """The user's id when login and password fit, else None. Takes about 50 ms of CPU: call it in a thread."""
    with database.read() as session:
        row = session.execute(select(col(UserRow.id), col(UserRow.password_hash)).where(col(UserRow.login) == login.strip())).first()
    stored = row.password_hash if row else _nobodys_hash()
    fits = _passwords().verify(password, stored)
    return row.id if row and fits else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(database: Database, user_id: int, now: datetime, *, replaces: str = "") -> str:
    """Begin a session and end the one the browser had; returns the cookie's value (256 bits)."""
    token = secrets.token_urlsafe(32)
    with database.write() as session:
        if replaces:
            session.execute(delete(SessionRow).where(col(SessionRow.token_hash) == _hash(replaces)))
        session.add(SessionRow(token_hash=_hash(token), user_id=user_id, csrf_token=secrets.token_urlsafe(32), created_at=now, seen_at=now))
    return token


def close_session(database: Database, token: str) -> None:
    """End a session; ending one that is not there changes nothing."""
    with database.write() as session:
        session.execute(delete(SessionRow).where(col(SessionRow.token_hash) == _hash(token)))


def person_of(database: Database, token: str, now: datetime, longest: timedelta) -> Person | None:
    """Who a cookie stands for, or None: unknown, idle for 30 minutes, or older than `longest`."""
    digest = _hash(token)
    with database.read() as session:
        found = _person(session, digest)
    if found is None:
        return None
    person, created_at, seen_at = found
    if now - seen_at > IDLE or now - created_at > longest:
        close_session(database, token)
        return None
    if now - seen_at > _SEEN_EVERY:
        with database.write() as session:
            row = session.get(SessionRow, digest)
            if row is not None:
                row.seen_at = now
    return person


def _person(session: Session, digest: str) -> tuple[Person, datetime, datetime] | None:
    columns: Any = select(
        col(UserRow.id),
        col(UserRow.login),
        col(UserRow.name),
        col(UserRow.role),
        col(UserRow.level),
        col(UserRow.withdrawn),
        col(UserRow.enterprise_id),
        col(UserRow.account_id),
        col(EnterpriseRow.name).label("enterprise_name"),
        col(AccountRow.name).label("account_name"),
        col(EnterpriseRow.verified),
        col(EnterpriseRow.tax_id).label("enterprise_tax_id"),
        col(EnterpriseRow.consumption_version),
        col(SessionRow.csrf_token),
        col(SessionRow.created_at),
        col(SessionRow.seen_at),
    )
    statement = (
        columns.select_from(SessionRow)
        .join(UserRow, col(UserRow.id) == col(SessionRow.user_id))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.id) == col(UserRow.enterprise_id))
        .outerjoin(AccountRow, col(AccountRow.id) == col(UserRow.account_id))
        .where(col(SessionRow.token_hash) == digest, col(SessionRow.passed), ~col(UserRow.disabled))
    )
    row = session.execute(statement).first()
    if row is None:
        return None
    role = Role(row.role)
    person = Person(
        id=row.id,
        login=row.login,
        name=row.name,
        role=role,
        rights=rights_of(role, row.withdrawn.split(",")),
        level=row.level,
        enterprise_id=row.enterprise_id,
        account_id=row.account_id,
        enterprise_name=row.enterprise_name or "",
        account_name=row.account_name or "",
        verified=bool(row.verified),
        csrf_token=row.csrf_token,
        enterprise_tax_id=row.enterprise_tax_id or "",
        consumption_version=row.consumption_version or 0,
    )
    return person, utc(row.created_at), utc(row.seen_at)
