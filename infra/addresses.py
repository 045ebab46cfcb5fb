"""A log-in that is a number or address belongs to whoever holds it: it follows its person, and is freed when the account has ended."""

from sqlmodel import Session, col, select

from domain.contacts import address_problem, kept_address
from infra.tables import UserRow


def is_address(login: str) -> bool:
    """Whether a log-in is a mobile number or e-mail address: of who registered or was invited, not of demo people and staff."""
    return address_problem("login", login) is None


def follow(session: Session, user: UserRow, old: str, new: str) -> None:
    """Let the log-in follow when it is the contact that `new` replaces: the old one may be somebody else's soon."""
    if old and is_address(user.login) and kept_address(user.login) == old:
        free(session, new)
        user.login = new


def free(session: Session, address: str) -> None:
    """Take an address from the ended account that still has it as its log-in. The row and its history stay."""
    statement = select(UserRow).where(UserRow.login == address, col(UserRow.disabled)).with_for_update()
    ended = session.exec(statement).one_or_none()
    if ended is not None:
        ended.login = _retired(ended)
        session.add(ended)
        session.flush()


def take_back(session: Session, user: UserRow) -> None:
    """An ended account goes on: it gets its own address as log-in again, if it was freed meanwhile."""
    own = user.email or user.phone
    if user.login == _retired(user) and own:
        free(session, own)
        user.login = own


def _retired(user: UserRow) -> str:
    return f"ended-{user.id}"
