"""Tables to download, as CSV that a spreadsheet opens: UTF-8 with its mark."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from fastapi.responses import StreamingResponse

_MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""


def csv_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> StreamingResponse:
    """The download `<name>.csv`: a line of heads, then the rows as they come.

    Texts of others pass `domain.cells.safe_cell` before; numbers must stay numbers, also negative ones.
    """
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(_lines(heads, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _MARK + _line(heads)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()
