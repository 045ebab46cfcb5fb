"""Support tickets on pages: opened from where they are offered, answered at the desk, files only for those who may see them."""

import contextlib
import io
from datetime import timedelta
from typing import Any

import httpx
import pikepdf
import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.requests import ClientDisconnect

from domain.access import Role
from domain.ports import OutsideUnavailable
from infra.database import Database
from infra.queries.tickets import TicketScope, ticket_detail
from infra.tables import TicketRow, UserRow
from tests.fakes import FakeAttachments
from tests.web.conftest import PASSWORD, Browser, Clock, Visit, hashed
from tests.web.rows import add_application, add_catalogue, add_invoice, add_record
from tests.web.temporal import RecordingTemporal

DESK = TicketScope(6, None, staff=True)


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)
    with database.write() as session:
        for number, login in ((60, "kefu"), (61, "kefu2")):
            session.add(UserRow(id=number, login=login, password_hash=hashed(PASSWORD), name=login, role=Role.CUSTOMER_SERVICE))


def picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, "PNG")
    return target.getvalue()


def letter() -> bytes:
    with pikepdf.new() as document:
        document.add_blank_page()
        target = io.BytesIO()
        document.save(target)
        return target.getvalue()


def hidden(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"')[0]


async def form_of(browser: Browser, query: str = "") -> dict[str, str]:
    page = (await browser.get(f"/support/new{query}")).text
    entries = {"number": hidden(page, "number"), "topic": "other", "subject": "Parcel", "text": "Where is it?\r\nThanks"}
    return entries | ({"about": hidden(page, "about")} if 'name="about"' in page else {})


async def open_one(browser: Browser, files: Any = None, **values: str) -> str:
    """The number of a new ticket."""
    entries = await form_of(browser) | values
    answer = await browser.post_form("/support", entries, files=files)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/support/{entries['number']}?opened=1"
    return entries["number"]


async def say(browser: Browser, path: str, text: str, files: Any = None, **values: str) -> httpx.Response:
    page = (await browser.get(path)).text
    entries = {"key": hidden(page, "key"), "version": hidden(page, "version"), "text": text, **values}
    return await browser.post_form(f"{path}/messages", entries, files=files)


def state_of(database: Database, number: str) -> str:
    with database.read() as session:
        found = ticket_detail(session, DESK, number)
        assert found is not None
        return found.summary.state


async def test_a_question_is_asked_answered_and_closed(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    master, kefu = await visit("master"), await visit("kefu")
    number = await open_one(master)
    page = (await master.get(f"/support/{number}")).text
    assert "Where is it?\nThanks" in page
    assert "Waits for our answer" in page

    assert number in (await kefu.get("/desk/tickets")).text
    answer = await say(kefu, f"/desk/tickets/{number}", "On its way.", deed="answer")
    assert answer.status_code == 303
    assert state_of(database, number) == "answered"
    assert len(temporal.started) == 1
    key, options = temporal.started[0]
    assert options["id"] == f"ticket-notice:{key}"
    page = (await master.get(f"/support/{number}")).text
    assert "On its way." in page
    assert "kefu" not in page.replace("kefu@kaipiao.example", "")

    await say(kefu, f"/desk/tickets/{number}", "Which address?", deed="ask")
    assert "Waits for you" in (await master.get("/support")).text
    await say(master, f"/support/{number}", "Wangjing")
    assert state_of(database, number) == "open"
    await say(kefu, f"/desk/tickets/{number}", "Done.", deed="close")
    assert state_of(database, number) == "closed"
    await say(master, f"/support/{number}", "Not yet.")
    assert state_of(database, number) == "reopened"
    page = (await master.get(f"/support/{number}")).text
    closed = await master.post_form(f"/support/{number}/close", {"version": hidden(page, "version")})
    assert closed.status_code == 303
    assert state_of(database, number) == "closed"


async def test_the_same_form_twice_is_one_ticket_and_one_message(visit: Visit, database: Database) -> None:
    master = await visit("master")
    entries = await form_of(master)
    first = await master.post_form("/support", entries)
    second = await master.post_form("/support", entries)
    assert first.headers["location"].endswith("?opened=1")
    assert second.headers["location"] == f"/support/{entries['number']}?again=1"
    page = (await master.get(f"/support/{entries['number']}")).text
    message = {"key": hidden(page, "key"), "version": hidden(page, "version"), "text": "again"}
    path = f"/support/{entries['number']}/messages"
    assert [(await master.post_form(path, message)).status_code for _ in range(3)] == [303, 303, 303]
    with database.read() as session:
        found = ticket_detail(session, DESK, entries["number"])
        assert found is not None
        assert [each.text for each in found.messages] == ["Where is it?\nThanks", "again"]


async def test_an_older_page_is_told_what_went_on_and_keeps_the_text(visit: Visit, database: Database) -> None:
    master, kefu = await visit("master"), await visit("kefu")
    number = await open_one(master)
    page = (await kefu.get(f"/desk/tickets/{number}")).text
    await say(master, f"/support/{number}", "One more thing")
    entries = {"key": hidden(page, "key"), "version": hidden(page, "version"), "text": "Too early", "deed": "close"}
    answer = await kefu.post_form(f"/desk/tickets/{number}/messages", entries)
    assert answer.status_code == 409
    assert "The conversation went on while you wrote" in answer.text
    assert ">Too early</textarea>" in answer.text
    assert "One more thing" in answer.text
    assert state_of(database, number) == "open"
    repeat = await kefu.post_form(f"/desk/tickets/{number}/messages", entries | {"version": hidden(answer.text, "version")})
    assert repeat.status_code == 303


async def test_notes_stay_among_staff_and_in_nobodys_way(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    master, kefu = await visit("master"), await visit("kefu")
    number = await open_one(master)
    before = (await master.get(f"/support/{number}")).text
    await say(kefu, f"/desk/tickets/{number}", "Called the courier", files=[("file", ("a.png", picture(), "image/png"))], deed="note")
    page = (await kefu.get(f"/desk/tickets/{number}")).text
    assert "Called the courier" in page
    path = page.split("/files/")[1].split('"')[0]
    assert (await kefu.get(f"/desk/tickets/{number}/files/{path}")).status_code == 200
    assert (await master.get(f"/support/{number}/files/{path}")).status_code == 404
    assert "Called the courier" not in (await master.get(f"/support/{number}")).text
    assert temporal.started == []
    assert hidden(before, "version") == hidden((await master.get(f"/support/{number}")).text, "version")
    assert state_of(database, number) == "open"


async def test_one_colleague_takes_a_ticket(visit: Visit, database: Database) -> None:
    master, kefu, other = await visit("master"), await visit("kefu"), await visit("kefu2")
    number = await open_one(master)
    path = f"/desk/tickets/{number}/assign"
    assert (await kefu.post_form(path, {"held_by": "0"})).status_code == 303
    late = await other.post_form(path, {"held_by": "0"})
    assert late.status_code == 409
    assert "A colleague has just taken this ticket." in late.text
    assert "Take over from kefu" in late.text
    assert (await other.post_form(path, {"held_by": "60"})).status_code == 303
    assert number in (await other.get("/desk/tickets?show=mine")).text
    assert number not in (await kefu.get("/desk/tickets?show=mine")).text
    assert number not in (await kefu.get("/desk/tickets?show=free")).text


async def test_foreign_and_unknown_tickets_are_the_same_404(visit: Visit) -> None:
    master, member, other, reviewer = await visit("master"), await visit("member"), await visit("other"), await visit("reviewer")
    number = await open_one(master, files=[("file", ("a.png", picture(), "image/png"))])
    page = (await master.get(f"/support/{number}")).text
    file = page.split("/files/")[1].split('"')[0]
    assert (await master.get(f"/support/{number}/files/{file}")).status_code == 200
    message = {"key": "0123456789", "version": "1", "text": "mine now"}
    for browser in (member, other, reviewer):
        unknown = (await browser.get("/support/KT-261120-00000000")).status_code
        assert unknown == 404
        for path in (
            f"/support/{number}",
            f"/support/{number}/files/{file}",
            f"/desk/tickets/{number}",
            f"/desk/tickets/{number}/files/{file}",
        ):
            assert (await browser.get(path)).status_code == 404, path
        for path in (f"/support/{number}/messages", f"/desk/tickets/{number}/messages"):
            assert (await browser.post_form(path, message | {"deed": "answer"})).status_code == 404
        assert (await browser.post_form(f"/support/{number}/close", {"version": "1"})).status_code == 404
        assert (await browser.post_form(f"/desk/tickets/{number}/assign", {"held_by": "0"})).status_code == 404
    assert (await master.get(f"/support/{number}/files/9223372036854775807")).status_code == 404
    # the number of somebody else's ticket, used for one's own
    taken = await other.post_form("/support", {"number": number, "topic": "other", "subject": "x", "text": "y"})
    assert taken.status_code == 404
    # a file of one ticket through another
    second = await open_one(master)
    assert (await master.get(f"/support/{second}/files/{file}")).status_code == 404


async def test_a_member_sees_its_own_and_a_master_all_of_the_company(visit: Visit) -> None:
    master, member = await visit("master"), await visit("member")
    own, of_member = await open_one(master), await open_one(member)
    assert own not in (await member.get("/support")).text
    page = (await master.get("/support")).text
    assert own in page
    assert of_member in page


async def test_a_form_knows_what_it_is_about_if_it_is_ones_own(visit: Visit, database: Database) -> None:
    record = add_record(database, 1)
    add_application(database, "KP-261120-ABCDEFGH")
    add_invoice(database, "KP-261120-ABCDEFGH")
    master, other, kefu = await visit("master"), await visit("other"), await visit("kefu")
    for about, topic in (
        ("application:KP-261120-ABCDEFGH", "cancel-issuing"),
        ("invoice:KP-261120-ABCDEFGH-1", "lost-invoice"),
        (f"record:{record}", "marketplace"),
        ("title:1", "title"),
    ):
        page = await master.get(f"/support/new?topic={topic}&about={about}")
        assert page.status_code == 200, about
        assert f'<option value="{topic}" selected>' in page.text
        number = await open_one(master, topic=topic, about=hidden(page.text, "about"))
        assert (await master.get(f"/support/{number}")).text.count("kp-row") > 1
        assert (await kefu.get(f"/desk/tickets/{number}")).status_code == 200
        foreign = await other.get(f"/support/new?topic={topic}&about={about}")
        assert foreign.status_code == 404, about
        refused = await other.post_form("/support", await form_of(other) | {"about": about})
        assert refused.status_code == 422
        assert "not there any more, or not yours" in refused.text
    for about in ("title:2", "title:x", "user:1", "record:99999999999999999999", "invoice:../1", "application:"):
        assert (await master.get("/support/new", params={"about": about})).status_code == 404, about


async def test_what_is_wrong_is_said_and_entries_are_kept(visit: Visit, database: Database) -> None:
    master = await visit("master")
    entries = await form_of(master) | {"subject": "Kept <b>", "text": "a\x00b", "topic": ""}
    answer = await master.post_form("/support", entries)
    assert answer.status_code == 422
    assert "Kept &lt;b&gt;" in answer.text
    assert "Choose one." in answer.text
    assert "Character 2 (U+0000) cannot be shown" in answer.text
    assert (await master.get(f"/support/{entries['number']}")).status_code == 404
    wrong = await master.post_form("/support", await form_of(master) | {"number": "KT-1"})
    assert "not one of our ticket numbers" in wrong.text
    empty = await master.post_form("/support", {})
    assert empty.status_code == 422
    odd = await master.post_form(f"/support/{await open_one(master)}/messages", {"key": "x", "version": "x", "text": "y"})
    assert odd.status_code == 422


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", b"MZ", "We take PDF, PNG and JPEG files"),
        ("a.pdf", picture(), "The content is PNG"),
        ("a.png", picture()[:40], "damaged or cut off"),
        ("a.pdf", b"", "The file is empty"),
        ("a.pdf", letter().ljust(1024 * 1024 + 1), "more than 1 MB"),
    ],
)
async def test_a_file_that_is_not_taken_leaves_nothing(
    visit: Visit, attachments: FakeAttachments, settings: Any, name: str, content: bytes, said: str
) -> None:
    settings.attachment_mb = 1
    master = await visit("master")
    entries = await form_of(master)
    good = ("file", ("good.pdf", letter(), "application/pdf"))
    answer = await master.post_form("/support", entries, files=[good, ("file", (name, content, "application/pdf"))])
    assert answer.status_code == 422
    assert said in answer.text
    assert "Where is it?" in answer.text
    assert attachments.files == {}
    assert (await master.get(f"/support/{entries['number']}")).status_code == 404


async def test_of_several_files_every_wrong_one_is_named(visit: Visit) -> None:
    master = await visit("master")
    files = [
        ("file", ("good.pdf", letter(), "application/pdf")),
        ("file", ("plan.svg", b"<svg/>", "image/svg+xml")),
        ("file", ("nothing.png", b"", "image/png")),
    ]
    text = (await master.post_form("/support", await form_of(master), files=files)).text
    assert "plan.svg: We take PDF, PNG and JPEG files" in text
    assert "nothing.png: The file is empty" in text
    assert "good.pdf:" not in text
    broken = [("file", ("good.pdf", letter(), "application/pdf")), ("file", ("half.png", picture()[:40], "image/png"))]
    assert "half.png: The file cannot be opened" in (await master.post_form("/support", await form_of(master), files=broken)).text


async def test_files_come_back_as_downloads_with_their_own_name(visit: Visit) -> None:
    master, kefu = await visit("master"), await visit("kefu")
    content = letter()
    files = [("file", ("../快递 “单”.pdf", content, "text/html")), ("file", ("b.png", picture(), "image/png"))]
    number = await open_one(master, files=files)
    page = (await master.get(f"/support/{number}")).text
    assert "快递 “单”.pdf" in page
    answer = await master.get(f"/support/{number}/files/{page.split('/files/')[1].split(chr(34))[0]}")
    assert answer.content == content
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E5%BF%AB%E9%80%92%20%E2%80%9C%E5%8D%95%E2%80%9D.pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await kefu.get(f"/desk/tickets/{number}/files/{page.split('/files/')[1].split(chr(34))[0]}")).content == content


async def test_six_files_and_bodies_too_large_are_refused(visit: Visit, settings: Any) -> None:
    settings.attachment_mb = 1
    master = await visit("master")
    entries = await form_of(master)
    many = await master.post_form("/support", entries, files=[("file", (f"{n}.png", picture(), "image/png")) for n in range(6)])
    assert many.status_code == 422
    assert "At most 5 files go with one message" in many.text
    large = await master.post_form("/support", entries, files=[("file", ("a.pdf", b"%PDF-" + b"0" * 6_000_000, "application/pdf"))])
    assert large.status_code == 413
    assert "Nothing was sent" in large.text


async def test_the_store_away_keeps_the_text_and_changes_nothing(visit: Visit, attachments: FakeAttachments) -> None:
    master = await visit("master")
    entries = await form_of(master)
    attachments.down = 1
    answer = await master.post_form("/support", entries, files=[("file", ("a.png", picture(), "image/png"))])
    assert answer.status_code == 503
    assert "Files cannot be kept at the moment" in answer.text
    assert "Where is it?" in answer.text
    again = await master.post_form("/support", entries, files=[("file", ("a.png", picture(), "image/png"))])
    assert again.status_code == 303


class Finding:
    """A scanner that finds `found`, or is away."""

    def __init__(self, found: str, *, away: bool = False) -> None:
        self.found, self.away = found, away

    def scan(self, content: bytes) -> str:
        if self.away:
            raise OutsideUnavailable("nobody there")
        return self.found if content == picture() else ""


@pytest.mark.parametrize(("away", "status", "said"), [(False, 422, "found Eicar in b.png"), (True, 503, "try again later")])
async def test_f28_what_a_scanner_has_not_passed_is_not_kept_and_the_text_stays(
    visit: Visit, app: FastAPI, attachments: FakeAttachments, away: bool, status: int, said: str
) -> None:
    app.state.services.scanner = Finding("Eicar", away=away)
    master = await visit("master")
    entries = await form_of(master)
    files = [("file", ("a.pdf", letter(), "application/pdf")), ("file", ("b.png", picture(), "image/png"))]
    answer = await master.post_form("/support", entries, files=files)
    assert answer.status_code == status
    assert said in answer.text
    assert "Where is it?" in answer.text
    assert attachments.files == {}
    assert (await master.get(f"/support/{entries['number']}")).status_code == 404
    app.state.services.scanner = Finding("")
    assert (await master.post_form("/support", entries, files=files)).status_code == 303
    assert len(attachments.files) == 2


async def test_an_answered_ticket_says_until_when_it_is_open_and_a_message_takes_that_away(visit: Visit) -> None:
    master, kefu = await visit("master"), await visit("kefu")
    number = await open_one(master)
    until = "this ticket closes after Fri 4 Dec"
    assert until not in (await master.get(f"/support/{number}")).text
    await say(kefu, f"/desk/tickets/{number}", "On its way.", deed="answer")
    assert until in (await master.get(f"/support/{number}")).text
    await say(master, f"/support/{number}", "Not here yet.")
    assert until not in (await master.get(f"/support/{number}")).text


async def test_a_refused_message_leaves_no_file(visit: Visit, attachments: FakeAttachments) -> None:
    master = await visit("master")
    number = await open_one(master)
    answer = await say(master, f"/support/{number}", " ", files=[("file", ("a.png", picture(), "image/png"))])
    assert answer.status_code == 422
    assert attachments.files == {}


async def test_a_message_is_kept_while_temporal_is_away(visit: Visit, temporal: RecordingTemporal, database: Database) -> None:
    master, kefu = await visit("master"), await visit("kefu")
    temporal.down = True
    number = await open_one(master)
    answer = await say(kefu, f"/desk/tickets/{number}", "Here.", deed="answer")
    assert answer.status_code == 303
    assert state_of(database, number) == "answered"


async def test_the_desk_says_who_waits_longest_and_masks_the_customer(visit: Visit, clock: Clock, database: Database) -> None:
    with database.write() as session:
        asker = session.get_one(UserRow, 1)
        asker.phone, asker.email = "13800138826", "linche@shiguang.cn"
    master = await visit("master")
    first = await open_one(master)
    clock.moment += timedelta(minutes=25)
    second = await open_one(master)
    clock.moment += timedelta(minutes=35)  # 15:32 in China
    page = (await (await visit("kefu")).get("/desk/tickets")).text
    assert page.index(first) < page.index(second)
    assert "1 h 0 min" in page
    assert "35 min" in page
    assert "open until 17:00" in page
    clock.moment += timedelta(hours=2)
    kefu = await visit("kefu")
    page = (await kefu.get("/desk/tickets")).text
    assert "closed; opens Mon 23 Nov 09:00" in page
    assert "2 h 28 min" in page
    shown = (await kefu.get(f"/desk/tickets/{first}")).text
    assert "138****8826" in shown
    assert "13800138826" not in shown
    assert "linche@" not in shown
    assert "91110105MA7K3R2P5R" not in shown


async def test_lists_have_filters_pages_and_empty_states(visit: Visit, clock: Clock, database: Database) -> None:
    master, kefu = await visit("master"), await visit("kefu")
    assert "No ticket yet" in (await master.get("/support")).text
    assert "All answered" in (await kefu.get("/desk/tickets")).text
    with database.write() as session:
        for number in range(60):
            moment = clock.moment - timedelta(minutes=number)
            session.add(
                TicketRow(
                    number=f"KT-261119-000000{number:02d}",
                    enterprise_id=1,
                    opened_by=1 + number % 2,
                    topic="other" if number % 2 else "title",
                    subject=f"Question {number}",
                    state="open",
                    opened_at=moment,
                    changed_at=moment,
                )
            )
    first = (await master.get("/support")).text
    assert first.count("/support/KT-") == 50
    assert "Question 0<" in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = (await master.get(older)).text
    assert second.count("/support/KT-") == 10
    assert "Question 59<" in second
    queue = (await kefu.get("/desk/tickets")).text
    assert queue.index("Question 59<") < queue.index("Question 58<")
    assert "Question 0<" not in queue
    rest = (await kefu.get(queue.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))).text
    assert "Question 0<" in rest
    assert (await master.get("/support?topic=title")).text.count("/support/KT-") == 30
    assert "Question 7<" in (await master.get("/support?text=question+7")).text
    assert "No ticket fits" in (await master.get("/support?state=closed")).text
    assert "No ticket fits" in (await master.get("/support?text=100%25_'--")).text
    for odd in ("?after=x", "?after=9999-99-99_x", "?state=x&topic=y", "?text=%00"):
        assert (await master.get(f"/support{odd}")).status_code == 200, odd
        assert (await kefu.get(f"/desk/tickets{odd}")).status_code == 200, odd


async def test_twenty_tickets_a_day_are_enough(visit: Visit) -> None:
    master = await visit("master")
    for _ in range(20):
        await open_one(master)
    answer = await master.post_form("/support", await form_of(master))
    assert answer.status_code == 422
    assert "You have opened 20 tickets within a day" in answer.text


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_is_whole_in_both_languages(visit: Visit, language: str) -> None:
    master, kefu = await visit("master", language), await visit("kefu", language)
    number = await open_one(master, files=[("file", ("a.png", picture(), "image/png"))])
    for browser, path in (
        (master, "/support"),
        (master, "/support/new"),
        (master, f"/support/{number}?opened=1"),
        (master, f"/support/{number}?again=1"),
        (kefu, "/desk/tickets"),
        (kefu, "/desk/tickets?show=all&state=closed"),
        (kefu, f"/desk/tickets/{number}"),
    ):
        page = (await browser.get(path)).text
        assert page.count("<h1") == 1, path
        assert "400-660-0102" in page or "/desk/" in path
        assert "style=" not in page


async def test_f29_an_upload_that_is_broken_off_leaves_nothing(visit: Visit, app: FastAPI, attachments: FakeAttachments) -> None:
    master = await visit("master")
    entries = {**await form_of(master), "csrf": master.token}
    fields = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in entries.items()]
    file = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": ("".join(fields) + file).encode() + picture()[:30], "more_body": True},
        {"type": "http.disconnect"},
    ]
    cookies = "; ".join(f"{name}={value}" for name, value in master.cookies.items())
    headers = [(b"host", b"kaipiao.test"), (b"content-type", b"multipart/form-data; boundary=x"), (b"cookie", cookies.encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/support",
        "raw_path": b"/support",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "server": ("kaipiao.test", 80),
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        return None

    with contextlib.suppress(ClientDisconnect):
        await app(scope, receive, send)
    assert messages == []
    assert attachments.files == {}
    assert (await master.get(f"/support/{entries['number']}")).status_code == 404
