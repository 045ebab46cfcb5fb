"""What an import did, or would do: the report that a person reads before and after."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.amounts import plain, yuan
from domain.errors import Problem
from domain.focus import RowProblem
from domain.focus_file import EXACT

KEPT_ROUNDED = 50
"""Rounded records that a report lists; all are counted, and the download has them."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """A record whose exact sum is no whole fen: `gross_fen / 100 + remainder` is that sum in yuan."""

    account_id: int
    service: str
    day: str
    order_number: str
    gross_fen: int
    remainder: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Of one file. With `problem_count` above 0 nothing is imported, and the figures below `records` stay 0.

    `totals` are exact sums of BilledCost by currency, as decimal text. Amounts are fen:
    `gross_fen = excluded_fen + seller_fen + available_fen + not_open_fen + expired_fen`.
    """

    batch_id: str
    """SHA-256 of the bytes, in hex."""
    file_name: str
    lines: int
    totals: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[RowProblem, ...] = ()
    """The first `KEPT_PROBLEMS`; all are counted."""
    problem_count: int = 0
    warnings: tuple[Problem, ...] = ()
    records: int = 0
    negatives: int = 0
    held: int = 0
    """Negatives whose original is not here yet, or cannot carry them: they wait, out of what is available."""
    late: int = 0
    """Records of an earlier month than the statement they are on."""
    late_rows: int = 0
    cut_rows: int = 0
    """Rows that were cut where a month begins."""
    """Rows whose month's statement was out already; they are on the next one."""
    version: str = ""
    """Of FOCUS, found from the columns; empty for an order workbook."""
    form: str = "csv"
    """csv, parquet or xlsx, with `.gz` behind when it came compressed."""
    gross_fen: int = 0
    excluded_fen: int = 0
    seller_fen: int = 0
    available_fen: int = 0
    not_open_fen: int = 0
    expired_fen: int = 0
    """What is past its time limit already."""
    periods: tuple[str, ...] = ()
    rounded: int = 0
    """Records that were rounded to fen."""
    remainder: str = "0"
    """What all roundings left over, in yuan: `gross_fen / 100 + remainder` is the file's exact sum in CNY."""
    rounded_first: tuple[Rounded, ...] = ()
    """The first `KEPT_ROUNDED` of them."""
    imported_at: datetime | None = None
    """None for a dry run, and for a file that was refused."""
    repeated: bool = False
    """The same bytes were imported before; this is what happened then, and nothing happened now."""

    @property
    def exact_yuan(self) -> str:
        """The sum of all rows in CNY to the last decimal."""
        return plain(EXACT.add(Decimal(yuan(self.gross_fen)), Decimal(self.remainder)))

    @property
    def ok(self) -> bool:
        return self.problem_count == 0

    def to_json(self) -> str:
        """For `ImportBatchRow.report`; problems are left out, because a refused file has no batch."""
        values = asdict(replace(self, problems=(), imported_at=None))
        del values["problems"], values["imported_at"], values["repeated"]
        return json.dumps(values, ensure_ascii=False)

    def with_problems(self) -> str:
        """The report of a check as JSON, for `ImportRunRow.report`."""
        values = asdict(replace(self, imported_at=None))
        del values["imported_at"]
        return json.dumps(values, ensure_ascii=False)


def stored_report(text: str, imported_at: datetime | None, *, repeated: bool) -> ImportReport:
    """The report of a batch again, from `to_json`, or of a check (no moment), from `with_problems`, which may say `repeated` itself."""
    values: dict[str, Any] = json.loads(text)
    repeated = values.pop("repeated", repeated)
    values["warnings"] = tuple(Problem(**warning) for warning in values["warnings"])
    values["periods"] = tuple(values["periods"])
    values["problems"] = tuple(RowProblem(**problem) for problem in values.get("problems", ()))
    values["rounded_first"] = tuple(Rounded(**each) for each in values.get("rounded_first", ()))
    return ImportReport(**values, imported_at=imported_at, repeated=repeated)
