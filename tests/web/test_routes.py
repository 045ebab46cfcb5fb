"""Every route against everybody: who gets in, who is sent to sign in, and what a forged form gets."""

import re
from collections.abc import Iterator

import pytest
from annotated_types import Le
from fastapi import FastAPI
from fastapi.routing import APIRoute

from infra.database import Database
from tests.web.conftest import Visit
from tests.web.rows import add_catalogue
from tests.web.temporal import RecordingTemporal
from web.cursors import LARGEST_ID

OPEN = {"/health", "/sign-in", "/register", "/reset", "/help", "/help/{slug}", "/status", "/terms", "/privacy"}
OPEN_FORMS = {"/again", "/language", "/second-factor", "/second-factor/leave", "/announcements/close"}
"""And all under the addresses of OPEN: nobody is signed in there, so that the browser's own word on where a form comes from guards them."""
PROGRAMS = "/api/"
"""Programs show a key of their own in a header: a session is worth nothing there, and neither is its token."""
CUSTOMERS, STAFF, EVERYBODY = {"master", "member"}, {"reviewer", "operator"}, {"master", "member", "reviewer", "operator"}

ALLOWED: dict[str, set[str]] = {
    "/": EVERYBODY,
    "/me": EVERYBODY,
    "/me/data": EVERYBODY,
    "/catalogue": EVERYBODY,
    "/catalogue/export.csv": EVERYBODY,
    "/announcements": {"operator"},
    "/search": EVERYBODY,
    "/applications": EVERYBODY,
    "/applications/export.csv": EVERYBODY,
    "/invoices": EVERYBODY,
    "/consumption": CUSTOMERS,
    "/consumption/sum": CUSTOMERS,
    "/apply/split": CUSTOMERS,
    "/consumption/statements": CUSTOMERS,
    "/consumption/amount": CUSTOMERS,
    "/back-invoicing": CUSTOMERS,
    "/back-invoicing/new": CUSTOMERS,
    "/desk/back-invoicing": set(),
    "/desk/review-policy": set(),
    "/desk/promises": set(),
    "/desk/promises/export.csv": set(),
    "/desk/promises/days.csv": set(),
    "/desk/review-phrases": set(),
    "/review/bulk": {"reviewer"},
    "/review/bulk/preview": {"reviewer"},
    "/review/bulk/result": {"reviewer"},
    "/review/team": set(),
    "/review/team.csv": set(),
    "/review/absences": {"reviewer"},
    "/apply": CUSTOMERS,
    "/balance": CUSTOMERS,
    "/balance.json": CUSTOMERS,
    "/balance/export.csv": CUSTOMERS,
    "/titles": CUSTOMERS,
    "/titles/export.csv": CUSTOMERS,
    "/titles/desk": set(),
    "/receivers": CUSTOMERS,
    "/people": {"master"},
    "/people/approval": {"master"},
    "/support": CUSTOMERS,
    "/support/new": CUSTOMERS,
    "/desk/tickets": set(),
    "/authentication": CUSTOMERS,
    "/identity": set(),
    "/review": {"reviewer"},
    "/receiving": {"operator"},
    "/imports": {"operator"},
    "/operators": {"operator"},
    "/billing-accounts": {"operator"},
    "/imports/orders-template.xlsx": {"operator"},
    "/reference/rates": {"operator"},
    "/reference/templates": {"operator"},
    "/reference/services": {"operator"},
    "/reference/assisted": {"operator"},
    "/arrears": {"operator"},
    "/top-ups": {"operator"},
    "/consumption/top-ups": CUSTOMERS,
    "/desk/statements": {"operator"},
    "/statements": CUSTOMERS,
    "/calendar": {"operator"},
    "/apply/excel": CUSTOMERS,
    "/apply/excel/template.xlsx": CUSTOMERS,
    "/titles/excel": CUSTOMERS,
    "/titles/excel/template.xlsx": CUSTOMERS,
    "/import-keys": {"operator"},
}
"""Pages without a parameter, and who may open them. Rights themselves stand in domain/access.py."""


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)


def all_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of ours, those of included routers too."""
    waiting = list(app.routes)
    while waiting:
        route = waiting.pop()
        if isinstance(route, APIRoute):
            yield route
        else:
            waiting += getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None) or []


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and path of each."""
    for route in all_routes(app):
        for method in route.methods or ():
            yield method, route.path


def filled(path: str) -> str:
    """A path with its places filled: any text, a number for those that take one, a document's name."""
    path = (
        path.replace("{name}.{form}", "blue.pdf").replace("{title_id}", "1").replace("{receiver_id}", "1").replace("{attachment_id}", "1")
    )
    return re.sub(r"\{\w+\}", "x", path)


def test_the_walk_finds_the_routes(app: FastAPI) -> None:
    found = set(routes(app))
    assert {("GET", "/consumption"), ("POST", "/applications"), ("GET", "/invoices/{invoice_id}")} <= found
    assert len(found) > 25


def test_a_number_in_an_address_is_one_that_the_database_can_hold(app: FastAPI) -> None:
    """SQLite refuses a larger one with an OverflowError, which would be an error of ours."""
    numbers = [
        (route.path, name, field.field_info)
        for route in all_routes(app)
        for name, field in ((field.name, field) for field in route.dependant.path_params)
        if field.field_info.annotation is int
    ]
    assert len(numbers) > 10
    largest = {(path, name): [each.le for each in info.metadata if isinstance(each, Le)] for path, name, info in numbers}
    assert {place for place, limits in largest.items() if not limits or limits[0] > LARGEST_ID} == set()  # type: ignore[operator]


async def test_nobody_gets_in_without_signing_in(app: FastAPI, visit: Visit) -> None:
    browser = await visit()
    for method, path in routes(app):
        if method != "GET" or path in OPEN:
            continue
        answer = await browser.get(filled(path))
        if path.startswith(PROGRAMS):
            assert answer.status_code == 401, path
            continue
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path


async def test_no_form_is_taken_without_the_sessions_token(app: FastAPI, visit: Visit) -> None:
    browser = await visit("master")
    for method, path in routes(app):
        if method in {"GET", "HEAD"} or path in OPEN_FORMS or f"/{path.split('/')[1]}" in OPEN:
            continue
        answer = await browser.post(filled(path), data={"csrf": "forged"})
        assert answer.status_code == (401 if path.startswith(("/callbacks/", PROGRAMS)) else 403), path


async def test_each_page_opens_for_those_who_may_and_for_nobody_else(app: FastAPI, visit: Visit) -> None:
    plain = {path for method, path in routes(app) if method == "GET" and "{" not in path} - OPEN
    assert set(ALLOWED) <= plain
    for login in sorted(EVERYBODY):
        browser = await visit(login)
        for path, who in ALLOWED.items():
            status = (await browser.get(path)).status_code
            assert (status in {200, 303}) is (login in who), f"{login} {path} {status}"
            told = {403} if login == "member" else set()  # what the master could permit is named, and whom to ask
            assert status in {200, 303, 404} | told, f"{login} {path} {status}"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_each_page_is_whole_in_both_languages(visit: Visit, language: str) -> None:
    for login in ("master", "operator"):
        browser = await visit(login, language)
        for path, who in ALLOWED.items():
            answer = await browser.get(path)
            if login in who and answer.headers.get("content-type", "").startswith("text/html") and answer.status_code == 200:
                assert "style=" not in answer.text, path
                assert "<script>" not in answer.text, path
                if path not in {"/consumption/sum", "/apply/split"}:
                    assert answer.text.count("<h1") == 1, path
                    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in answer.text, path


async def test_an_error_of_ours_has_a_number_and_the_headers(app: FastAPI, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("web.library.titles", broken)
    answer = await (await visit("master")).get("/titles")
    assert answer.status_code == 500
    assert "Error number" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
