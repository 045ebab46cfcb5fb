"""The automatic review in one story: a policy lets small clean applications pass, and an amount above the consumption alarms."""

import re
from collections.abc import Mapping

import pytest
from playwright.async_api import Page, expect

from infra.demo.companies import SHIGUANG
from tests.journeys.browsers import Browsers
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.visitor import Visitor

WEIGHTLESS = {
    "points-not-the-first-application": "0",
    "points-not-rejected-before": "0",
    "points-title-unchanged": "0",
    "points-usual-split": "0",
}
"""Whether other stories of the same customer came before, and what they left, weighs nothing here."""


async def points(page: Page) -> list[int]:
    """The points in the card of the automatic checks: its lines that found something, then the score."""
    cells = await page.locator("#f-risk .card-body > table .kp-num").all_inner_texts()
    return [int(cell) for cell in cells if re.fullmatch(r"\d+", cell)]


async def save(supervisor: Visitor, figures: Mapping[str, str], reason: str) -> None:
    """Make another version of the policy by the page's own form."""
    form = (await supervisor.get("/desk/review-policy")).form("/desk/review-policy")
    changed = {name: value for name, value in figures.items() if name not in ("csrf", "seen")}
    done = await supervisor.send(form.with_(**{**changed, "reason": reason, "action": "save"}))
    assert "done=" in done.address, done.words


@pytest.mark.feature(21, 22)
async def test_small_clean_applications_pass_and_an_amount_above_the_consumption_alarms(
    browse: Browsers, consume: Consume, visit: Visit
) -> None:
    qin, lin = await browse("qin"), await visit("lin")
    before = dict((await (await visit("qin")).get("/desk/review-policy")).form("/desk/review-policy").fields)

    await qin.goto("/desk/review-policy")
    await qin.get_by_label("Passes by itself up to (CNY)").fill("five")
    await qin.get_by_label("Reason").fill("小额且没有疑点的不用人审")
    await qin.get_by_role("button", name="Save as the next version").click()
    await expect(qin.get_by_role("alert").first).to_contain_text("Passes by itself up to (CNY)")
    await qin.get_by_label("Passes by itself up to (CNY)").fill("5.00")
    for name, weight in WEIGHTLESS.items():
        await qin.locator(f"#f-{name}").fill(weight)
    await qin.get_by_role("button", name="Show what it changes").click()
    await expect(qin.locator("#f-preview")).to_contain_text("would go to people, instead of")
    await qin.get_by_role("button", name="Save as the next version").click()
    await expect(qin.get_by_role("status").first).to_contain_text("counts from now on.")
    try:
        small = await consume(SHIGUANG, Charge("4.24"))
        number = await lin.fill_in(small.number)
        [passing] = number.all_of("number")
        await lin.send(number)
        await lin.issued(passing)
        await qin.goto(f"/review/{passing}")
        await expect(qin.locator("#f-risk")).to_contain_text("Passes by itself")
        await expect(qin.locator("#f-risk")).to_contain_text("Clear, and at most CNY 5.00: nobody has to look")
        await expect(qin.locator("main")).to_contain_text("Decided by the policy")

        old = await consume(SHIGUANG, Charge("8000000.00", months_ago=3))
        form = await lin.fill_in(old.number)
        [alarmed] = form.all_of("number")
        await lin.send(form)
        await lin.answer_material(alarmed, "按年度合同结算，合同随后附上")
        xu = await browse("xu")
        await xu.goto(f"/review/{alarmed}")
        card = xu.locator("#f-risk")
        await expect(card.locator("tr.kp-alarm")).to_contain_text("consumed in 90 days")
        await expect(card).to_contain_text("Missing: contract, order, payment or consumption record")
        *lines, score = await points(xu)
        assert sum(lines) == score >= 70
        await expect(card).to_contain_text("Supervisor: The amount; this level begins at CNY 5,000,000.00")
        await xu.goto("/review")
        await expect(xu.locator("tr").filter(has_text=alarmed)).to_contain_text("Supervisor")

        await (await visit("xu")).approve(alarmed)
        await lin.issued(alarmed)
    finally:
        await save(await visit("qin"), before, "恢复原来的政策")
    await qin.goto(f"/review/{alarmed}")
    assert await points(qin) == [*lines, score], "what was true then"
    await expect(qin.locator("main")).to_contain_text("Decided by 秦越")
