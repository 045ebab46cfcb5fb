"""Coming in: registering, forgetting the password, inviting a colleague, the second factor of staff."""

import re
import secrets

import pytest
from playwright.async_api import Page, expect

from infra.demo.people import DEMO_PASSWORD
from tests.journeys.browsers import PHONE, Browsers
from tests.journeys.outside import Outside
from tests.journeys.staff import codes

PASSWORD, NEXT_PASSWORD = "rain on the old pond", "nine frogs at noon"


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found is not None, text
    return found[0]


def new_mobile() -> str:
    return f"139{secrets.randbelow(10**8):08d}"


async def submit(page: Page, action: str) -> None:
    await page.locator(f"form[action='{action}'] button[type=submit]").first.click()


async def sign_in_with(page: Page, login: str, password: str) -> None:
    await page.goto("/sign-in")
    await page.locator("#f-login").fill(login)
    await page.locator("#f-password").fill(password)
    await submit(page, "/sign-in")
    await expect(page).not_to_have_url(re.compile("/sign-in$"))


@pytest.mark.feature(38)
async def test_a_new_company_registers_by_sms_and_sets_a_new_password_later(browse: Browsers, outside: Outside) -> None:
    mobile = new_mobile()
    page = await browse.visitor(width=PHONE)
    await page.goto("/sign-in")
    await page.get_by_role("link", name="Register").click()
    await page.locator("#f-company").fill("苏州新桥科技有限公司")
    await page.locator("#f-licence").fill("91320505MA6T9N3W1B")
    await page.locator("#f-name").fill("顾新")
    await page.locator("#f-mobile").fill(mobile)
    await page.locator("#f-terms").check()
    await submit(page, "/register")
    await expect(page.locator("#f-licence-error")).to_contain_text("does not check out")
    await expect(page.locator("#f-company")).to_have_value("苏州新桥科技有限公司")
    await page.locator("#f-licence").fill("91320505MA6T8N3W1B")
    await submit(page, "/register")
    # The licence is a verified customer's: only who proves an address learns so.
    await page.locator("#f-code").fill(code_in(outside.sms_to(mobile)[0]))
    await page.locator("#f-password").fill(PASSWORD)
    await submit(page, "/register/finish")
    await expect(page.get_by_role("alert")).to_contain_text("Ask its master account to invite you")
    await page.goto("/register?kind=personal")
    await page.locator("#f-name").fill("顾新")
    await page.locator("#f-mobile").fill(mobile)
    await page.locator("#f-terms").check()
    await submit(page, "/register")
    await page.locator("#f-code").fill(code_in(outside.sms_to(mobile)[0]))
    await page.locator("#f-password").fill("password1")
    await submit(page, "/register/finish")
    await expect(page.locator("#f-password-error")).to_contain_text("guessed first")
    await page.locator("#f-code").fill(code_in(outside.sms_to(mobile)[0]))
    await page.locator("#f-password").fill(PASSWORD)
    await submit(page, "/register/finish")
    await expect(page.locator("form[action='/sign-out']").first).to_be_attached()

    forgetful = await browse.visitor(scripts=False)
    await forgetful.goto("/sign-in")
    await forgetful.get_by_role("link", name="Forgot the password").click()
    await forgetful.locator("#f-address").fill(mobile)
    await submit(forgetful, "/reset")
    await forgetful.locator("#f-code").fill(code_in(outside.sms_to(mobile)[0]))
    await forgetful.locator("#f-password").fill(NEXT_PASSWORD)
    await submit(forgetful, "/reset/finish")
    await expect(forgetful.get_by_role("status")).to_contain_text("Your password is set")
    await page.goto("/me")
    await expect(page).to_have_url(re.compile("/sign-in"))
    await sign_in_with(forgetful, mobile, NEXT_PASSWORD)
    await expect(forgetful.locator("form[action='/sign-out']").first).to_be_attached()


@pytest.mark.feature(38)
async def test_a_master_invites_a_colleague_and_takes_a_permission_away(browse: Browsers, outside: Outside) -> None:
    address = f"colleague-{secrets.token_hex(4)}@yanxi.example"
    gu = await browse("gu")
    await gu.goto("/people")
    await gu.locator("#f-name").fill("许安")
    await gu.locator("#f-address").fill(address)
    await submit(gu, "/people")
    await expect(gu.get_by_role("status").first).to_contain_text("Invited")
    mail = await outside.mail_to(address, "/reset")
    colleague = await browse.visitor()
    await colleague.goto(re.sub(r".*(/reset).*", r"\1", mail["text"], flags=re.DOTALL))
    await colleague.locator("#f-address").fill(address)
    await submit(colleague, "/reset")
    code = code_in((await outside.mail_to(address, "重设密码验证码"))["text"])
    await colleague.locator("#f-code").fill(code)
    await colleague.locator("#f-password").fill(PASSWORD)
    await submit(colleague, "/reset/finish")
    await sign_in_with(colleague, address, PASSWORD)
    await colleague.goto("/consumption")
    await expect(colleague.get_by_role("heading", level=1)).to_have_text("What shall be invoiced?")
    row = gu.get_by_role("row").filter(has_text=address)
    await gu.goto("/people")
    await row.get_by_role("checkbox", name="Choose consumption").uncheck()
    await row.get_by_role("button", name="Keep").click()
    await expect(gu.get_by_role("status").first).to_contain_text("Permissions changed")
    await sign_in_with(colleague, address, PASSWORD)
    await colleague.goto("/consumption")
    await expect(colleague.get_by_role("heading", level=1)).to_have_text("You are not permitted to do this")
    await expect(colleague.locator("main")).to_contain_text("顾言")
    await gu.goto("/people")
    await row.get_by_role("button", name="End access").click()
    await expect(gu.get_by_role("status").first).to_contain_text("Access ended")
    await colleague.goto("/me")
    await expect(colleague).to_have_url(re.compile("/sign-in"))


@pytest.mark.feature(38)
async def test_staff_open_nothing_before_the_second_factor_and_no_code_counts_twice(browse: Browsers) -> None:
    page = await browse.visitor()
    await sign_in_with(page, "tang", DEMO_PASSWORD)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    for path in ("/audit", "/applications", "/me"):
        await page.goto(path)
        await expect(page).to_have_url(re.compile("/sign-in"))
    await page.goto("/second-factor")
    code = codes("tang")[1]
    await page.locator("#f-code").fill(code)
    await submit(page, "/second-factor")
    await expect(page.locator("form[action='/sign-out']").first).to_be_attached()
    other = await browse.visitor()
    await sign_in_with(other, "tang", DEMO_PASSWORD)
    await other.locator("#f-code").fill(code)
    await submit(other, "/second-factor")
    await expect(other.locator("#f-code-error")).to_contain_text("was used before")
    await page.goto("/me")
    await expect(page.get_by_role("row").filter(has_text="this one")).to_be_visible()
