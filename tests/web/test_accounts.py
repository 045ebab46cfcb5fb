"""Registering, codes, resetting, the second factor and one's own sessions, at the pages."""

from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlmodel import select

from infra.database import Database
from infra.factor_keys import factor_keys
from infra.people import open_session
from infra.settings import Settings
from infra.tables import AuditRow, CodeRow, ConsentRow, EnterpriseRow, UserRow
from tests.fakes import FakePost
from tests.web.conftest import NOW, PASSWORD, Browser, Clock, Visit, id_of

REGISTRATION = {
    "kind": "enterprise",
    "company": "苏州砚溪智能制造有限公司",
    "licence": "91320505MA6T8N3W1B",
    "name": "顾言",
    "mobile": "13912340067",
    "email": "gu@yanxi.example",
    "by": "mail",
    "terms": "true",
}
NEW_PASSWORD = "rain on the old pond"


@pytest.fixture
def contacts(database: Database) -> None:
    """The master's number and address, both confirmed."""
    with database.write() as session:
        user = session.get_one(UserRow, id_of(database, "master"))
        user.phone, user.email = "13800138826", "lin@shiguang.example"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def csrf_of(page: httpx.Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]


async def sign_in(browser: Browser, login: str, password: str) -> int:
    return (await browser.post("/sign-in", data={"login": login, "password": password})).status_code


# Registering


async def test_a_new_company_gets_an_unverified_account_with_a_master(visit: Visit, post: FakePost, database: Database) -> None:
    browser = await visit()
    sent = await browser.post("/register", data=REGISTRATION)
    assert sent.status_code == 200
    assert REGISTRATION["company"] in sent.text
    assert [address for address, _ in post.sent] == ["gu@yanxi.example"]
    form = {**REGISTRATION, "code": post.code_to("gu@yanxi.example"), "password": NEW_PASSWORD}
    done = await browser.post("/register/finish", data=form)
    assert done.status_code == 303
    page = (await browser.get("/me")).text
    assert "Master account" in page
    with database.read() as session:
        user = session.exec(select(UserRow).where(UserRow.login == "gu@yanxi.example")).one()
        enterprise = session.get_one(EnterpriseRow, user.enterprise_id)
        consents = {row.document for row in session.exec(select(ConsentRow).where(ConsentRow.user_id == user.id))}
        deeds = [row.action for row in session.exec(select(AuditRow).where(AuditRow.tenant == enterprise.id))]
    assert (enterprise.name, enterprise.tax_id, enterprise.verified, enterprise.kind) == (
        REGISTRATION["company"],
        REGISTRATION["licence"],
        False,
        "enterprise",
    )
    assert (user.email_confirmed, user.phone, user.phone_confirmed) == (True, "13912340067", False)
    assert consents == {"terms", "privacy"}
    assert deeds == ["register"]
    assert (await browser.post("/register/finish", data=form)).status_code == 422


async def test_a_person_registers_without_company_and_licence(visit: Visit, post: FakePost, database: Database) -> None:
    browser = await visit()
    form = {"kind": "personal", "name": "顾言", "mobile": "139 1234 0067", "by": "sms", "terms": "true"}
    await browser.post("/register", data=form)
    answer = await browser.post("/register/finish", data={**form, "code": post.code_to("13912340067"), "password": NEW_PASSWORD})
    assert answer.status_code == 303
    with database.read() as session:
        user = session.exec(select(UserRow).where(UserRow.login == "13912340067")).one()
        assert session.get_one(EnterpriseRow, user.enterprise_id).kind == "personal"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"licence": "91320505MA6T9N3W1B"}, "does not check out at character"),
        ({"mobile": "12"}, "11 digits"),
        ({"email": "gu@"}, "name@company.cn"),
        ({"company": ""}, "Fill this in"),
        ({"terms": ""}, "Tick that you agree"),
    ],
)
async def test_a_wrong_entry_is_named_kept_and_nothing_is_sent(visit: Visit, post: FakePost, changed: dict[str, str], says: str) -> None:
    answer = await (await visit()).post("/register", data={**REGISTRATION, **changed})
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="顾言"' in answer.text
    assert post.sent == []


@pytest.mark.parametrize(("password", "says"), [("short", "At least 8"), ("password1", "guessed first"), ("13912340067", "your own")])
async def test_a_bad_password_uses_no_code_up(visit: Visit, post: FakePost, password: str, says: str) -> None:
    browser = await visit()
    await browser.post("/register", data=REGISTRATION)
    form = {**REGISTRATION, "code": post.code_to("gu@yanxi.example")}
    refused = await browser.post("/register/finish", data={**form, "password": password})
    assert refused.status_code == 422
    assert says in refused.text
    assert (await browser.post("/register/finish", data={**form, "password": NEW_PASSWORD})).status_code == 303


async def test_nobody_registers_an_address_or_learns_of_it_without_its_code(visit: Visit, post: FakePost, contacts: None) -> None:
    browser = await visit()
    unknown = await browser.post("/register", data={**REGISTRATION, "email": "nobody@shiguang.example"})
    known = await browser.post("/register", data={**REGISTRATION, "email": "lin@shiguang.example"})
    assert known.text.replace("lin@shiguang.example", "") == unknown.text.replace("nobody@shiguang.example", "")
    form = {**REGISTRATION, "email": "lin@shiguang.example", "password": NEW_PASSWORD}
    guessed = await browser.post("/register/finish", data={**form, "code": wrong(post.code_to("lin@shiguang.example"))})
    assert "wrong, used or too old" in guessed.text
    taken = await browser.post("/register/finish", data={**form, "code": post.code_to("lin@shiguang.example")})
    assert "An account signs in with this address already" in taken.text


async def test_a_verified_companys_licence_cannot_be_registered_again(visit: Visit, post: FakePost) -> None:
    browser = await visit()
    form = {**REGISTRATION, "licence": "91110105MA7K3R2P5R"}
    await browser.post("/register", data=form)
    answer = await browser.post("/register/finish", data={**form, "code": post.code_to("gu@yanxi.example"), "password": NEW_PASSWORD})
    assert "Ask its master account to invite you" in answer.text


# Codes


@pytest.mark.parametrize("address", ["13800138826", "lin@shiguang.example"])
async def test_a_code_by_sms_or_mail_signs_in_once(visit: Visit, post: FakePost, contacts: None, address: str) -> None:
    browser = await visit()
    await browser.post("/sign-in/code", data={"address": address, "next": "/titles"})
    form = {"address": address, "code": post.code_to(address), "next": "/titles"}
    refused = await browser.post("/sign-in/with-code", data={**form, "code": wrong(form["code"])})
    assert refused.status_code == 422
    answer = await browser.post("/sign-in/with-code", data=form)
    assert answer.headers["location"] == "/titles"
    assert (await (await visit()).post("/sign-in/with-code", data=form)).status_code == 422


@pytest.mark.parametrize("path", ["/sign-in/code", "/reset"])
async def test_the_page_does_not_say_whether_an_address_is_known(visit: Visit, post: FakePost, contacts: None, path: str) -> None:
    browser = await visit()
    known = await browser.post(path, data={"address": "13800138826"})
    unknown = await browser.post(path, data={"address": "13800138827"})
    assert known.text.replace("13800138826", "") == unknown.text.replace("13800138827", "")
    assert len(post.sent) == 2
    assert "没有对应的账号" in post.sent[1][1].text or "has no account" in post.sent[1][1].text


async def test_a_failure_to_send_is_told_and_the_entry_kept(visit: Visit, post: FakePost, contacts: None) -> None:
    post.down = True
    answer = await (await visit()).post("/sign-in/code", data={"address": "lin@shiguang.example"})
    assert answer.status_code == 422
    assert "could not be sent" in answer.text
    assert "lin@shiguang.example" in answer.text


async def test_codes_are_written_in_the_receivers_language(visit: Visit, post: FakePost, contacts: None, database: Database) -> None:
    browser = await visit("master", language="en")
    await browser.post("/language", data={"lang": "zh"})
    with database.read() as session:
        assert session.get_one(UserRow, id_of(database, "master")).locale == "zh"
    await (await visit(language="en")).post("/sign-in/code", data={"address": "13800138826"})
    assert "登录验证码" in post.sent[-1][1].sms


async def test_whoever_guessed_too_many_passwords_comes_in_by_a_code(visit: Visit, post: FakePost, contacts: None) -> None:
    browser = await visit()
    for _ in range(5):
        await sign_in(browser, "lin@shiguang.example", "wrong password")
    assert await sign_in(browser, "lin@shiguang.example", PASSWORD) == 429
    await browser.post("/sign-in/code", data={"address": "lin@shiguang.example"})
    form = {"address": "lin@shiguang.example", "code": post.code_to("lin@shiguang.example")}
    assert (await browser.post("/sign-in/with-code", data=form)).status_code == 303


# A new password


async def test_a_reset_sets_the_password_once_and_ends_every_session(visit: Visit, post: FakePost, contacts: None) -> None:
    signed_in, browser = await visit("master"), await visit()
    await browser.post("/reset", data={"address": "13800138826"})
    form = {"address": "13800138826", "code": post.code_to("13800138826"), "password": NEW_PASSWORD}
    assert "guessed first" in (await browser.post("/reset/finish", data={**form, "password": "password1"})).text
    assert "your own name" in (await browser.post("/reset/finish", data={**form, "password": "lin@shiguang.example"})).text
    assert (await browser.post("/reset/finish", data=form)).headers["location"] == "/sign-in?done=reset"
    assert (await signed_in.get("/me")).status_code == 303
    assert (await browser.post("/reset/finish", data=form)).status_code == 422
    assert await sign_in(browser, "master", PASSWORD) == 422
    assert await sign_in(browser, "master", NEW_PASSWORD) == 303


async def test_a_sign_in_code_sets_no_password(visit: Visit, post: FakePost, contacts: None) -> None:
    browser = await visit()
    await browser.post("/sign-in/code", data={"address": "13800138826"})
    form = {"address": "13800138826", "code": post.code_to("13800138826"), "password": NEW_PASSWORD}
    assert (await browser.post("/reset/finish", data=form)).status_code == 422


# The second factor


async def test_staff_set_the_second_factor_up_and_are_nobody_before(visit: Visit, clock: Clock) -> None:
    browser = await visit()
    answer = await browser.post("/sign-in", data={"login": "operator", "password": PASSWORD, "next": "/imports"})
    assert answer.headers["location"] == "/second-factor?next=%2Fimports"
    half = browser.cookies["kaipiao"]
    for path in ("/imports", "/me", "/", "/operators", "/search?q=x"):
        assert (await browser.get(path)).status_code == 303, path
    page = await browser.get("/second-factor?next=/imports")
    assert "<svg" in page.text
    secret = page.text.split('id="factor-key">')[1].split("<")[0].replace(" ", "")
    form = {"csrf": csrf_of(page), "code": pyotp.TOTP(secret).at(clock.moment), "next": "/imports"}
    assert (await browser.post("/second-factor", data={**form, "csrf": "forged"})).status_code == 403
    assert (await browser.post("/second-factor", data={**form, "code": wrong(form["code"])})).status_code == 422
    assert (await browser.post("/second-factor", data=form)).headers["location"] == "/imports"
    assert browser.cookies["kaipiao"] != half
    assert (await browser.get("/imports")).status_code == 200
    again = await visit()
    await again.post("/sign-in", data={"login": "operator", "password": PASSWORD})
    page = await again.get("/second-factor")
    assert "factor-key" not in page.text
    used = await again.post("/second-factor", data={**form, "csrf": csrf_of(page)})
    assert used.status_code == 422
    assert "was used before" in used.text


async def test_the_second_factor_is_asked_for_after_a_code_too_and_guessing_it_ends(
    visit: Visit, post: FakePost, database: Database, settings: Settings
) -> None:
    with database.write() as session:
        user = session.get_one(UserRow, id_of(database, "operator"))
        user.email, user.totp_secret = "shen@kaipiao.example", factor_keys(settings).seal(pyotp.random_base32(), user.id or 0)
    browser = await visit()
    await browser.post("/sign-in/code", data={"address": "shen@kaipiao.example"})
    form = {"address": "shen@kaipiao.example", "code": post.code_to("shen@kaipiao.example")}
    assert (await browser.post("/sign-in/with-code", data=form)).headers["location"] == "/second-factor"
    token = csrf_of(await browser.get("/second-factor"))
    answers = [(await browser.post("/second-factor", data={"csrf": token, "code": "000000"})).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    assert (await browser.post("/second-factor/leave", data={"csrf": token})).headers["location"] == "/sign-in"
    assert (await browser.get("/second-factor")).headers["location"] == "/sign-in"


# My sessions and my password


async def test_my_sessions_are_listed_and_ended(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/128.0 Safari/537.36"
    others = [open_session(database, id_of(database, "master"), NOW, address=f"10.0.0.{n}", browser=agent) for n in range(2)]
    foreign = await visit("other")
    page = (await browser.get("/me")).text
    assert "Chrome 128, Windows" in page
    assert "10.0.0.1" in page
    ids = [part.split("/end")[0] for part in page.split("/me/sessions/")[1:] if not part.startswith("others")]
    assert len(ids) == 2
    assert (await foreign.post_form(f"/me/sessions/{ids[0]}/end")).status_code == 404
    assert (await browser.post_form(f"/me/sessions/{ids[0]}/end")).status_code == 303
    assert (await browser.post_form(f"/me/sessions/{ids[0]}/end")).status_code == 404
    assert (await browser.post_form("/me/sessions/others/end")).status_code == 303
    for cookie in others:
        stranger = await visit()
        stranger.cookies.set("kaipiao", cookie)
        assert (await stranger.get("/me")).status_code == 303
    assert (await browser.get("/me")).status_code == 200
    assert (await foreign.get("/me")).status_code == 200


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(visit: Visit) -> None:
    browser, other = await visit("master"), await visit("master")
    for form, says in (
        ({"old": "wrong one", "password": NEW_PASSWORD}, "not your password now. You can try 4"),
        ({"old": PASSWORD, "password": "12345678"}, "guessed first"),
        ({"old": PASSWORD, "password": PASSWORD}, "the password you have"),
    ):
        answer = await browser.post_form("/me/password", form)
        assert answer.status_code == 422
        assert says in answer.text
    assert (await browser.post_form("/me/password", {"old": PASSWORD, "password": NEW_PASSWORD})).status_code == 303
    assert (await browser.get("/me")).status_code == 200
    assert (await other.get("/me")).status_code == 303


async def test_a_number_is_confirmed_by_its_code_and_signs_in_from_then_on(visit: Visit, post: FakePost, database: Database) -> None:
    browser = await visit("master")
    await browser.post_form("/me/contact", {"address": "138 0013 8826"})
    form = {"address": "13800138826", "code": post.code_to("13800138826")}
    assert (await browser.post_form("/me/contact/confirm", {**form, "code": wrong(form["code"])})).status_code == 422
    assert (await browser.post_form("/me/contact/confirm", form)).status_code == 303
    assert await sign_in(await visit(), "13800138826", PASSWORD) == 303
    with database.read() as session:
        assert [row.purpose for row in session.exec(select(CodeRow))] == ["contact"]


async def test_a_replaced_number_signs_in_no_more_gets_no_code_and_is_free(visit: Visit, post: FakePost) -> None:
    old, new = "13900013333", "13900014444"
    form = {"kind": "personal", "name": "顾言", "mobile": old, "by": "sms", "terms": "true"}
    browser, stranger = await visit(), await visit()
    await browser.post("/register", data=form)
    assert (await browser.post("/register/finish", data={**form, "code": post.code_to(old), "password": PASSWORD})).status_code == 303
    browser.token = csrf_of(await browser.get("/me"))
    await browser.post_form("/me/contact", {"address": new})
    assert (await browser.post_form("/me/contact/confirm", {"address": new, "code": post.code_to(new)})).status_code == 303
    assert await sign_in(stranger, old, PASSWORD) == 422
    await stranger.post("/reset", data={"address": old})
    assert "has no account" in post.sent[-1][1].text
    await stranger.post("/register", data=form)
    done = await stranger.post("/register/finish", data={**form, "code": post.code_to(old), "password": NEW_PASSWORD})
    assert done.status_code == 303
    assert await sign_in(await visit(), old, NEW_PASSWORD) == 303
    assert await sign_in(await visit(), new, PASSWORD) == 303


async def test_a_log_in_that_is_no_address_stays_when_the_number_changes(visit: Visit, post: FakePost, contacts: None) -> None:
    browser = await visit("master")
    await browser.post_form("/me/contact", {"address": "13900014444"})
    form = {"address": "13900014444", "code": post.code_to("13900014444")}
    assert (await browser.post_form("/me/contact/confirm", form)).status_code == 303
    assert await sign_in(await visit(), "master", PASSWORD) == 303
    assert await sign_in(await visit(), "13800138826", PASSWORD) == 422


async def test_somebody_whose_access_ended_registers_and_the_old_entry_stays(visit: Visit, post: FakePost, database: Database) -> None:
    with database.write() as session:
        member = session.get_one(UserRow, id_of(database, "member"))
        member.login = member.phone = "13912340067"
        member.disabled = True
    browser = await visit()
    form = {"kind": "personal", "name": "顾言", "mobile": "13912340067", "by": "sms", "terms": "true"}
    await browser.post("/register", data=form)
    answer = await browser.post("/register/finish", data={**form, "code": post.code_to("13912340067"), "password": NEW_PASSWORD})
    assert answer.status_code == 303
    with database.read() as session:
        old = session.get_one(UserRow, 2)
        assert (old.login, old.name, old.phone, old.disabled) == ("ended-2", "周屿", "13912340067", True)
    refused = await (await visit("master")).post_form("/people/2/resume")
    assert "cannot be used here" in refused.text


async def test_a_proved_reset_lifts_the_lock_of_that_log_in_only(visit: Visit, post: FakePost, contacts: None) -> None:
    browser = await visit()
    for login in ("master", "13800138826", "other"):
        for _ in range(5):
            await sign_in(browser, login, "wrong")
    locked = await browser.post("/sign-in", data={"login": "master", "password": PASSWORD})
    assert locked.status_code == 429
    assert "Sign in by a code now" in locked.text
    await browser.post("/reset", data={"address": "13800138826"})
    form = {"address": "13800138826", "code": post.code_to("13800138826"), "password": NEW_PASSWORD}
    assert (await browser.post("/reset/finish", data=form)).status_code == 303
    for login in ("master", "13800138826"):
        assert await sign_in(browser, login, NEW_PASSWORD) == 303
    assert await sign_in(browser, "other", PASSWORD) == 429


async def test_the_last_try_is_counted_in_the_singular(visit: Visit) -> None:
    browser = await visit()
    pages = [(await browser.post("/sign-in", data={"login": "master", "password": "wrong"})).text for _ in range(4)]
    assert "2 more times" in pages[2]
    assert "try once more" in pages[3]


async def test_another_ones_number_cannot_be_taken(visit: Visit, post: FakePost, contacts: None) -> None:
    browser = await visit("other")
    await browser.post_form("/me/contact", {"address": "13800138826"})
    answer = await browser.post_form("/me/contact/confirm", {"address": "13800138826", "code": post.code_to("13800138826")})
    assert "An account signs in with this address already" in answer.text


async def test_a_company_account_says_why_it_is_not_possible(visit: Visit) -> None:
    page = (await (await visit()).get("/sign-in?by=company")).text
    assert "No company account is connected" in page
    assert 'aria-disabled="true"' in page


async def test_an_hour_of_guessing_from_one_place_reaches_few(visit: Visit, clock: Clock) -> None:
    """One password over many log-ins (A2): the place is stopped, another place is not."""
    browser = await visit()
    statuses = [await sign_in(browser, f"user-{number}", "summer time") for number in range(105)]
    assert statuses == [422] * 100 + [429] * 5
    clock.moment += timedelta(minutes=16)
    assert await sign_in(browser, "master", PASSWORD) == 303
