"""Arrears of several accounts at once, from a CSV file of the billing system: checked whole before any is noted."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from domain.focus import RowProblem
from domain.small_tables import read_small_table
from infra.books.arrears import note_arrears
from infra.books.binding import chunks
from infra.database import Database
from infra.tables import AccountRow
from infra.top_ups import read_amount, read_day

NEEDED = ("SubAccountId", "AsOf", "Amount")
"""The account as billing files name it, the day of which it is said, and what it owes in yuan (0: nothing any more)."""


@dataclass(frozen=True, slots=True)
class ArrearsRead:
    """`noted` changed something, `known` was so before. With problems nothing was changed."""

    noted: int = 0
    known: int = 0
    problems: tuple[RowProblem, ...] = ()


def import_arrears(database: Database, content: bytes, by: int, today: date, now: datetime) -> ArrearsRead:
    """Note each row, an account a transaction: it locks its customer's records. A repeat notes nothing.

    Codes beside those of `read_small_table`, `read_day` and `read_amount`: account-unknown.
    """
    table = read_small_table(content, NEEDED)
    accounts = account_ids(database, {cells["SubAccountId"] for _, cells in table.rows})
    wanted: list[tuple[int, int, date]] = []
    for line, cells in table.rows:
        day = read_day(table, line, "AsOf", cells["AsOf"], today)
        amount = read_amount(table, line, "Amount", cells["Amount"], zero=True)
        account = accounts.get(cells["SubAccountId"])
        if account is None:
            table.wrong(line, "SubAccountId", cells["SubAccountId"], "account-unknown")
        if account is not None and day is not None and amount is not None:
            wanted.append((account, amount, day))
    if table.problems:
        return ArrearsRead(problems=tuple(table.problems))
    noted = sum(note_arrears(database, account, amount, day, now, by) for account, amount, day in wanted)
    return ArrearsRead(noted, len(wanted) - noted)


def account_ids(database: Database, numbers: set[str]) -> dict[str, int]:
    """Accounts by the number under which billing files name them."""
    row: Any = AccountRow
    found: dict[str, int] = {}
    with database.read() as session:
        for chunk in chunks(sorted(numbers)):
            statement = select(row.sub_account_id, row.id).where(row.sub_account_id.in_(chunk))
            found |= {one.sub_account_id: one.id for one in session.execute(statement)}
    return found
