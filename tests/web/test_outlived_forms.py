"""A form whose session had ended: its entries stay, and go out again for the same person only."""

import re
from html import unescape
from typing import Any

from sqlmodel import select

from infra.people import open_session, owner_mark
from infra.tables import SessionRow
from tests.campaigns.people_and_things import World, csrf_of
from tests.web.rows import NOW
from tests.web.worlds import world

__all__ = ["world"]

TYPED = {"name": "北京拾光互动科技有限公司", "bank": "招商银行 <望京>", "address": ""}


def _fields(page: str, action: str = "/again") -> dict[str, Any]:
    """Hidden fields of the page's form that goes there; of several of one name a list."""
    form = page.partition(f'<form action="{action}"')[2].partition("</form>")[0]
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form):
        found.setdefault(name, []).append(unescape(value))
    return found


async def _ended(world: World, user_id: int = 1) -> Any:
    """A form of this person, sent without a session."""
    return await world.ask("nobody", "POST", "/titles", {**TYPED, "csrf": f"old.{owner_mark(user_id)}", "password": "hush-hush"})


async def test_what_was_typed_stays_over_the_sign_in_and_is_sent_again(world: World) -> None:
    answer = await world.ask("nobody", "POST", "/titles", {**TYPED, "csrf": f"old.{owner_mark(1)}"})
    assert answer.status_code == 401
    assert "招商银行 &lt;望京&gt;" in answer.text
    assert 'target="_blank"' in answer.text
    kept = _fields(answer.text)
    assert (kept["action"], kept["name"]) == (["/titles"], ["name", "bank", "address"])
    still = await world.ask("nobody", "POST", "/again", kept)
    assert still.status_code == 401
    assert _fields(still.text) == kept
    page = await world.ask("master", "POST", "/again", kept)
    assert page.status_code == 200
    assert 'action="/titles"' in page.text
    fields = {name: values[0] for name, values in _fields(page.text, "/titles").items()}
    assert fields == {"csrf": csrf_of("master"), **TYPED}


async def test_another_person_sees_nothing_of_it(world: World) -> None:
    answer = await world.ask("nobody", "POST", "/titles", {**TYPED, "csrf": f"old.{owner_mark(1)}"})
    kept = _fields(answer.text)
    for login in ("member", "service"):
        page = await world.ask(login, "POST", "/again", kept)
        assert page.status_code == 403
        assert "招商银行" not in page.text


async def test_secrets_are_neither_shown_nor_kept(world: World) -> None:
    answer = await _ended(world)
    assert "hush-hush" not in answer.text
    assert "old." not in answer.text
    assert "招商银行" in answer.text
    assert 'action="/again"' not in answer.text


async def test_a_form_of_nobody_known_is_shown_and_not_sent_again(world: World) -> None:
    answer = await world.ask("nobody", "POST", "/titles", TYPED)
    assert "招商银行" in answer.text
    assert 'action="/again"' not in answer.text


async def test_it_leads_to_forms_of_ours_only(world: World) -> None:
    for action in ("https://elsewhere.example/", "//elsewhere.example/", "/nowhere", "/health"):
        form = {"action": action, "owner": owner_mark(1), "name": ["a"], "value": ["b"]}
        assert (await world.ask("master", "POST", "/again", form)).status_code == 404, action


async def test_the_files_of_a_form_are_asked_for_again(world: World) -> None:
    form = {"csrf": f"old.{owner_mark(1)}", "text": "请看附件", "file": ("a.pdf", b"%PDF-1.7", "application/pdf")}
    answer = await world.ask("nobody", "POST", "/support", form)
    assert answer.status_code == 401
    assert "请看附件" in answer.text
    assert "Files are not kept" in answer.text


def test_every_session_of_a_person_ends_its_token_with_the_same_mark(world: World) -> None:
    for _ in range(2):
        open_session(world.database, 1, NOW)
    with world.database.read() as session:
        tokens = session.exec(
            select(SessionRow.csrf_token).where(SessionRow.user_id == 1, SessionRow.csrf_token != csrf_of("master"))
        ).all()
    assert [token.rpartition(".")[2] for token in tokens] == [owner_mark(1)] * 2
    assert len({*tokens}) == 2
    assert owner_mark(1) != owner_mark(2)
