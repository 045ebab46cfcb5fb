"""Small CSV tables that operators send: a few columns, at most some thousand rows, read whole or refused with every problem."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.focus import SHOWN, RowProblem

MOST_ROWS = 5_000
MOST_BYTES = 2 * 1024 * 1024


@dataclass(slots=True)
class SmallTable:
    """Rows as (line, cells by column), to be used only when there are no problems."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def wrong(self, line: int, column: str, value: str, code: str, /, **params: str) -> None:
        self.problems.append(RowProblem(line, column, value[:SHOWN], code, params))


def read_small_table(content: bytes, needed: Sequence[str], optional: Sequence[str] = ()) -> SmallTable:
    """UTF-8 with a header, in any order; cells are stripped.

    Codes: file-empty, file-too-large (limit), file-encoding (position), csv-malformed, column-missing, column-twice, row-columns
    (expected, found), file-no-rows, file-too-many-rows (limit).
    """
    table = SmallTable()
    if not content.strip():
        table.wrong(0, "", "", "file-empty")
        return table
    if len(content) > MOST_BYTES:
        table.wrong(0, "", "", "file-too-large", limit=str(MOST_BYTES // 1024 // 1024))
        return table
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        table.wrong(content.count(b"\n", 0, error.start) + 1, "", "", "file-encoding", position=str(error.start + 1))
        return table
    line = 1
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(table, header, needed, optional)
        for cells in reader:
            line, before = reader.line_num, line
            if not cells or (table.problems[:1] and table.problems[0].line == 0):
                continue
            if len(cells) != len(header):
                table.wrong(before + 1, "", cells[0], "row-columns", expected=str(len(header)), found=str(len(cells)))
                continue
            found = dict(zip(header, (cell.strip() for cell in cells), strict=True))
            table.rows.append((before + 1, {name: found.get(name, "") for name in (*needed, *optional)}))
            if len(table.rows) > MOST_ROWS:
                table.wrong(before + 1, "", "", "file-too-many-rows", limit=f"{MOST_ROWS:,}")
                return table
    except csv.Error:
        table.wrong(line, "", "", "csv-malformed")
    if not table.rows and not table.problems:
        table.wrong(0, "", "", "file-no-rows")
    return table


def _check_header(table: SmallTable, header: Sequence[str], needed: Sequence[str], optional: Sequence[str]) -> None:
    for column in (*needed, *optional):
        if header.count(column) > 1:
            table.wrong(0, column, "", "column-twice", column=column)
    for column in needed:
        if column not in header:
            table.wrong(0, column, "", "column-missing", column=column)
