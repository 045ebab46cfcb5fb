"""A masked value shown whole, once and with a reason: the deed is noted in the same transaction as the value is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.audit import AuditAction
from domain.errors import Refusal
from infra.acting import reason_problem
from infra.audit import note_deed
from infra.database import Database
from infra.tables import ApplicationRow, AuthenticationRow, InvoiceRow, NoticeRow, ReceiverRow, TitleRow, UserRow


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table whose values are masked: its key, the columns that may be shown, and whose they are."""

    key: Any
    columns: Mapping[str, Any]
    enterprise: Any
    number: bool = True
    """Whether the key is a number."""
    customers_only: bool = False
    """Whether what belongs to no enterprise is not there to be shown."""


def _kinds() -> dict[str, _Kind]:
    title, receiver, user, submitted = TitleRow, ReceiverRow, UserRow, AuthenticationRow
    applied, notice = ApplicationRow, NoticeRow
    return {
        "title": _Kind(
            col(title.id),
            {
                "address": title.address,
                "phone": title.phone,
                "bank_account": title.bank_account,
                "tax_id": title.tax_id,
                "next_tax_id": title.next_tax_id,
            },
            title.enterprise_id,
        ),
        "receiver": _Kind(
            col(receiver.id), {"email": receiver.email, "phone": receiver.phone, "address": receiver.address}, receiver.enterprise_id
        ),
        "user": _Kind(col(user.id), {"phone": user.phone, "email": user.email}, user.enterprise_id, customers_only=True),
        "authentication": _Kind(
            col(submitted.number),
            {"licence_number": submitted.licence_number, "phone": submitted.phone, "email": submitted.email},
            submitted.enterprise_id,
            number=False,
        ),
        "application": _Kind(
            col(applied.number),
            {
                "address": applied.title_address,
                "phone": applied.title_phone,
                "bank_account": applied.title_bank_account,
                "tax_id": applied.title_tax_id,
            },
            applied.enterprise_id,
            number=False,
        ),
        "notice": _Kind(col(notice.id), {"sent_to": notice.sent_to}, _invoices_enterprise(), number=False, customers_only=True),
    }


def _invoices_enterprise() -> Any:
    """Whose invoice a notice told of; nobody's for notices of other lives."""
    life = "invoice:" + col(InvoiceRow.id)
    return select(col(InvoiceRow.enterprise_id)).where(life == col(NoticeRow.life)).scalar_subquery()


KINDS = _kinds()
_LARGEST_ID = 2**63 - 1


def reveal(database: Database, staff_id: int, subject: str, field: str, reason: str, now: datetime, *, of: int | None = None) -> str | None:
    """The whole value of a field of `title:12`, `application:KP-...`; None when there is no such thing or value.

    With `of` only that enterprise's is there: staff who act for a customer see no other's.

    Raises Refusal for a reason that says nothing; nothing is noted then, and nothing shown.
    """
    if wrong := reason_problem(reason):
        raise Refusal(wrong)
    with database.write() as session:
        found = _value(session, subject, field, of)
        if found is None:
            return None
        value, enterprise_id = found
        note_deed(session, staff_id, AuditAction.REVEAL, subject, now, tenant=enterprise_id, reason=reason.strip(), facts={"field": field})
    return value


def is_revealable(session: Session, subject: str, field: str, of: int | None = None) -> bool:
    """Whether there is a value to show, without showing it; `of` as in `reveal`."""
    return _value(session, subject, field, of) is not None


def _value(session: Session, subject: str, field: str, of: int | None) -> tuple[str, int | None] | None:
    name, _, key = subject.partition(":")
    kind = KINDS.get(name)
    column = kind.columns.get(field) if kind else None
    if kind is None or column is None or not key:
        return None
    if kind.number and not (key.isascii() and key.isdecimal() and int(key) <= _LARGEST_ID):
        return None
    row = session.execute(select(column, kind.enterprise).where(kind.key == (int(key) if kind.number else key))).first()
    if row is None or not row[0] or (kind.customers_only and row[1] is None) or of not in (None, row[1]):
        return None
    return str(row[0]), row[1]
