"""Who is signed in: people, passwords, sessions. Only the hash of the session cookie is kept; a session ends by idling or by age."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pwdlib import PasswordHash
from sqlalchemy import and_, bindparam, case, or_, select
from sqlmodel import Session, col, delete

from domain.access import ACTING, ACTING_FOR, STAFF, Right, Role, rights_of
from domain.contacts import kept_address
from infra.database import Database
from infra.log_ins import user_by_number
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
    acting_for: int | None = None
    """Staff who act for a customer: its enterprise, which is `enterprise_id` then too. `id` and `name` stay the staff's own."""
    acting_reason: str = ""
    acting_until: datetime | None = None
    withdrawn: frozenset[Right] = frozenset()
    """What the role would allow and the enterprise has taken away: pages say so instead of not being there."""
    consolidated: bool = False
    """One application may cover several accounts of the enterprise: its master switched the service on (feature 17)."""
    consumption_version: int = 0
    """What has changed when this number has: the enterprise's records and accounts. Read before anything else of a page."""

    def may(self, right: Right) -> bool:
        return right in self.rights

    @property
    def is_staff(self) -> bool:
        """One of ours, also in a customer's place: sees personal values masked."""
        return self.role in STAFF

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


def user_by_address(session: Session, text: str) -> UserRow | None:
    """Whom a log-in, e-mail address or mobile number means: the log-in first, then who has confirmed the address by a code."""
    kept = kept_address(text)
    if not kept:
        return None
    by_login = or_(col(UserRow.login) == text.strip(), col(UserRow.login) == kept)
    by_contact = or_(
        and_(col(UserRow.email) == kept, col(UserRow.email_confirmed)), and_(col(UserRow.phone) == kept, col(UserRow.phone_confirmed))
    )
    statement = (
        select(UserRow)
        .where(or_(by_login, by_contact), ~col(UserRow.disabled))
        .order_by(case((by_login, 0), else_=1), col(UserRow.id))
        .limit(1)
    )
    return session.execute(statement).scalars().first()


def check_password(database: Database, login: str, password: str) -> int | None:
    """The user's id when log-in (or confirmed address, or verified number) and password fit, else None.

    Takes about 50 ms of CPU, for an unknown log-in or one without a password too: call it in a thread.
    """
    with database.read() as session:
        user = user_by_address(session, login) or user_by_number(session, login)
        user_id, stored = (user.id, user.password_hash) if user else (None, "")
    usable = stored.startswith("$argon2")
    fits = _passwords().verify(password, stored if usable else _nobodys_hash())
    return user_id if usable and fits else None


def password_fits(database: Database, user_id: int, password: str) -> bool:
    """Whether this is the person's password now. As slow as `check_password`."""
    with database.read() as session:
        stored = session.get_one(UserRow, user_id).password_hash
    return stored.startswith("$argon2") and _passwords().verify(password, stored)


def token_hash(token: str) -> str:
    """How a session's cookie is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def owner_mark(user_id: int) -> str:
    """Ends the token of each of a person's sessions: a form that outlived its session says whose it was. No secret."""
    return token_hash(f"owner:{user_id}")[:16]


def open_session(
    database: Database, user_id: int, now: datetime, *, replaces: str = "", passed: bool = True, address: str = "", browser: str = ""
) -> str:
    """Begin a session and end the one the browser had; returns the cookie's value (256 bits).

    With `passed` False the session opens nothing until the second factor is given (`infra.second_factor`).
    """
    token = secrets.token_urlsafe(32)
    with database.write() as session:
        if replaces:
            session.execute(delete(SessionRow).where(col(SessionRow.token_hash) == token_hash(replaces)))
        session.add(
            SessionRow(
                token_hash=token_hash(token),
                user_id=user_id,
                csrf_token=f"{secrets.token_urlsafe(32)}.{owner_mark(user_id)}",
                created_at=now,
                seen_at=now,
                passed=passed,
                public_id=secrets.token_hex(8),
                address=address[:45],
                browser=browser[:300],
            )
        )
    return token


def needs_second_factor(database: Database, user_id: int) -> bool:
    """Staff do, each time."""
    with database.read() as session:
        return session.get_one(UserRow, user_id).role in STAFF


def close_session(database: Database, token: str) -> None:
    """End a session; ending one that is not there changes nothing."""
    with database.write() as session:
        session.execute(delete(SessionRow).where(col(SessionRow.token_hash) == token_hash(token)))


def person_of(database: Database, token: str, now: datetime, longest: timedelta) -> Person | None:
    """Who a cookie stands for, or None: unknown, idle for 30 minutes, or older than `longest`."""
    digest = token_hash(token)
    with database.read() as session:
        found = _person(session, digest, now)
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


@cache
def _person_statement() -> Any:
    """Built once: every page asks it, and building it took longer than its answer."""
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
        col(EnterpriseRow.consolidated_since),
        col(SessionRow.csrf_token),
        col(SessionRow.created_at),
        col(SessionRow.seen_at),
        col(SessionRow.acting_for),
        col(SessionRow.acting_reason),
        col(SessionRow.acting_since),
    )
    return (
        columns.select_from(SessionRow)
        .join(UserRow, col(UserRow.id) == col(SessionRow.user_id))
        .outerjoin(EnterpriseRow, col(EnterpriseRow.id) == col(UserRow.enterprise_id))
        .outerjoin(AccountRow, col(AccountRow.id) == col(UserRow.account_id))
        .where(col(SessionRow.token_hash) == bindparam("digest"), col(SessionRow.passed), ~col(UserRow.disabled))
    )


def _person(session: Session, digest: str, now: datetime) -> tuple[Person, datetime, datetime] | None:
    row = session.connection().execute(_person_statement(), {"digest": digest}).first()
    if row is None:
        return None
    role = Role(row.role)
    rights = rights_of(role, row.withdrawn.split(","))
    person = Person(
        id=row.id,
        login=row.login,
        name=row.name,
        role=role,
        rights=rights,
        withdrawn=rights_of(role) - rights,
        level=row.level,
        enterprise_id=row.enterprise_id,
        account_id=row.account_id,
        enterprise_name=row.enterprise_name or "",
        account_name=row.account_name or "",
        verified=bool(row.verified),
        csrf_token=row.csrf_token,
        enterprise_tax_id=row.enterprise_tax_id or "",
        consumption_version=row.consumption_version or 0,
        consolidated=row.consolidated_since is not None,
    )
    if row.acting_for is not None and row.acting_since is not None and now - utc(row.acting_since) < ACTING_FOR:
        person = _acting(session, person, row.acting_for, row.acting_reason, utc(row.acting_since) + ACTING_FOR)
    return person, utc(row.created_at), utc(row.seen_at)


def _acting(session: Session, person: Person, enterprise_id: int, reason: str, until: datetime) -> Person:
    """Staff in a customer's place: its enterprise, what a customer may, and still their own id and name."""
    enterprise = session.get(EnterpriseRow, enterprise_id)
    if enterprise is None or not person.may(Right.ACT_FOR_CUSTOMERS):
        return person
    return replace(
        person,
        rights=ACTING,
        enterprise_id=enterprise_id,
        enterprise_name=enterprise.name,
        enterprise_tax_id=enterprise.tax_id,
        verified=enterprise.verified,
        consumption_version=enterprise.consumption_version,
        consolidated=enterprise.consolidated_since is not None,
        acting_for=enterprise_id,
        acting_reason=reason,
        acting_until=until,
    )
