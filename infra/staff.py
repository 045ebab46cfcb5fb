"""Our own people, kept by whoever runs Kaipiao (`python -m cli.main staff`): add, change the role, end, begin the second factor anew."""

from datetime import datetime

from sqlmodel import Session, col, select

from domain.access import STAFF, Role
from domain.audit import AuditAction
from domain.contacts import address_problem, kept_address
from domain.errors import Problem, Refusal
from infra.audit import note_deed
from infra.database import Database
from infra.people import user_by_address
from infra.sessions import end_sessions
from infra.tables import UserRow


class UnknownStaff(Exception):
    """Nobody of ours signs in by this name."""


def add_staff(database: Database, login: str, name: str, role: Role, email: str, level: int, now: datetime) -> None:
    """Somebody new, who sets a password by a code sent to the e-mail address, then a second factor.

    Raises Refusal: choose-one (role, level), login-taken, those of `address_problem`.
    """
    problems = [wrong for wrong in [address_problem("email", email)] if wrong]
    if role not in STAFF or level < 1:
        problems.append(Problem("role", "choose-one"))
    with database.write() as session:
        if not login.strip() or user_by_address(session, login) or session.exec(select(UserRow.id).where(UserRow.login == login)).first():
            problems.append(Problem("login", "login-taken"))
        if problems:
            raise Refusal(*problems)
        user = UserRow(login=login, password_hash="", name=name, role=role, level=level, email=kept_address(email))
        session.add(user)
        session.flush()
        note_deed(session, None, AuditAction.STAFF_ADDED, f"user:{user.id}", now, facts={"role": role, "level": level})


def change_role(database: Database, login: str, role: Role, level: int, now: datetime) -> None:
    """Another role or level of review; all sessions end. Raises UnknownStaff, or Refusal choose-one."""
    if role not in STAFF or level < 1:
        raise Refusal(Problem("role", "choose-one"))
    with database.write() as session:
        user = _staff(session, login)
        facts = {"role": role, "level": level, "before": user.role}
        user.role, user.level = role, level
        _changed(session, user, AuditAction.STAFF_ROLE, now, facts)


def end_staff(database: Database, login: str, now: datetime) -> None:
    """They sign in no more. What they did stays. Raises UnknownStaff."""
    with database.write() as session:
        user = _staff(session, login)
        user.disabled = True
        _changed(session, user, AuditAction.STAFF_ENDED, now, {})


def reset_second_factor(database: Database, login: str, now: datetime) -> None:
    """For a lost phone: the next sign-in sets up a new key. Raises UnknownStaff."""
    with database.write() as session:
        user = _staff(session, login)
        user.totp_secret = ""
        _changed(session, user, AuditAction.SECOND_FACTOR_RESET, now, {})


def _staff(session: Session, login: str) -> UserRow:
    user = session.exec(select(UserRow).where(UserRow.login == login, ~col(UserRow.disabled)).with_for_update()).one_or_none()
    if user is None or user.role not in STAFF:
        raise UnknownStaff(login)
    return user


def _changed(session: Session, user: UserRow, action: AuditAction, now: datetime, facts: dict[str, object]) -> None:
    session.add(user)
    assert user.id is not None  # noqa: S101 (a stored row)
    end_sessions(session, user.id)
    note_deed(session, None, action, f"user:{user.id}", now, facts=facts)
