"""Importing bills: the dry run says what is wrong and where, the right file is booked once, a picture never is."""

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import LINCHUAN
from tests.billing import billing_csv
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, order_of, today

PICTURE = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"


async def upload(page: Page, name: str, content: bytes) -> None:
    """Choose a file on the import page and have it checked."""
    await page.goto("/imports")
    await page.locator("#f-file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    await page.get_by_role("button", name="Check the file").click()


@pytest.mark.feature(41)
async def test_a_wrong_file_is_reported_by_line_column_value_and_reason_and_changes_nothing(browse: Browsers, visit: Visit) -> None:
    fang = await visit("fang")
    before = await fang.balance()
    operator = await browse("shen")
    account = {"BillingAccountId": LINCHUAN.billing_account_id, "SubAccountId": LINCHUAN.accounts[0].sub_account_id}
    content = billing_csv(
        account,
        {**account, "BilledCost": "12,50"},
        {**account, "x_OrderNumber": "20261004"},
    )
    await upload(operator, "wrong.csv", content)
    await expect(operator.get_by_role("alert").first).to_contain_text("2 problems. Nothing was changed")
    for line, column, value, reason in (
        ("3", "BilledCost", "12,50", "Not an amount."),
        ("4", "x_OrderNumber", "20261004", "An order number has 18 digits."),
    ):
        row = operator.get_by_role("row").filter(has_text=column)
        for words in (line, column, value, reason):
            await expect(row).to_contain_text(words)
    await expect(operator.get_by_role("button", name="Import")).to_have_count(0)
    async with operator.expect_download() as coming:
        await operator.get_by_role("link", name="Download the problems").click()
    assert (await coming.value).suggested_filename.endswith(".csv")
    # What does not fit to our own tables is looked for once every value can be read.
    await upload(operator, "unknown.csv", billing_csv(account, {**account, "SubAccountId": "999"}))
    row = operator.get_by_role("row").filter(has_text="SubAccountId")
    for words in ("3", "999", "No customer has this account."):
        await expect(row).to_contain_text(words)
    assert await fang.balance() == before


@pytest.mark.feature(41, 5, 6)
async def test_a_file_is_booked_once_and_its_customer_sees_the_records(browse: Browsers, visit: Visit) -> None:
    order = order_of(LINCHUAN, Charge("530.00", voucher="30.00"), Charge("-53.00", refund=True), today=today())
    fang = await visit("fang")
    before = await fang.balance()
    operator = await browse("shen")
    await upload(operator, order.file_name, order.content)
    await expect(operator.locator("main")).to_contain_text("Dry run: nothing is imported yet")
    await expect(operator.locator(".kp-tally-sum").last).to_contain_text("447.00")
    assert await fang.balance() == before
    await operator.get_by_role("button", name="Import 2 lines").click()
    await expect(operator.get_by_role("status").first).to_contain_text("2 records were booked.")
    booked = await fang.balance()
    assert booked["can"] == before["can"] + 44700
    assert booked["excluded"] == before.get("excluded", 0) + 3000

    await upload(operator, "the-same-again.csv", order.content)
    await expect(operator.get_by_role("status").first).to_contain_text("Importing them again changes nothing.")
    await expect(operator.get_by_role("button", name="Import")).to_have_count(0)
    assert await fang.balance() == booked

    customer = await browse("fang")
    await steps.open_picker(customer, order)
    record = steps.record(customer, "云服务器 ECS")
    for words in ("530.00", "−30.00", "net 447.00"):
        await expect(record).to_contain_text(words)


@pytest.mark.feature(41)
async def test_a_picture_is_not_a_bill(browse: Browsers, visit: Visit) -> None:
    fang = await visit("fang")
    before = await fang.balance()
    operator = await browse("shen")
    await upload(operator, "scan.csv", PICTURE)
    await expect(operator.get_by_role("alert").first).to_contain_text("Cannot be imported")
    await expect(operator.locator("main")).to_contain_text("This is not a text file. Export the bill as CSV or Parquet and upload that.")
    await expect(operator.get_by_role("button", name="Import")).to_have_count(0)
    assert await fang.balance() == before
