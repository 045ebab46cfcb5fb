"""An enterprise's people, kept by its master account: invite, permit, end, let in again. Each deed is noted in the audit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from domain.access import WITHDRAWABLE, Right, Role
from domain.audit import AuditAction
from domain.contacts import Channel, address_problem, channel_of, kept_address
from domain.errors import Problem, Refusal
from domain.names import name_problems
from infra.addresses import free, take_back
from infra.audit import note_deed
from infra.database import Database
from infra.people import user_by_address
from infra.sessions import end_sessions
from infra.tables import AccountRow, UserRow

NAME_LONGEST = 50


class UnknownMember(Exception):
    """Not there, another enterprise's, or no member but a master."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of an enterprise, as the master sees it. `version` goes back with a change, so that two tabs are noticed."""

    id: int
    name: str
    login: str
    address: str
    account: str
    is_master: bool
    permissions: frozenset[Right]
    """Of those that can be withdrawn."""
    ended: bool
    waiting: bool
    """Invited, and no code has come back from the address yet."""
    version: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the master typed. `permissions` are values of `Right`; others than the withdrawable are ignored."""

    name: str = ""
    address: str = ""
    account_id: int = 0
    permissions: tuple[str, ...] = tuple(WITHDRAWABLE)


def members_of(session: Session, enterprise_id: int) -> list[Member]:
    """Masters first, then by name; those whose access has ended last."""
    statement = (
        select(UserRow, AccountRow.name)
        .join(AccountRow, col(AccountRow.id) == col(UserRow.account_id), isouter=True)
        .where(UserRow.enterprise_id == enterprise_id)
    )
    found = [_member(user, account or "") for user, account in session.exec(statement)]
    return sorted(found, key=lambda each: (each.ended, not each.is_master, each.name, each.id))


def masters_of(session: Session, enterprise_id: int) -> list[str]:
    """Names of those to ask for a permission."""
    statement = (
        select(UserRow.name)
        .where(UserRow.enterprise_id == enterprise_id, UserRow.role == Role.CUSTOMER_MASTER, ~col(UserRow.disabled))
        .order_by(col(UserRow.id))
    )
    return list(session.exec(statement))


def accounts_of(session: Session, enterprise_id: int) -> list[tuple[int, str]]:
    """Id and name of the enterprise's accounts, the master one first."""
    statement = (
        select(AccountRow).where(AccountRow.enterprise_id == enterprise_id).order_by(col(AccountRow.is_master).desc(), col(AccountRow.id))
    )
    return [(row.id, row.name) for row in session.exec(statement) if row.id is not None]


def invite(database: Database, enterprise_id: int, actor_id: int, new: Invitation, now: datetime) -> Member:
    """Add a member, who sets a password by a code sent to the address.

    Raises Refusal with every problem: those of `name_problems` and `address_problem`, choose-one (account), member-listed,
    member-ended (of this enterprise: let in again instead), address-not-usable.
    """
    name, address = new.name.strip(), kept_address(new.address)
    problems = [*name_problems("name", name, NAME_LONGEST, least=2), *filter(None, [address_problem("address", new.address)])]
    with database.write() as session:
        account = session.get(AccountRow, new.account_id)
        if account is None or account.enterprise_id != enterprise_id:
            problems.append(Problem("account", "choose-one"))
        if not problems and (code := _why_not(session, enterprise_id, address)):
            problems.append(Problem("address", code))
        if problems or account is None:
            raise Refusal(*problems)
        free(session, address)
        by_mail = channel_of(address) is Channel.MAIL
        user = UserRow(
            login=address,
            password_hash="",
            name=name,
            role=Role.CUSTOMER_MEMBER,
            withdrawn=_withdrawn(new.permissions),
            enterprise_id=enterprise_id,
            account_id=account.id,
            phone="" if by_mail else address,
            email=address if by_mail else "",
            phone_confirmed=False,
            email_confirmed=False,
        )
        session.add(user)
        session.flush()
        _note(session, actor_id, AuditAction.MEMBER_INVITED, user, now, withdrawn=user.withdrawn, account=account.id)
        return _member(user, account.name)


def _why_not(session: Session, enterprise_id: int, address: str) -> str:
    """The code of what keeps an address from being invited; empty when nothing does."""
    holder = user_by_address(session, address)
    if holder is not None:
        return "member-listed" if holder.enterprise_id == enterprise_id else "address-not-usable"
    ended = select(UserRow.id).where(UserRow.login == address, UserRow.enterprise_id == enterprise_id)
    return "member-ended" if session.exec(ended).first() is not None else ""


def permit(
    database: Database, enterprise_id: int, actor_id: int, member_id: int, permissions: Collection[str], version: str, now: datetime
) -> None:
    """Set what a member may. It holds from the next page on; the sessions end, so that nothing opened before goes on.

    Raises UnknownMember, or Refusal changed-meanwhile when somebody else changed the member since the page was opened.
    """
    with database.write() as session:
        user = _own_member(session, enterprise_id, member_id)
        if user.withdrawn == _withdrawn(permissions):
            return
        if _version(user) != version:
            raise Refusal(Problem("permissions", "member-changed"))
        before, user.withdrawn = user.withdrawn, _withdrawn(permissions)
        session.add(user)
        end_sessions(session, member_id)
        _note(session, actor_id, AuditAction.MEMBER_PERMISSIONS, user, now, withdrawn=user.withdrawn, before=before)


def end_access(database: Database, enterprise_id: int, actor_id: int, member_id: int, now: datetime) -> None:
    """The member signs in no more, and is signed out everywhere; what they applied for goes on. Raises UnknownMember."""
    with database.write() as session:
        user = _own_member(session, enterprise_id, member_id)
        if user.disabled:
            return
        user.disabled = True
        session.add(user)
        end_sessions(session, member_id)
        _note(session, actor_id, AuditAction.MEMBER_ENDED, user, now)


def resume_access(database: Database, enterprise_id: int, actor_id: int, member_id: int, now: datetime) -> None:
    """Let a member in again. Raises UnknownMember, or Refusal address-not-usable when their address signs in somebody else by now."""
    with database.write() as session:
        user = _own_member(session, enterprise_id, member_id)
        if not user.disabled:
            return
        if any(user_by_address(session, address) for address in (user.login, user.email, user.phone)):
            raise Refusal(Problem("address", "address-not-usable"))
        take_back(session, user)
        user.disabled = False
        session.add(user)
        _note(session, actor_id, AuditAction.MEMBER_RESUMED, user, now)


def _own_member(session: Session, enterprise_id: int, member_id: int) -> UserRow:
    user = session.get(UserRow, member_id, with_for_update=True)
    if user is None or user.enterprise_id != enterprise_id or user.role != Role.CUSTOMER_MEMBER:
        raise UnknownMember(str(member_id))
    return user


def _member(user: UserRow, account: str) -> Member:
    assert user.id is not None  # noqa: S101 (a stored row)
    withdrawn = user.withdrawn.split(",")
    permissions = frozenset(right for right in WITHDRAWABLE if right not in withdrawn)
    is_master = user.role == Role.CUSTOMER_MASTER
    address = user.email or user.phone
    return Member(
        user.id,
        user.name,
        user.login,
        address,
        account,
        is_master,
        permissions,
        user.disabled,
        not (user.email_confirmed or user.phone_confirmed),
        _version(user),
    )


def _withdrawn(permissions: Collection[str]) -> str:
    return ",".join(right for right in WITHDRAWABLE if right not in permissions)


def _version(user: UserRow) -> str:
    return f"{user.withdrawn}/{int(user.disabled)}"


def _note(session: Session, actor_id: int, action: AuditAction, user: UserRow, now: datetime, **facts: object) -> None:
    note_deed(session, actor_id, action, f"user:{user.id}", now, tenant=user.enterprise_id, facts=facts)
