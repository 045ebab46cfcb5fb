"""A list without a row says why: nothing yet, filtered to nothing with the way back, or all done. Never one text for two of them."""

import re

import pytest
from sqlmodel import delete

from infra.tables import TicketMessageRow, TicketRow
from tests.campaigns.people_and_things import World
from tests.web.worlds import world

__all__ = ["world"]

NOTHING = "zz-no-such-thing"
FILTERED = [
    ("master", "/applications?text=", "/applications"),
    ("master", "/invoices?text=", "/invoices"),
    ("master", "/consumption?order=", "/consumption"),
    ("master", "/titles?text=", "/titles"),
    ("master", "/receivers?text=", "/receivers"),
    ("master", "/support?text=", "/support"),
    ("master", "/catalogue?text=", "/catalogue"),
    ("service", "/desk/tickets?text=", "/desk/tickets?show=ours"),
    ("service", "/titles/desk?text=", "/titles/desk"),
    ("service", "/acting?q=", "/acting"),
    ("auditor", "/audit?action=", "/audit"),
]


@pytest.mark.parametrize(("login", "path", "clear"), FILTERED)
async def test_a_list_that_is_filtered_to_nothing_leads_back(world: World, login: str, path: str, clear: str) -> None:
    answer = await world.ask(login, "GET", f"{path}{NOTHING}")
    assert answer.status_code == 200
    [empty] = re.findall(r'<div class="kp-empty">.*?</div>\s*</div>', answer.text, re.DOTALL)[:1] or [answer.text]
    assert "The filters leave nothing." in empty
    assert re.search(rf'<a class="btn btn-outline" href="{re.escape(clear)}">Clear filters</a>', empty), empty


async def test_first_use_filtered_and_done_are_three_texts(world: World) -> None:
    with world.database.write() as session:
        for table in (TicketMessageRow, TicketRow):
            session.execute(delete(table))
    first = (await world.ask("master", "GET", "/support")).text
    filtered = (await world.ask("master", "GET", f"/support?text={NOTHING}")).text
    done = (await world.ask("service", "GET", "/desk/tickets")).text
    assert ("No ticket yet" in first, "No ticket fits" in filtered, "All answered" in done) == (True, True, True)
    assert ("Clear filters" in first, "Clear filters" in done) == (False, False)
    assert 'href="/support/new">Ask a question' in first
