"""Top-ups: money that customers paid in, from a CSV file of the billing system. Shown to them, never in the balance (feature 5)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from domain.amounts import parse_amount
from domain.audit import AuditAction
from domain.calendar import china_date, typed_day
from domain.errors import Refusal
from domain.focus import RowProblem
from domain.small_tables import SmallTable, read_small_table
from infra.audit import note_deed
from infra.books.binding import chunks
from infra.database import Database
from infra.tables import AccountRow, TopUpRow

NEEDED = ("TopUpNumber", "SubAccountId", "PaidOn", "Amount")
OPTIONAL = ("Method",)
"""Columns of the file: the payment's own number, the account as billing files name it, a day, yuan above 0; how it was paid."""

NUMBER_LENGTH = 64
METHOD_LENGTH = 100


@dataclass(frozen=True, slots=True)
class TopUpsRead:
    """What a file brought: `known` were there already. With problems nothing was changed."""

    added: int = 0
    known: int = 0
    problems: tuple[RowProblem, ...] = ()


def import_top_ups(database: Database, content: bytes, by: int, now: datetime) -> TopUpsRead:
    """Add the file's payments, whole or not at all. The same ones again change nothing.

    Codes beside those of `read_small_table`, `read_day` and `read_amount`: number-unreadable, account-unknown,
    top-up-twice (in the file), top-up-differs (stored with other values).
    """
    table = read_small_table(content, NEEDED, OPTIONAL)
    today = china_date(now)
    rows = [] if table.problems else [row for row in (_row(table, line, cells, today) for line, cells in table.rows) if row is not None]
    seen: set[str] = set()
    for row in rows:
        if row.number in seen:
            table.wrong(row.line, "TopUpNumber", row.number, "top-up-twice")
        seen.add(row.number)
    if table.problems:
        return TopUpsRead(problems=tuple(table.problems))
    with database.write() as session:
        accounts = _accounts(session, {row.account for row in rows})
        stored = _stored(session, [row.number for row in rows])
        for row in rows:
            account = accounts.get(row.account)
            if account is None:
                table.wrong(row.line, "SubAccountId", row.account, "account-unknown")
            elif row.number in stored and stored[row.number] != (account[0], row.day, row.amount_fen):
                table.wrong(row.line, "TopUpNumber", row.number, "top-up-differs")
        if table.problems:
            return TopUpsRead(problems=tuple(table.problems))
        new = [row for row in rows if row.number not in stored]
        for row in new:
            account_id, enterprise_id = accounts[row.account]
            session.add(
                TopUpRow(
                    number=row.number,
                    enterprise_id=enterprise_id,
                    account_id=account_id,
                    day=row.day,
                    amount_fen=row.amount_fen,
                    method=row.method,
                    noted_by=by,
                    noted_at=now,
                )
            )
        if new:
            session.flush()
            note_deed(session, by, AuditAction.TOP_UPS_IMPORTED, "top-ups", now, facts={"count": len(new)})
    return TopUpsRead(len(new), len(rows) - len(new))


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    number: str
    account: str
    day: date
    amount_fen: int
    method: str


def _row(table: SmallTable, line: int, cells: dict[str, str], today: date) -> _Row | None:
    before = len(table.problems)
    number, account, method = cells["TopUpNumber"], cells["SubAccountId"], cells["Method"]
    for column, value, longest in (("TopUpNumber", number, NUMBER_LENGTH), ("SubAccountId", account, NUMBER_LENGTH)):
        if not value:
            table.wrong(line, column, "", "value-missing")
        elif len(value) > longest or not value.isprintable():
            table.wrong(line, column, value, "number-unreadable", most=str(longest))
    if len(method) > METHOD_LENGTH or not method.isprintable():
        table.wrong(line, "Method", method, "number-unreadable", most=str(METHOD_LENGTH))
    day = read_day(table, line, "PaidOn", cells["PaidOn"], today)
    amount = read_amount(table, line, "Amount", cells["Amount"])
    if len(table.problems) > before or day is None or not amount:
        return None
    return _Row(line, number, account, day, amount, method)


def read_day(table: SmallTable, line: int, column: str, value: str, today: date) -> date | None:
    """A day up to today."""
    day = typed_day(value)
    if day is None:
        table.wrong(line, column, value, "day-malformed" if value else "value-missing")
    elif day > today:
        table.wrong(line, column, value, "day-ahead")
    return day


def read_amount(table: SmallTable, line: int, column: str, value: str, *, zero: bool = False) -> int | None:
    """Fen; above 0, or from 0 on."""
    try:
        amount = parse_amount(value) if value else 0
    except Refusal:
        table.wrong(line, column, value, "amount-malformed")
        return None
    if not value or (amount <= 0 and not (zero and amount == 0)):
        table.wrong(line, column, value, "value-missing" if not value else "amount-not-positive")
        return None
    return amount


def _accounts(session: Session, numbers: set[str]) -> dict[str, tuple[int, int]]:
    """Account and enterprise by the number under which billing files name the account."""
    row: Any = AccountRow
    found: dict[str, tuple[int, int]] = {}
    for chunk in chunks(sorted(numbers)):
        statement = select(row.sub_account_id, row.id, row.enterprise_id).where(row.sub_account_id.in_(chunk))
        found |= {one.sub_account_id: (one.id, one.enterprise_id) for one in session.execute(statement)}
    return found


def _stored(session: Session, numbers: list[str]) -> dict[str, tuple[int, date, int]]:
    found: dict[str, tuple[int, date, int]] = {}
    for chunk in chunks(numbers):
        statement = select(col(TopUpRow.number), col(TopUpRow.account_id), col(TopUpRow.day), col(TopUpRow.amount_fen))
        rows = session.execute(statement.where(col(TopUpRow.number).in_(chunk)))
        found |= {one.number: (one.account_id, one.day, one.amount_fen) for one in rows}
    return found
