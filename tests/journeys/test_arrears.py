"""Arrears hold back consumption: one account's are covered by what another one consumed."""

import pytest
from playwright.async_api import expect

from infra.demo.companies import YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import LINE, SERVER, Charge, Consume
from tests.journeys.visitor import Visitor, money

OWING = YANXI.accounts[2].sub_account_id


async def note(operator: Visitor, amount: str) -> None:
    page = await operator.get("/arrears")
    done = await operator.send(page.form("/arrears"), account=OWING, amount=amount)
    assert "Noted." in done.words, done.words


@pytest.mark.feature(10, 42)
async def test_what_is_ticked_covers_the_arrears_of_another_account_first(browse: Browsers, consume: Consume, visit: Visit) -> None:
    order = await consume(YANXI, Charge("500.00"), Charge("109.00", service=LINE))
    operator, at_home = await visit("shen"), await visit("gu")
    before = await at_home.balance()
    await note(operator, "200.00")
    try:
        held = await at_home.balance()
        assert held["can"] == before["can"] - 20000
        gu = await browse("gu")
        await gu.goto("/")
        await expect(gu.locator("ul.kp-tree").first).to_contain_text(money(20000))
        await steps.open_picker(gu, order)
        await steps.record(gu, LINE).get_by_role("checkbox").check()
        total = gu.locator("#sum")
        await expect(total).to_contain_text("Tick 91.00 more, or pay the arrears")
        await expect(total.locator("button[type=submit]:not([formaction]):not([disabled])")).to_have_count(0)
        await steps.record(gu, SERVER).get_by_role("checkbox").check()
        for words in ("609.00", "Covers arrears", "200.00", "409.00"):
            await expect(total).to_contain_text(words)
        await steps.go_on_to_form(gu)
        await expect(gu.locator("aside .kp-hero")).to_contain_text("409.00")
        number = await steps.submit(gu)
        await expect(steps.state(gu)).to_have_text("Application under review")
        after = await at_home.balance()
        assert after["reserved"] == before.get("reserved", 0) + 40900
        assert after["can"] == held["can"] - 40900
        await gu.goto(f"/applications/{number}")
        await gu.get_by_role("button", name="Cancel application").click()
        await expect(steps.state(gu)).to_have_text("Cancelled")
    finally:
        await note(operator, "0")
    assert (await at_home.balance())["can"] == before["can"]
