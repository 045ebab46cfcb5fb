"""Signing in with the number of one's real-name authentication, and under which name tries are counted."""

import hashlib
import hmac
import re
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased
from sqlmodel import Session

from domain.access import Role
from domain.authentication import AuthenticationState
from domain.contacts import kept_address
from domain.tax_ids import TaxIdKind, check_tax_id, tidy_tax_id
from infra.tables import AuthenticationRow, EnterpriseRow, UserRow

_LIKE_A_NUMBER = re.compile(r"[0-9A-Z]{15,20}")
"""Also mistyped ones: they are nearly as personal as the right one."""


def user_by_number(session: Session, text: str) -> UserRow | None:
    """The one master account whose customer is verified under this identity number or unified social credit code, now.

    None for anything else: no such number, not approved, approved once but another one since, and when several accounts fit.
    The number is looked up where it stands (`AuthenticationRow.licence_number`), so there is no copy of it to keep or to erase.
    """
    found = check_tax_id(text)
    if not found.ok or found.kind not in (TaxIdKind.CITIZEN, TaxIdKind.USCC):
        return None
    user: Any = UserRow
    enterprise: Any = EnterpriseRow
    approved: Any = AuthenticationRow
    later: Any = aliased(AuthenticationRow)
    newer = exists().where(
        later.enterprise_id == approved.enterprise_id,
        later.state == AuthenticationState.APPROVED,
        later.decided_at > approved.decided_at,
    )
    statement = (
        select(UserRow)
        .join(EnterpriseRow, enterprise.id == user.enterprise_id)
        .join(AuthenticationRow, approved.enterprise_id == enterprise.id)
        .where(
            approved.licence_number == found.text,
            approved.state == AuthenticationState.APPROVED,
            approved.kind == enterprise.kind,
            enterprise.verified,
            user.role == Role.CUSTOMER_MASTER,
            ~user.disabled,
            ~newer,
        )
        .distinct()
        .limit(2)
    )
    fitting = session.execute(statement).scalars().all()
    return fitting[0] if len(fitting) == 1 else None


def counted_names(session: Session, user: UserRow, secret: str) -> list[str]:
    """Every name under which tries to sign in as this person are counted: log-in, number, address, and of a master the licence's."""
    typed = [user.login, user.phone, user.email]
    if user.role == Role.CUSTOMER_MASTER:
        numbers: Any = select(AuthenticationRow.licence_number).where(AuthenticationRow.enterprise_id == user.enterprise_id)  # type: ignore[call-overload]
        typed += session.execute(numbers.distinct()).scalars()
    return [counted_name(each, secret) for each in typed if each]


def counted_name(login: str, secret: str) -> str:
    """Under which name tries with this log-in are counted: addresses in their kept form, numbers only as a keyed hash.

    Without the key a plain hash of an identity number is found again by trying them all.
    """
    number = tidy_tax_id(login)
    if _LIKE_A_NUMBER.fullmatch(number):
        return hmac.new(secret.encode(), f"sign-in:{number}".encode(), hashlib.sha256).hexdigest()
    return kept_address(login).lower()
