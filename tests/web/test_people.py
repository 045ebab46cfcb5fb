"""An enterprise's people: the master invites, permits and ends; a member without a permission is told whom to ask."""

import re

import httpx
import pytest
from sqlmodel import select

from infra.database import Database
from infra.tables import AuditRow, UserRow
from tests.fakes import FakePost
from tests.web.conftest import Browser, Visit, id_of

INVITATION = {"name": "许安", "address": "xu@shiguang.example", "account": "2", "permission": ["apply", "keep-titles"]}
NEW_PASSWORD = "rain on the old pond"


def user(database: Database, login: str) -> UserRow:
    with database.read() as session:
        return session.exec(select(UserRow).where(UserRow.login == login)).one()


async def version_of(browser: Browser, member_id: int) -> str:
    page = (await browser.get("/people")).text
    found = re.search(rf'/people/{member_id}/permissions".*?name="version" value="([^"]*)"', page)
    assert found is not None
    return found[1]


async def permit(browser: Browser, member_id: int, *permissions: str) -> httpx.Response:
    form = {"version": await version_of(browser, member_id), "permission": list(permissions)}
    return await browser.post_form(f"/people/{member_id}/permissions", form)


async def test_an_invited_member_sets_a_password_by_code_and_works(visit: Visit, post: FakePost, database: Database) -> None:
    master = await visit("master")
    assert (await master.post_form("/people", INVITATION)).headers["location"] == "/people?done=invited"
    [(address, letter)] = post.sent
    assert address == "xu@shiguang.example"
    assert "/reset" in letter.text
    assert "invited" in (await master.get("/people")).text
    newcomer = await visit()
    await newcomer.post("/reset", data={"address": address})
    form = {"address": address, "code": post.code_to(address), "password": NEW_PASSWORD}
    assert (await newcomer.post("/reset/finish", data=form)).status_code == 303
    assert (await newcomer.post("/sign-in", data={"login": address, "password": NEW_PASSWORD})).status_code == 303
    assert (await newcomer.get("/titles")).status_code == 200
    row = user(database, address)
    assert (row.role, row.enterprise_id, row.account_id, row.email_confirmed) == ("customer-member", 1, 2, True)
    with database.read() as session:
        deeds = [(row.action, row.subject) for row in session.exec(select(AuditRow).where(AuditRow.tenant == 1))]
    assert deeds[0] == ("member-invited", f"user:{row.id}")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": ""}, "Fill this in"),
        ({"address": "no address"}, "11 digits"),
        ({"account": "3"}, "Choose one"),
        ({"account": "x"}, "Choose one"),
        ({"address": "taken@shiguang.example"}, "cannot be used here"),
    ],
)
async def test_a_wrong_invitation_says_what_to_mend(
    visit: Visit, post: FakePost, database: Database, changed: dict[str, str], says: str
) -> None:
    with database.write() as session:
        session.get_one(UserRow, id_of(database, "other")).email = "taken@shiguang.example"
    answer = await (await visit("master")).post_form("/people", {**INVITATION, **changed})
    assert answer.status_code == 422
    assert says in answer.text
    assert post.sent == []


async def test_a_second_invitation_says_that_the_person_is_in_the_list(visit: Visit, database: Database) -> None:
    master = await visit("master")
    await master.post_form("/people", INVITATION)
    again = await master.post_form("/people", INVITATION)
    assert again.status_code == 422
    assert "in the list above has this address: no second invitation" in again.text
    await master.post_form(f"/people/{id_of(database, INVITATION['address'])}/end")  # type: ignore[arg-type]
    assert "Let them in again there" in (await master.post_form("/people", INVITATION)).text


async def test_a_members_name_is_refused_in_words_that_fit_a_name(visit: Visit) -> None:
    master = await visit("master")
    for name in ("许" * 51, "许安🎉"):
        answer = await master.post_form("/people", {**INVITATION, "name": name})
        assert answer.status_code == 422
        assert "an invoice" not in answer.text
        assert "Invoices carry" not in answer.text


async def test_an_invitation_that_was_not_sent_is_told(visit: Visit, post: FakePost) -> None:
    post.down = True
    master = await visit("master")
    answer = await master.post_form("/people", INVITATION)
    assert "could not be sent" in (await master.get(answer.headers["location"])).text


async def test_a_member_without_a_permission_is_told_whom_to_ask(visit: Visit, database: Database) -> None:
    master, member = await visit("master"), await visit("member")
    assert (await permit(master, id_of(database, "member"), "keep-titles")).status_code == 303
    assert (await member.get("/me")).status_code == 303, "the change of rights ends the sessions"
    member = await visit("member")
    for path in ("/consumption", "/apply?record=1"):
        answer = await member.get(path)
        assert answer.status_code == 403
        assert "In your company 林澈 can permit it" in answer.text
    page = (await member.get("/titles")).text
    assert "not permitted to you" in page
    assert (await permit(master, id_of(database, "member"), "keep-titles", "apply")).status_code == 303
    member = await visit("member")
    assert (await member.get("/consumption")).status_code == 200
    assert "not permitted to you" not in (await member.get("/titles")).text


@pytest.mark.parametrize(("method", "path"), [("GET", "/people"), ("POST", "/people"), ("POST", "/authentication")])
async def test_what_no_master_can_permit_names_the_master_as_the_one_who_does_it(visit: Visit, method: str, path: str) -> None:
    member = await visit("member")
    answer = await (member.get(path) if method == "GET" else member.post_form(path))
    assert answer.status_code == 403
    assert "in your company that is 林澈" in answer.text
    assert "can permit" not in answer.text
    chinese = await visit("member", language="zh")
    page = await (chinese.get(path) if method == "GET" else chinese.post_form(path))
    assert "此事只能由主账号办理，贵公司的主账号是林澈" in page.text


async def test_a_member_sees_that_the_masters_page_is_not_theirs(visit: Visit) -> None:
    answer = await (await visit("member")).get("/people")
    assert answer.status_code == 403
    assert "林澈" in answer.text


async def test_two_tabs_do_not_overwrite_each_other(visit: Visit, database: Database) -> None:
    master = await visit("master")
    member = id_of(database, "member")
    old = await version_of(master, member)
    await permit(master, member, "apply")
    answer = await master.post_form(f"/people/{member}/permissions", {"version": old, "permission": ["keep-titles"]})
    assert answer.status_code == 422
    assert "changed this person meanwhile" in answer.text
    assert user(database, "member").withdrawn == "keep-titles"


async def test_nothing_but_the_withdrawable_can_be_given(visit: Visit, database: Database) -> None:
    master = await visit("master")
    await permit(master, id_of(database, "member"), "apply", "keep-titles", "operate", "manage-people")
    assert user(database, "member").withdrawn == ""
    assert (await (await visit("member")).get("/operators")).status_code == 404


async def test_ended_access_ends_the_sessions_and_can_be_given_again(visit: Visit, database: Database) -> None:
    master, member = await visit("master"), await visit("member")
    number = id_of(database, "member")
    for _ in range(2):
        assert (await master.post_form(f"/people/{number}/end")).status_code == 303
    assert (await member.get("/me")).status_code == 303
    with pytest.raises(AssertionError):
        await visit("member")
    assert (await master.post_form(f"/people/{number}/resume")).status_code == 303
    assert (await (await visit("member")).get("/me")).status_code == 200
    with database.read() as session:
        deeds = [row.action for row in session.exec(select(AuditRow).where(AuditRow.tenant == 1).order_by(AuditRow.position))]  # type: ignore[arg-type]
    assert deeds == ["member-ended", "member-resumed"]


@pytest.mark.parametrize("action", ["permissions", "end", "resume"])
async def test_people_of_others_and_masters_do_not_exist_here(visit: Visit, database: Database, action: str) -> None:
    other = await visit("other")
    for number in (id_of(database, "member"), id_of(database, "other"), id_of(database, "operator"), 999_999):
        assert (await other.post_form(f"/people/{number}/{action}")).status_code == 404, number
