"""A title's new tax id, announced ahead: taken note of, withdrawn. It takes effect by the calendar, nothing is run for it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from domain.calendar import china_date
from domain.errors import Problem, Refusal
from domain.tax_ids import tidy_tax_id
from domain.title_states import TitleState, announcement_problems
from infra.database import Database
from infra.tables import EnterpriseRow, TitleRow
from infra.titles import title_of, valid_tax_id


def announce_tax_id(database: Database, enterprise_id: int, title_id: int, tax_id: str, starts_on: date | None, now: datetime) -> None:
    """Note the tax id that a title has from a China day on. One that is verified already needs no person to look at it.

    Raises UnknownTitle, and Refusal: those of announcement_problems, title-not-approved, title-twice.
    """
    today = china_date(now)
    with database.write() as session:
        row = title_of(session, enterprise_id, title_id)
        if row.state != TitleState.APPROVED:
            raise Refusal(Problem("next_tax_id", f"title-{row.state}"))
        problems = announcement_problems(tax_id, valid_tax_id(row, today), starts_on, today)
        if problems:
            raise Refusal(*problems)
        tidy = tidy_tax_id(tax_id)
        table: Any = TitleRow
        same = select(table.id).where(table.enterprise_id == enterprise_id, table.name == row.name, table.tax_id == tidy)
        if session.execute(same.where(table.id != title_id)).first() is not None:
            raise Refusal(Problem("next_tax_id", "title-twice"))
        if valid_tax_id(row, today) != row.tax_id:
            if not row.next_tax_id_approved:
                raise Refusal(Problem("next_tax_id", "title-pending"))
            row.tax_id = row.next_tax_id  # the one announced before has come into effect
        enterprise = session.get_one(EnterpriseRow, enterprise_id)
        row.next_tax_id, row.next_tax_id_from = tidy, starts_on
        row.next_tax_id_approved = enterprise.verified and tidy == tidy_tax_id(enterprise.tax_id)
        row.refusal = ""
        session.add(row)


def withdraw_tax_id(database: Database, enterprise_id: int, title_id: int, now: datetime) -> None:
    """Forget an announced tax id; where none is announced nothing changes.

    Raises UnknownTitle, and Refusal tax-id-in-effect: applications carry it already.
    """
    with database.write() as session:
        row = title_of(session, enterprise_id, title_id)
        if not row.next_tax_id:
            return
        if row.next_tax_id_approved and valid_tax_id(row, china_date(now)) == row.next_tax_id:
            raise Refusal(Problem("next_tax_id", "tax-id-in-effect"))
        row.next_tax_id, row.next_tax_id_from, row.next_tax_id_approved = "", None, False
        session.add(row)
