"""Evidence on an application: kept with the form, shown, added and taken back under review, and every bad file of the list refused."""

import contextlib
import html
import io
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from sqlmodel import select
from starlette.requests import ClientDisconnect

from domain.errors import Problem
from domain.licences import LicenceReading
from infra.audit import broken_entries
from infra.database import Database
from infra.settings import Settings
from infra.tables import ApplicationRow, AttachmentRow, AuditRow, LifeEventRow, UserRow
from tests.fakes import FakeAttachments
from tests.infra.test_file_contents import letter, photograph, picture
from tests.web.bad_files import BAD_FILES
from tests.web.conftest import NOW, Browser, Visit
from tests.web.rows import AGREED, add_application, add_catalogue, add_record
from tests.web.temporal import RecordingTemporal
from tests.web.test_tickets import Finding
from tests.web.test_tickets import picture as found_by_scanner
from web import sentences
from web.evidence_files import SENDING
from web.words import LOCALES, words

NUMBER = "KP-261120-8H3KQ0ZT"
SENT = "KP-261120-ABCDEFGH"
GOOD: dict[str, Any] = {
    "number": NUMBER,
    "record": ["1"],
    "title": "1",
    "kind": "special",
    "medium": "electronic",
    "email": "1",
    "terms": AGREED,
    "evidence_kind": "payment",
}
SLIP = letter()
Sent = tuple[str, tuple[str, bytes, str]]


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def rows(database: Database, settings: Settings) -> None:
    settings.attachment_mb = 1
    add_catalogue(database)
    add_record(database, 1)


def file(name: str = "slip.pdf", content: bytes = SLIP) -> Sent:
    return "file", (name, content, "application/octet-stream")


def names(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.exec(select(AttachmentRow.file_name).order_by(AttachmentRow.id)))  # type: ignore[arg-type]


def state(database: Database) -> list[str]:
    """Everything a refused file must not change."""
    with database.read() as session:
        found: list[Any] = [*session.exec(select(ApplicationRow)), *session.exec(select(LifeEventRow)), *session.exec(select(AuditRow))]
        return [repr(each) for each in found]


def said(code: str, language: str, **params: str) -> str:
    return sentences.problem(words(language), lambda: NOW, Problem("file", code, params))


async def add(browser: Browser, *files: Sent, number: str = SENT, kind: str = "contract") -> httpx.Response:
    return await browser.post_form(f"/applications/{number}/files", {"evidence_kind": kind}, files=list(files))


def paths(page: str) -> list[str]:
    """Addresses of the files on a page."""
    return re.findall(r'href="(/applications/[^"]+/files/\d+)"', page)


def drafts(page: str) -> list[str]:
    return re.findall(r'name="file_kept" value="(\d+)"', page)


PARAMS = {"attachment-large": {"limit": "1"}, "attachment-pixels": {"limit": "40"}, "attachment-pages": {"limit": "200"}}


@pytest.mark.parametrize("case", BAD_FILES)
async def test_a_bad_file_is_named_and_costs_nothing_else(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal, case: str
) -> None:
    name, content, code = BAD_FILES[case]
    browser = await visit("master")
    typed = {"title": "new", "name": "北京拾光互动科技有限公司", "tax_id": "91110105MA7K3R2P5R", "new_email": "kept@shiguang.cn"}
    before = state(database)
    params = PARAMS.get(code, {"kind": "PNG"})
    for language in LOCALES:
        browser.headers["accept-language"] = language
        answer = await browser.post_form("/applications", {**GOOD, **typed}, files=[file("good.pdf"), file(name, content)])
        assert answer.status_code == 422, case
        text = html.unescape(answer.text)
        assert said(code, language, **params) in text
        assert "good.pdf" in text
        for value in typed.values():
            assert f'value="{value}"' in text or value == "new"
        assert 'id="o-title-new" name="title" value="new" checked' in text
    assert names(database) == ["good.pdf"]
    assert len(attachments.files) == 1
    assert temporal.started == []
    assert state(database) == before


async def test_bad_files_change_nothing_of_an_application_either(visit: Visit, database: Database, attachments: FakeAttachments) -> None:
    add_application(database, SENT)
    browser = await visit("master")
    before = state(database)
    for case, (name, content, code) in BAD_FILES.items():
        answer = await add(browser, file(name, content))
        assert answer.status_code == 422, case
        assert said(code, "en", **PARAMS.get(code, {"kind": "PNG"})) in html.unescape(answer.text), case
    assert names(database) == []
    assert attachments.files == {}
    assert state(database) == before


async def test_f4_what_is_far_too_large_is_answered_and_not_kept(visit: Visit, database: Database, attachments: FakeAttachments) -> None:
    add_application(database, SENT)
    browser = await visit("master")
    large = file("a.pdf", b"%PDF-" + b"0" * 8_000_000)
    for answer in (await browser.post_form("/applications", GOOD, files=[large]), await add(browser, large)):
        assert answer.status_code == 413
        assert "At most 5 files of 1 MB" in answer.text
    assert (names(database), attachments.files) == ([], {})


async def test_f13_a_photograph_is_kept_without_its_place(visit: Visit, database: Database, attachments: FakeAttachments) -> None:
    browser = await visit("master")
    assert (await browser.post_form("/applications", GOOD, files=[file("a.jpg", photograph())])).status_code == 303
    (kept,) = attachments.files.values()
    with Image.open(io.BytesIO(kept)) as shown:
        assert dict(shown.getexif()) == {}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/x.pdf", "x.pdf"),
        ("票" * 100 + ".pdf", "票" * 65 + ".pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
    ],
    ids=["F22", "F23", "F24", "F25"],
)
async def test_names_are_made_safe_and_come_back_so(visit: Visit, database: Database, sent: str, shown: str) -> None:
    add_application(database, SENT)
    browser = await visit("master")
    content = letter()
    assert (await add(browser, file(sent, content))).status_code == 303
    assert names(database) == [shown]
    (path,) = paths((await browser.get(f"/applications/{SENT}")).text)
    answer = await browser.get(path)
    assert answer.content == content
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''")
    assert disposition.isascii()


async def test_f26_f27_two_of_one_name_are_two_and_the_same_twice_is_one(
    visit: Visit, database: Database, attachments: FakeAttachments
) -> None:
    add_application(database, SENT)
    browser = await visit("master")
    same = letter(pages=2)
    await add(browser, file("a.pdf", same), file("a.pdf", letter()), file("b.pdf", same))
    await add(browser, file("c.pdf", same))
    assert names(database) == ["a.pdf", "a.pdf"]
    assert len(attachments.files) == 2
    await add(browser, file("a.pdf", same), kind="order")  # it can show two things
    assert len(names(database)) == 3
    assert len(attachments.files) == 2
    with database.read() as session:
        kinds = [event.facts for event in session.exec(select(LifeEventRow).where(LifeEventRow.kind == "evidence-added"))]
    assert len(kinds) == 3


@pytest.mark.parametrize(("away", "status", "words_"), [(False, 422, "found Eicar"), (True, 503, "can be added during the review")])
async def test_f28_what_a_scanner_has_not_passed_is_not_kept(
    visit: Visit, app: FastAPI, attachments: FakeAttachments, away: bool, status: int, words_: str
) -> None:
    app.state.services.scanner = Finding("Eicar", away=away)
    browser = await visit("master")
    answer = await browser.post_form("/applications", GOOD, files=[file("b.png", found_by_scanner())])
    assert answer.status_code == status
    assert words_ in answer.text
    assert "Not saved" not in answer.text
    assert attachments.files == {}


async def test_f29_an_upload_that_breaks_off_leaves_nothing(
    visit: Visit, app: FastAPI, database: Database, attachments: FakeAttachments
) -> None:
    browser = await visit("master")
    start = b'--b\r\nContent-Disposition: form-data; name="number"\r\n\r\n' + NUMBER.encode() + b"\r\n"
    start += b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7'
    for path in ("/applications", "/apply/files", f"/applications/{SENT}/files"):
        messages = [{"type": "http.request", "body": start, "more_body": True}, {"type": "http.disconnect"}]
        request = browser.build_request("POST", path, headers={"content-type": "multipart/form-data; boundary=b"})
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("kaipiao.test", 80),
        }

        async def receive(left: list[Any] = messages) -> Any:
            return left.pop(0)

        async def send(_message: Any) -> None:
            return None

        with contextlib.suppress(ClientDisconnect):
            await app(scope, receive, send)
        assert messages == []
    assert (names(database), attachments.files) == ([], {})


async def test_f30_nobody_adds_to_sees_or_takes_back_anothers(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal
) -> None:
    add_application(database, SENT)
    master, member, other, reviewer = await visit("master"), await visit("member"), await visit("other"), await visit("reviewer")
    await add(master, file())
    (path,) = paths((await master.get(f"/applications/{SENT}")).text)
    before, kept = state(database), dict(attachments.files)
    unknown = "/applications/KP-261120-00000000/files"
    for browser in (other, member):
        assert (await browser.get(path)).status_code == 404
        assert (await browser.post_form(f"{path}/take-back")).status_code == 404
        assert (await add(browser, file(content=letter(pages=3)))).status_code == 404
        assert (await browser.post_form("/apply/files", {"number": SENT, "evidence_kind": "order"}, files=[file()])).status_code == 404
        assert (await browser.post_form(unknown, {"evidence_kind": "order"}, files=[file()])).status_code == 404
    assert (await other.post_form("/applications", {**GOOD, "number": SENT}, files=[file(content=letter(pages=3))])).status_code == 404
    assert (await add(reviewer, file())).status_code == 404
    assert (await reviewer.get(path)).status_code == 200
    assert (state(database), attachments.files) == (before, kept)
    assert (await master.get(f"/applications/{SENT}/files/9223372036854775807")).status_code == 404
    # a file of one application through another, and a colleague's draft under the same number
    second = "KP-261120-BBBBBBBB"
    add_application(database, second)
    assert (await master.get(path.replace(SENT, second))).status_code == 404
    await master.post_form("/apply/files", {"number": NUMBER, "evidence_kind": "order"}, files=[file()])
    taken = await member.post_form("/apply/files", {"number": NUMBER, "evidence_kind": "order"}, files=[file(content=letter(pages=4))])
    assert taken.status_code == 404
    assert len(attachments.files) == 1


async def test_f31_f32_f33_there_are_no_signed_links_a_file_needs_a_session(visit: Visit, database: Database) -> None:
    add_application(database, SENT)
    master, nobody = await visit("master"), await visit()
    await add(master, file())
    page = (await master.get(f"/applications/{SENT}")).text
    (path,) = paths(page)
    assert "X-Amz" not in page
    for query in ("", "?X-Amz-Signature=x&X-Amz-Expires=9", "?response-content-type=text/html"):
        answer = await nobody.get(path + query)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    assert (await master.get(f"{path}?response-content-type=text/html")).headers["content-type"] == "application/pdf"


async def test_files_survive_a_refused_form_and_go_with_the_application(
    visit: Visit, database: Database, temporal: RecordingTemporal
) -> None:
    browser = await visit("master")
    refused = await browser.post_form("/applications", {**GOOD, "terms": ""}, files=[file("slip.pdf"), file("b.png", picture("PNG"))])
    assert refused.status_code == 422
    assert "Tick that you agree" in refused.text
    kept = drafts(refused.text)
    assert len(kept) == 2
    removed = await browser.post_form("/applications", {**GOOD, "file_kept": kept, "take_back": kept[0]})
    assert removed.status_code == 200
    assert (names(database), drafts(removed.text)) == (["b.png"], kept[1:])
    more = {**GOOD, "file_kept": kept[1:], "add_files": "true", "evidence_kind": "order"}
    added = await browser.post_form("/applications", more, files=[file("order.pdf", letter(pages=2))])
    assert added.status_code == 200
    assert temporal.started == []
    sent = await browser.post_form("/applications", {**GOOD, "file_kept": drafts(added.text)})
    assert sent.status_code == 303
    add_application(database, NUMBER)  # what the life does
    page = (await browser.get(f"/applications/{NUMBER}")).text
    for part in ("b.png", "order.pdf", "Proof of payment", "Order", "林澈"):
        assert part in page
    reviewer = await visit("reviewer")
    case = (await reviewer.get(f"/review/{NUMBER}")).text
    assert paths(case) == paths(page)
    assert (await reviewer.get(paths(case)[0])).status_code == 200


async def test_the_scripts_way_keeps_and_removes_files_one_by_one(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    values = {"number": NUMBER, "evidence_kind": "licence"}
    answer = await browser.post_form("/apply/files", values, files=[file()])
    assert answer.status_code == 200
    assert "<html" not in answer.text
    (kept,) = drafts(answer.text)
    bad = await browser.post_form("/apply/files", values, files=[file("x.svg", b"<svg/>")])
    assert bad.status_code == 422
    assert drafts(bad.text) == [kept]
    assert "data-problem" in bad.text
    assert "x.svg: We take PDF" in bad.text
    gone = await browser.post_form("/apply/files", {"number": NUMBER, "take_back": kept})
    assert (gone.status_code, drafts(gone.text), names(database)) == (200, [], [])
    again = await browser.post_form("/apply/files", {"number": NUMBER, "take_back": kept})
    assert (again.status_code, "taken back before" in again.text) == (409, True)
    for wrong in ("x", "9" * 20):
        assert (await browser.post_form("/apply/files", {"number": NUMBER, "take_back": wrong})).status_code == 404
    assert (await browser.post_form("/apply/files", {"number": "KP-1", "evidence_kind": "order"}, files=[file()])).status_code == 404
    lost = await browser.post_form("/applications", {**GOOD, "file_kept": kept})
    assert lost.status_code == 422
    assert "A file that was here is not there any more" in lost.text


async def test_a_button_without_a_file_says_that_none_was_chosen(visit: Visit, database: Database) -> None:
    add_application(database, SENT)
    browser = await visit("master")
    kind = {"evidence_kind": "contract"}
    for path, values in (
        (f"/applications/{SENT}/files", kind),
        ("/apply/files", {"number": NUMBER, **kind}),
        ("/applications", {**GOOD, "add_files": "true"}),
    ):
        answer = await browser.post_form(path, values)
        assert (answer.status_code, "Choose a file." in answer.text) == (422, True), path
    assert names(database) == []


async def test_a_kind_is_chosen_and_there_is_an_end_to_files(visit: Visit, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    add_application(database, SENT)
    browser = await visit("master")
    answer = await add(browser, file(), kind="photo")
    assert answer.status_code == 422
    assert "Choose one." in answer.text
    six = await add(browser, *(file(f"{n}.pdf", letter(pages=n + 1)) for n in range(6)))
    assert six.status_code == 422
    assert "At most 5 files are sent at once" in six.text
    monkeypatch.setattr("infra.evidence.MOST", 2)
    many = await add(browser, *(file(f"{n}.pdf", letter(pages=n + 1)) for n in range(3)))
    assert many.status_code == 422
    assert "2.pdf: At most 2 files belong to one application" in many.text
    assert names(database) == ["0.pdf", "1.pdf"]


async def test_one_person_sends_only_so_many_in_an_hour(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.evidence_files.SENDING", type(SENDING)("evidence", 1, SENDING.within))
    browser = await visit("master")
    answer = await browser.post_form("/applications", GOOD, files=[file("a.pdf"), file("b.pdf", letter(pages=2))])
    assert answer.status_code == 429
    assert "b.pdf: You have sent very many files" in answer.text


async def test_under_review_one_adds_and_takes_back_ones_own_and_it_stands_in_the_history(
    visit: Visit, database: Database, attachments: FakeAttachments
) -> None:
    with database.write() as session:
        session.get_one(UserRow, 2).account_id = 1
    add_application(database, SENT)
    master, member = await visit("master"), await visit("member")
    await add(member, file("member.pdf"))
    page = (await master.get(f"/applications/{SENT}")).text
    (path,) = paths(page)
    assert "Take back member.pdf" not in page
    refused = await master.post_form(f"{path}/take-back")
    assert refused.status_code == 409
    assert "only that colleague takes it back" in refused.text
    assert (await member.post_form(f"{path}/take-back")).status_code == 303
    assert (names(database), attachments.files) == ([], {})
    page = (await master.get(f"/applications/{SENT}")).text
    assert "Evidence added: Contract" in page
    assert "Evidence taken back: Contract" in page
    with database.read() as session:
        deeds = [row.action for row in session.exec(select(AuditRow).where(AuditRow.subject == f"application:{SENT}"))]
        assert deeds == ["evidence-added", "evidence-taken-back"]
        assert broken_entries(session, 1) == []
        assert "member.pdf" not in "".join(row.facts for row in session.exec(select(LifeEventRow)))


@pytest.mark.parametrize(("over", "reason"), [("issuing", "The review is over"), ("cancelled", "This application has ended")])
async def test_after_the_review_the_files_stay_and_the_page_says_why(
    visit: Visit, database: Database, attachments: FakeAttachments, over: str, reason: str
) -> None:
    add_application(database, SENT)
    browser = await visit("master")
    await add(browser, file())
    (path,) = paths((await browser.get(f"/applications/{SENT}")).text)
    with database.write() as session:
        session.get_one(ApplicationRow, SENT).state = over
    page = (await browser.get(f"/applications/{SENT}")).text
    assert reason in page
    assert "data-plain" not in page
    before = state(database)
    for late in (await add(browser, file("late.pdf", letter(pages=3))), await browser.post_form(f"{path}/take-back")):
        assert late.status_code == 409
        assert reason in late.text
    assert (names(database), len(attachments.files), state(database)) == (["slip.pdf"], 1, before)
    assert (await browser.get(path)).status_code == 200


async def test_a_decision_on_files_that_changed_meanwhile_is_not_sent(
    visit: Visit, database: Database, temporal: RecordingTemporal
) -> None:
    add_application(database, SENT)
    customer, reviewer = await visit("master"), await visit("reviewer")
    page = (await reviewer.get(f"/review/{SENT}")).text
    values = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("key", "version", "evidence")}
    await add(customer, file())
    late = await reviewer.post_form(f"/review/{SENT}/decision", {**values, "verdict": "approve"})
    assert late.status_code == 409
    assert "The files changed while you looked at them" in late.text
    assert temporal.signals == []
    assert "slip.pdf" in late.text


async def test_a_licence_fills_the_new_title(visit: Visit, monkeypatch: pytest.MonkeyPatch, temporal: RecordingTemporal) -> None:
    reading = LicenceReading("北京拾光互动科技有限公司", "91110105MA7K3R2P5R")
    monkeypatch.setattr("web.licence_readings.read_licence", lambda _content: reading)
    browser = await visit("master")
    licence = {**GOOD, "evidence_kind": "licence", "add_files": "true"}
    page = (await browser.post_form("/applications", licence, files=[file("l.png", picture("PNG"))])).text
    (kept,) = drafts(page)
    read = await browser.post_form("/applications", {**GOOD, "file_kept": kept, "read_licence": kept, "phone": "010-85620000"})
    assert read.status_code == 200
    for value in ("91110105MA7K3R2P5R", "010-85620000"):
        assert f'value="{value}"' in read.text
    assert 'id="o-title-new" name="title" value="new" checked' in read.text
    assert "Filled in from the picture" in read.text
    assert (await browser.post_form("/applications", {**GOOD, "read_licence": "77"})).status_code == 404
    assert temporal.started == []
