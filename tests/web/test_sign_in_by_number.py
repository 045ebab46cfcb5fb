"""The sign-in page takes an identity number, and tells nothing about one."""

import re

import pytest
from sqlmodel import select

from domain.authentication import AuthenticationKind, AuthenticationState
from infra.database import Database
from infra.tables import AuthenticationRow, EnterpriseRow, TryRow
from tests.authentications import PERSON
from tests.web.conftest import NOW, PASSWORD, Visit, id_of

NUMBER = PERSON.licence_number
UNKNOWN = "110105199003070084"


@pytest.fixture
def authenticated(database: Database) -> None:
    """`other` is a person, verified under NUMBER."""
    with database.write() as session:
        enterprise = session.get_one(EnterpriseRow, 2)
        enterprise.kind, enterprise.verified = AuthenticationKind.PERSONAL, True
        session.add(
            AuthenticationRow(
                number="RZ-261120-00000001",
                enterprise_id=2,
                kind=AuthenticationKind.PERSONAL,
                name=PERSON.name,
                licence_number=NUMBER,
                state=AuthenticationState.APPROVED,
                submitted_by=id_of(database, "other"),
                submitted_at=NOW,
                decided_at=NOW,
            )
        )


def shown(text: str) -> str:
    """The page without what was typed."""
    return re.sub(r'(name="login"[^>]*value=")[^"]*', r"\1", text)


@pytest.mark.usefixtures("authenticated")
async def test_a_verified_number_signs_in(visit: Visit) -> None:
    browser = await visit()
    page = (await browser.get("/sign-in")).text
    assert "ID number" in page
    assert (await browser.post("/sign-in", data={"login": NUMBER, "password": PASSWORD, "next": "/me"})).headers["location"] == "/me"
    assert "陈远" in (await browser.get("/me")).text


@pytest.mark.usefixtures("authenticated")
async def test_a_known_number_is_answered_like_an_unknown_one_and_like_a_login(visit: Visit, database: Database) -> None:
    browser = await visit()
    answers = [await browser.post("/sign-in", data={"login": login, "password": "wrong"}) for login in (NUMBER, UNKNOWN, "nobody")]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert len({shown(answer.text) for answer in answers}) == 1
    with database.read() as session:
        kept = " ".join(session.exec(select(TryRow.key)))
    assert "sign-in-login:nobody" in kept
    assert NUMBER not in kept
    assert UNKNOWN not in kept


@pytest.mark.usefixtures("authenticated")
async def test_the_sixth_try_with_a_number_has_to_wait_however_it_is_typed(visit: Visit) -> None:
    browser = await visit()
    for typed in (NUMBER, f" {NUMBER}", f"{NUMBER[:6]} {NUMBER[6:]}", NUMBER, NUMBER):
        assert (await browser.post("/sign-in", data={"login": typed, "password": "wrong"})).status_code == 422
    assert (await browser.post("/sign-in", data={"login": NUMBER, "password": PASSWORD})).status_code == 429
