"""The supervisors' page of ready reasons."""

from typing import Any

import pytest
from sqlmodel import select

from domain.access import Role
from infra.database import Database
from infra.queries.review_phrases import offered_phrases
from infra.review_phrases import set_phrase
from infra.tables import AuditRow, UserRow
from tests.web.conftest import NOW, PASSWORD, Visit, hashed

PATH = "/desk/review-phrases"


@pytest.fixture(autouse=True)
def supervisors(database: Database) -> None:
    with database.write() as session:
        for number, name in ((90, "高原"), (91, "罗岚")):
            login = f"supervisor-{number}"
            session.add(UserRow(id=number, login=login, password_hash=hashed(PASSWORD), name=name, role=Role.SUPERVISOR))


def words(**more: Any) -> dict[str, Any]:
    return {"action": "save", "code": "", "chinese": "请补合同。", "english": "Please add the contract.", "verdict": "reject", **more}


def offered(database: Database) -> list[str]:
    with database.read() as session:
        return [each.code for each in offered_phrases(session)]


@pytest.mark.parametrize("login", ["master", "member", "reviewer", "operator"])
async def test_ready_reasons_are_kept_by_supervisors_alone(visit: Visit, database: Database, login: str) -> None:
    browser = await visit(login)
    assert (await browser.get(PATH)).status_code == 404
    assert (await browser.post_form(PATH, words())).status_code == 404
    assert "phrase-1" not in offered(database)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_both_languages_stand_in_the_list(visit: Visit, language: str) -> None:
    page = (await (await visit("supervisor-90", language)).get(PATH)).text
    assert "税号与营业执照不一致" in page
    assert "The tax ID is not the one of the licence." in page


async def test_a_new_one_is_offered_and_in_the_audit(visit: Visit, database: Database) -> None:
    browser = await visit("supervisor-90")
    answer = await browser.post_form(PATH, words())
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?done=phrase-1")
    page = (await browser.get(answer.headers["location"])).text
    assert "Reviewers have it from now on." in page
    assert "请补合同。" in page
    assert offered(database)[-1] == "phrase-1"
    with database.read() as session:
        (deed,) = session.exec(select(AuditRow)).all()
    assert (deed.actor_id, deed.action, deed.subject) == (90, "review-phrase-set", "review-phrase:phrase-1")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"chinese": ""}, "Fill this in."),
        ({"chinese": "only English"}, "Write it in Chinese here."),
        ({"english": "中文"}, "Write it in English here, without Chinese characters."),
        ({"verdict": "maybe"}, "Choose what it is for."),
        ({"code": "nobody"}, "This ready reason does not exist."),
    ],
)
async def test_a_wrong_entry_is_named_and_everything_typed_stays(
    visit: Visit, database: Database, typed: dict[str, str], said: str
) -> None:
    before = offered(database)
    sent = words(**typed)
    answer = await (await visit("supervisor-90")).post_form(PATH, sent)
    assert answer.status_code == 422
    assert said in answer.text
    if "code" not in typed:
        assert f">{sent['chinese']}</textarea>" in answer.text
        assert f">{sent['english']}</textarea>" in answer.text
    assert offered(database) == before


async def test_other_words_take_the_place_and_the_old_ones_are_retired(visit: Visit, database: Database) -> None:
    browser = await visit("supervisor-90")
    await browser.post_form(PATH, words(code="tax-id"))
    assert offered(database)[1] == "tax-id-2"
    page = (await browser.get(PATH)).text
    assert page.index("请补合同。") < page.index("Retired</h2>") < page.index("税号与营业执照不一致")


async def test_the_second_of_two_supervisors_is_told_who_was_first_and_keeps_the_words(visit: Visit, database: Database) -> None:
    set_phrase(database, "tax-id", "税号要改。", "Correct the tax ID.", "reject", 91, NOW)
    answer = await (await visit("supervisor-90")).post_form(PATH, words(code="tax-id"))
    assert answer.status_code == 409
    assert "罗岚 changed or retired it meanwhile, today 14:32." in answer.text
    assert offered(database)[1] == "tax-id-2"


async def test_they_are_retired_offered_again_and_moved(visit: Visit, database: Database) -> None:
    browser = await visit("supervisor-90")
    for action, code in (("retire", "title"), ("offer", "title"), ("up", "title"), ("down", "tax-id")):
        assert (await browser.post_form(PATH, {"action": action, "code": code})).status_code == 303
    assert offered(database) == ["amount", "tax-id", "kind", "receiver", "title", "twice"]
