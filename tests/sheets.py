"""Sheets of batches for tests: rows by column name, written as a person's Excel would."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from domain.batches import BatchKind
from infra.batch_workbook import COLUMNS

GOOD = {"kind": "普通发票", "medium": "电子", "title": "北京拾光互动科技有限公司", "receiver": "finance@shiguang.cn"}


def sheet(
    rows: Sequence[Mapping[str, Any]], kind: BatchKind = BatchKind.APPLICATIONS, *, heads: Sequence[str] = (), merge: str = ""
) -> bytes:
    """A workbook of these rows. A value that begins with `=` is a formula; numbers and days are Excel's own."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("Sheet1")
    page.write_row(0, 0, heads or [column.head for column in COLUMNS[kind]])
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(COLUMNS[kind]):
            if column.name in row:
                page.write(line, place, row[column.name])
    if merge:
        page.merge_range(merge, "")
    book.close()
    return buffer.getvalue()


def application(reference: str, **cells: Any) -> dict[str, Any]:
    """A good row but for what it invoices."""
    return {"reference": reference, **GOOD, **cells}
