"""Orders for tests: one as a row of the workbook, and workbooks of rows."""

import io
from datetime import date
from typing import Any

import xlsxwriter

from infra.order_workbook import COLUMNS

ORDER = {
    "x_OrderNumber": "202610150000183742",
    "BillingAccountId": "b-1",
    "SubAccountId": "a-1",
    "day": date(2026, 10, 15),
    "ServiceName": "云服务器 ECS",
    "BilledCost": 1060.1,
    "InvoiceIssuerName": "青屿云计算（杭州）有限公司",
}


def workbook(*orders: dict[str, Any], english: bool = False, drop: tuple[str, ...] = ()) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    names = [name for name in COLUMNS if name not in drop]
    for place, name in enumerate(names):
        sheet.write(0, place, COLUMNS[name][1 if english else 0])
        for row, order in enumerate(orders, start=1):
            value = order.get(name, "")
            sheet.write_datetime(row, place, value) if isinstance(value, date) else sheet.write(row, place, value)
    book.close()
    return buffer.getvalue()
