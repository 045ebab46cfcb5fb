"""Batches as Excel: the templates, the rows of a filled sheet, and the sheet with its problems to be mended (feature 54)."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from domain.batches import MOST_ROWS, MOST_UNPACKED, BatchKind
from domain.cells import safe_cell
from domain.errors import Problem, Refusal
from infra.doubles import float_text
from infra.sheets import LONGEST_CELL, Sheet, cell_name, read_sheet

EXAMPLE = ("示例", "EXAMPLE")
"""How the first cell of the example row begins; such a row is passed over."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet. `must`: every row has it. `long_number`: digits that Excel would round, so they must come as text."""

    name: str
    zh: str
    en: str
    must: bool = False
    long_number: bool = False
    example: str = ""

    @property
    def head(self) -> str:
        return f"{self.zh} / {self.en}{'*' if self.must else ''}"


COLUMNS: Mapping[BatchKind, tuple[Column, ...]] = {
    BatchKind.APPLICATIONS: (
        Column("reference", "自有编号", "Your reference", must=True, example="示例 EXAMPLE 2026-001"),
        Column("orders", "订单号", "Order numbers", long_number=True, example="202610150000183742 202610150000183743"),
        Column("month", "账单月份", "Statement month", example="2026-10"),
        Column("entity", "开票主体", "Issuing entity", example="青屿云计算（杭州）有限公司"),
        Column("amount", "开票金额", "Exact amount", example="1060.00"),
        Column("kind", "发票类型", "Invoice type", must=True, example="专用发票 / Special"),
        Column("medium", "发票形式", "Form", must=True, example="电子 / Electronic"),
        Column("title", "抬头", "Title", must=True, example="北京拾光互动科技有限公司"),
        Column("receiver", "收件邮箱或收件人", "E-mail or recipient", must=True, example="finance@company.cn"),
        Column("expedite", "加急", "Expedite", example="否 / No"),
        Column("remarks", "备注", "Remarks"),
    ),
    BatchKind.TITLES: (
        Column("name", "名称", "Name", must=True, example="示例 EXAMPLE 北京拾光互动科技有限公司"),
        Column("tax_id", "税号", "Tax ID", long_number=True, example="91110105MA7K3R2P5R"),
        Column("address", "地址", "Address", example="北京市朝阳区望京东路 6 号"),
        Column("phone", "电话", "Phone", example="010-85620000"),
        Column("bank", "开户行", "Bank", example="招商银行北京望京支行"),
        Column("bank_account", "银行账号", "Account number", long_number=True, example="110902187310501"),
    ),
}
_WAYS: Mapping[BatchKind, tuple[dict[str, str], ...]] = {
    BatchKind.APPLICATIONS: (
        {"reference": "示例 EXAMPLE 1 按订单 by orders", "month": "", "entity": "", "amount": ""},
        {"reference": "示例 EXAMPLE 2 按账单 by statement", "orders": "", "amount": ""},
        {"reference": "示例 EXAMPLE 3 按金额 by amount", "orders": "", "month": "", "entity": ""},
    ),
    BatchKind.TITLES: ({},),
}
"""What the example rows have otherwise: of the ways to say what is invoiced, each row uses one."""
PROBLEMS_HEAD = "问题 / Problems"
SHEET_NAMES: Mapping[BatchKind, str] = {BatchKind.APPLICATIONS: "申请 Applications", BatchKind.TITLES: "抬头 Titles"}

KINDS = {"special": "专用发票 / Special", "ordinary": "普通发票 / Ordinary"}
MEDIA = {"electronic": "电子 / Electronic", "paper": "纸质 / Paper"}
ANSWERS = {"yes": "是 / Yes", "no": "否 / No"}


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row as text by column, with what is wrong about the cells themselves. `line` is its number in Excel."""

    line: int
    cells: dict[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FilledSheet:
    rows: tuple[FilledRow, ...]
    places: Mapping[str, int]
    """Which column stands where, from 0."""

    def cell(self, field: str, line: int) -> str:
        """The cell's name, `B7`; of a column that is not there, the row's first cell."""
        return cell_name(self.places.get(field, 0), line)


def read_filled(content: bytes, kind: BatchKind) -> FilledSheet:
    """The rows of a sheet, without the example and empty ones.

    Raises Refusal for what is wrong with the whole sheet: codes of `read_sheet`, sheet-other-kind, sheet-column-missing (column),
    sheet-column-twice (column), sheet-merged (cell), sheet-no-rows. Problems of rows: cell-formula, cell-long (max),
    cell-number-as-text, cell-date.
    """
    sheet = read_sheet(content, MOST_UNPACKED, MOST_ROWS + 2)
    places = _places(sheet, kind)
    rows = tuple(
        _filled(sheet, kind, places, line, row)
        for line, row in enumerate(sheet.rows[1:], start=2)
        if any(str(cell).strip() for cell in row) and not _is_example(row, places, kind)
    )
    if not rows:
        raise Refusal(Problem("file", "sheet-no-rows"))
    if len(rows) > MOST_ROWS:
        raise Refusal(Problem("file", "sheet-too-many-rows", {"limit": str(MOST_ROWS)}))
    return FilledSheet(rows, places)


def _heads(kind: BatchKind) -> dict[str, str]:
    """Every way to write a head, to the column's name: both languages, or one of them."""
    return {_bare(text): column.name for column in COLUMNS[kind] for text in (column.head, column.zh, column.en)}


def _bare(head: str) -> str:
    return "".join(head.split()).rstrip("*").casefold()


def _places(sheet: Sheet, kind: BatchKind) -> dict[str, int]:
    heads = [_bare(str(cell)) for cell in sheet.rows[0]] if sheet.rows else []
    known = _heads(kind)
    found = [known[head] for head in heads if head in known]
    other = next(each for each in BatchKind if each is not kind)
    missing = [column for column in COLUMNS[kind] if column.must and column.name not in found]
    if missing and all(column.name in {_heads(other).get(head) for head in heads} for column in COLUMNS[other] if column.must):
        raise Refusal(Problem("file", "sheet-other-kind"))
    problems = [Problem("file", "sheet-column-missing", {"column": column.head.rstrip("*")}) for column in missing]
    twice = [column for column in COLUMNS[kind] if found.count(column.name) > 1]
    problems += [Problem("file", "sheet-column-twice", {"column": column.head.rstrip("*")}) for column in twice]
    problems += [Problem("file", "sheet-merged", {"cell": cell}) for cell in sheet.merged[:5]]
    if problems:
        raise Refusal(*problems)
    return {known[head]: place for place, head in enumerate(heads) if head in known}


def _is_example(row: Sequence[Any], places: Mapping[str, int], kind: BatchKind) -> bool:
    first = places[COLUMNS[kind][0].name]
    return first < len(row) and str(row[first]).strip().upper().startswith(EXAMPLE)


def _filled(sheet: Sheet, kind: BatchKind, places: Mapping[str, int], line: int, row: Sequence[Any]) -> FilledRow:
    cells: dict[str, str] = {}
    problems: list[Problem] = []
    for column in COLUMNS[kind]:
        place = places.get(column.name)
        value = row[place] if place is not None and place < len(row) else ""
        cells[column.name] = _text(value, column)[:LONGEST_CELL]
        if place is not None and cell_name(place, line) in sheet.formulas:
            problems.append(Problem(column.name, "cell-formula"))
        elif isinstance(value, str) and len(value) > LONGEST_CELL:
            problems.append(Problem(column.name, "cell-long", {"max": str(LONGEST_CELL)}))
        elif column.long_number and isinstance(value, float) and abs(value) >= 10**11:
            problems.append(Problem(column.name, "cell-number-as-text"))
        elif column.name != "month" and isinstance(value, datetime | date | timedelta):
            problems.append(Problem(column.name, "cell-date"))
    return FilledRow(line, cells, tuple(problems))


def _text(value: Any, column: Column) -> str:
    """A cell as text. Excel makes a day of a month that is typed, and a double of every number."""
    if isinstance(value, float):
        return float_text(value).removesuffix(".0")
    if isinstance(value, datetime | date) and column.name == "month":
        return f"{value:%Y-%m}"
    text = str(value).strip()
    return text[1:] if safe_cell(text[1:]) == text else text  # the quote that our own file put before it


Lists = Mapping[str, Sequence[str]]
"""What can be chosen, by column: of title, entity and receiver."""


def template(kind: BatchKind, lists: Lists = MappingProxyType({})) -> bytes:
    """An empty sheet with heads in both languages, an example row of each way that is passed over, and lists to choose from."""
    example = {column.name: column.example for column in COLUMNS[kind]}
    return _written(kind, [example | way for way in _WAYS[kind]], lists, None)


def mending_file(kind: BatchKind, rows: Sequence[Mapping[str, str]], problems: Sequence[str], lists: Lists = MappingProxyType({})) -> bytes:
    """The same sheet with a column of problems: mended and uploaded again, that column is passed over."""
    return _written(kind, rows, lists, problems)


def _written(kind: BatchKind, rows: Sequence[Mapping[str, str]], choices: Lists, problems: Sequence[str] | None) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet(SHEET_NAMES[kind])
    lists = book.add_worksheet("选项 Lists")
    bold, text = book.add_format({"bold": True, "bg_color": "#EAF1FB", "border": 1}), book.add_format({"num_format": "@"})
    wrong = book.add_format({"font_color": "#B42318", "text_wrap": True})
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(COLUMNS[kind]):
        sheet.set_column(place, place, 30 if column.name in ("orders", "title", "name", "address", "receiver") else 20, text)
        sheet.write_string(0, place, column.head, bold)
        options = _options(column.name, choices)
        if options:
            lists.write_column(0, place, options)
            area = f"='选项 Lists'!${cell_name(place, 0)[:-1]}$1:${cell_name(place, 0)[:-1]}${len(options)}"
            # A list warns only: a title may be added after the template was downloaded.
            sheet.data_validation(1, place, MOST_ROWS + 1, place, {"validate": "list", "source": area, "error_type": "warning"})
    if problems is not None:
        sheet.set_column(len(COLUMNS[kind]), len(COLUMNS[kind]), 80, text)
        sheet.write_string(0, len(COLUMNS[kind]), PROBLEMS_HEAD, bold)
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(COLUMNS[kind]):
            sheet.write_string(line, place, safe_cell(row.get(column.name, "")), text)
        if problems is not None:
            sheet.write_string(line, len(COLUMNS[kind]), safe_cell(problems[line - 1]), wrong)
    lists.hide()
    book.close()
    return buffer.getvalue()


def _options(name: str, choices: Lists) -> list[str]:
    match name:
        case "kind":
            return list(KINDS.values())
        case "medium":
            return list(MEDIA.values())
        case "expedite":
            return list(ANSWERS.values())
    return [safe_cell(each) for each in choices.get(name, ())[:MOST_ROWS]]


def chosen(text: str, options: Mapping[str, str]) -> str | None:
    """The code of what was chosen from a list: as the list writes it, in one of its languages, or the code; None for anything else."""
    typed = "".join(text.split()).casefold()
    for code, words in options.items():
        halves = words.split(" / ")
        if typed in {"".join(each.split()).casefold() for each in (code, words, *halves)}:
            return code
    return None
