"""What counts and what does not: top-ups, products outside self-service, time limits, currencies, working days."""

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from playwright.async_api import expect

from infra.demo.companies import LINCHUAN, YANXI
from tests.journeys import steps
from tests.journeys.browsers import PHONE, Browsers, Language
from tests.journeys.conftest import Visit
from tests.journeys.consumption import SERVER, Charge, Consume, today

OLD_PLAN = "旧版云主机套餐"


@pytest.mark.feature(5)
async def test_a_top_up_is_shown_and_can_never_be_invoiced(browse: Browsers, visit: Visit) -> None:
    shen, at_home = await visit("shen"), await visit("fang")
    before = await at_home.balance()
    rows = f"TopUpNumber,SubAccountId,PaidOn,Amount,Method\nCZ-JOURNEY-1,{LINCHUAN.accounts[0].sub_account_id},{today()},5000.00,转账\n"
    page = await shen.get("/top-ups")
    done = await shen.send(page.form("/top-ups"), files={"file": ("top-ups.csv", rows.encode(), "text/csv")})
    assert "The payments are in." in done.words
    fang = await browse("fang", "zh", PHONE)
    await fang.goto("/consumption/top-ups")
    await expect(fang.get_by_role("row").filter(has_text="CZ-JOURNEY-1")).to_contain_text("5,000.00")
    await expect(fang.locator("main")).to_contain_text("不能开票")
    assert await at_home.balance() == before
    stranger = await visit("gu")
    assert "CZ-JOURNEY-1" not in (await stranger.get("/consumption/top-ups")).text


@pytest.mark.feature(13, 14)
async def test_a_product_outside_self_service_leads_to_a_person_and_says_why(browse: Browsers, consume: Consume) -> None:
    shen = await browse("shen")
    await shen.goto("/reference/assisted")
    typed = {
        "match": OLD_PLAN,
        "bought_before": "",
        "reason_zh": "2018 年 1 月 31 日前购买的套餐按合同开票",
        "reason_en": "Plans bought before 2018-01-31 are invoiced by contract",
        "manager": "秦岚",
        "hotline": "0571-8602 7123",
    }
    for name, value in typed.items():
        await shen.locator(f"#f-{name}").fill(value)
    await shen.get_by_role("button", name="Keep").click()
    await expect(shen.get_by_role("status").first).to_contain_text("It counts for the next import")
    order = await consume(LINCHUAN, Charge("880.00", service=OLD_PLAN), Charge("53.00"))
    reasons: dict[Language, str] = {"zh": typed["reason_zh"], "en": typed["reason_en"]}
    for language, reason in reasons.items():
        fang = await browse("fang", language)
        await steps.open_picker(fang, order, show="all")
        row = fang.locator("tr.kp-cannot").filter(has_text=OLD_PLAN)
        for words in (reason, typed["manager"], typed["hotline"]):
            await expect(row).to_contain_text(words)
        await expect(row.get_by_role("checkbox")).to_be_disabled()
        # The filters tell both apart, each by where it stands.
        await steps.open_picker(fang, order, show="assisted")
        await expect(fang.locator("tr.kp-cannot")).to_have_count(1)
        await steps.open_picker(fang, order)
        await expect(fang.locator("input[name=record][type=checkbox]")).to_have_count(1)


@pytest.mark.feature(15)
async def test_what_is_too_old_can_be_invoiced_once_a_supervisor_grants_it(browse: Browsers, consume: Consume) -> None:
    order = await consume(LINCHUAN, Charge("424.00", months_ago=8), Charge("90.00", months_ago=14))
    fang = await browse("fang")
    await steps.open_picker(fang, order, show="all")
    old = fang.locator("tr.kp-cannot").filter(has_text="424.00")
    await expect(old).to_contain_text("6 months")
    await expect(old.get_by_role("checkbox")).to_be_disabled()
    await expect(fang.locator("tr.kp-cannot").filter(has_text="90.00")).to_contain_text("year")
    await fang.goto("/consumption?show=expired&order=" + order.number)
    await fang.locator("a[href^='/back-invoicing/new']").first.click()
    months = fang.locator("#f-period option")
    wanted = months.filter(has_text="424.00")
    await fang.locator("#f-period").select_option(await wanted.get_attribute("value"))
    await fang.locator("#f-reason").fill("The contract was signed late")
    await fang.get_by_role("button", name="Ask for it").click()
    await expect(fang.get_by_role("status").first).to_contain_text("Asked for")
    number = fang.url.rpartition("/")[2].partition("?")[0]
    qin = await browse("qin")
    await qin.goto(f"/desk/back-invoicing/{number}")
    await expect(qin.locator("main")).to_contain_text("The contract was signed late")
    until = today() + timedelta(days=20)
    await qin.locator("#f-until").fill(until.isoformat())
    await qin.get_by_role("button", name="Grant it").click()
    await expect(qin.get_by_role("status").first).to_contain_text(number)
    await fang.reload()
    await expect(fang.locator("h1 .kp-tag")).to_have_text("Granted")
    await steps.open_picker(fang, order)
    await steps.tick_all(fang)
    await expect(fang.locator("#sum strong.kp-num").first).to_have_text("424.00")


@pytest.mark.feature(18, 41)
async def test_months_apart_and_dollars_are_converted_and_shown_exactly(browse: Browsers, consume: Consume) -> None:
    """A change of configuration in the middle: the same order billed in two months, and a third line in US dollars."""
    shen = await browse("shen")
    order = await consume(YANXI, Charge("310.00"), Charge("155.00", months_ago=1), Charge("12.345678", service="全球加速", currency="USD"))
    await shen.goto("/reference/rates?currency=USD")
    month = date.fromisoformat(f"{order.number[:4]}-{order.number[4:6]}-01")
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    rows = [cells.split("\t") for cells in await shen.locator("table.kp-table tbody tr").all_inner_texts()]
    rates = [(cells[0].strip(), cells[2].strip()) for cells in rows]
    assert rates, "the newest rates are on the page"
    gu = await browse("gu", "zh")
    await steps.open_picker(gu, order)
    await expect(gu.locator("input[name=record][type=checkbox]")).to_have_count(3)
    abroad = steps.record(gu, "全球加速")
    await abroad.locator("summary").click()
    shown = await abroad.inner_text()
    yuan = [(Decimal("12.345678") * Decimal(rate)).quantize(Decimal("0.01"), ROUND_HALF_UP) for _, rate in rates]
    assert any(str(each) in shown for each in yuan), (shown, rates, last)
    await steps.record(gu, SERVER).first.get_by_role("checkbox").check()
    await steps.record(gu, SERVER).last.get_by_role("checkbox").check()
    await expect(gu.locator("#sum strong.kp-num").first).to_have_text("465.00")
    # Each month by itself, as a filter of the picker.
    earlier = (month - timedelta(days=1)).strftime("%Y-%m")
    await gu.goto(f"/consumption?show=can&order={order.number}&period={earlier}")
    await expect(gu.locator("input[name=record][type=checkbox]")).to_have_count(1)
    await expect(gu.locator("table.kp-picker")).to_contain_text("155.00")


@pytest.mark.feature(42)
async def test_the_balance_opens_from_a_bucket_down_to_its_records(browse: Browsers, consume: Consume, visit: Visit) -> None:
    order = await consume(LINCHUAN, Charge("636.00", account=1))
    at_home = await visit("fang")
    available = (await at_home.balance())["can"]
    fang = await browse("fang")
    await fang.goto("/balance")
    tree = fang.locator("ul.kp-tree-whole")
    sums = []
    for depth in range(3):
        opened = tree.locator("a[aria-expanded=false]")
        door = opened.filter(has_text="Available") if depth == 0 else tree.locator("li.kp-open").last.locator("ul").last.locator("a").first
        sums.append(await door.inner_text())
        await door.click()
    assert f"{available / 100:,.2f}" in sums[0]
    await fang.goto(f"/balance?bucket=available&period={order.number[:4]}-{order.number[4:6]}&entity=HZ&rate=600")
    await tree.get_by_role("link").filter(has_text=LINCHUAN.accounts[1].name).first.click()
    await expect(fang.locator("table.kp-picker")).to_contain_text("636.00")


@pytest.mark.feature(44)
async def test_promises_move_with_the_working_days_that_operators_set(browse: Browsers, consume: Consume, visit: Visit) -> None:
    """So far that, late in the year, they cross into the next one, whose holidays are not published: that is marked."""
    day = today()
    end = min(date(day.year, 12, 31), day + timedelta(days=60))
    shen = await visit("shen")
    fang = await browse("fang")

    async def promised() -> tuple[date, bool]:
        """The day on the application's page, and whether it is marked as estimated."""
        order = await consume(LINCHUAN, Charge("37.00"))
        await steps.apply(fang, order)
        card = fang.locator("section.card").filter(has=fang.get_by_role("heading", name="Promised"))
        said = await card.inner_text()
        await fang.get_by_role("button", name="Cancel application").click()
        await expect(steps.state(fang)).to_have_text("Cancelled")
        return _day_in(said, day), "estimated" in said

    before, _ = await promised()
    page = await shen.get(f"/calendar?year={day.year}")
    lines = "\n".join(f"{day + timedelta(days=ahead + 1)},off,系统升级" for ahead in range((end - day).days))
    tried = await shen.send(page.form("/calendar/notice"), text=lines, action="try")
    assert "Nothing is changed yet." in tried.words
    loaded = await shen.send(tried.form("/calendar/notice"), action="load")
    assert "Loaded; deadlines from now on count by it" in loaded.words
    try:
        after, estimated = await promised()
        assert before <= end < after
        assert estimated is (after.year > day.year)
    finally:
        for ahead in range((end - day).days):
            page = await shen.get(f"/calendar?year={day.year}")
            one = (day + timedelta(days=ahead + 1)).isoformat()
            await shen.send(page.form("/calendar/days"), day=one, worked="published", note="如公布")
    assert (await promised())[0] == before


def _day_in(text: str, today: date) -> date:
    """The first day named in a text such as `Tue 24 Nov 18:00` or `tomorrow 18:00`, from today on."""
    if "tomorrow" in text:
        return today + timedelta(days=1)
    months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
    found = re.search(rf"(\d{{1,2}}) ({months})", text)
    assert found, text
    day = date(today.year, months.split("|").index(found[2]) + 1, int(found[1]))
    return day if day >= today else day.replace(year=day.year + 1)
