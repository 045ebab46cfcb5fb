"""The file against the database, by a path of its own: nothing here comes from the code that imports.

It reads the file again with the plainest means, and adds up what stands in the tables.
"""

import csv
import gzip
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Row, text
from sqlmodel import Session

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    payer: str
    account: str
    service: str
    month: str
    currency: str
    cost: Decimal
    excluded: Decimal
    """What voucher, coupon and bonus paid together."""


_Group = tuple[str, str, str]
"""Account, service, month of the statement."""

_K = TypeVar("_K")
_Sums = defaultdict[_K, Decimal]


def compare(session: Session, content: bytes) -> tuple[list[str], bool]:
    """Lines of a table to print, and whether everything is equal.

    Compared are: the number of rows; exact sums by currency; by account, service and month the exact yuan of the
    rows (at the rates that were recorded) with fen and remainders of the records; what is excluded, to half a fen a
    record; and the fen of the records with the ledger.
    """
    with localcontext() as context:
        context.prec = 300
        return _compare(session, content)


def _compare(session: Session, content: bytes) -> tuple[list[str], bool]:
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    batch = sha256(content).hexdigest()
    if session.execute(text("SELECT 1 FROM import_batch WHERE id = :id"), {"id": batch}).first() is None:
        return [f"No import of these bytes (SHA-256 {batch}) is stored."], False
    lines = list(_file_lines(content))
    stored = session.execute(
        text(
            "SELECT l.line, l.billed_cost, l.currency, l.rate, l.record_id, r.period FROM imported_line l"
            " LEFT JOIN consumption_record r ON r.id = l.record_id WHERE l.batch_id = :id"
        ),
        {"id": batch},
    )
    records = session.execute(
        text(
            "SELECT a.sub_account_id, r.service, r.period, r.gross_fen, r.excluded_fen, r.remainder"
            " FROM consumption_record r JOIN account a ON a.id = r.account_id WHERE r.batch_id = :id"
        ),
        {"id": batch},
    )
    table = _Table()
    _compare_lines(table, lines, stored_lines := stored.all())
    lines = _on_their_statements(table, lines, {row.line: row.period for row in stored_lines})
    _compare_records(table, lines, {row.line: Decimal(row.rate) for row in stored_lines}, _masters(session), found := records.all())
    posted = session.execute(
        text("SELECT SUM(amount_fen) FROM ledger_entry WHERE cause = :cause AND bucket = 'consumed'"), {"cause": f"import:{batch[:40]}"}
    ).scalar_one()
    table.row("fen of records, in the ledger", sum(record.gross_fen for record in found), -int(posted or 0))
    table.lines.append("Equal." if table.equal else "Different: see the lines marked with !")
    return table.lines, table.equal


def _on_their_statements(table: "_Table", lines: Sequence[_Line], periods: Mapping[int, str | None]) -> list[_Line]:
    """The lines with the month of the statement they are on: a later one when their own was out, never an earlier one."""
    months = [(line, periods.get(line.number) or line.month) for line in lines]
    table.row("rows on an earlier statement", 0, sum(month < line.month for line, month in months))
    later = sum(month > line.month for line, month in months)
    if later:
        table.lines.append(f"  {later} rows are on a later statement, because their own was out")
    return [replace(line, month=max(month, line.month)) for line, month in months]


def _masters(session: Session) -> dict[str, str]:
    """The payer's master account, which has the rows without an account."""
    statement = "SELECT e.billing_account_id, a.sub_account_id FROM account a JOIN enterprise e ON e.id = a.enterprise_id WHERE a.is_master"
    return {row.billing_account_id: row.sub_account_id for row in session.execute(text(statement))}


def _compare_lines(table: "_Table", lines: Sequence[_Line], stored: Sequence[Row[Any]]) -> None:
    table.row("rows", len(lines), len({row.line for row in stored}))
    table.row("rows without a record", 0, sum(row.record_id is None for row in stored))
    file_sums: _Sums[str] = defaultdict(Decimal)
    stored_sums: _Sums[str] = defaultdict(Decimal)
    for line in lines:
        file_sums[line.currency] += line.cost
    for row in stored:
        stored_sums[row.currency] += Decimal(row.billed_cost)
    for currency in sorted(file_sums.keys() | stored_sums.keys()):
        table.row(f"sum {currency}", file_sums[currency], stored_sums[currency])


def _compare_records(
    table: "_Table", lines: Sequence[_Line], rates: Mapping[int, Decimal], masters: Mapping[str, str], records: Sequence[Row[Any]]
) -> None:
    expected: _Sums[_Group] = defaultdict(Decimal)
    got: _Sums[_Group] = defaultdict(Decimal)
    vouchers: _Sums[_Group] = defaultdict(Decimal)
    excluded: _Sums[_Group] = defaultdict(Decimal)
    counts: Counter[_Group] = Counter()
    for line in lines:
        group = (line.account or masters.get(line.payer, ""), line.service, line.month)
        rate = rates.get(line.number, Decimal(0))  # a row that is not stored is missing from every sum below
        expected[group] += line.cost * rate
        vouchers[group] += line.excluded * rate
    for record in records:
        group = (record.sub_account_id, record.service, record.period)
        got[group] += Decimal(record.gross_fen) / 100 + Decimal(record.remainder)
        excluded[group] += Decimal(record.excluded_fen) / 100
        counts[group] += 1
    groups = sorted(expected.keys() | got.keys())
    for month in sorted({group[2] for group in groups}):
        here = [group for group in groups if group[2] == month]
        table.row(f"{month} in CNY", _total(expected, here), _total(got, here))
        table.near(f"{month} excluded", _total(vouchers, here), _total(excluded, here), sum(counts[group] for group in here))
    for group in groups:
        table.part("  ".join(group), expected[group], got[group])
    table.lines.append(f"  {len(groups)} groups of account, service and month, {len(records)} records compared")
    table.row("remainders over half a fen", 0, sum(abs(Decimal(record.remainder)) > Decimal("0.005") for record in records))


def _total(sums: _Sums[_Group], groups: list[_Group]) -> Decimal:
    return sum((sums[group] for group in groups), Decimal(0))


class _Table:
    """Rows of: what, in the file, stored."""

    def __init__(self) -> None:
        self.lines = [f"{'':2}{'':34}{'file':>32}{'stored':>32}"]
        self.equal = True
        self._shown = 0

    def row(self, what: str, file: Decimal | int, stored: Decimal | int, *, same: bool | None = None) -> None:
        same = file == stored if same is None else same
        self.equal = self.equal and same
        self.lines.append(f"{'  ' if same else '! '}{what:34}{_plain(file):>32}{_plain(stored):>32}")

    def near(self, what: str, file: Decimal, stored: Decimal, records: int) -> None:
        """Excluded amounts keep no remainder: each record may be half a fen away."""
        self.row(what, file, stored, same=abs(file - stored) <= Decimal("0.005") * records)

    def part(self, what: str, file: Decimal, stored: Decimal) -> None:
        """A row that is only shown when it differs."""
        if file != stored and self._shown < _SHOWN:
            self._shown += 1
            self.row(what, file, stored)
        self.equal = self.equal and file == stored


def _plain(number: Decimal | int) -> str:
    if isinstance(number, int) or not number.is_finite():
        return str(number)
    shown = f"{number:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _file_lines(content: bytes) -> Iterator[_Line]:
    for number, row in _parquet_rows(content) if content.startswith(b"PAR1") else _csv_rows(content):
        yield _Line(
            number=number,
            payer=row["BillingAccountId"].strip(),
            account=row["SubAccountId"].strip(),
            service=row["ServiceName"].strip(),
            month=_month(row),
            currency=row["BillingCurrency"].strip(),
            cost=Decimal(row["BilledCost"]),
            excluded=sum((Decimal(row.get(f"x_{part}Cost") or 0) for part in ("Voucher", "Coupon", "Bonus")), Decimal(0)),
        )


def _csv_rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    header = [name.strip() for name in next(reader)]
    before = reader.line_num
    for cells in reader:
        number, before = before + 1, reader.line_num
        if cells:
            yield number, {name: "" if cell == "NULL" else cell for name, cell in zip(header, cells, strict=True)}


def _parquet_rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Row by row as Python values, not as the text that the import reads; a double counts as Python writes it."""
    import polars as pl

    for number, row in enumerate(pl.read_parquet(io.BytesIO(content)).iter_rows(named=True), start=2):
        yield number, {name: "" if value is None or value == "NULL" else str(value) for name, value in row.items()}


def _month(row: dict[str, str]) -> str:
    """The later of the month that bills the row and the month in which it falls in China."""
    starts_at, charged_at = (_moment(row[name]) for name in ("BillingPeriodStart", "ChargePeriodStart"))
    return max(f"{starts_at + timedelta(hours=14):%Y-%m}", f"{charged_at + timedelta(hours=8):%Y-%m}")


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
