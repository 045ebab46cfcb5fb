"""The web process over a real SQLite file, with people of every role. Temporal is a recording stand-in where a test asks."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlmodel import select

from domain.access import Role
from domain.ports import StoredDocument
from infra.database import Database, make_engine
from infra.migrations import upgrade
from infra.people import hash_password, open_session
from infra.settings import Settings
from infra.tables import AccountRow, EnterpriseRow, UserRow
from tests.fakes import FakeAttachments, FakeInbox, FakePost
from web.app import create_app
from web.pages import Pages

PASSWORD = "correct horse 9"
NOW = datetime(2026, 11, 20, 6, 32, tzinfo=UTC)
"""Friday 2026-11-20 14:32 in China, the pictures' now."""

hashed = cache(hash_password)


@dataclass
class Clock:
    moment: datetime = NOW

    def __call__(self) -> datetime:
        return self.moment


class NoDocuments:
    """A store with nothing in it but what a test puts there."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def store(self, content: bytes, media_type: str) -> StoredDocument:
        raise AssertionError("pages store nothing")

    def read(self, sha256: str, media_type: str) -> bytes:
        return self.content[sha256]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, default_locale="en")


@pytest.fixture(scope="session")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the people in it, made once; each test gets a copy."""
    path = tmp_path_factory.mktemp("web") / "filled.db"
    upgrade(f"sqlite:///{path}")
    made = Database(make_engine(f"sqlite:///{path}"))
    with made.write() as session:
        session.add(
            EnterpriseRow(id=1, billing_account_id="b-1", name="北京拾光互动科技有限公司", tax_id="91110105MA7K3R2P5R", verified=True)
        )
        session.add(EnterpriseRow(id=2, billing_account_id="b-2", name="上海远山贸易有限公司", verified=True))
        session.flush()
        session.add(AccountRow(id=1, enterprise_id=1, sub_account_id="a-1", name="拾光互动", is_master=True))
        session.add(AccountRow(id=2, enterprise_id=1, sub_account_id="a-2", name="拾光文化"))
        session.add(AccountRow(id=3, enterprise_id=2, sub_account_id="a-3", name="远山贸易", is_master=True))
        session.flush()
        people: list[tuple[str, str, Role, int | None, int | None]] = [
            ("master", "林澈", Role.CUSTOMER_MASTER, 1, 1),
            ("member", "周屿", Role.CUSTOMER_MEMBER, 1, 2),
            ("other", "陈远", Role.CUSTOMER_MASTER, 2, 3),
            ("reviewer", "沈知夏", Role.REVIEWER, None, None),
            ("operator", "何川", Role.OPERATOR, None, None),
        ]
        for number, (login, name, role, enterprise_id, account_id) in enumerate(people, start=1):
            session.add(
                UserRow(
                    id=number,
                    login=login,
                    password_hash=hashed(PASSWORD),
                    name=name,
                    role=role,
                    enterprise_id=enterprise_id,
                    account_id=account_id,
                )
            )
    with made.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    made.engine.dispose()
    return path


@pytest.fixture
def database(settings: Settings, filled_file: Path) -> Iterator[Database]:
    shutil.copy(filled_file, settings.data_dir / "kaipiao.db")
    made = Database(make_engine(settings.database_url))
    yield made
    made.engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def documents() -> NoDocuments:
    return NoDocuments()


@pytest.fixture
def attachments() -> FakeAttachments:
    return FakeAttachments()


@pytest.fixture
def inbox() -> FakeInbox:
    return FakeInbox()


@pytest.fixture
def post() -> FakePost:
    """Keeps the letters that pages send."""
    return FakePost()


@pytest.fixture
def temporal() -> Any:
    """The client that pages use; tests of starts and signals override this."""
    return None


@pytest.fixture
def app(
    settings: Settings,
    database: Database,
    clock: Clock,
    documents: NoDocuments,
    attachments: FakeAttachments,
    inbox: FakeInbox,
    post: FakePost,
    temporal: Any,
) -> Iterator[FastAPI]:
    made = create_app(
        settings,
        database=database,
        documents=documents,
        attachments=attachments,
        inbox=inbox,
        post=post,
        pages=Pages(settings, clock),
        temporal=temporal,
    )
    yield made
    for pool in (made.state.services.executor, made.state.services.hashing, made.state.services.sending):
        pool.shutdown()


def id_of(database: Database, login: str) -> int:
    with database.read() as session:
        found = session.exec(select(UserRow.id).where(UserRow.login == login)).one()
    assert found is not None
    return found


class Browser(httpx.AsyncClient):
    """Keeps cookies and follows redirects, like a browser; `post_form` sends the session's token along."""

    token = ""

    async def post_form(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> httpx.Response:
        return await self.post(path, data={"csrf": self.token, **(data or {})}, **kwargs)


Visit = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def visit(app: FastAPI, database: Database, clock: Clock) -> AsyncIterator[Visit]:
    """`await visit("master")` is a browser that is signed in; `await visit()` is one that is not.

    Staff are given their whole session behind the second factor, which has tests of its own and takes each code once.
    """
    opened: list[Browser] = []

    async def open_browser(login: str = "", language: str = "en") -> Browser:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        browser = Browser(transport=transport, base_url="http://kaipiao.test", headers={"accept-language": language})
        opened.append(browser)
        if login:
            answer = await browser.post("/sign-in", data={"login": login, "password": PASSWORD, "next": "/me"})
            assert answer.status_code == 303, answer.text
            if answer.headers["location"].startswith("/second-factor"):
                browser.cookies.set("kaipiao", open_session(database, id_of(database, login), clock.moment))
            page = await browser.get("/me")
            browser.token = page.text.split('name="csrf" value="')[1].split('"')[0]
        return browser

    yield open_browser
    for browser in opened:
        await browser.aclose()
