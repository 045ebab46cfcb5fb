"""Announcements: the desk, the banner on every page, closing it; the status page and what it measures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from temporalio.service import RPCError, RPCStatusCode

from infra.audit import broken_entries
from infra.database import Database
from infra.tables import AnnouncementRow, AuditRow, ServiceStatusRow
from tests.web.conftest import Browser, Clock, Visit
from tests.web.rows import add_application, add_catalogue, add_invoice

NEW = {
    "level": "maintenance",
    "title_zh": "今晚维护",
    "title_en": "Maintenance tonight",
    "body_zh": "22:00 到 23:00 不能提交申请。",
    "body_en": "No applications from 22:00 to 23:00.",
    "starts": "2026-11-20T14:00",
    "ends": "2026-11-20T23:00",
    "action": "announce",
}
HOUR = timedelta(hours=1)


class Health:
    """A Temporal client that is only asked for its health."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.service_client = self

    async def check_health(self, **_options: object) -> bool:
        if self.error:
            raise self.error
        return True


@pytest.fixture
def temporal() -> Any:
    return Health()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)


async def announce(browser: Browser, **changes: str) -> None:
    answer = await browser.post_form("/announcements", {**NEW, **changes})
    assert answer.status_code == 303, answer.text


async def test_an_announcement_stands_on_every_page_in_both_languages_until_its_end(visit: Visit, clock: Clock) -> None:
    await announce(await visit("operator"))
    for browser, title in (
        (await visit("master"), "Maintenance tonight"),
        (await visit(), "Maintenance tonight"),
        (await visit("", "zh"), "今晚维护"),
    ):
        for path in ("/help", "/sign-in" if not browser.token else "/titles", "/status", "/nowhere"):
            assert title in (await browser.get(path)).text, path
    clock.moment = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 23:00 in China
    assert "今晚维护" not in (await browser.get("/help")).text


async def test_one_that_begins_later_is_not_shown_before(visit: Visit, clock: Clock) -> None:
    operator, guest = await visit("operator"), await visit()
    await announce(operator, starts="2026-11-20T20:00")
    assert "Maintenance tonight" not in (await guest.get("/help")).text
    assert "Maintenance tonight" in (await guest.get("/status")).text
    clock.moment = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert "Maintenance tonight" in (await guest.get("/help")).text


async def test_a_banner_that_was_hidden_stays_away_until_its_words_change(visit: Visit) -> None:
    operator, guest = await visit("operator"), await visit()
    await announce(operator)
    mark = (await guest.get("/help")).text.split('name="mark" value="')[1].split('"')[0]
    answer = await guest.post("/announcements/close", data={"mark": mark, "next": "/help?q=title"})
    assert answer.headers["location"] == "/help?q=title"
    assert "Maintenance tonight" not in (await guest.get("/help")).text
    assert "Maintenance tonight" in (await (await visit()).get("/help")).text
    version = mark.split("-")[1]
    await operator.post_form("/announcements/1", {**NEW, "title_en": "Maintenance tomorrow", "version": version})
    assert "Maintenance tomorrow" in (await guest.get("/help")).text


@pytest.mark.parametrize("mark", ["", "x", "1-", "../../etc", "1-zzzzzzzz", "9" * 30 + "-00000000", "1-abcdef01; HttpOnly"])
async def test_a_mark_of_nothing_changes_nothing(visit: Visit, mark: str) -> None:
    answer = await (await visit()).post("/announcements/close", data={"mark": mark, "next": "//evil.example"})
    assert answer.status_code in {303, 422}
    assert "set-cookie" not in answer.headers
    assert "evil" not in answer.headers.get("location", "")


async def test_a_form_sent_twice_is_one_announcement(visit: Visit, database: Database) -> None:
    operator = await visit("operator")
    await announce(operator)
    await announce(operator)
    with database.read() as session:
        assert len(session.execute(select(AnnouncementRow)).all()) == 1
        assert [row.action for row in session.execute(select(AuditRow)).scalars()] == ["announce"]
        assert broken_entries(session) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title_en": ""}, "Fill this in"),
        ({"title_zh": "  "}, "Fill this in"),
        ({"body_en": ""}, "Say it in this language, too"),
        ({"title_en": "x" * 201}, "At most 200 characters"),
        ({"title_en": "a\u202eb"}, "Character 2 cannot be shown"),
        ({"level": "panic"}, "Choose one"),
        ({"starts": "tomorrow"}, "Use day and time as in"),
        ({"starts": "2026-02-30T10:00"}, "Use day and time as in"),
        ({"starts": ""}, "Fill this in"),
        ({"ends": "2026-11-20T14:00"}, "not after the beginning"),
        ({"ends": "2029-11-20T14:00"}, "At most 366 days"),
    ],
)
async def test_a_wrong_announcement_says_what_to_mend_and_keeps_the_rest(
    visit: Visit, database: Database, change: dict[str, str], says: str
) -> None:
    answer = await (await visit("operator")).post_form("/announcements", {**NEW, **change})
    assert answer.status_code == 422
    assert says in answer.text
    assert NEW["body_zh"] in answer.text
    with database.read() as session:
        assert session.execute(select(AnnouncementRow)).first() is None


async def test_a_preview_shows_both_languages_and_publishes_nothing(visit: Visit, database: Database) -> None:
    page = await (await visit("operator")).post_form("/announcements", {**NEW, "title_en": "<b>Tonight</b>", "action": "preview"})
    assert page.status_code == 200
    assert "&lt;b&gt;Tonight&lt;/b&gt;" in page.text
    assert "<b>Tonight</b>" not in page.text
    assert 'id="preview"' in page.text
    with database.read() as session:
        assert session.execute(select(AnnouncementRow)).first() is None


async def test_two_editors_notice_each_other(visit: Visit, database: Database) -> None:
    operator = await visit("operator")
    await announce(operator)
    page = (await operator.get("/announcements/1")).text
    version = page.split('name="version" value="')[1].split('"')[0]
    assert (await operator.post_form("/announcements/1", {**NEW, "title_en": "First", "version": version})).status_code == 303
    second = await operator.post_form("/announcements/1", {**NEW, "title_en": "Second", "version": version})
    assert second.status_code == 422
    assert "Somebody else changed it meanwhile" in second.text
    assert "First" in second.text
    assert 'value="Second"' in second.text
    newest = second.text.split('name="version" value="')[1].split('"')[0]
    assert (await operator.post_form("/announcements/1", {**NEW, "title_en": "Second", "version": newest})).status_code == 303
    with database.read() as session:
        assert session.get_one(AnnouncementRow, 1).title_en == "Second"


async def test_one_can_be_ended_now_and_unknown_ones_are_not_there(visit: Visit) -> None:
    operator, guest = await visit("operator"), await visit()
    await announce(operator)
    assert (await operator.post_form("/announcements/1/end")).status_code == 303
    assert (await operator.post_form("/announcements/1/end")).status_code == 303
    assert "Maintenance tonight" not in (await guest.get("/help")).text
    for path in ("/announcements/77", "/announcements/0", "/announcements/x"):
        assert (await operator.get(path)).status_code == 404, path
    assert (await operator.post_form("/announcements/77/end")).status_code == 404
    assert (await operator.post_form("/announcements/77", NEW)).status_code == 404


async def test_the_desk_has_pages(visit: Visit, database: Database, clock: Clock) -> None:
    with database.write() as session:
        for number in range(1, 36):
            row = AnnouncementRow(
                level="news",
                title_zh=f"公告{number}",
                title_en=f"Notice {number}.",
                starts_at=clock.moment,
                ends_at=clock.moment,
                created_by=5,
                created_at=clock.moment,
            )
            session.add(row)
    operator = await visit("operator")
    first = (await operator.get("/announcements")).text
    assert "Notice 35." in first
    assert "Notice 5." not in first
    assert "before=6" in first
    second = (await operator.get("/announcements?before=6")).text
    assert "Notice 5." in second
    assert "Notice 6." not in second
    assert (await operator.get("/announcements?before=nonsense")).status_code == 200


async def test_the_status_page_shows_the_operators_word_beside_what_was_measured(visit: Visit, database: Database) -> None:
    guest, operator = await visit(), await visit("operator")
    before = (await guest.get("/status")).text
    assert before.count("nothing reported") == 6
    assert "The workflow server answered in" in before
    assert "the database answered in" in before
    said = {"service": "tax-bureau", "state": "slow", "note_zh": "平台较慢", "note_en": "The platform is slow"}
    for _ in range(2):
        assert (await operator.post_form("/announcements/services", said)).status_code == 303
    page = (await guest.get("/status")).text
    assert page.count("The platform is slow") == 2  # beside the service, and in the history
    assert "何川" not in page
    assert "何川" in (await operator.get("/status")).text
    assert "平台较慢" in (await (await visit("", "zh")).get("/status")).text
    with database.read() as session:
        assert len(session.execute(select(ServiceStatusRow)).all()) == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"note_en": ""}, "Say it in this language, too"),
        ({"note_en": "", "note_zh": ""}, "Say what is the matter"),
        ({"service": "coffee"}, "Choose one"),
        ({"state": "purple"}, "Choose one"),
        ({"note_en": "x" * 501}, "At most 500 characters"),
    ],
)
async def test_a_wrong_state_says_what_to_mend(visit: Visit, change: dict[str, str], says: str) -> None:
    said = {"service": "mail", "state": "down", "note_zh": "停了", "note_en": "Stopped", **change}
    answer = await (await visit("operator")).post_form("/announcements/services", said)
    assert answer.status_code == 422
    assert says in answer.text


async def test_what_waits_too_long_is_counted(visit: Visit, database: Database, clock: Clock) -> None:
    add_application(database, "KP-261120-AAAAAAAA", "issuing")
    add_invoice(database, "KP-261120-AAAAAAAA", "issuing", issued_at=None, issued_on=None, pdf_sha256="", created_at=clock.moment - HOUR)
    assert "1 invoice waits for it longer than 10 minutes" in (await (await visit()).get("/status")).text


async def test_a_workflow_server_that_does_not_answer_is_said(visit: Visit, temporal: Health) -> None:
    temporal.error = RPCError("down", RPCStatusCode.UNAVAILABLE, b"")
    page = (await (await visit()).get("/status")).text
    assert "The workflow server does not answer" in page
    assert "The workflow server answered" not in page


async def test_the_status_page_opens_without_the_database_and_says_so(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = await visit()

    def gone(*_arguments: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("unable to connect"))

    monkeypatch.setattr("sqlmodel.Session.connection", gone)
    monkeypatch.setattr("sqlmodel.Session.execute", gone)
    answer = await guest.get("/status")
    assert answer.status_code == 200
    assert "the database does not answer" in answer.text
    assert "The workflow server answered" in answer.text


async def test_only_operators_have_the_desk(visit: Visit) -> None:
    for login in ("master", "member", "reviewer"):
        browser = await visit(login)
        assert (await browser.get("/announcements")).status_code == 404
        for path in ("/announcements", "/announcements/1", "/announcements/1/end", "/announcements/services"):
            assert (await browser.post_form(path, NEW)).status_code == 404, path
