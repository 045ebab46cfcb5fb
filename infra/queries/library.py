"""A customer's titles and receivers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlmodel import Session

from domain.invoices import InvoiceKind, Party
from domain.tax_ids import check_tax_id
from domain.title_states import TitleState, can_be_corrected
from infra.tables import AccountRow, EntityRow, ReceiverRow, TitleRow
from infra.titles import fingerprint, row_id, shown_state, valid_tax_id


@dataclass(frozen=True, slots=True)
class Title:
    """A title as it stands on a China day: `tax_id` is the one valid then, `next_tax_id` one that comes later."""

    id: int
    name: str
    tax_id: str
    address: str
    phone: str
    bank: str
    bank_account: str
    is_default: bool
    default_for: str = ""
    state: str = TitleState.APPROVED
    refusal: str = ""
    next_tax_id: str = ""
    next_tax_id_from: date | None = None
    next_tax_id_approved: bool = False
    old_tax_id: str = ""
    """The one before an announced change came into effect."""
    removed: bool = False
    seen: str = ""
    """The fingerprint that a correction sends back."""

    @property
    def fits_special_invoice(self) -> bool:
        return check_tax_id(self.tax_id).fits_special_invoice

    @property
    def is_usable(self) -> bool:
        """Whether an application can take it today."""
        return self.state == TitleState.APPROVED and not self.removed

    @property
    def can_be_corrected(self) -> bool:
        return can_be_corrected(TitleState(self.state)) and not self.waits_for_tax_id

    @property
    def waits_for_tax_id(self) -> bool:
        """Its new tax id is in effect, and nobody has approved it yet."""
        return bool(self.old_tax_id) and not self.next_tax_id_approved

    @property
    def party(self) -> Party:
        return Party(self.name, self.tax_id, self.address, self.phone, self.bank, self.bank_account)


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


def titles(session: Session, enterprise_id: int, today: date, text: str = "") -> tuple[Title, ...]:
    """The enterprise's titles as of a China day, the default one first; with a text, those that have it in name, tax id or bank."""
    row: Any = TitleRow
    statement = _having(select(TitleRow), text, row.name, row.tax_id, row.next_tax_id, row.bank)
    statement = statement.where(row.enterprise_id == enterprise_id, row.removed_at.is_(None)).order_by(row.is_default.desc(), row.id)
    return tuple(title_from(found, today) for found in session.execute(statement).scalars())


def title(session: Session, enterprise_id: int, title_id: int, today: date) -> Title | None:
    """One of the enterprise's titles, also a removed one; None for another's."""
    row = session.get(TitleRow, title_id)
    return title_from(row, today) if row is not None and row.enterprise_id == enterprise_id else None


def title_from(row: TitleRow, today: date) -> Title:
    tax_id = valid_tax_id(row, today)
    in_effect = tax_id != row.tax_id
    return Title(
        id=row_id(row),
        name=row.name,
        tax_id=tax_id,
        address=row.address,
        phone=row.phone,
        bank=row.bank,
        bank_account=row.bank_account,
        is_default=row.is_default,
        default_for=row.default_for,
        state=shown_state(row, today),
        refusal=row.refusal,
        next_tax_id="" if in_effect else row.next_tax_id,
        next_tax_id_from=row.next_tax_id_from,
        next_tax_id_approved=row.next_tax_id_approved,
        old_tax_id=row.tax_id if in_effect else "",
        removed=row.removed_at is not None,
        seen=fingerprint(row),
    )


def first_title(offered: tuple[Title, ...], kind: InvoiceKind) -> Title | None:
    """The one a form of this kind begins with: the kind's template, the default, any that can be used."""
    fits = [each for each in offered if each.is_usable and (kind is not InvoiceKind.SPECIAL or each.fits_special_invoice)]
    return next(iter(sorted(fits, key=lambda each: (each.default_for != kind, not each.is_default, each.id))), None)


def receivers(session: Session, enterprise_id: int, text: str = "") -> tuple[Receiver, ...]:
    """The enterprise's receivers, default ones first; with a text, those that have it anywhere."""
    row: Any = ReceiverRow
    columns = select(row.id, row.kind, row.email, row.recipient, row.phone, row.address, row.postcode, row.is_default)
    statement = _having(columns, text, row.email, row.recipient, row.phone, row.address, row.postcode)
    statement = statement.where(row.enterprise_id == enterprise_id, row.removed_at.is_(None)).order_by(row.is_default.desc(), row.id)
    return tuple(Receiver(*found) for found in session.execute(statement))


def receiver(session: Session, enterprise_id: int, receiver_id: int) -> Receiver | None:
    """One of the enterprise's receivers on its list; None for another's or a removed one."""
    row = session.get(ReceiverRow, receiver_id)
    if row is None or row.enterprise_id != enterprise_id or row.removed_at is not None:
        return None
    return Receiver(receiver_id, row.kind, row.email, row.recipient, row.phone, row.address, row.postcode, row.is_default)


def _having(statement: Select[Any], text: str, *columns: Any) -> Select[Any]:
    """Rows that contain the text as it is typed in any of the columns."""
    if not text:
        return statement
    found = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return statement.where(or_(*(column.ilike(f"%{found}%", escape="\\") for column in columns)))


def entities_without_paper(session: Session) -> dict[str, str]:
    """Issuing entities that offer electronic invoices only: code to name."""
    row: Any = EntityRow
    return {found.code: found.name for found in session.execute(select(row.code, row.name).where(row.offers_paper.is_(False)))}


def entity_names(session: Session) -> dict[str, str]:
    """Names of all issuing entities by code."""
    row: Any = EntityRow
    return {found.code: found.name for found in session.execute(select(row.code, row.name))}


def account_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Names of accounts by id."""
    row: Any = AccountRow
    return {found.id: found.name for found in session.execute(select(row.id, row.name).where(row.id.in_(ids)))}
