"""A customer's titles and receivers."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from domain.tax_ids import check_tax_id
from infra.tables import EntityRow, ReceiverRow, TitleRow


@dataclass(frozen=True, slots=True)
class Title:
    id: int
    name: str
    tax_id: str
    address: str
    phone: str
    bank: str
    bank_account: str
    is_default: bool

    @property
    def fits_special_invoice(self) -> bool:
        return check_tax_id(self.tax_id).fits_special_invoice


@dataclass(frozen=True, slots=True)
class Receiver:
    """An e-mail address (`kind` email) or a postal one (postal)."""

    id: int
    kind: str
    email: str
    recipient: str
    phone: str
    address: str
    postcode: str
    is_default: bool


def titles(session: Session, enterprise_id: int) -> tuple[Title, ...]:
    """The enterprise's titles, the default one first."""
    row: Any = TitleRow
    statement = (
        select(row.id, row.name, row.tax_id, row.address, row.phone, row.bank, row.bank_account, row.is_default)
        .where(row.enterprise_id == enterprise_id)
        .order_by(row.is_default.desc(), row.id)
    )
    return tuple(Title(*found) for found in session.execute(statement))


def receivers(session: Session, enterprise_id: int) -> tuple[Receiver, ...]:
    """The enterprise's receivers, default ones first."""
    row: Any = ReceiverRow
    statement = (
        select(row.id, row.kind, row.email, row.recipient, row.phone, row.address, row.postcode, row.is_default)
        .where(row.enterprise_id == enterprise_id)
        .order_by(row.is_default.desc(), row.id)
    )
    return tuple(Receiver(*found) for found in session.execute(statement))


def entities_without_paper(session: Session) -> dict[str, str]:
    """Issuing entities that offer electronic invoices only: code to name."""
    row: Any = EntityRow
    return {found.code: found.name for found in session.execute(select(row.code, row.name).where(row.offers_paper.is_(False)))}


def entity_names(session: Session) -> dict[str, str]:
    """Names of all issuing entities by code."""
    row: Any = EntityRow
    return {found.code: found.name for found in session.execute(select(row.code, row.name))}
