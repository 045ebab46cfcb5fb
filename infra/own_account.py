"""What people change about themselves: password, number and address, language."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from domain.audit import AuditAction
from domain.contacts import Channel, channel_of, kept_address
from domain.errors import Problem, Refusal
from infra.addresses import follow
from infra.audit import note_deed
from infra.database import Database
from infra.people import user_by_address
from infra.sessions import end_sessions
from infra.tables import EnterpriseRow, UserRow


def change_password(database: Database, user_id: int, password_hash: str, token: str, now: datetime) -> None:
    """Set it and end all other sessions. The old password was checked before."""
    with database.write() as session:
        user = session.get_one(UserRow, user_id, with_for_update=True)
        user.password_hash = password_hash
        session.add(user)
        end_sessions(session, user_id, but=token)
        note_deed(session, user_id, AuditAction.PASSWORD_CHANGED, f"user:{user_id}", now, tenant=user.enterprise_id)


def reset_password(database: Database, address: str, password_hash: str, now: datetime) -> UserRow | None:
    """Set the password of whom the address belongs to, end all sessions, and mark the address as theirs: a code came back from it.

    None when it belongs to nobody (any more).
    """
    with database.write() as session:
        user = user_by_address(session, address)
        if user is None:
            return None
        user.password_hash = password_hash
        _confirm(user, kept_address(address))
        session.add(user)
        assert user.id is not None  # noqa: S101 (a stored row)
        end_sessions(session, user.id)
        note_deed(session, user.id, AuditAction.PASSWORD_RESET, f"user:{user.id}", now, tenant=user.enterprise_id)
        return user


def confirm_contact(database: Database, user_id: int, address: str, now: datetime) -> None:
    """Keep a number or address that a code has proved to be the person's; the one it replaces signs in no more, as a log-in neither.

    Raises Refusal address-taken when it signs in somebody else.
    """
    kept = kept_address(address)
    with database.write() as session:
        other = user_by_address(session, kept)
        if other is not None and other.id != user_id:
            raise Refusal(Problem("code", "address-taken"))
        user = session.get_one(UserRow, user_id, with_for_update=True)
        follow(session, user, user.email if channel_of(kept) is Channel.MAIL else user.phone, kept)
        if channel_of(kept) is Channel.MAIL:
            user.email, user.email_confirmed = kept, True
        else:
            user.phone, user.phone_confirmed = kept, True
        session.add(user)
        facts = {"channel": channel_of(kept)}
        note_deed(session, user_id, AuditAction.CONTACT_CONFIRMED, f"user:{user_id}", now, tenant=user.enterprise_id, facts=facts)


def address_proved(database: Database, user_id: int, address: str) -> None:
    """A code came back from this address of the person's: from now on it is a confirmed one."""
    with database.write() as session:
        user = session.get_one(UserRow, user_id, with_for_update=True)
        _confirm(user, kept_address(address))
        session.add(user)


def _confirm(user: UserRow, kept: str) -> None:
    if user.email == kept:
        user.email_confirmed = True
    if user.phone == kept:
        user.phone_confirmed = True


def keep_language(database: Database, user_id: int, locale: str) -> None:
    """The language chosen last: mails and SMS go out in it."""
    with database.write() as session:
        table: Any = UserRow
        session.execute(update(UserRow).where(table.id == user_id, table.locale != locale).values(locale=locale))


def language_of(session: Session, address: str, default: str) -> str:
    """In which language to write to an address, for what is sent before anybody has signed in."""
    user = user_by_address(session, address)
    return (user.locale if user else "") or default


def own_words(session: Session, user_id: int) -> tuple[str, ...]:
    """What a password must not be: log-in, name, number, address, company."""
    user = session.get_one(UserRow, user_id)
    company = session.exec(select(EnterpriseRow.name).where(col(EnterpriseRow.id) == user.enterprise_id)).first()
    return (user.login, user.name, user.phone, user.email, company or "")
