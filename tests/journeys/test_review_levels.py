"""Two levels with two people, an application that is taken and handed over, and a reviewer who is away: in both languages."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from infra.demo.companies import SHIGUANG
from tests.journeys import steps
from tests.journeys.browsers import Browsers, Language
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume
from tests.journeys.roles import speaker
from web.words import words


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.feature(23)
async def test_two_levels_a_claim_a_hand_over_and_an_absence(browse: Browsers, consume: Consume, visit: Visit, language: Language) -> None:
    say, lin = speaker(language), await visit("lin")
    number = await lin.apply((await consume(SHIGUANG, Charge("530000.00"))).number)
    xu, su, qin = await browse("xu", language), await browse("su", language), await browse("qin", language)

    # Taken by one, another sees who has it and cannot decide.
    await xu.goto(f"/review/{number}")
    await steps.ready_to_decide(xu)
    await press(xu, "c")
    await steps.told(xu, say("Yours for half an hour: others leave it to you."))
    await su.goto(f"/review/{number}")
    await expect(su.locator("main")).to_contain_text("许衡")
    await expect(su.locator("button[value=approve]")).to_have_count(0)
    await steps.ready_to_decide(xu)
    await xu.locator("button[value=approve]").click()
    await steps.told(xu, say("Approved on this level: the next one is asked."))
    await xu.goto(f"/review/{number}")
    await expect(xu.locator("main")).to_contain_text(
        words(language).say("You did level {done}; level {step} needs someone else.", {"done": 1, "step": 2})
    )

    # The second is away and is not offered for a hand-over; the supervisor gets it.
    await su.goto("/review/absences")
    await su.locator("#f-substitute").select_option(label=f"秦越 · {say('Supervisor')}")
    await su.get_by_role("button", name=say("Keep"), exact=True).click()
    await expect(status(su)).to_contain_text(say("Kept. It counts from the first day on."))
    try:
        await xu.goto(f"/review/{number}")
        await press(xu, "h")
        await expect(xu.locator("#f-to option").filter(has_text="苏蔓")).to_have_count(0)
        await xu.locator("#f-to").select_option(label=f"秦越 · {say('Supervisor')}")
        await xu.locator("#f-why").fill("金额较大")
        await xu.locator(".kp-hand-form button").click()
        await steps.told(xu, say("Handed over; the history says to whom."))
        await qin.goto("/review/team")
        row = qin.get_by_role("row").filter(has_text=number)
        await expect(row).to_contain_text("秦越")
        await expect(qin.locator("main")).to_contain_text("苏蔓")
    finally:
        await su.goto("/review/absences")
        await su.get_by_role("row").filter(has_text="苏蔓").get_by_role("button").first.click()
    await expect(status(su)).to_contain_text(say("Ended: they are here again."))

    # The supervisor gives it to the second reviewer from the team's page, with a preview.
    await qin.reload()
    await row.locator("input[type=checkbox]").check()
    await qin.locator("#f-to").select_option(label=f"苏蔓 · {say('Level 2')}")
    await qin.locator("#f-why").fill("回来了")
    await qin.get_by_role("button", name=say("Hand over")).click()
    await expect(qin.locator("#f-preview")).to_contain_text(number)
    await qin.get_by_role("button", name=say("Do it")).click()
    await expect(row).to_contain_text("苏蔓")
    await su.goto("/review?show=mine")
    await su.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await expect(su.locator("main")).to_contain_text("金额较大")
    await steps.ready_to_decide(su)
    await su.locator("button[value=approve]").click()
    await steps.told(su, say("Approved: the invoices are being issued."))
    await lin.issued(number)
    shown = (await lin.get(f"/applications/{number}")).words
    assert not re.search("许衡|苏蔓|秦越", shown), "who of us has it is ours alone"


def status(page: Page) -> Locator:
    return page.get_by_role("status").first


async def press(page: Page, key: str) -> None:
    await page.locator("h1").click()
    await page.keyboard.press(key)
