"""The operator's side: the overview, the way into the Temporal UI, and an invoice that was parked and goes on."""

import pytest
from playwright.async_api import expect

from cli.stack import Stack
from infra.demo.companies import YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.outside import Outside


@pytest.mark.feature(58)
async def test_the_invoice_page_leads_to_its_workflow_in_the_temporal_ui(
    browse: Browsers, consume: Consume, visit: Visit, stack: Stack
) -> None:
    gu = await visit("gu")
    application = await gu.apply((await consume(YANXI, Charge("265.00"))).number)
    await (await visit("xu")).approve(application)
    invoice = await gu.issued(application)
    operator = await browse("shen")
    for path, life in ((f"/applications/{application}", f"application:{application}"), (f"/invoices/{invoice}", f"invoice:{invoice}")):
        await operator.goto(path)
        link = operator.get_by_role("link", name="Workflow in the Temporal UI")
        async with operator.context.expect_page() as opening:
            await link.click()
        temporal = await opening.value
        assert temporal.url.startswith(stack.urls["temporal-ui"])
        await expect(temporal.locator("body")).to_contain_text(life)
        await expect(temporal.locator("body")).to_contain_text(
            "ApplicationWorkflow" if life.startswith("application") else "InvoiceWorkflow"
        )
        await temporal.close()
    customer = await browse("gu")
    await customer.goto(f"/invoices/{invoice}")
    await expect(customer.get_by_role("link", name="Workflow in the Temporal UI")).to_have_count(0)


@pytest.mark.feature(58)
async def test_a_parked_invoice_is_looked_up_again_and_issued_once(
    browse: Browsers, consume: Consume, visit: Visit, outside: Outside
) -> None:
    gu = await visit("gu")
    application = await gu.apply((await consume(YANXI, Charge("689.00"))).number)
    # The answer to the request, and then the book's entry: twice wrong is no garbled answer any more.
    outside.spoil("tax-bureau", kind="garbage", variant="amount-off", containing=application, times=2)
    customer = await browse("gu")
    await customer.goto(f"/applications/{application}")
    await (await visit("xu")).approve(application)
    await expect(customer.locator("#live")).to_contain_text("Being checked")
    operator = await browse("shen")
    await operator.goto("/operators")
    stuck = operator.locator("table.kp-stuck tr").filter(has_text=f"{application}-1")
    await expect(stuck).to_contain_text("The tax platform's answer does not fit what was asked")
    await expect(stuck).to_contain_text("689.00")
    await expect(stuck).to_contain_text("RB-01")
    await expect(stuck.get_by_role("link", name="Workflow")).to_have_attribute(
        "href", f"{outside.urls['temporal-ui']}/namespaces/default/workflows/invoice%3A{application}-1"
    )
    await stuck.get_by_role("button", name="Look into the book again").click()
    await expect(operator.get_by_role("status").first).to_contain_text("The tax platform's book is being asked again.")
    await expect(steps.state(customer)).to_have_text("Invoiced")
    await gu.issued(application)
    await operator.goto("/operators")
    await expect(operator.locator("main")).not_to_contain_text(f"{application}-1")
    assert [entry["total"] for entry in outside.book(application)] == ["689.00"]
