"""What goes wrong: wrong people, wrong numbers, impatient hands, a missing server. A clear answer each, and nothing is changed."""

import asyncio
import re
from collections import Counter

import pytest
from playwright.async_api import expect

from cli.stack import Stack
from infra.demo.companies import LINCHUAN, SHIGUANG, YANXI
from tests.journeys import steps
from tests.journeys.browsers import Browsers, sign_in
from tests.journeys.conftest import Visit
from tests.journeys.consumption import SELLER, Charge, Consume
from tests.journeys.visitor import Form

AT_ONCE = 50


@pytest.mark.feature(38)
async def test_a_wrong_password_lets_nobody_in_and_does_not_say_what_was_wrong(browse: Browsers) -> None:
    page = await browse.visitor()
    answers = []
    for login, password in (("he", "not-hers"), ("nobody-here", "kaipiao-demo")):
        await page.goto("/sign-in?next=/consumption")
        await page.locator("#f-login").fill(login)
        await page.locator("#f-password").fill(password)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator("#f-password-error")).to_be_visible()
        answers.append(await page.locator("#f-password-error").inner_text())
        await expect(page.locator("#f-login")).to_have_value(login)
        await expect(page.locator("#f-password")).to_have_value("")
    assert answers[0].strip() == answers[1].strip()
    assert answers[0].strip().startswith("User name and password do not fit. You can try 4 more times")
    await page.goto("/consumption")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await sign_in(page, "he")


@pytest.mark.feature(38)
async def test_a_foreign_number_gets_the_same_answer_as_one_that_does_not_exist(consume: Consume, visit: Visit) -> None:
    gu = await visit("gu")
    theirs = await (await visit("fang")).apply((await consume(LINCHUAN, Charge("159.00"))).number)
    for path in ("/applications/{}", "/applications/{}/live", "/invoices/{}-1", "/invoices/{}-1/blue.pdf"):
        foreign = await gu.get(path.format(theirs))
        unknown = await gu.get(path.format("KP-261101-ZZZZZZZZ"))
        assert foreign.status == unknown.status == 404, path
        assert foreign.text.replace(theirs, "") == unknown.text.replace("KP-261101-ZZZZZZZZ", ""), path
    await (await visit("xu")).reject(theirs, "Not needed any more in this story")


@pytest.mark.feature(3)
async def test_one_wrong_digit_of_a_tax_id_is_answered_with_what_was_meant(browse: Browsers) -> None:
    right = YANXI.tax_id
    wrong = right.replace("6T8N", "6T9N")
    gu = await browse("gu")
    await gu.goto("/titles")
    rows = await gu.get_by_role("table").get_by_role("row").count()
    await gu.locator("#f-name").fill(YANXI.name)
    await gu.locator("#f-tax_id").fill(wrong)
    await gu.locator("#f-bank").fill("中国银行苏州高新区支行")
    await gu.get_by_role("button", name="Add title").click()
    await expect(gu.locator("#f-tax_id-error")).to_contain_text("Character 13 of the tax ID does not fit. Did you mean 8?")
    await expect(gu.locator("#f-name")).to_have_value(YANXI.name)
    await expect(gu.locator("#f-tax_id")).to_have_value(wrong)
    await expect(gu.locator("#f-bank")).to_have_value("中国银行苏州高新区支行")
    change = gu.get_by_role("button", name=f"Change to {right}")
    await expect(change).to_be_visible()
    await gu.goto("/titles")
    assert await gu.get_by_role("table").get_by_role("row").count() == rows


@pytest.mark.feature(16)
async def test_the_same_form_fifty_times_at_once_is_one_application_and_one_address(consume: Consume, visit: Visit) -> None:
    fang = await visit("fang")
    before = await fang.balance()
    order = await consume(LINCHUAN, Charge("636.00"))
    form = await fang.fill_in(order.number)
    [number] = form.all_of("number")
    listed = (await fang.get("/applications")).text.count("/applications/KP-")
    answers = await asyncio.gather(*(fang.send(form) for _ in range(AT_ONCE)))
    assert Counter(answer.status for answer in answers) == {200: AT_ONCE}
    assert {answer.address.partition("?")[0].rpartition("/")[2] for answer in answers} == {number}
    page = await fang.until(f"/applications/{number}", lambda shown: "Under review" in shown.words, "under review")
    assert "636.00" in page.words
    after = await fang.balance()
    assert after["can"] == before["can"]
    assert after["reserved"] == before.get("reserved", 0) + 63600
    assert (await fang.get("/applications")).text.count("/applications/KP-") == listed + 1
    again = await fang.send(form)
    assert "You have already submitted this" in again.words
    await fang.send(page.form(f"/applications/{number}/cancel"))


@pytest.mark.feature(7, 11, 13)
async def test_what_cannot_be_ticked_says_why(browse: Browsers, consume: Consume) -> None:
    order = await consume(SHIGUANG, Charge("100.00", current_month=True), Charge("600.00", publisher=SELLER, account=3))
    lin = await browse("lin")
    await steps.open_picker(lin, order, show="all")
    for words in ("The statement of ", f"Invoiced by the marketplace seller {SELLER}"):
        row = lin.locator("tr.kp-cannot").filter(has_text=words)
        await expect(row.get_by_role("checkbox")).to_be_disabled()
    await expect(lin.locator("input[name=record]")).to_have_count(0)
    await lin.locator(".kp-chips a").nth(1).click()
    await expect(lin.locator("main")).not_to_contain_text("The statement of ")
    await expect(lin.locator("#next-reason")).to_contain_text("Tick at least one record above 0.")


@pytest.mark.feature(16, 45)
async def test_without_the_workflow_server_nothing_is_submitted_and_the_same_form_works_afterwards(
    browse: Browsers, consume: Consume, visit: Visit, stack: Stack
) -> None:
    order = await consume(YANXI, Charge("477.00"))
    gu = await visit("gu")
    before = await gu.balance()
    customer = await browse("gu")
    await steps.open_picker(customer, order)
    await steps.tick_all(customer)
    await steps.go_on_to_form(customer)
    await customer.locator("#o-kind-ordinary").check()
    await customer.locator("#expedite").check()
    await customer.locator("#terms").check()
    number = await steps.number_on_form(customer)
    stack.kill("temporal")
    try:
        async with customer.expect_response(lambda answer: answer.request.method == "POST") as answering:
            await customer.get_by_role("button", name="Submit application").click()
        assert (await answering.value).status == 503
        notice = customer.get_by_role("alert").first
        await expect(notice).to_contain_text("Not saved")
        await expect(notice).to_contain_text("Your entries are kept; trying again will not submit twice.")
        await expect(customer.locator("#o-kind-ordinary")).to_be_checked()
        await expect(customer.locator("#expedite")).to_be_checked()
        await expect(customer.locator("#terms")).to_be_checked()
        assert await steps.number_on_form(customer) == number
        assert not re.search("received|under review|you have already submitted", await customer.locator("main").inner_text(), re.IGNORECASE)
        assert number not in (await gu.get("/applications")).text
        assert await gu.balance() == before
    finally:
        await asyncio.to_thread(stack.start, "temporal")
    await customer.get_by_role("button", name="Try again").click()
    await expect(customer).to_have_url(f"{stack.urls['web']}/applications/{number}")
    await expect(steps.state(customer)).to_have_text("Application under review")
    await expect(customer.locator("h1")).to_contain_text("Expedited")
    await customer.get_by_role("button", name="Cancel application").click()
    await expect(steps.state(customer)).to_have_text("Cancelled")
    assert (await gu.balance())["can"] == before["can"]


@pytest.mark.feature(38)
async def test_somebody_elses_records_cannot_be_put_into_a_form(consume: Consume, visit: Visit) -> None:
    fang, gu = await visit("fang"), await visit("gu")
    theirs = await fang.fill_in((await consume(LINCHUAN, Charge("53.00"))).number)
    own = await gu.fill_in((await consume(YANXI, Charge("106.00"))).number)
    before, own_balance = await fang.balance(), await gu.balance()
    [number] = own.all_of("number")
    foreign = Form(own.action, own.method, (*own.fields, *(("record", one) for one in theirs.all_of("record"))))
    refused = await gu.send(foreign)
    assert refused.status == 422
    assert "A ticked record is not there any more" in refused.words
    assert LINCHUAN.name not in refused.text
    assert (await gu.get(f"/applications/{number}")).status == 404
    assert await fang.balance() == before
    assert await gu.balance() == own_balance


@pytest.mark.feature(17)
async def test_a_member_sees_the_own_accounts_records_and_the_master_sees_all(browse: Browsers, consume: Consume) -> None:
    order = await consume(SHIGUANG, Charge("212.00", account=1), Charge("318.00", account=2))
    amounts = {"meng": ["212.00"], "lin": ["212.00", "318.00"]}
    for login, seen in amounts.items():
        page = await browse(login)
        await steps.open_picker(page, order)
        await expect(page.locator("input[name=record][type=checkbox]")).to_have_count(len(seen))
        for amount in seen:
            await expect(page.locator("table.kp-picker")).to_contain_text(amount)
