"""Billing files as they come: CSV, Parquet or the order workbook, each also compressed with gzip. Nothing passes through a float.

The form is told by the first bytes, never by the name. What is unpacked is bounded, so that a small file cannot fill the memory.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from domain.focus import SHOWN, RowProblem
from domain.focus_columns import NEEDED, OPTIONAL, PARTS
from domain.focus_file import MOST_ROWS, FocusFile, OnRows, no_rows, read_focus, read_table
from infra.doubles import float_text
from infra.order_json import is_order_list, read_order_list
from infra.order_workbook import is_workbook, read_orders
from infra.parquet_check import can_be_read

UNPACKED_MOST = 256 * 1024 * 1024
"""Bytes that a compressed file may become."""

CELL_MOST = 131_072
"""Bytes of one cell: what Python's CSV reader allows."""

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_AMOUNTS = ("BilledCost", *PARTS)
_STEP = 5_000
"""Rows of a Parquet file that are text at a time."""


def read_billing_file(content: bytes, on_rows: OnRows = no_rows) -> FocusFile:
    """Billing lines, or everything that is wrong. Codes beside those of `read_focus` and `read_orders`: gzip-broken,
    file-too-large-unpacked (limit), parquet-broken, column-type (column, type), cell-too-long (column).
    """
    packed = content.startswith(_GZIP)
    if packed:
        try:
            content = unpacked(content, UNPACKED_MOST)
        except (OSError, EOFError, zlib.error):
            return _refused(FocusFile(form="gz"), "gzip-broken")
        if len(content) > UNPACKED_MOST:
            return _refused(FocusFile(form="gz"), "file-too-large-unpacked", limit=str(UNPACKED_MOST // 1024 // 1024))
    file = _read(content, on_rows)
    file.sha256 = sha256(content).hexdigest()
    if packed:
        file.form += ".gz"
    return file


def unpacked(content: bytes, most: int) -> bytes:
    """What was compressed; one byte more than `most` when it is more. Raises OSError, EOFError or zlib.error for a broken file."""
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        return packed.read(most + 1)


def _read(content: bytes, on_rows: OnRows) -> FocusFile:
    if content.startswith(_PARQUET):
        return read_parquet(content, on_rows) if can_be_read(content) else _refused(FocusFile(form="parquet"), "parquet-broken")
    if is_workbook(content):
        return read_orders(content, UNPACKED_MOST, on_rows)
    if is_order_list(content):
        return read_order_list(content, on_rows)
    return read_focus(content, on_rows)


def read_parquet(content: bytes, on_rows: OnRows = no_rows) -> FocusFile:
    """The columns we need, as text; of a file that `can_be_read`. Decimals are written out by the library digit for digit.

    A column of binary doubles is what some exports have: such an amount is taken when it has at most 15 significant digits, because
    then no other written decimal is the same double; the others, and single floats, are refused (`float_text`).
    """
    import polars as pl  # 0.3 s and 60 MB: only files in this format pay for it

    file = FocusFile(form="parquet")
    try:
        header = list(pl.read_parquet_schema(io.BytesIO(content)))
        wanted = [name for name in header if name in {*NEEDED, *OPTIONAL}]
        frame = pl.scan_parquet(io.BytesIO(content)).select(wanted)
        schema = frame.collect_schema()
        total = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
        columns = []
        for name in wanted:
            expression = _as_text(name, schema[name])
            if expression is None:
                params = {"column": name, "type": str(schema[name])}
                file.add_problem(RowProblem(0, name, "", "column-type", params))
            else:
                columns.append(expression)
        if file.problem_count:
            return file
        known = [*wanted, *(name for name in header if name not in wanted)]
        # Columns that nobody reads still say which version of FOCUS it is; their cells are empty.
        padding = [""] * (len(known) - len(wanted))

        def rows() -> Iterator[tuple[int, list[str]]]:
            for start in range(0, min(total, MOST_ROWS + 1), _STEP):
                part = frame.slice(start, _STEP)
                longest = part.select(pl.col(pl.String).str.len_bytes().max()).collect() if pl.String in schema.values() else None
                for column in longest.columns if longest is not None else ():
                    if longest is not None and (longest[column][0] or 0) > CELL_MOST:
                        raise _CellTooLong(column)
                for number, cells in enumerate(part.select(columns).collect().iter_rows(), start=start + 2):
                    yield number, [*(_cell(cell) for cell in cells), *padding]

        return read_table(file, known, rows(), total, on_rows)
    except _CellTooLong as long:
        return _refused(file, "cell-too-long", long.column)
    except (pl.exceptions.PolarsError, OSError, ValueError, OverflowError) as error:
        return _refused(file, "parquet-broken", value=str(error)[:SHOWN])
    except pl.exceptions.PanicException as panic:  # the library's own word for a defect; it is no Exception
        return _refused(file, "parquet-broken", value=str(panic)[:SHOWN])


class _CellTooLong(Exception):
    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def _cell(value: object) -> str:
    if value is None:
        return ""
    return float_text(value) if isinstance(value, float) else str(value)


def _as_text(name: str, kind: Any) -> Any:
    """How a column becomes text, as a polars expression; None for a type that cannot be read."""
    import polars as pl

    column = pl.col(name)
    if kind == pl.Float64 and name in _AMOUNTS:
        return column
    if isinstance(kind, pl.Datetime):
        utc = column.dt.convert_time_zone("UTC") if kind.time_zone else column
        return utc.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == pl.Date:
        return column.dt.strftime("%Y-%m-%dT00:00:00Z")
    plain = isinstance(kind, pl.String | pl.Categorical | pl.Enum | pl.Null) or kind.is_integer() or kind.is_decimal()
    return column.cast(pl.String) if plain else None


def _refused(file: FocusFile, code: str, column: str = "", value: str = "", **params: str) -> FocusFile:
    file.add_problem(RowProblem(0, column, value, code, {"column": column, **params} if column else params))
    return file
