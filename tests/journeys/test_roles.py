"""The main job of each role, from its menu to the words that say it is done: in Chinese and English, at a desk and on a phone."""

import re

import pytest
from playwright.async_api import expect

from infra.demo.companies import LINCHUAN, SHIGUANG, YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers, Language
from tests.journeys.conftest import Visit
from tests.journeys.consumption import Charge, Consume, order_of, today
from tests.journeys.roles import WAYS, go_to, speaker, whole


@WAYS
@pytest.mark.feature(31, 57, 61)
async def test_a_master_applies_and_follows_it(browse: Browsers, consume: Consume, language: Language, width: int) -> None:
    order = await consume(SHIGUANG, Charge("318.00"))
    say, lin = speaker(language), await browse("lin", language, width)
    await steps.open_picker(lin, order)
    await steps.tick_all(lin)
    await expect(lin.locator("#sum strong.kp-num").first).to_have_text("318.00")
    await steps.go_on_to_form(lin)
    await expect(lin.locator("#terms")).not_to_be_checked()
    number = await steps.submit(lin)
    await expect(steps.state(lin)).to_have_text(say("Application under review"))
    await expect(lin.locator(".kp-life")).to_contain_text(say("Submitted"))
    await whole(lin, language)
    await lin.get_by_role("button", name=say("Cancel application")).click()
    await expect(steps.state(lin)).to_have_text(say("Cancelled"))
    await go_to(lin, width, say("Applications"))
    await expect(lin.get_by_role("row").filter(has_text=number)).to_contain_text(say("Cancelled"))
    await whole(lin, language)


@WAYS
@pytest.mark.feature(17, 31, 38)
async def test_a_member_applies_for_the_own_account_only(browse: Browsers, consume: Consume, language: Language, width: int) -> None:
    order = await consume(SHIGUANG, Charge("212.00", account=1), Charge("530.00", account=2))
    say, meng = speaker(language), await browse("meng", language, width)
    await steps.open_picker(meng, order)
    await steps.tick_all(meng)
    await expect(meng.locator("#sum strong.kp-num").first).to_have_text("212.00")
    await steps.go_on_to_form(meng)
    await steps.submit(meng)
    await expect(steps.state(meng)).to_have_text(say("Application under review"))
    await expect(meng.locator("main")).to_contain_text("孟瑶")
    await expect(meng.get_by_role("link", name=say("People"), exact=True)).to_have_count(0)
    await whole(meng, language)
    await meng.get_by_role("button", name=say("Cancel application")).click()
    await expect(steps.state(meng)).to_have_text(say("Cancelled"))


@WAYS
@pytest.mark.feature(21, 47)
async def test_a_reviewer_approves(browse: Browsers, consume: Consume, visit: Visit, language: Language, width: int) -> None:
    number = await (await visit("gu")).apply((await consume(YANXI, Charge("371.00"))).number)
    say, xu = speaker(language), await browse("xu", language, width)
    await xu.goto("/")
    await go_to(xu, width, say("Review desk"))
    await xu.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await expect(xu.locator("main")).to_contain_text("371.00")
    await whole(xu, language)
    await steps.ready_to_decide(xu)
    await xu.locator("button[value=approve]").click()
    await expect(xu.get_by_role("status").first).to_contain_text(number)
    await xu.goto(f"/review/{number}")
    await expect(xu.locator("main")).to_contain_text("许衡")
    await expect(xu.locator("button[value=approve]")).to_have_count(0)


@WAYS
@pytest.mark.feature(23, 38)
async def test_a_supervisor_decides_and_reads_the_trail(
    browse: Browsers, consume: Consume, visit: Visit, language: Language, width: int
) -> None:
    number = await (await visit("fang")).apply((await consume(LINCHUAN, Charge("159.00"))).number)
    say, qin = speaker(language), await browse("qin", language, width)
    await qin.goto(f"/review/{number}")
    await qin.locator("#f-reason").fill("合同与消费不符")
    await qin.get_by_role("button", name=say("Reject")).click()
    await expect(qin.get_by_role("status").first).to_contain_text(number)
    await qin.goto(f"/applications/{number}")
    await expect(steps.state(qin)).to_have_text(say("Not approved"))
    await expect(qin.locator("#live")).to_contain_text("合同与消费不符")
    await go_to(qin, width, say("Audit"))
    await expect(qin.get_by_role("heading", level=1)).to_have_text(say("Audit"))
    await whole(qin, language)


@WAYS
@pytest.mark.feature(41, 58)
async def test_an_operator_imports_a_bill_and_sees_what_is_stuck(browse: Browsers, language: Language, width: int) -> None:
    order = order_of(YANXI, Charge("95.40"), today=today())
    say, shen = speaker(language), await browse("shen", language, width)
    await shen.goto("/")
    await go_to(shen, width, say("Import"))
    await shen.locator("input[type=file]").set_input_files({"name": order.file_name, "mimeType": "text/csv", "buffer": order.content})
    await shen.locator("form[action='/imports'] button[type=submit]").click()
    await expect(shen).to_have_url(re.compile("/imports/files/"))
    await whole(shen, language)
    await shen.locator("form[action^='/imports/files/'] button[type=submit]").first.click()
    await expect(shen).to_have_url(re.compile("done=1"))
    await go_to(shen, width, say("Operations"))
    await expect(shen.get_by_role("heading", level=1)).to_have_text(say("Operations"))
    await whole(shen, language)


@WAYS
@pytest.mark.feature(59)
async def test_customer_service_answers_a_ticket(browse: Browsers, visit: Visit, language: Language, width: int) -> None:
    gu = await visit("gu")
    form = (await gu.get("/support/new")).form("/support")
    [number] = form.all_of("number")
    await gu.send(form, topic="other", subject="Which paper size", text="Which size has the printed invoice?")
    say, he = speaker(language), await browse("he", language, width)
    await he.goto("/")
    await go_to(he, width, say("Tickets"))
    await he.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await he.get_by_label(say("Message"), exact=True).fill("210 × 140 mm")
    await he.get_by_role("button", name=say("Send")).click()
    await expect(he.get_by_text(say("Answered"), exact=True).first).to_be_visible()
    await whole(he, language)
    assert "210 × 140 mm" in (await gu.get(f"/support/{number}")).words


@WAYS
@pytest.mark.feature(38)
async def test_an_auditor_reads_everything_and_changes_nothing(
    browse: Browsers, consume: Consume, visit: Visit, language: Language, width: int
) -> None:
    gu = await visit("gu")
    number = await gu.apply((await consume(YANXI, Charge("84.80"))).number)
    say, tang = speaker(language), await browse("tang", language, width)
    await tang.goto("/")
    await expect(tang.get_by_role("heading", level=1)).to_have_text(say("Audit"))
    await tang.locator("select[name=action]").select_option("decide-title")
    await expect(tang).to_have_url(re.compile("action=decide-title"))
    await expect(tang.get_by_role("table")).to_contain_text("何静")
    await whole(tang, language)
    await tang.goto(f"/applications/{number}")
    await expect(steps.state(tang)).to_have_text(say("Application under review"))
    await expect(tang.locator("main form[method=post]:not([action='/sign-out'])")).to_have_count(0)
    await whole(tang, language)
    await gu.send((await gu.get(f"/applications/{number}")).form(f"/applications/{number}/cancel"))
