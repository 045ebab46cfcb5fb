"""Sign-in, sessions, and what keeps other sites out."""

from datetime import timedelta

import pytest
from sqlmodel import select

from infra.database import Database
from infra.tables import SessionRow
from tests.web.conftest import PASSWORD, Clock, Visit


async def test_a_person_signs_in_and_lands_where_they_wanted(visit: Visit) -> None:
    browser = await visit()
    first = await browser.get("/me?x=1")
    assert first.status_code == 303
    assert first.headers["location"] == "/sign-in?next=%2Fme%3Fx%3D1"
    answer = await browser.post("/sign-in", data={"login": "master", "password": PASSWORD, "next": "/me?x=1"})
    assert answer.headers["location"] == "/me?x=1"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "林澈" in (await browser.get("/me")).text


@pytest.mark.parametrize(("login", "password"), [("master", "wrong"), ("nobody", PASSWORD)])
async def test_a_wrong_sign_in_says_the_same_for_login_and_password(visit: Visit, login: str, password: str) -> None:
    browser = await visit()
    answer = await browser.post("/sign-in", data={"login": login, "password": password})
    assert answer.status_code == 422
    assert "do not fit" in answer.text
    assert "kaipiao" not in browser.cookies


async def test_the_sixth_try_has_to_wait_even_with_the_right_password(visit: Visit, clock: Clock) -> None:
    browser = await visit()
    for _ in range(5):
        await browser.post("/sign-in", data={"login": "master", "password": "wrong"})
    assert (await browser.post("/sign-in", data={"login": "master", "password": PASSWORD})).status_code == 429
    clock.moment += timedelta(minutes=15)
    assert (await browser.post("/sign-in", data={"login": "master", "password": PASSWORD})).status_code == 303


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example"])
async def test_sign_in_leads_nowhere_else(visit: Visit, target: str) -> None:
    browser = await visit()
    answer = await browser.post("/sign-in", data={"login": "master", "password": PASSWORD, "next": target})
    assert answer.headers["location"] == "/"


async def test_the_cookie_changes_at_sign_in_and_the_old_session_ends(visit: Visit) -> None:
    browser = await visit("master")
    old = browser.cookies["kaipiao"]
    await browser.post("/sign-in", data={"login": "master", "password": PASSWORD})
    assert browser.cookies["kaipiao"] != old
    browser.cookies.clear()
    browser.cookies.set("kaipiao", old)
    assert (await browser.get("/me")).status_code == 303


@pytest.mark.parametrize(("steps", "open_still"), [([29], True), ([31], False), ([29] * 25, False)])
async def test_a_session_ends_by_idling_and_by_age(visit: Visit, clock: Clock, steps: list[int], open_still: bool) -> None:
    browser = await visit("master")
    status = 0
    for minutes in steps:
        clock.moment += timedelta(minutes=minutes)
        status = (await browser.get("/me")).status_code
    assert (status == 200) is open_still


async def test_only_the_hash_of_the_cookie_is_stored(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    with database.read() as session:
        stored = list(session.exec(select(SessionRow.token_hash)))
    assert len(stored) == 1
    assert browser.cookies["kaipiao"] not in stored[0]


async def test_a_form_without_the_sessions_token_is_refused(visit: Visit) -> None:
    browser = await visit("master")
    other = await visit("other")
    assert (await browser.post("/sign-out", data={})).status_code == 403
    assert (await browser.post("/sign-out", data={"csrf": other.token})).status_code == 403
    assert (await browser.get("/me")).status_code == 200
    assert (await browser.post_form("/sign-out")).status_code == 303
    assert (await browser.get("/me")).status_code == 303


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}, {"origin": "null"}]
)
async def test_another_sites_form_is_refused(visit: Visit, headers: dict[str, str]) -> None:
    browser = await visit("master")
    assert (await browser.post_form("/sign-out", headers=headers)).status_code == 403
    assert (await browser.post("/sign-in", data={"login": "other", "password": PASSWORD}, headers=headers)).status_code == 403


async def test_the_language_is_kept_and_the_page_stays(visit: Visit) -> None:
    browser = await visit("master", language="en-GB,en;q=0.9")
    assert "Sign out" in (await browser.get("/me")).text
    answer = await browser.post("/language", data={"lang": "zh", "next": "/me?a=b"})
    assert answer.headers["location"] == "/me?a=b"
    page = (await browser.get("/me")).text
    assert '<html lang="zh-CN">' in page
    assert "退出" in page


async def test_every_answer_carries_the_security_headers(visit: Visit) -> None:
    browser = await visit("master")
    for path in ("/me", "/sign-in", "/nothing-here", "/static/kaipiao.css", "/health"):
        headers = (await browser.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert ("no-store" in headers["cache-control"]) is not path.startswith("/static/")
