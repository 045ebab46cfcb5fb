"""Orders in an Excel workbook: one sheet with a row an order, in Chinese or English heads, read like rows of a billing file."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from domain.calendar import start_of, typed_day
from domain.focus import RowProblem
from domain.focus_columns import NEEDED, PARTS
from domain.focus_file import MOST_ROWS, FocusFile, OnRows, no_rows, read_table
from infra.doubles import float_text

_ZIP = b"PK\x03\x04"

COLUMNS: dict[str, tuple[str, str]] = {
    "x_OrderNumber": ("订单号", "Order number"),
    "x_OriginalOrderNumber": ("原订单号", "Original order number"),
    "BillingAccountId": ("付费账号", "Billing account"),
    "SubAccountId": ("使用账号", "Account"),
    "day": ("日期", "Day"),
    "ServiceName": ("服务", "Service"),
    "ServiceCategory": ("服务类别", "Service category"),
    "ChargeDescription": ("说明", "Description"),
    "BilledCost": ("金额", "Amount"),
    "BillingCurrency": ("币种", "Currency"),
    "x_VoucherCost": ("代金券", "Voucher"),
    "x_CouponCost": ("优惠券", "Coupon"),
    "x_BonusCost": ("赠送金额", "Bonus"),
    "InvoiceIssuerName": ("开票主体", "Issuing entity"),
    "PublisherName": ("卖家", "Seller"),
}
"""What each column of the sheet is in FOCUS, with its head in Chinese and in English."""

_HEADS = {head: name for name, heads in COLUMNS.items() for head in heads}
_MUST = ("x_OrderNumber", "BillingAccountId", "day", "ServiceName", "BilledCost", "InvoiceIssuerName")
_AMOUNTS = ("BilledCost", *PARTS)


_MADE_OF = {
    "BillingPeriodStart": "day",
    "ChargePeriodStart": "day",
    "ChargeCategory": "BilledCost",
    "ProviderName": "InvoiceIssuerName",
}


@dataclass(slots=True)
class _Orders(FocusFile):
    """What a sheet holds. Its problems speak of the sheet's own heads, and a day that is none is one problem."""

    heads: dict[str, str] = field(default_factory=dict)

    def add_problem(self, problem: RowProblem) -> None:
        name = _MADE_OF.get(problem.column, problem.column)
        if name == "PublisherName" and name not in self.heads:
            name = "InvoiceIssuerName"
        if problem.code in _NO_DAY and problem.column in _MADE_OF:
            if problem.column != "BillingPeriodStart":
                return
            problem = replace(problem, code="day-malformed" if problem.value else "value-missing")
        elif problem.column == "ProviderName" or (problem.column == "PublisherName" and "missing" in problem.code):
            return  # said of the entity's own cell
        head = self.heads.get(name, COLUMNS[name][0] if name in COLUMNS else name)
        FocusFile.add_problem(self, replace(problem, column=head))


_NO_DAY = ("time-malformed", "time-impossible", "value-missing")


def is_workbook(content: bytes) -> bool:
    """Whether these bytes are a workbook of today's Excel: a zip with a workbook in it."""
    if not content.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except zipfile.BadZipFile:
        return False


def read_orders(content: bytes, most: int, on_rows: OnRows = no_rows) -> FocusFile:
    """The first sheet's orders; the line is the row's number in Excel. At most `most` bytes unpacked.

    Codes beside those of `read_row`: workbook-broken, file-too-large-unpacked (limit), file-no-rows, column-missing, column-twice.
    """
    import python_calamine  # only workbooks pay for it

    file = _Orders(form="xlsx")
    try:
        if _unpacked_size(content, most) > most:
            file.add_problem(RowProblem(0, "", "", "file-too-large-unpacked", {"limit": str(most // 1024 // 1024)}))
            return file
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError) as error:
        file.add_problem(RowProblem(0, "", str(error)[:80], "workbook-broken"))
        return file
    heads = [str(cell).strip().rstrip("*") for cell in rows[0]] if rows else []
    places = {_HEADS[head]: place for place, head in reversed(list(enumerate(heads))) if head in _HEADS}
    for head in dict.fromkeys(heads):
        if head in _HEADS and sum(_HEADS.get(other) == _HEADS[head] for other in heads) > 1:
            file.add_problem(RowProblem(1, head, "", "column-twice", {"column": head}))
    for name in _MUST:
        if name not in places:
            file.add_problem(RowProblem(0, COLUMNS[name][0], "", "orders-column-missing", {"column": " / ".join(COLUMNS[name])}))
    if file.problem_count:
        return file
    file.heads = {name: heads[place] for name, place in places.items()}
    header = list(dict.fromkeys((*NEEDED, *(name for name in COLUMNS if name != "day"))))
    filled = [(number, row) for number, row in enumerate(rows[1:], start=2) if any(str(cell).strip() for cell in row)]
    read = read_table(file, header, _as_focus(filled, places, header), len(filled), on_rows)
    read.version = ""
    return read


def _unpacked_size(content: bytes, most: int) -> int:
    """By unpacking it: what the archive says of itself may be a lie. Raises BadZipFile where it is one."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        said = sum(each.file_size for each in packed.infolist())
        # A member is read no further than it says, and then its checksum is wrong.
        return said if said > most or packed.testzip() is None else _broken()


def _broken() -> int:
    raise zipfile.BadZipFile("a checksum is wrong")


def _as_focus(rows: list[tuple[int, list[Any]]], places: dict[str, int], header: list[str]) -> Iterator[tuple[int, list[str]]]:
    for number, row in rows:
        cells = {name: _text(row[place] if place < len(row) else "", amount=name in _AMOUNTS) for name, place in places.items()}
        moment = _day(row[places["day"]] if places["day"] < len(row) else "")
        cost = cells["BilledCost"]
        seller = cells.get("PublisherName", "")
        made = {
            "BillingPeriodStart": f"{start_of(moment.replace(day=1)):%Y-%m-%dT%H:%M:%SZ}" if moment else cells["day"] or "",
            "ChargePeriodStart": f"{start_of(moment):%Y-%m-%dT%H:%M:%SZ}" if moment else cells["day"] or "",
            "ChargeCategory": "Adjustment" if cost.startswith("-") else "Purchase",
            "ProviderName": cells["InvoiceIssuerName"],
            "PublisherName": seller or cells["InvoiceIssuerName"],
            "BillingCurrency": cells.get("BillingCurrency") or "CNY",
        }
        yield number, [made[name] if name in made else cells.get(name, "") for name in header]


def _text(value: Any, *, amount: bool) -> str:
    """A cell as text. Excel keeps numbers as doubles of 15 digits, so an amount is what it shows; a long number should be text there."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        text = float_text(value)
        return text.removesuffix(".0") if "." in text and not amount else _without_zero(text)
    if isinstance(value, datetime | date | timedelta):
        return str(value)
    return str(value).strip()


def _without_zero(text: str) -> str:
    return text.removesuffix(".0")


def _day(value: Any) -> date | None:
    """A day as Excel keeps it, or as `2026-10-15` typed."""
    if isinstance(value, datetime | date):
        return typed_day(f"{value:%Y-%m-%d}")
    return typed_day(str(value).strip().replace("/", "-"))


def template() -> bytes:
    """An empty sheet with the heads in Chinese, text columns kept as text so that order numbers keep all their digits."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("订单 Orders")
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    for place, (name, heads) in enumerate(COLUMNS.items()):
        sheet.set_column(place, place, 22, text if name not in (*_AMOUNTS, "day") else None)
        sheet.write_string(0, place, heads[0] + ("*" if name in _MUST else ""), bold)
    book.close()
    return buffer.getvalue()
