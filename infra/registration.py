"""Registering: a new customer, not verified yet, with its master account and the person who registered."""

import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from domain.access import Role
from domain.audit import AuditAction
from domain.billing import placeholder
from domain.contacts import Channel
from domain.errors import Problem, Refusal
from domain.registration import Registration, registration_problems
from domain.terms import Edition
from infra.addresses import free
from infra.audit import note_deed
from infra.database import Database
from infra.people import user_by_address
from infra.tables import AccountRow, ConsentRow, EnterpriseRow, UserRow


def register(database: Database, new: Registration, password_hash: str, locale: str, agreed: tuple[Edition, ...], now: datetime) -> int:
    """Make the customer and its first person; the person's id. Called once the code has proved the address to be theirs.

    Raises Refusal with what `registration_problems` finds, address-taken (it signs in to an account already), or company-known
    (a verified customer has this licence: its master account invites). An unverified one with the same licence keeps nobody
    out, since anybody could have typed the number. An address that only an ended account had is free.
    """
    new = new.tidied()
    if problems := registration_problems(new):
        raise Refusal(*problems)
    with database.write() as session:
        if user_by_address(session, new.address) is not None:
            raise Refusal(Problem("code", "address-taken"))
        if not new.is_personal and _is_verified_customer(session, new.licence):
            raise Refusal(Problem("licence", "company-known"))
        free(session, new.address)
        user = _add(session, new, password_hash, locale)
        assert user.id is not None  # noqa: S101 (flushed)
        for edition in agreed:
            session.add(ConsentRow(user_id=user.id, document=edition.document, version=edition.version, agreed_at=now))
        facts = {"kind": new.kind, "by": new.by}
        note_deed(session, user.id, AuditAction.REGISTER, f"enterprise:{user.enterprise_id}", now, tenant=user.enterprise_id, facts=facts)
        return user.id


def _is_verified_customer(session: Session, licence: str) -> bool:
    statement = select(EnterpriseRow.id).where(EnterpriseRow.tax_id == licence, col(EnterpriseRow.verified))
    return session.exec(statement).first() is not None


def _add(session: Session, new: Registration, password_hash: str, locale: str) -> UserRow:
    # Billing files name payers and accounts by numbers of their own; this keeps the place until an operator links them.
    number = placeholder(secrets.token_hex(8))
    enterprise = EnterpriseRow(billing_account_id=number, name=new.company, tax_id=new.licence, kind=new.kind, verified=False)
    session.add(enterprise)
    session.flush()
    assert enterprise.id is not None  # noqa: S101 (flushed)
    account = AccountRow(enterprise_id=enterprise.id, sub_account_id=number, name=new.company, is_master=True)
    session.add(account)
    session.flush()
    user = UserRow(
        login=new.address,
        password_hash=password_hash,
        name=new.name,
        role=Role.CUSTOMER_MASTER,
        enterprise_id=enterprise.id,
        account_id=account.id,
        phone=new.mobile,
        email=new.email,
        phone_confirmed=new.by == Channel.SMS,
        email_confirmed=new.by == Channel.MAIL,
        locale=locale,
    )
    session.add(user)
    session.flush()
    return user
