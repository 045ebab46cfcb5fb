"""Writing to the library of titles: add one, choose the default."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from domain.errors import Problem, Refusal
from domain.invoices import InvoiceKind, Party
from domain.tax_ids import tidy_tax_id
from domain.titles import first_difference, same_name, title_problems
from infra.database import Database
from infra.tables import EnterpriseRow, TitleRow


class UnknownTitle(Exception):
    """Not there, or another enterprise's."""


def add_title(
    database: Database,
    enterprise_id: int,
    party: Party,
    now: datetime,
    *,
    kind: InvoiceKind = InvoiceKind.ORDINARY,
    make_default: bool = False,
    again: bool = False,
) -> int:
    """Add a title and give its id. The first one becomes the default.

    Raises Refusal with every problem: those of domain.titles, title-name-differs (a company title must be the
    verified name, feature 3), title-twice. With `again` a title that is there already is the answer, not a problem.
    """
    party = Party(
        name=party.name.strip(),
        tax_id=tidy_tax_id(party.tax_id),
        address=party.address.strip(),
        phone=party.phone.strip(),
        bank=party.bank.strip(),
        bank_account=party.bank_account.strip(),
    )
    with database.write() as session:
        enterprise = session.get(EnterpriseRow, enterprise_id)
        if enterprise is None:
            raise UnknownTitle(str(enterprise_id))
        problems = list(title_problems(party, kind, enterprise.tax_id))
        if party.name and not same_name(party.name, enterprise.name):
            problems.append(Problem("name", "title-name-differs", {"difference": first_difference(party.name, enterprise.name)}))
        known = _known(session, enterprise_id, party)
        if known is not None and again and not problems:
            return known
        if known is not None:
            problems.append(Problem("name", "title-twice"))
        if problems:
            raise Refusal(*problems)
        count = session.execute(select(func.count()).select_from(TitleRow).where(col(TitleRow.enterprise_id) == enterprise_id)).scalar_one()
        row = TitleRow(
            enterprise_id=enterprise_id,
            name=party.name,
            tax_id=party.tax_id,
            address=party.address,
            phone=party.phone,
            bank=party.bank,
            bank_account=party.bank_account,
            is_default=count == 0,
            created_at=now,
        )
        session.add(row)
        session.flush()
        assert row.id is not None  # noqa: S101 (the database gave it at the flush)
        if make_default:
            _make_default(session, enterprise_id, row.id)
        return row.id


def _known(session: Session, enterprise_id: int, party: Party) -> int | None:
    row: Any = TitleRow
    statement = select(row.id).where(row.enterprise_id == enterprise_id, row.name == party.name, row.tax_id == party.tax_id)
    found: int | None = session.execute(statement).scalar_one_or_none()
    return found


def choose_default_title(database: Database, enterprise_id: int, title_id: int) -> None:
    """Make this title the one that forms offer first. Raises UnknownTitle."""
    with database.write() as session:
        row = session.get(TitleRow, title_id)
        if row is None or row.enterprise_id != enterprise_id:
            raise UnknownTitle(str(title_id))
        _make_default(session, enterprise_id, title_id)


def _make_default(session: Session, enterprise_id: int, title_id: int) -> None:
    table: Any = TitleRow
    session.execute(update(TitleRow).where(table.enterprise_id == enterprise_id).values(is_default=table.id == title_id))
