"""The pages of real-name authentication: form, state, the identity desk, and what leads there."""

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from domain.access import Role
from domain.authentication import AuthenticationKind, AuthenticationRequest, AuthenticationState, picture_checks
from domain.licences import LicenceReading
from domain.messages import Cancellation, Policy, ReviewDecision, Verdict
from infra.books.authentications import SqlAuthentications
from infra.database import Database
from infra.tables import AccountRow, AttachmentRow, AuditRow, AuthenticationRow, ConsentRow, EnterpriseRow, UserRow
from tests.authentications import COMPANY, PERSON, READING, make_authentication, next_number
from tests.factories import Customer
from tests.fakes import FakeAttachments
from tests.web.conftest import NOW, PASSWORD, Browser, Visit, hashed
from tests.web.lives import write_note
from tests.web.rows import add_catalogue, add_record
from tests.web.temporal import RecordingTemporal

NEWCOMER = Customer(enterprise_id=3, account_id=4, user_id=11, title_id=0, email_id=0, postal_id=0)
SERVICE = 13


@pytest.fixture
def temporal() -> RecordingTemporal:
    return RecordingTemporal()


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    """A customer that is not verified, with a master and a member; and customer service."""
    with database.write() as session:
        session.add(EnterpriseRow(id=3, billing_account_id="b-3", name="星渚信息"))
        session.flush()
        session.add(AccountRow(id=4, enterprise_id=3, sub_account_id="a-4", name="星渚", is_master=True))
        session.flush()
        for number, login, role, enterprise in (
            (11, "zhou", Role.CUSTOMER_MASTER, 3),
            (12, "zhou-member", Role.CUSTOMER_MEMBER, 3),
            (SERVICE, "service", Role.CUSTOMER_SERVICE, None),
        ):
            session.add(
                UserRow(
                    id=number,
                    login=login,
                    password_hash=hashed(PASSWORD),
                    name={11: "周启明", 12: "周屿", SERVICE: "何静"}[number],
                    role=role,
                    enterprise_id=enterprise,
                    account_id=4 if enterprise else None,
                )
            )


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(drawn, "PNG")
    return drawn.getvalue()


def form(**changes: Any) -> dict[str, Any]:
    return {
        "number": next_number(),
        "kind": "enterprise",
        "name": COMPANY.name,
        "licence_number": COMPANY.licence_number,
        "legal_person": COMPANY.legal_person,
        "contact": COMPANY.contact,
        "phone": COMPANY.phone,
        "email": COMPANY.email,
        "agree": "true",
        "action": "submit",
        **changes,
    }


async def send(browser: Browser, file: bytes | None = None, **changes: Any) -> Any:
    files = {"file": ("licence.png", picture() if file is None else file, "image/png")}
    return await browser.post_form("/authentication", form(**changes), files=files if file != b"" else None)


def rows(database: Database) -> list[AuthenticationRow]:
    with database.read() as session:
        return list(session.exec(select(AuthenticationRow)))


def waiting(database: Database, attachments: FakeAttachments, submission: Any = COMPANY, reading: LicenceReading = READING) -> str:
    """An authentication that waits for a person."""
    books = SqlAuthentications(database)
    number = make_authentication(database, attachments, NEWCOMER, NOW, submission).number
    books.check(number, NOW)
    books.record_picture(number, picture_checks(submission, reading), NOW)
    books.await_person(number, Policy(), NOW)
    return number


async def test_who_is_not_verified_is_told_what_is_missing_and_where(visit: Visit) -> None:
    browser = await visit("zhou")
    for path in ("/", "/consumption"):
        page = (await browser.get(path)).text
        assert "Verify your company first, then apply." in page, path
        assert '<a href="/authentication">See what is missing</a>' in page, path
    page = (await browser.get("/authentication")).text
    assert "What is missing before you can apply" in page
    assert 'action="/authentication"' in page


async def test_a_form_is_kept_agreed_to_and_its_life_begins(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    browser = await visit("zhou")
    answer = await send(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/authentication?sent=1")
    (row,) = rows(database)
    (started,) = temporal.started
    assert started[0] == AuthenticationRequest(row.number, 3, 11, AuthenticationKind.ENTERPRISE, started[0].policy)
    assert started[1]["id"] == f"authentication:{row.number}"
    assert COMPANY.name not in repr(started)
    with database.read() as session:
        consent = session.exec(select(ConsentRow)).one()
        assert (consent.user_id, consent.document, consent.application_number) == (11, "privacy", row.number)
    page = (await browser.get("/authentication")).text
    assert "Being checked" in page or "Kept, checks not begun" in page


async def test_the_same_form_twice_is_one(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    browser = await visit("zhou")
    number = next_number()
    for _ in range(2):
        assert (await send(browser, number=number)).status_code == 303
    assert len(rows(database)) == len(temporal.started) == 1


async def test_nothing_is_started_while_the_server_of_lives_is_down_and_it_can_be_sent_again(
    visit: Visit, database: Database, temporal: RecordingTemporal
) -> None:
    browser = await visit("zhou")
    temporal.down = True
    answer = await send(browser)
    assert answer.status_code == 503
    number = rows(database)[0].number
    assert f'action="/authentication/{number}/start"' in answer.text
    temporal.down = False
    assert f'action="/authentication/{number}/start"' in (await browser.get("/authentication")).text
    assert (await browser.post_form(f"/authentication/{number}/start")).status_code == 303
    assert [options["id"] for _, options in temporal.started] == [f"authentication:{number}"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Fill this in."),
        ({"licence_number": "91110108MA7Q5X2H2X"}, "tax ID"),
        ({"licence_number": PERSON.licence_number}, "identity number of a person"),
        ({"kind": "bank"}, "Choose one."),
        ({"phone": "1"}, "obile"),
        ({"email": "zhou"}, "name@company.cn"),
        ({"agree": ""}, "Tick that you agree"),
        ({"number": "KP-261121-00000001"}, "Reload the page"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(visit: Visit, database: Database, changes: dict[str, Any], said: str) -> None:
    browser = await visit("zhou")
    answer = await send(browser, **changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert COMPANY.email in answer.text or "email" in changes or "number" in changes
    assert rows(database) == []


async def test_without_a_picture_it_is_asked_for_and_a_kept_one_is_enough(visit: Visit, database: Database) -> None:
    browser = await visit("zhou")
    number = next_number()
    answer = await send(browser, b"", number=number)
    assert answer.status_code == 422
    assert "Choose a file." in answer.text
    answer = await send(browser, number=number, phone="1")
    assert "Kept: licence.png" in answer.text
    with database.read() as session:
        kept = session.exec(select(AttachmentRow.id)).one()
    answer = await send(browser, b"", number=number, picture=str(kept))
    assert answer.status_code == 303
    assert rows(database)[0].picture


async def test_a_picture_that_is_none_is_refused(visit: Visit, database: Database) -> None:
    answer = await send(await visit("zhou"), b"MZ a program")
    assert answer.status_code == 422
    assert "We take PDF, PNG and JPEG files." in answer.text
    assert rows(database) == []


async def test_the_picture_of_another_number_is_no_picture(visit: Visit, database: Database) -> None:
    browser = await visit("zhou")
    await send(browser, phone="1")
    with database.read() as session:
        kept = session.exec(select(AttachmentRow.id)).one()
    for login in ("zhou", "other"):
        answer = await send(await visit(login), b"", picture=str(kept))
        assert (answer.status_code, "Choose a file." in answer.text) == (422, True)


async def test_the_picture_fills_the_form(visit: Visit, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.licence_readings.read_licence", lambda _content: READING)
    answer = await send(await visit("zhou"), action="read", name="", licence_number="", contact="王小芳")
    assert answer.status_code == 200
    for text in (READING.name, READING.code, "王小芳", "Filled in from the picture", "Compare each field"):
        assert text in answer.text
    assert rows(database) == []


async def test_what_cannot_be_read_is_typed(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.licence_readings.read_licence", lambda _content: LicenceReading(problem="reading-slow"))
    answer = await send(await visit("zhou"), action="read", contact="王小芳")
    assert answer.status_code == 200
    assert "Reading took too long. Type the fields yourself." in answer.text
    assert "王小芳" in answer.text


async def test_reading_is_limited(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.licence_readings.read_licence", lambda _content: READING)
    browser = await visit("zhou")
    answers = [(await send(browser, action="read")).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


async def test_a_refused_one_says_why_and_stands_in_the_form_again(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal
) -> None:
    number = waiting(database, attachments)
    from domain.messages import Note

    note = Note(f"authentication:{number}", "k", "identity-reject", SERVICE, taken=True, reason="请上传清晰的照片")
    SqlAuthentications(database).end(number, AuthenticationState.REFUSED, note, NOW)
    page = (await (await visit("zhou")).get("/authentication")).text
    assert "请上传清晰的照片" in page
    assert f'value="{COMPANY.licence_number}"' in page


async def test_a_person_is_never_shown_a_whole_identity_number(visit: Visit, database: Database, attachments: FakeAttachments) -> None:
    number = waiting(database, attachments, PERSON)
    for login, path in (("zhou", "/authentication"), ("service", f"/identity/{number}"), ("service", "/identity")):
        page = (await (await visit(login)).get(path)).text
        assert "王小芳" in page
        assert PERSON.licence_number not in page, path


async def test_the_customer_takes_it_back(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal
) -> None:
    number = waiting(database, attachments)
    life = f"authentication:{number}"
    temporal.lives[life] = None  # type: ignore[assignment]
    write_note(database, life, "00000000-0000-0000-0000-000000000001", "withdraw", 11, taken=True)
    browser = await visit("zhou")
    answer = await browser.post_form(f"/authentication/{number}/withdraw", {"key": "00000000-0000-0000-0000-000000000001"})
    assert answer.status_code == 303
    assert temporal.signals == [(life, "withdraw", Cancellation("00000000-0000-0000-0000-000000000001", 11))]
    assert "Withdrawn." in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize("login", ["zhou-member", "other", "reviewer", "operator"])
async def test_nobody_else_submits_or_takes_back(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal, login: str
) -> None:
    number = waiting(database, attachments)
    browser = await visit(login)
    refused = 403 if login == "zhou-member" else 404  # a colleague is told who can; to others it does not exist
    key = {"key": "00000000-0000-0000-0000-000000000001"}
    assert (await browser.post_form(f"/authentication/{number}/withdraw", key)).status_code == refused
    assert (await browser.post_form(f"/authentication/{number}/start")).status_code == refused
    assert (await send(browser, number=number)).status_code == refused
    assert (temporal.signals, temporal.started) == ([], [])


async def test_a_member_sees_where_it_stands_and_who_can_submit(visit: Visit) -> None:
    page = (await (await visit("zhou-member")).get("/authentication")).text
    assert "The master of your account submits" in page
    assert 'action="/authentication"' not in page


# The identity desk


async def test_the_desk_shows_evidence_and_takes_a_decision(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal
) -> None:
    number = waiting(database, attachments, reading=replace(READING, legal_person="沈一舟"))
    browser = await visit("service")
    queue = (await browser.get("/identity")).text
    assert COMPANY.name in queue
    assert "1 doubt" in queue
    page = (await browser.get(f"/identity/{number}")).text
    assert "The picture has another legal representative" in page
    assert "沈一舟" in page
    assert "The picture has the same name" in page
    life, key = f"authentication:{number}", "00000000-0000-0000-0000-000000000002"
    temporal.lives[life] = None  # type: ignore[assignment]
    write_note(database, life, key, "identity-approve", SERVICE, taken=True)
    answer = await browser.post_form(f"/identity/{number}/decision", {"verdict": "approve", "key": key, "version": "1"})
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/identity")
    assert temporal.signals == [(life, "decide", ReviewDecision(key, SERVICE, Verdict.APPROVE, 1))]
    assert "can apply for invoices now" in (await browser.get(answer.headers["location"])).text


async def test_a_refusal_needs_a_reason(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal
) -> None:
    number = waiting(database, attachments)
    browser = await visit("service")
    data = {"verdict": "reject", "key": "00000000-0000-0000-0000-000000000002", "version": "1"}
    answer = await browser.post_form(f"/identity/{number}/decision", data)
    assert (answer.status_code, "Say why" in answer.text) == (422, True)
    answer = await browser.post_form(f"/identity/{number}/decision", {**data, "reason": "x" * 501})
    assert answer.status_code == 422
    temporal.lives[f"authentication:{number}"] = None  # type: ignore[assignment]
    answer = await browser.post_form(f"/identity/{number}/decision", {**data, "phrase": "picture"})
    assert answer.status_code == 303
    assert temporal.signals[0][2].reason.startswith("The picture is not readable.")


async def test_a_decision_on_one_that_has_ended_changes_nothing(visit: Visit, database: Database, attachments: FakeAttachments) -> None:
    number = waiting(database, attachments)
    data = {"verdict": "approve", "key": "00000000-0000-0000-0000-000000000002", "version": "1"}
    answer = await (await visit("service")).post_form(f"/identity/{number}/decision", data)
    assert (answer.status_code, "Your decision changed nothing" in answer.text) == (409, True)


async def test_looking_at_a_persons_card_is_noted_and_at_a_licence_is_not(
    visit: Visit, database: Database, attachments: FakeAttachments
) -> None:
    browser = await visit("service")
    number = waiting(database, attachments, PERSON)
    answer = await browser.get(f"/identity/{number}/picture")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    with database.read() as session:
        entry = session.exec(select(AuditRow).where(AuditRow.action == "identity-picture")).one()
    assert (entry.actor_id, entry.subject) == (SERVICE, f"authentication:{number}")
    assert (await browser.get("/identity/RZ-261121-ZZZZZZZZ/picture")).status_code == 404


@pytest.mark.parametrize("login", ["zhou", "member", "reviewer", "operator"])
async def test_the_desk_is_customer_services_alone(visit: Visit, database: Database, attachments: FakeAttachments, login: str) -> None:
    number = waiting(database, attachments)
    browser = await visit(login)
    for path in ("/identity", f"/identity/{number}", f"/identity/{number}/picture"):
        assert (await browser.get(path)).status_code == 404
    data = {"verdict": "approve", "key": "00000000-0000-0000-0000-000000000002", "version": "1"}
    assert (await browser.post_form(f"/identity/{number}/decision", data)).status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_pages_are_whole_in_both_languages(visit: Visit, database: Database, attachments: FakeAttachments, language: str) -> None:
    empty = (await (await visit("service", language)).get("/identity")).text
    number = waiting(database, attachments)
    pages = [empty, (await (await visit("zhou", language)).get("/authentication")).text]
    pages += [(await (await visit("service", language)).get(path)).text for path in ("/identity", f"/identity/{number}")]
    for page in pages:
        assert page.count("<h1") == 1
        assert "style=" not in page
        assert "{" not in page.split("<main")[1].split("</main>")[0].replace("{{", "")


# A personal account applies


async def test_the_form_offers_a_person_ordinary_invoices_in_the_own_name_only(
    visit: Visit, database: Database, attachments: FakeAttachments, temporal: RecordingTemporal
) -> None:
    add_catalogue(database)
    with database.write() as session:
        session.get_one(EnterpriseRow, 1).kind = "personal"
    add_record(database, 1)
    browser = await visit("master")
    page = (await browser.get("/apply?record=1")).text
    assert "A personal account gets ordinary invoices only." in page
    number = page.split('name="number" value="')[1].split('"')[0]
    data = {"number": number, "record": "1", "title": "1", "kind": "ordinary", "medium": "electronic", "email": "1", "terms": "true"}
    answer = await browser.post_form("/applications", data)
    assert answer.status_code == 422
    assert "A personal account cannot use a company title." in answer.text
    assert '<a href="/authentication">' in answer.text
    assert temporal.started == []


def entered(page: str, name: str) -> str:
    """What stands in a field of the form."""
    return page.split(f'name="{name}"')[1].split('value="')[1].split('"')[0]


async def test_a_second_tabs_form_says_what_is_under_way_and_keeps_its_entries(visit: Visit, database: Database) -> None:
    browser = await visit("zhou")
    await send(browser)
    (first,) = rows(database)
    answer = await send(browser, contact="另一位")
    assert answer.status_code == 422
    assert f"{first.number} is still under way" in answer.text
    assert entered(answer.text, "contact") == "另一位"
    assert "Kept: licence.png" in answer.text
    assert len(rows(database)) == 1


async def test_a_used_form_is_not_taken_for_a_repeat(visit: Visit, database: Database, temporal: RecordingTemporal) -> None:
    browser = await visit("zhou")
    number = next_number()
    await send(browser, number=number)
    with database.write() as session:
        row = session.get_one(AuthenticationRow, number)
        row.state = AuthenticationState.WITHDRAWN
        picture_id = session.exec(select(AttachmentRow.id)).one()
    answer = await send(browser, b"", number=number, contact="另一位", picture=picture_id)
    assert answer.status_code == 422
    assert "This form was used already" in answer.text
    assert entered(answer.text, "contact") == "另一位"
    assert "Kept: licence.png" in answer.text
    anew, kept = entered(answer.text, "number"), entered(answer.text, "picture")
    assert anew != number
    assert (await send(browser, b"", number=anew, contact="另一位", picture=kept)).status_code == 303
    assert {(row.number, row.contact) for row in rows(database)} == {(number, COMPANY.contact), (anew, "另一位")}
    assert len(temporal.started) == 2


async def test_an_open_form_sent_again_with_other_entries_is_no_repeat(visit: Visit, database: Database) -> None:
    browser = await visit("zhou")
    number = next_number()
    await send(browser, number=number)
    answer = await send(browser, number=number, contact="另一位")
    assert answer.status_code == 422
    assert "This form was used already" in answer.text
    assert rows(database)[0].contact == COMPANY.contact
    stranger = await visit("master")
    assert (await send(stranger, number=number)).status_code == 404


async def test_the_kept_picture_is_named_when_a_second_one_is_refused(visit: Visit) -> None:
    browser = await visit("zhou")
    number = next_number()
    first = (await send(browser, number=number, name="")).text
    answer = await send(browser, b"<svg/>", number=number, name="", picture=entered(first, "picture"))
    assert answer.status_code == 422
    assert "We take PDF, PNG and JPEG" in answer.text
    assert "Kept: licence.png" in answer.text


async def test_a_form_kept_while_lives_are_down_is_not_called_unsaved(visit: Visit, temporal: RecordingTemporal) -> None:
    browser = await visit("zhou")
    temporal.down = True
    page = (await send(browser)).text
    assert "Saved, but not under way yet" in page
    assert "Not saved" not in page
    temporal.down = False
