"""Staff act for a customer: beginning and ending it, each noted in the customer's chain of the audit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, col

from domain.access import ACTING_FOR
from domain.audit import AuditAction
from domain.errors import Problem, Refusal
from infra.audit import note_deed
from infra.database import Database
from infra.people import token_hash
from infra.tables import AccountRow, EnterpriseRow, SessionRow

REASON_LEAST, REASON_MOST = 5, 500
"""Characters of a reason: long enough to say something, short enough for its column."""
_MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    name: str
    tax_id: str
    billing_account_id: str


def reason_problem(reason: str) -> Problem | None:
    """What is wrong with the reason for something that is recorded; None when it will do."""
    text = reason.strip()
    if len(text) < REASON_LEAST:
        return Problem("reason", "reason-recorded", {"least": str(REASON_LEAST)})
    if len(text) > REASON_MOST or not text.isprintable():
        return Problem("reason", "reason-recorded-long", {"max": str(REASON_MOST)})
    return None


def find_customers(session: Session, text: str) -> list[Customer]:
    """Enterprises whose name, tax id or account number contains the text, at most 20, by name. None for no text."""
    wanted = text.strip()
    if not wanted:
        return []
    account: Any = select(col(AccountRow.enterprise_id)).where(col(AccountRow.sub_account_id) == wanted)
    names: Any = (EnterpriseRow.name, EnterpriseRow.tax_id, EnterpriseRow.billing_account_id)
    statement = (
        select(EnterpriseRow)
        .where(or_(*(func.lower(name).contains(wanted.lower(), autoescape=True) for name in names), col(EnterpriseRow.id).in_(account)))
        .order_by(col(EnterpriseRow.name), col(EnterpriseRow.id))
        .limit(_MOST_FOUND)
    )
    return [_customer(row) for row in session.execute(statement).scalars()]


def customer_of(session: Session, enterprise_id: int) -> Customer | None:
    row = session.get(EnterpriseRow, enterprise_id)
    return None if row is None else _customer(row)


def _customer(row: EnterpriseRow) -> Customer:
    assert row.id is not None  # noqa: S101 (it was read)
    return Customer(row.id, row.name, row.tax_id, row.billing_account_id)


def begin_acting(database: Database, token: str, staff_id: int, enterprise_id: int, reason: str, now: datetime) -> bool:
    """From now on this session acts for the enterprise; False when there is no such enterprise or session.

    `token` is the session cookie's value. Raises Refusal for a reason that says nothing.
    """
    if wrong := reason_problem(reason):
        raise Refusal(wrong)
    with database.write() as session:
        row = session.get(SessionRow, token_hash(token))
        if row is None or row.user_id != staff_id or session.get(EnterpriseRow, enterprise_id) is None:
            return False
        row.acting_for, row.acting_reason, row.acting_since = enterprise_id, reason.strip(), now
        minutes = int(ACTING_FOR.total_seconds() // 60)
        subject = f"enterprise:{enterprise_id}"
        note_deed(
            session, staff_id, AuditAction.ACT_FOR, subject, now, tenant=enterprise_id, reason=reason.strip(), facts={"minutes": minutes}
        )
    return True


def end_acting(database: Database, token: str, staff_id: int, now: datetime) -> None:
    """The session is the staff's own again; ending what has ended changes nothing."""
    with database.write() as session:
        row = session.get(SessionRow, token_hash(token))
        if row is None or row.user_id != staff_id or row.acting_for is None:
            return
        enterprise_id = row.acting_for
        row.acting_for, row.acting_reason, row.acting_since = None, "", None
        note_deed(session, staff_id, AuditAction.ACT_FOR_END, f"enterprise:{enterprise_id}", now, tenant=enterprise_id)


def note_acted(database: Database, staff_id: int, enterprise_id: int, path: str, reason: str, now: datetime) -> None:
    """Note a form that was sent in the customer's place, before it is handled: nothing is done there unnoted."""
    with database.write() as session:
        note_deed(session, staff_id, AuditAction.ACTED_FOR, path[:120], now, tenant=enterprise_id, reason=reason)
