"""The access table against the app: in step, without a leak for a stranger's things, and able to find a broken rule."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.campaigns.authz import BROKEN, check, not_in_step, routes
from tests.campaigns.authz_table import LETTERS, TABLE, get, get_thing
from tests.campaigns.people_and_things import World, make_world

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = make_world(tmp_path)
    yield made
    await made.close()


def test_each_route_has_its_line_and_each_line_its_route(world: World) -> None:
    assert not_in_step(world.app) == []
    assert len(routes(world.app)) >= 45


def test_a_route_without_a_line_and_a_line_without_a_route_are_said(world: World) -> None:
    assert not_in_step(world.app, [line for line in TABLE if line.path != "/review"]) == ["no line for the route GET /review"]
    assert not_in_step(world.app, [*TABLE, get("/nowhere", "M")]) == ["no route for the line GET /nowhere"]
    assert not_in_step(world.app, [*TABLE, get("/review", "M")]) == ["two lines for GET /review"]


def test_the_table_knows_only_its_letters() -> None:
    for line in TABLE:
        assert set(line.who + line.own + line.same + line.foreign) <= set(LETTERS), line.path
        assert bool(line.kind or line.fixed) is ("{" in line.path), line.path


async def test_pages_of_things_do_not_tell_a_strangers_from_none(world: World) -> None:
    """`make authz` asks everything; here are the pages with an id, as everybody."""
    outcome = await check(world, [line for line in TABLE if line.kind and line.method == "GET"])
    assert [str(one) for one in outcome.wrong] == []
    assert outcome.pairs > 300


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_rule_is_found(world: World, name: str) -> None:
    few = [line for line in TABLE if line.path in {"/review", "/applications/{number}"}]
    assert (await check(world, few)).leaks == 0
    with BROKEN[name]():
        assert (await check(world, few)).leaks > 0


async def test_a_line_that_shuts_out_who_gets_in_is_a_leak(world: World) -> None:
    outcome = await check(world, [get_thing("/applications/{number}", "application", own="M", same="M", foreign="")])
    assert {one.login for one in outcome.wrong if one.is_leak} >= {"reviewer", "operator", "auditor", "member"}
