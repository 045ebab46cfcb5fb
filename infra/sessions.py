"""A person's sessions: the list of them, and ending one, all others, or all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from infra.database import Database
from infra.people import IDLE, token_hash
from infra.queries.scope import utc
from infra.tables import SessionRow


@dataclass(frozen=True, slots=True)
class KnownSession:
    """One browser in which a person is signed in. `browser` is its User-Agent, at most 300 characters."""

    public_id: str
    browser: str
    address: str
    since: datetime
    seen_at: datetime
    is_this: bool


def sessions_of(session: Session, user_id: int, token: str, now: datetime, longest: timedelta) -> list[KnownSession]:
    """Those that still open something, this one first, then the last seen first."""
    statement = select(SessionRow).where(
        col(SessionRow.user_id) == user_id,
        col(SessionRow.passed),
        col(SessionRow.seen_at) >= now - IDLE,
        col(SessionRow.created_at) >= now - longest,
    )
    this = token_hash(token)
    found = [
        KnownSession(row.public_id, row.browser, row.address, utc(row.created_at), utc(row.seen_at), row.token_hash == this)
        for row in session.exec(statement)
    ]
    return sorted(found, key=lambda each: (each.is_this, each.seen_at), reverse=True)


def end_session(database: Database, user_id: int, public_id: str) -> bool:
    """End one of the person's own sessions; whether there was one. A foreign or unknown one changes nothing."""
    if not public_id:
        return False
    with database.write() as session:
        return _delete(session, user_id, col(SessionRow.public_id) == public_id)


def end_other_sessions(database: Database, user_id: int, token: str) -> bool:
    """End all but this one, half signed-in ones too; whether there was any."""
    with database.write() as session:
        return end_sessions(session, user_id, but=token)


def end_sessions(session: Session, user_id: int, but: str = "") -> bool:
    """In the caller's transaction: end all sessions of a person but the one with this cookie."""
    return _delete(session, user_id, col(SessionRow.token_hash) != token_hash(but))


def _delete(session: Session, user_id: int, which: object) -> bool:
    result = session.execute(delete(SessionRow).where(col(SessionRow.user_id) == user_id, which))  # type: ignore[arg-type]
    return bool(result.rowcount)  # type: ignore[attr-defined]
