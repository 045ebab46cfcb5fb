"""FOCUS rows and files for tests: valid by default, override what matters."""

import csv
import io

from infra.demo.companies import HANGZHOU, SHIGUANG

_DEFAULT = {
    "BilledCost": "10.00",
    "BillingAccountId": SHIGUANG.billing_account_id,
    "SubAccountId": SHIGUANG.accounts[0].sub_account_id,
    "BillingCurrency": "CNY",
    "BillingPeriodStart": "2026-09-30T16:00:00Z",
    "ChargePeriodStart": "2026-10-15T02:00:00Z",
    "ChargePeriodEnd": "",
    "ChargeCategory": "Usage",
    "InvoiceIssuerName": HANGZHOU.name,
    "PublisherName": HANGZHOU.name,
    "ProviderName": "青屿云",
    "ServiceCategory": "Compute",
    "ServiceName": "云服务器 ECS",
    "ChargeDescription": "g8",
    "x_VoucherCost": "",
    "x_OrderNumber": "",
    "x_OriginalOrderNumber": "",
}


def billing_row(**cells: str) -> dict[str, str]:
    """One row of 15 October 2026, of the demo's first account."""
    return {**_DEFAULT, **cells}


def billing_csv(*rows: dict[str, str]) -> bytes:
    """A file of rows that differ from the default in the given cells."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(_DEFAULT))
    writer.writeheader()
    writer.writerows(billing_row(**row) for row in rows)
    return text.getvalue().encode()
