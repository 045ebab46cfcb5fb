"""Where everything stands on the face of an invoice and on its list pages (`domain.md` 1.3 and 1.6).

No public source gives the official coordinates; these follow the rules by which independent readers find the
fields: the first character of the vertical labels shares the baseline of 名称：, label and tax id are one line,
the heads stand about 4 mm above the first line and about 40 mm above 合计.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.amounts import yuan
from domain.capital import capital_amount
from domain.invoices import InvoiceFace, InvoiceLine, Party
from infra.documents.fonts import Typeface
from infra.documents.page import DATA, LABEL, SEAL, Page
from infra.documents.wording import TITLES, not_taxed, price_text, quantity_text, rate_text, remark, tax_text, total_tax_text

LEFT, RIGHT, MIDDLE = 8.1, 201.9, 104.9
TOP, PARTIES_END, ITEMS_END, TOTAL_END, BOTTOM = 30.0, 52.0, 101.0, 109.5, 127.0
HEADS_Y, FIRST_LINE_Y, SUMS_Y = 56.0, 60.8, 97.4
STRIP = 6.4
FACE_LINES = 8

LIST_HEADS_Y, LIST_FIRST_Y, LIST_LAST_Y = 33.0, 39.0, 120.4

NAME_X, NAME_WIDTH = 9.6, 40.2
SPEC_MIDDLE, SPEC_WIDTH = 58.0, 15.5
UNIT_MIDDLE, UNIT_WIDTH = 73.0, 13.0
QUANTITY_END, QUANTITY_WIDTH = 96.0, 15.5
PRICE_END, PRICE_WIDTH = 124.5, 25.2
AMOUNT_END, AMOUNT_WIDTH = 151.5, 25.5
RATE_END, RATE_WIDTH = 172.0, 19.0
TAX_END, TAX_WIDTH = 199.8, 26.5

SIZE, SMALL = 8.5, 7.0
LEADING = 3.0
"""Baseline to baseline inside a wrapped cell, at the small size."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text as it will stand: its size, and its lines when it was too long for one."""

    lines: list[str]
    size: float


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line, fitted into its columns in the order of the heads."""

    name: Cell
    specification: Cell
    unit: Cell
    quantity: Cell
    price: Cell
    amount: Cell
    rate: Cell
    tax: Cell

    @property
    def lines(self) -> int:
        cells = (self.name, self.specification, self.unit, self.quantity, self.price)
        return max(len(cell.lines) for cell in cells)


def lay_out(face: InvoiceFace, typeface: Typeface) -> list[Page]:
    """The pages: the face, and list pages (销货清单) when the lines do not fit on it."""
    page = Page(typeface)
    rows = [_row(page, line) for line in face.lines]
    step = _face_step(rows)
    if step:
        _draw_face(page, face, rows, step)
        return [page]
    _draw_face(page, face, [_summary_row(page, lines) for lines in _by_rate(face.lines)], 5.0)
    return [page, *_list_pages(face, rows, typeface)]


def _face_step(rows: Sequence[Row]) -> float:
    """Millimetres from one single-line row to the next on the face; 0 when the rows do not fit."""
    room = SUMS_Y - FIRST_LINE_Y - 1.0
    extra = sum((row.lines - 1) * LEADING for row in rows)
    if len(rows) > FACE_LINES:
        return 0
    step = min(5.4, (room - extra) / len(rows))
    return step if step >= 4.3 else 0


def _row(page: Page, line: InvoiceLine) -> Row:
    return Row(
        _wrapping(page, line.printed_name, NAME_WIDTH),
        _wrapping(page, line.specification, SPEC_WIDTH),
        _wrapping(page, line.unit, UNIT_WIDTH),
        _wrapping(page, quantity_text(line), QUANTITY_WIDTH, 6),
        _wrapping(page, price_text(line), PRICE_WIDTH, 6),
        _shrinking(page, yuan(line.net_fen), AMOUNT_WIDTH),
        Cell([rate_text(line)], SIZE),
        _shrinking(page, tax_text(line), TAX_WIDTH),
    )


def _wrapping(page: Page, text: str, width: float, least: float = SMALL) -> Cell:
    """One line down to the least size, more lines of the small size after that."""
    size = page.fitting(text, width, SIZE)
    return Cell([text], size) if size >= least else Cell(page.wrapped(text, width, SMALL), SMALL)


def _shrinking(page: Page, text: str, width: float) -> Cell:
    """An amount is never broken."""
    return Cell([text], page.fitting(text, width, SIZE))


def _by_rate(lines: Sequence[InvoiceLine]) -> list[list[InvoiceLine]]:
    """The lines by printed rate, in order of their first appearance."""
    groups: dict[str, list[InvoiceLine]] = {}
    for line in lines:
        groups.setdefault(rate_text(line), []).append(line)
    return list(groups.values())


def _summary_row(page: Page, lines: Sequence[InvoiceLine]) -> Row:
    tax = "***" if not_taxed(lines[0]) else yuan(sum(line.tax_fen for line in lines))
    net = yuan(sum(line.net_fen for line in lines))
    empty = Cell([""], SIZE)
    return Row(
        Cell(["（详见销货清单）"], SIZE),
        empty,
        empty,
        empty,
        empty,
        _shrinking(page, net, AMOUNT_WIDTH),
        Cell([rate_text(lines[0])], SIZE),
        _shrinking(page, tax, TAX_WIDTH),
    )


def _draw_face(page: Page, face: InvoiceFace, rows: Sequence[Row], step: float) -> None:
    _frame(page)
    page.centre(103.7, 14.8, TITLES[face.kind], 16.5, LABEL)
    page.lines += [(66, 17.4, 142, 17.4), (66, 18.2, 142, 18.2)]
    if face.sample:
        page.centre(105, 24.1, "样张，税务监制章位置", 6.5, SEAL)
    page.labelled(149.8, 13.0, "发票号码：", face.number, 52.1)
    page.labelled(149.8, 18.9, "开票日期：", _date(face), 52.1)
    _party(page, LEFT, "购买方信息", face.buyer)
    _party(page, MIDDLE, "销售方信息", face.seller)
    _heads(page, HEADS_Y)
    y = FIRST_LINE_Y
    for row in rows:
        _draw_row(page, y, row)
        y += step + (row.lines - 1) * LEADING
    _sums(page, SUMS_Y, "合　　计", face)
    _total(page, face)
    _remark(page, remark(face))
    page.labelled(17.2, 133.9, "开票人：", face.drawer, 80)


def _frame(page: Page) -> None:
    page.boxes.append((LEFT, TOP, round(RIGHT - LEFT, 3), BOTTOM - TOP))
    page.lines += [(LEFT, y, RIGHT, y) for y in (PARTIES_END, ITEMS_END, TOTAL_END)]
    page.lines += [(x, TOP, x, PARTIES_END) for x in (LEFT + STRIP, MIDDLE, MIDDLE + STRIP)]
    page.lines += [(50.1, ITEMS_END, 50.1, TOTAL_END), (LEFT + STRIP, TOTAL_END, LEFT + STRIP, BOTTOM)]


def _date(face: InvoiceFace) -> str:
    return f"{face.issued_on.year}年{face.issued_on.month:02d}月{face.issued_on.day:02d}日"


def _party(page: Page, x: float, label: str, party: Party) -> None:
    """Name and tax id; the name on one line down to 7 points, then on up to four."""
    name_y = 35.8
    text_x, width = x + STRIP + 2.2, MIDDLE - LEFT - STRIP - 3.4
    page.vertical(x + STRIP / 2, name_y, label, 3.6)
    name_x = page.left(text_x, name_y, "名称：", 9, LABEL)
    room = text_x + width - name_x
    size = page.fitting(party.name, room, 9)
    lines = [party.name] if size >= SMALL else page.wrapped(party.name, room, 6.5)
    page.cell(name_x, name_y, lines, size if size >= SMALL else 6.5, 2.7)
    page.labelled(text_x, 48.0, "统一社会信用代码/纳税人识别号：", party.tax_id, width)


def _heads(page: Page, y: float) -> None:
    page.centre(27.0, y, "项目名称", 9, LABEL)
    page.centre(SPEC_MIDDLE, y, "规格型号", 9, LABEL)
    page.centre(UNIT_MIDDLE, y, "单位", 9, LABEL)
    for end, head in (
        (QUANTITY_END, "数量"),
        (PRICE_END, "单价"),
        (AMOUNT_END, "金额"),
        (RATE_END, "税率/征收率"),
        (TAX_END, "税额"),
    ):
        page.right(end, y, head, 9, LABEL)


def _draw_row(page: Page, y: float, row: Row) -> None:
    page.cell(NAME_X, y, row.name.lines, row.name.size, LEADING)
    for middle, cell in ((SPEC_MIDDLE, row.specification), (UNIT_MIDDLE, row.unit)):
        for i, text in enumerate(cell.lines):
            page.centre(middle, y + i * LEADING, text, cell.size)
    for end, cell in (
        (QUANTITY_END, row.quantity),
        (PRICE_END, row.price),
        (AMOUNT_END, row.amount),
        (RATE_END, row.rate),
        (TAX_END, row.tax),
    ):
        for i, text in enumerate(cell.lines):
            page.right(end, y + i * LEADING, text, cell.size)


def _sums(page: Page, y: float, label: str, face: InvoiceFace) -> None:
    page.centre(27.0, y, label, 9, LABEL)
    for end, width, text in ((AMOUNT_END, AMOUNT_WIDTH, f"¥{yuan(face.net_fen)}"), (TAX_END, TAX_WIDTH, total_tax_text(face))):
        page.right(end, y, text, page.fitting(text, width, 9))


def _total(page: Page, face: InvoiceFace) -> None:
    y = 106.4
    page.centre(29.0, y, "价税合计（大写）", 9, LABEL)
    page.crosses.append((62.0, y - 1.15, 1.75))
    capital = capital_amount(face.total_fen)
    page.left(66.0, y, capital, page.fitting(capital, 82, 9))
    page.labelled(150.2, y, "（小写）", f"¥{yuan(face.total_fen)}", 50)


def _remark(page: Page, text: str) -> None:
    page.vertical(LEFT + STRIP / 2, 116.6, "备注", 6)
    x, width, room = 17.2, RIGHT - 17.2 - 1.5, BOTTOM - TOTAL_END - 1.2
    for size in REMARK_SIZES:
        leading = size * MM_LEADING
        lines = page.wrapped(text, width, size)
        if len(lines) * leading <= room:
            page.cell(x, TOTAL_END + 0.6 + leading, lines, size, leading)
            return
    raise ValueError(f"the remark is too long to be printed: {len(text)} characters")


REMARK_SIZES = (9.0, 8.0, 7.0, 6.0, 5.0, 4.0)
MM_LEADING = 0.48
"""Baseline to baseline of running text, in mm per point."""


def _list_pages(face: InvoiceFace, rows: Sequence[Row], typeface: Typeface) -> list[Page]:
    """销货清单: all lines, each page with the number and the parties, the sums on the last."""
    sheets: list[list[tuple[float, Row]]] = [[]]
    y = LIST_FIRST_Y
    for row in rows:
        height = 4.5 + (row.lines - 1) * LEADING
        if sheets[-1] and y + height - 4.5 > LIST_LAST_Y:
            sheets.append([])
            y = LIST_FIRST_Y
        sheets[-1].append((y, row))
        y += height
    pages = []
    for number, sheet in enumerate(sheets, start=1):
        page = Page(typeface)
        _list_head(page, face)
        for y, row in sheet:
            _draw_row(page, y, row)
        if number == len(sheets):
            _sums(page, 125.4, "合　　计", face)
        page.centre(105, 133.9, f"第 {number} 页，共 {len(sheets)} 页", 8, DATA)
        pages.append(page)
    return pages


def _list_head(page: Page, face: InvoiceFace) -> None:
    page.boxes.append((LEFT, 28.6, round(RIGHT - LEFT, 3), BOTTOM - 28.6))
    page.lines += [(LEFT, 34.9, RIGHT, 34.9), (LEFT, 122.0, RIGHT, 122.0)]
    page.centre(105, 12.8, "销货清单", 14, LABEL)
    page.labelled(149.8, 13.0, "发票号码：", face.number, 52.1)
    page.labelled(149.8, 18.9, "开票日期：", _date(face), 52.1)
    page.labelled(9.6, 18.9, "购买方名称：", face.buyer.name, 136)
    page.labelled(9.6, 24.8, "销售方名称：", face.seller.name, 136)
    _heads(page, LIST_HEADS_Y)
