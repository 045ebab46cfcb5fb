"""Consumption of a story's own: an order that no other story touches, imported by an operator through the pages."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import httpx

from domain.calendar import china_date, next_period, start_of
from domain.consumption import last_open_period
from infra.demo.companies import HANGZHOU, SHANGHAI, DemoEnterprise
from tests.billing import billing_csv
from tests.journeys.visitor import PATIENCE_S, Visitor

SERVER, LINE, DEVICE = "云服务器 ECS", "云专线", "边缘一体机"
"""Services of the demo's catalogue: 6 % from Hangzhou, 9 % from Shanghai, 13 % from Hangzhou."""
SELLER = "观澜日志（南京）软件有限公司"

_serials = itertools.count(70_000_000_01)


@dataclass(frozen=True, slots=True)
class Charge:
    """A row of the bill. `yuan` with tax, as FOCUS writes it; `refund` rows correct the story's own order."""

    yuan: str
    service: str = SERVER
    account: int = 0
    voucher: str = ""
    refund: bool = False
    publisher: str = ""
    current_month: bool = False
    months_ago: int = 0
    """Months before the newest that can be invoiced."""
    currency: str = "CNY"
    usage: bool = False
    """Metered, of no order."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order number of 18 digits under which the picker finds the story's records, and the file they came from."""

    number: str
    enterprise: DemoEnterprise
    file_name: str
    content: bytes = field(repr=False)


Consume = Callable[..., Awaitable[Order]]
"""`await consume(SHIGUANG, Charge("106.00"), ...)` imports the charges as one order."""


def open_month(today: date) -> date:
    """The first day of the newest month that can be invoiced."""
    return date.fromisoformat(f"{last_open_period(today)}-01")


def order_number(day: date) -> str:
    return f"{day:%Y%m%d}{next(_serials):010d}"


def order_of(enterprise: DemoEnterprise, *charges: Charge, today: date) -> Order:
    """A billing file with these charges."""
    month = open_month(today)
    number = order_number(month)
    rows = [
        _row(enterprise, charge, number, today.replace(day=1) if charge.current_month else _before(month, charge)) for charge in charges
    ]
    return Order(number, enterprise, f"bill-{number}.csv", billing_csv(*rows))


def _before(month: date, charge: Charge) -> date:
    for _ in range(charge.months_ago):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _row(enterprise: DemoEnterprise, charge: Charge, number: str, month: date) -> dict[str, str]:
    entity = SHANGHAI if charge.service == LINE else HANGZHOU
    at = start_of(month) + timedelta(hours=34 if charge.refund else 10)
    return {
        "BilledCost": charge.yuan,
        "BillingCurrency": charge.currency,
        "BillingAccountId": enterprise.billing_account_id,
        "SubAccountId": enterprise.accounts[charge.account].sub_account_id,
        "BillingPeriodStart": _z(start_of(month)),
        "ChargePeriodStart": _z(at),
        "ChargeCategory": "Adjustment" if charge.refund else "Usage" if charge.usage else "Purchase",
        "InvoiceIssuerName": entity.name,
        "PublisherName": charge.publisher or entity.name,
        "ServiceCategory": {LINE: "Networking", DEVICE: "Other"}.get(charge.service, "Compute"),
        "ServiceName": charge.service,
        "ChargeDescription": "降配退款" if charge.refund else "包年",
        "x_VoucherCost": charge.voucher,
        "x_OrderNumber": order_number(month) if charge.refund else "" if charge.usage else number,
        "x_OriginalOrderNumber": number if charge.refund else "",
    }


def _z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def month_after(month: date) -> date:
    return date.fromisoformat(f"{next_period(month.isoformat()[:7])}-01")


async def import_order(operator: Visitor, order: Order) -> None:
    """Upload, read the dry run, import: the three steps of the import page. The import is a life: its page is looked at until it ended."""
    start = await operator.get("/imports")
    report = await operator.send(start.form("/imports"), files={"file": (order.file_name, order.content, "text/csv")})
    done = await operator.send(report.form("/imports/files/"))
    if "done=1" not in done.address:
        assert "started=1" in done.address, done.text
        address = done.address.partition("?")[0]
        await _until_imported(operator, address)


async def _until_imported(operator: Visitor, address: str) -> None:
    """Wait until the import's page is the report of an imported file."""
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        page = await operator.get(f"{httpx.URL(address).path}?started=1")
        if "kp-tally-sum" in page.text:
            return
        assert time.monotonic() < ends_at, page.text
        await asyncio.sleep(0.2)


def today() -> date:
    """The day in China, as the running parts see it."""
    return china_date(datetime.now().astimezone())
