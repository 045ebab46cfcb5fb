"""Terms and privacy policy, and a person's own data on the pages."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from infra.database import Database
from infra.tables import AttachmentRow, AuditRow, AuthenticationRow, EnterpriseRow, UserRow
from tests.fakes import FakeAttachments
from tests.web.conftest import PASSWORD, Clock, Visit
from tests.web.rows import add_catalogue


@pytest.fixture(autouse=True)
def rows(database: Database) -> None:
    add_catalogue(database)


async def test_terms_and_policy_are_open_with_their_version(visit: Visit) -> None:
    guest = await visit()
    for path in ("/terms", "/privacy"):
        page = await guest.get(path)
        assert page.status_code == 200
        assert "Version 2026-11, holds from 2026-11-01" in page.text
        assert (await guest.get(f"{path}?version=2026-11")).status_code == 200
        assert (await guest.get(f"{path}?version=../../etc")).status_code == 404
    assert "第" not in (await guest.get("/terms")).text.split("<main")[1].split("</main>")[0]
    assert "隐私政策" in (await (await visit("", "zh")).get("/privacy")).text


async def test_the_copy_is_ones_own_and_is_recorded(visit: Visit, database: Database) -> None:
    browser = await visit("member")
    page = (await browser.get("/me/data")).text
    assert "Name and contacts" in page
    answer = await browser.post_form("/me/data/export")
    assert answer.headers["content-type"] == "application/zip"
    assert "kaipiao-my-data-2026-11-20.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "周屿" in archive.read("person.json").decode()
        assert not any("林澈" in archive.read(name).decode() for name in archive.namelist())
    with database.read() as session:
        assert [(row.action, row.actor_id) for row in session.execute(select(AuditRow)).scalars()] == [("export-data", 2)]
    assert (await browser.get("/me/data/export")).status_code == 405


async def test_copies_are_limited(visit: Visit) -> None:
    browser = await visit("member")
    for _ in range(10):
        assert (await browser.post_form("/me/data/export")).status_code == 200
    answer = await browser.post_form("/me/data/export")
    assert answer.status_code == 422
    assert "Too many tries" in answer.text


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"password": PASSWORD}, "Fill this in"),
        ({"password": PASSWORD, "confirmation": "Member"}, "Type it exactly: member"),
        ({"password": "wrong", "confirmation": "member"}, "The password does not fit"),
        ({"confirmation": "member"}, "The password does not fit"),
    ],
)
async def test_nothing_is_deleted_without_password_and_user_name(visit: Visit, database: Database, form: dict[str, str], says: str) -> None:
    browser = await visit("member")
    answer = await browser.post_form("/me/data/delete", form)
    assert answer.status_code == 422
    assert says in answer.text
    with database.read() as session:
        assert session.get_one(UserRow, 2).login == "member"


async def test_wrong_passwords_are_limited(visit: Visit, database: Database, clock: Clock) -> None:
    browser = await visit("member")
    wrong = {"password": "wrong", "confirmation": "member"}
    for _ in range(5):
        assert "does not fit" in (await browser.post_form("/me/data/delete", wrong)).text
    right = {"password": PASSWORD, "confirmation": "member"}
    assert "Too many tries" in (await browser.post_form("/me/data/delete", right)).text
    clock.moment += timedelta(minutes=16)
    assert (await browser.post_form("/me/data/delete", right)).status_code == 303


async def test_a_deleted_account_is_signed_out_and_cannot_come_back(visit: Visit, database: Database) -> None:
    browser, other = await visit("member"), await visit("member")
    answer = await browser.post_form("/me/data/delete", {"password": PASSWORD, "confirmation": "member"})
    assert answer.headers["location"] == "/privacy?deleted=1"
    assert "Your account is deleted" in (await browser.get("/privacy?deleted=1")).text
    for one in (browser, other):
        assert (await one.get("/me")).headers["location"].startswith("/sign-in")
    again = await (await visit()).post("/sign-in", data={"login": "member", "password": PASSWORD})
    assert again.status_code == 422


async def test_a_master_hands_over_on_the_page_and_then_leaves(visit: Visit, database: Database) -> None:
    browser = await visit("master")
    page = (await browser.get("/me/data")).text
    assert "Hand over first" in page
    assert 'action="/me/data/delete"' not in page
    refused = await browser.post_form("/me/data/delete", {"password": PASSWORD, "confirmation": "master"})
    assert refused.status_code == 422
    assert "the only master" in refused.text
    assert (await browser.post_form("/me/data/hand-over", {"successor": "3", "password": PASSWORD})).status_code == 422  # another company's
    assert (await browser.post_form("/me/data/hand-over", {"successor": "2", "password": "wrong"})).status_code == 422
    assert (await browser.post_form("/me/data/hand-over", {"successor": "2", "password": PASSWORD})).status_code == 303
    assert (await browser.post_form("/me/data/delete", {"password": PASSWORD, "confirmation": "master"})).status_code == 303
    new_master = await visit("member")
    assert (await new_master.get("/people")).status_code == 200


async def test_a_member_and_staff_cannot_hand_over(visit: Visit) -> None:
    for login in ("member", "operator"):
        answer = await (await visit(login)).post_form("/me/data/hand-over", {"successor": "2", "password": PASSWORD})
        assert answer.status_code == 404, login


async def test_our_own_people_are_told_that_the_company_closes_their_account(visit: Visit) -> None:
    browser = await visit("operator")
    assert "closed by the company" in (await browser.get("/me/data")).text
    assert (await browser.post_form("/me/data/delete", {"password": PASSWORD, "confirmation": "operator"})).status_code == 422


async def test_an_account_with_a_long_address_as_log_in_can_be_typed_out(visit: Visit, database: Database) -> None:
    with database.write() as session:
        session.get_one(UserRow, 2).login = f"{'a' * 60}@{'b' * 60}.example"
    browser = await visit(f"{'a' * 60}@{'b' * 60}.example")
    field = (await browser.get("/me/data")).text.split('name="confirmation"')[1].split(">")[0]
    assert 'maxlength="200"' in field


async def test_an_open_authentication_is_named_and_linked(visit: Visit, database: Database) -> None:
    with database.write() as session:
        session.get_one(EnterpriseRow, 2).kind = "personal"
        submitted: dict[str, Any] = {"enterprise_id": 2, "kind": "personal", "name": "陈远", "submitted_by": 3}
        submitted |= {"licence_number": "", "state": "waiting-for-person", "submitted_at": Clock().moment}
        session.add(AuthenticationRow(number="A-1", **submitted))
    card = (await (await visit("other")).get("/me/data")).text.split('id="f-account"')[1]
    assert "Your real-name authentication is still being checked" in card
    assert 'href="/authentication"' in card
    assert "applications or returns" not in card


async def test_files_of_a_personal_account_leave_the_store(visit: Visit, database: Database, attachments: FakeAttachments) -> None:
    sha256 = attachments.put(b"a picture", "image/png")
    with database.write() as session:
        session.get_one(EnterpriseRow, 2).kind = "personal"
        session.add(
            AttachmentRow(
                sha256=sha256,
                file_name="a.png",
                media_type="image/png",
                size=9,
                enterprise_id=2,
                subject="authentication:A-1",
                uploaded_by=3,
                uploaded_at=Clock().moment,
            )
        )
    browser = await visit("other")
    assert (await browser.post_form("/me/data/delete", {"password": PASSWORD, "confirmation": "other"})).status_code == 303
    assert attachments.files == {}
