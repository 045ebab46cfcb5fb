"""A FOCUS file: bytes to billing lines, or to everything that is wrong with it. All or nothing."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal, Inexact, InvalidOperation
from itertools import islice

from domain.focus import SHOWN, BillingLine, RowProblem, read_row
from domain.focus_columns import NEEDED, OPTIONAL, focus_version, needed_columns

KEPT_PROBLEMS = 1000
"""Problems that a report lists; all are counted."""

EXACT = Context(prec=400, traps=[Inexact, InvalidOperation])
"""Adds and multiplies without rounding: Decimal's own context would round to 28 digits. Rounding here is a defect."""

_BINARY = (b"\x89PNG", b"%PDF", b"PK\x03\x04", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"PAR1", b"\xd0\xcf\x11\xe0")
"""PNG, PDF, zip and xlsx, JPEG, GIF, gzip, Parquet, old Excel."""


@dataclass(slots=True)
class FocusFile:
    """What a file holds. `lines` are to be used only when there are no problems.

    `totals` are exact sums of BilledCost by currency, over the rows that could be read.
    """

    lines: list[BillingLine] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    problem_count: int = 0
    totals: dict[str, Decimal] = field(default_factory=dict)
    row_count: int = 0
    ends_with_newline: bool = True
    version: str = ""
    """Of FOCUS, by the columns; empty while there are none."""
    form: str = "csv"
    """csv, parquet or xlsx, with `.gz` behind when it came compressed."""
    sha256: str = ""
    """Of its bytes, unpacked; empty when they could not be."""
    cut_rows: int = 0
    """Rows that became a line for each of several months."""

    def add_problem(self, problem: RowProblem) -> None:
        self.problem_count += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(problem)


OnRows = Callable[[int, int], None]
"""Told now and then how many rows were read, and of how many about."""

MOST_ROWS = 500_000
"""Rows of one file: they are in memory at once, about 1 KB each."""
_TELL_EVERY = 2_000


def no_rows(_read: int, _total: int) -> None:
    """Tells nobody."""


def read_focus(content: bytes, on_rows: OnRows = no_rows) -> FocusFile:
    """Read a CSV file: UTF-8 (a byte order mark is accepted), comma, quotes doubled, any line ends.

    Codes beside those of `read_row`: file-empty, file-binary, file-encoding (position), csv-malformed, column-missing,
    column-twice, cell-too-long (column), file-no-rows, file-too-many-rows (limit), row-columns (expected, found).
    """
    file = FocusFile()
    if not content.strip():
        return _refused(file, "file-empty")
    if content.startswith(_BINARY) or b"\0" in content:
        return _refused(file, "file-binary")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        file.add_problem(RowProblem(line, "", "", "file-encoding", {"position": str(error.start + 1)}))
        return file
    file.ends_with_newline = text.endswith(("\n", "\r"))
    total = max(0, text.count("\n") - file.ends_with_newline)
    rows = _rows(text)
    header: list[str] = []
    try:
        _, header = next(rows, (1, []))
        return read_table(file, header, rows, total, on_rows)
    except _Broken as broken:
        if broken.long is None:
            file.add_problem(RowProblem(broken.line, "", "", "csv-malformed"))
        else:
            column = header[broken.long].strip()[:SHOWN] if broken.long < len(header) else str(broken.long + 1)
            file.add_problem(RowProblem(broken.line, column, "", "cell-too-long", {"column": column}))
    return file


def read_table(
    file: FocusFile, header: Sequence[str], rows: Iterator[tuple[int, list[str]]], total: int = 0, on_rows: OnRows = no_rows
) -> FocusFile:
    """Read rows of any format into `file`: each with its line number, its cells in the order of the header."""
    before = file.problem_count
    places = _places(file, header)
    if file.problem_count > before:
        return file
    for line, cells in rows:
        _read(file, line, cells, places, len(header))
        if file.row_count % _TELL_EVERY == 0:
            on_rows(file.row_count, max(total, file.row_count))
        if file.row_count > MOST_ROWS:
            file.add_problem(RowProblem(line, "", "", "file-too-many-rows", {"limit": f"{MOST_ROWS:,}"}))
            return file
    on_rows(file.row_count, file.row_count)
    if not file.row_count and not file.problem_count:
        return _refused(file, "file-no-rows")
    return file


class _Broken(Exception):
    """The CSV itself cannot be read on: a quote that is never closed, text after a closed one, or a cell that is too long.

    `long` is the place of that cell.
    """

    def __init__(self, line: int, long: int | None = None) -> None:
        super().__init__(line)
        self.line = line
        self.long = long


_CELL = re.compile(r""""(?:[^"]++|"")*+"|(?!")[^,\r\n]*+""")
"""A cell of a CSV row, with its quotes."""


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its first line in the file; blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _Broken(line, _long_cell(text, line)) from error
        if row:
            yield line, row
        line = reader.line_num + 1


def _long_cell(text: str, line: int) -> int | None:
    """The place of the cell that is too long in the row where the reader gave up; None when that is not what is wrong.

    A quote that is never closed makes one cell of the rest of the file: that is no long cell.
    """
    row = "".join(islice(io.StringIO(text, newline=""), line - 1, None))
    place = at = 0
    while (cell := _CELL.match(row, at)) is not None:
        value = cell[0][1:-1].replace('""', '"') if cell[0].startswith('"') else cell[0]
        if len(value) > csv.field_size_limit():
            return place
        if row[cell.end() : cell.end() + 1] != ",":
            return None
        place, at = place + 1, cell.end() + 1
    return None


def _places(file: FocusFile, header: Sequence[str]) -> dict[str, int]:
    names = [name.strip() for name in header]
    needed = needed_columns(names)
    known = dict.fromkeys((*NEEDED, *OPTIONAL))
    for column in known:
        if names.count(column) > 1:
            file.add_problem(RowProblem(1, column, "", "column-twice", {"column": column}))
    for column in needed:
        if column not in names:
            file.add_problem(RowProblem(0, column, "", "column-missing", {"column": column}))
    file.version = focus_version(names)
    return {column: names.index(column) for column in known if column in names}


def _read(file: FocusFile, line: int, cells: list[str], places: dict[str, int], width: int) -> None:
    file.row_count += 1
    if len(cells) != width:
        params = {"expected": str(width), "found": str(len(cells))}
        file.add_problem(RowProblem(line, "", cells[0][:SHOWN], "row-columns", params))
        return
    read = read_row(line, {column: cells[place] for column, place in places.items()})
    if isinstance(read, tuple):
        for problem in read:
            file.add_problem(problem)
        return
    parts = read.by_month
    file.lines += parts
    file.cut_rows += len(parts) > 1
    file.totals[read.currency] = EXACT.add(file.totals.get(read.currency, Decimal(0)), read.billed_cost)


def _refused(file: FocusFile, code: str) -> FocusFile:
    file.add_problem(RowProblem(0, "", "", code))
    return file
