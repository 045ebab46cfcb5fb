"""Choosing what is invoiced: by order, by statement, by amount; and two tabs that want the same record."""

import re

import pytest
from playwright.async_api import Page, expect

from domain.calendar import period_of
from domain.consumption import last_open_period
from infra.demo.companies import HANGZHOU, LINCHUAN
from tests.journeys import steps
from tests.journeys.browsers import PHONE, Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import LINE, SERVER, Charge, Consume, today
from tests.journeys.visitor import fen, money


async def cancel(page: Page, word: str = "Cancel application") -> None:
    await page.get_by_role("button", name=word).click()
    await expect(steps.state(page)).to_have_text(re.compile("Cancelled|已取消|已撤销"))


@pytest.mark.feature(5, 8)
async def test_an_order_is_found_by_its_number_and_applied_for_on_a_phone(browse: Browsers, consume: Consume) -> None:
    order = await consume(LINCHUAN, Charge("318.00"), Charge("21.20", usage=True))
    fang = await browse("fang", "zh", PHONE)
    await fang.goto("/consumption?show=can")
    await fang.locator("#f-order").fill(order.number)
    await fang.get_by_role("button", name="筛选").click()
    await expect(fang.locator("input[name=record][type=checkbox]")).to_have_count(1)
    await expect(steps.record(fang, SERVER)).to_contain_text(order.number[:6])
    await steps.tick_all(fang)
    await expect(fang.locator("#sum strong.kp-num").first).to_have_text("318.00")
    await steps.go_on_to_form(fang)
    await steps.submit(fang)
    await expect(steps.state(fang)).to_have_text("开票申请审核中")
    await expect(fang.locator("main")).to_contain_text("318.00")
    # What is under review says which application has it.
    number = fang.url.rpartition("/")[2].partition("?")[0]
    await steps.open_picker(fang, order, show="all")
    await expect(fang.locator("tr.kp-cannot").filter(has_text=SERVER)).to_contain_text(number)
    await fang.goto(f"/applications/{number}")
    await fang.get_by_role("button", name="取消申请").click()
    await expect(steps.state(fang)).not_to_have_text("开票申请审核中")
    await steps.open_picker(fang, order)
    await expect(fang.locator("input[name=record][type=checkbox]")).to_have_count(1)


@pytest.mark.feature(7, 8)
async def test_a_statement_is_invoiced_whole_and_this_months_is_not_out(browse: Browsers, consume: Consume) -> None:
    await consume(LINCHUAN, Charge("530.00"), Charge("218.00", service=LINE), Charge("99.00", current_month=True))
    fang = await browse("fang")
    await fang.goto("/consumption/statements")
    locked = fang.locator("tr.kp-cannot").filter(has_text=HANGZHOU.name)
    await expect(locked.first).to_contain_text("The statement")
    await expect(locked.first.get_by_role("checkbox")).to_be_disabled()
    rows = [fang.locator(f"tr:has(input[value='{last_open_period(today())}..{entity}.'])") for entity in ("HZ", "SH")]
    amounts, taken = [], []
    for row in rows:
        amounts.append(fen(await row.locator("td").last.inner_text()))
        before = await row.locator("td").nth(-2).inner_text()
        taken.append(fen(before) if before.strip() != "—" else 0)  # what other stories have of it
        await row.get_by_role("checkbox").check()
    total = money(sum(amounts))
    await expect(fang.locator("#sum")).to_contain_text(total)
    await steps.go_on_to_form(fang)
    await expect(fang.locator("aside .kp-hero")).to_contain_text(total)
    await steps.submit(fang)
    await expect(steps.state(fang)).to_have_text("Application under review")
    await expect(fang.locator("main")).to_contain_text(total)
    number = fang.url.rpartition("/")[2].partition("?")[0]
    try:
        await fang.goto("/consumption/statements")
        for row in rows:
            await expect(row).to_have_count(0)
        whole = money(taken[0] + amounts[0])
        await expect(fang.locator("tr").filter(has_text=HANGZHOU.name).filter(has_text=whole).first).to_be_visible()
    finally:  # a statement that is taken whole takes no rows, which other stories bring
        await fang.goto(f"/applications/{number}")
        await cancel(fang)
    assert period_of(today()) > last_open_period(today())


@pytest.mark.feature(8)
async def test_an_amount_is_made_up_to_the_fen_from_the_oldest(browse: Browsers, consume: Consume, visit: Visit) -> None:
    await consume(LINCHUAN, Charge("742.00"))
    available = (await (await visit("fang")).balance())["can"]
    fang = await browse("fang", "zh")
    await fang.goto("/consumption/amount")
    await expect(fang.locator("main")).to_contain_text(money(available))
    await fang.locator("#f-amount").fill(f"{(available + 1) // 100}.{(available + 1) % 100:02d}")
    await fang.get_by_role("button", name="看看").or_(fang.locator("button[formaction='/consumption/amount']")).first.click()
    await expect(fang.locator("#f-amount")).to_have_value(f"{(available + 1) // 100}.{(available + 1) % 100:02d}")
    await expect(fang.locator("main")).to_contain_text(money(available))
    await fang.locator("#f-amount").fill("123.45")
    await fang.locator("button[formaction='/consumption/amount']").click()
    await expect(fang.locator("#sum")).to_contain_text("123.45")
    await steps.go_on_to_form(fang)
    await expect(fang.locator("aside .kp-hero")).to_contain_text("123.45")
    await steps.submit(fang)
    await expect(steps.state(fang)).to_have_text("开票申请审核中")
    after = await (await visit("fang")).balance()
    assert after["can"] == available - 12345
    await fang.get_by_role("button", name="取消申请").click()
    await expect(steps.state(fang)).not_to_have_text("开票申请审核中")


@pytest.mark.feature(8, 16)
async def test_of_two_tabs_with_the_same_record_one_wins_and_the_other_reads_which_has_it(browse: Browsers, consume: Consume) -> None:
    order = await consume(LINCHUAN, Charge("1060.00"), Charge("53.00", service="全球加速"))
    first = await browse("fang")
    second, third = await first.context.new_page(), await first.context.new_page()
    for tab in (first, second, third):
        await steps.open_picker(tab, order)
        await steps.record(tab, SERVER).get_by_role("checkbox").check()
        if tab is second:
            await steps.tick_all(tab)
        await steps.go_on_to_form(tab)
    typed = f"second-{order.number}@linchuan.example"
    await second.locator("#o-kind-ordinary").check()
    await second.locator("#o-email-new").check()
    await second.locator("#f-new_email").fill(typed)
    winner = await steps.submit(first)
    await expect(steps.state(first)).to_have_text("Application under review")
    await second.locator("#terms").check()
    await second.locator("form[action='/applications'] button.btn-primary").click()
    await expect(second.get_by_role("alert").first).to_contain_text(f"Reserved by application {winner}")
    await expect(second.get_by_role("alert").first).to_contain_text("What is left makes 53.00; it was 1,113.00")
    await expect(second.locator("#f-new_email")).to_have_value(typed)
    for ticked in ("#o-kind-ordinary", "#o-email-new", "#terms"):
        await expect(second.locator(ticked)).to_be_checked()
    # Where nothing is left there is no form to mend: only why, and the way back.
    await third.locator("#terms").check()
    await third.locator("form[action='/applications'] button.btn-primary").click()
    await expect(third.get_by_role("alert")).to_have_text(re.compile(rf"Reserved by application {winner}\.\s*$"))
    await expect(third.locator("form[action='/applications']")).to_have_count(0)
    await third.get_by_role("link", name="Choose again").click()
    await expect(third).to_have_url(re.compile("/consumption"))
    await first.goto(f"/applications/{winner}")
    await cancel(first)
