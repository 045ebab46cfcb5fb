"""The headers of every answer of every route: pages, refusals, redirects, downloads."""

from tests.campaigns.authz import address, thing_of
from tests.campaigns.authz_table import TABLE
from tests.campaigns.people_and_things import World
from tests.web.worlds import world
from web.security import HEADERS

__all__ = ["world"]

KEPT_BY_BROWSERS = {"/invoices/{invoice_id}/{name}.{form}"}
"""Documents may be kept by the person's own browser, but asked for anew each time."""


async def test_every_answer_of_every_route_carries_the_headers(world: World) -> None:
    policies = set()
    for line in TABLE:
        for login in ("master", "service", "nobody"):
            thing = thing_of(world, line, login, "own" if not line.by_person else "unknown") if line.kind else ""
            answer = await world.ask(login, line.method, address(line, thing or ""), dict(line.form))
            where = f"{line.method} {line.path} as {login}: {answer.status_code}"
            for name, value in HEADERS.items():
                assert answer.headers.get(name) == value, f"{name}, {where}"
            kept = answer.headers.get("cache-control", "")
            assert kept == "no-store" or (line.path in KEPT_BY_BROWSERS and kept == "private, no-cache"), f"{kept}, {where}"
            policies.add(answer.headers["content-security-policy"])
            if cookie := answer.headers.get("set-cookie"):
                assert "HttpOnly" in cookie or 'kaipiao=""' in cookie, where
                assert "samesite=lax" in cookie.lower(), where
    (policy,) = policies
    for word in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert word in policy
    assert "unsafe" not in policy


async def test_files_of_ours_may_be_kept_and_carry_them_too(world: World) -> None:
    answer = await world.ask("nobody", "GET", "/static/kaipiao.css")
    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)
    assert "immutable" in answer.headers["cache-control"]
