"""A hundred thousand lines far below a fen, in every form, on both databases: what is stored sums to the file, to the last decimal.

`KAIPIAO_FOCUS_FILE=bill.csv` tries the same with somebody's own FOCUS file, whose customers are made.
"""

import csv
import gzip
import io
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from infra.books.imports import Imports
from infra.database import Database
from infra.demo.companies import ENTERPRISES
from infra.demo.people import seed
from infra.invariants import violations
from infra.tables import ExchangeRateRow
from tests.billing import billing_row
from tests.postgres import new_database

TODAY = date(2026, 11, 21)
LINES = 100_000
EXACT = Context(prec=100)
SERVICES = ("云服务器 ECS", "对象存储", "CDN 流量", "云数据库 MySQL", "函数计算")
OWN = os.environ.get("KAIPIAO_FOCUS_FILE", "")


def parquet(content: bytes) -> bytes:
    """Costs as decimals, everything else as text."""
    buffer = io.BytesIO()
    frame = pl.read_csv(content, infer_schema_length=0)
    frame.with_columns(pl.col("BilledCost").cast(pl.Decimal(38, 20))).write_parquet(buffer)
    return buffer.getvalue()


def gzipped(content: bytes) -> bytes:
    """With a line end more: packed or not, the same bill is imported once."""
    return gzip.compress(content + b"\r\n", 1, mtime=0)


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "csv": bytes,
    "csv.gz": gzipped,
    "parquet": parquet,
}


def rows(chance: random.Random, count: int) -> Iterator[dict[str, str]]:
    """Lines like a real bill's: most far below a fen, up to 11 decimals, some refunds and vouchers, a tenth in US dollars."""
    accounts = [(enterprise.billing_account_id, account.sub_account_id) for enterprise in ENTERPRISES for account in enterprise.accounts]
    for _ in range(count):
        enterprise, account = chance.choice(accounts)
        exact = chance.randrange(1, 10 ** chance.choice((4, 6, 8, 9, 12)))
        cost = Decimal(exact if chance.random() > 0.02 else -exact).scaleb(-11)
        voucher = f"{EXACT.divide(cost, Decimal(4)):f}" if chance.random() < 0.05 else ""
        day = chance.randrange(1, 29)
        yield billing_row(
            BillingAccountId=enterprise,
            SubAccountId=account,
            BilledCost=f"{cost:f}",
            x_VoucherCost=voucher,
            BillingCurrency="USD" if chance.random() < 0.1 else "CNY",
            ServiceName=chance.choice(SERVICES),
            ChargePeriodStart=f"2026-10-{day:02d}T02:00:00Z",
            ChargeCategory="Credit" if cost < 0 else "Usage",
        )


@pytest.fixture(scope="module")
def bill() -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(billing_row()))
    writer.writeheader()
    writer.writerows(rows(random.Random(20261121), LINES))
    return out.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Sums:
    """Exact sums of a file: what it costs in each currency, and what vouchers paid of it."""

    lines: int
    costs: dict[str, Decimal]
    vouchers: dict[str, Decimal]

    @classmethod
    def of(cls, content: bytes) -> "Sums":
        """By the standard library's reader alone."""
        costs: Counter[str] = Counter()
        vouchers: Counter[str] = Counter()
        lines = 0
        for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
            lines += 1
            for sums, cell in ((costs, row["BilledCost"]), (vouchers, row.get("x_VoucherCost") or "0")):
                sums[row["BillingCurrency"]] = EXACT.add(Decimal(sums[row["BillingCurrency"]]), Decimal(cell))  # type: ignore[assignment]
        return cls(lines, dict(costs), dict(vouchers))  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def imports(request: pytest.FixtureRequest) -> Iterator[Imports]:
    with ExitStack() as stack:
        database = stack.enter_context(new_database(request.param))
        seed(database, TODAY, str)
        yield Imports(database)


def stored(database: Database, sql: str, batch: str) -> list[tuple[str, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.connection().execute(text(sql), {"batch": batch})]


def check(imports: Imports, content: bytes, sums: Sums, form: str) -> None:
    """Import, and compare lines, records and the ledger with the file's own sums."""
    report = imports.import_file(content, f"bill.{form}", None, TODAY, create_missing=bool(OWN))
    assert (report.ok, report.repeated, report.lines, report.form) == (True, False, sums.lines, form), report.problems[:3]
    assert {currency: Decimal(total) for currency, total in report.totals.items()} == sums.costs
    costs: dict[str, Decimal] = {}
    vouchers: dict[str, Decimal] = {}
    rates: dict[str, Decimal] = {}
    numbers = set()
    lines = "SELECT line, currency, rate, billed_cost, voucher_cost FROM imported_line WHERE batch_id = :batch"
    for line, currency, rate, cost, voucher in stored(imports.database, lines, report.batch_id):
        numbers.add(line)
        costs[currency] = EXACT.add(costs.get(currency, Decimal(0)), Decimal(cost))
        vouchers[currency] = EXACT.add(vouchers.get(currency, Decimal(0)), Decimal(voucher))
        assert rates.setdefault(currency, Decimal(rate)) == Decimal(rate)
    assert (len(numbers), costs, vouchers) == (sums.lines, sums.costs, sums.vouchers)
    whole = sum((EXACT.multiply(cost, rates[currency]) for currency, cost in sums.costs.items()), Decimal(0))
    records = stored(
        imports.database, "SELECT gross_fen, excluded_fen, remainder FROM consumption_record WHERE batch_id = :batch", report.batch_id
    )
    gross = Decimal(sum(int(row[0]) for row in records))
    remainders = Decimal(0)
    for *_, remainder in records:
        assert abs(Decimal(remainder)) <= Decimal("0.005")
        remainders = EXACT.add(remainders, Decimal(remainder))
    assert EXACT.add(EXACT.divide(gross, Decimal(100)), remainders) == whole
    assert report.gross_fen == gross
    ledger = "SELECT bucket, SUM(amount_fen) FROM ledger_entry WHERE cause = :batch GROUP BY bucket"
    posted = {bucket: int(fen) for bucket, fen in stored(imports.database, ledger, f"import:{report.batch_id[:40]}")}
    assert posted["consumed"] == -gross
    assert sum(posted.values()) == 0
    assert posted.get("excluded", 0) == sum(int(row[1]) for row in records) == report.excluded_fen


@pytest.mark.serial
@pytest.mark.timeout(600)
def test_a_hundred_thousand_lines_in_every_form_add_up(imports: Imports, bill: bytes) -> None:
    sums = Sums.of(bill)
    assert sums.lines == LINES
    for form, make in FORMS.items():
        check(imports, make(bill), sums, form)
    with imports.database.read() as session:
        assert violations(session) == {}


if OWN:

    @pytest.mark.parametrize("form", FORMS)
    def test_a_file_of_ones_own_adds_up(imports: Imports, form: str) -> None:
        content = Path(OWN).read_bytes()
        with imports.database.write() as session:
            for year in range(2018, TODAY.year + 1):
                for month in range(1, 13):
                    for day in (1, 10, 20, 28):
                        if date(year, month, day) <= TODAY:
                            session.merge(ExchangeRateRow(currency="USD", day=date(year, month, day), rate="7.0321", source="test"))
        check(imports, FORMS[form](content), Sums.of(content), form)
